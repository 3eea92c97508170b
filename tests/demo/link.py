"""`make demo-link`: somebody sends a file and makes a link; a browser that has nothing installed opens it.

Then the other way round: a browser leaves a file in a drop box, and its owner opens it. Prints both addresses for
whoever wants to click, for as long as the server runs: with `WAIT=1`, until Enter is pressed.
Ends with exit code 1 if a byte is not the one that was sent, or the server saw a key.
"""

import base64
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from tests.browser.chromium import WAYS, chromium
from tests.support.people import sign_up
from tests.support.server import live_server

_SIZE = 20 << 20
_SECONDS = 60
_LEFT = "receipts.pdf"
_DROP = """([name, data]) => {
    const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name, { type: "application/pdf" }));
    for (const kind of ["dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
    }
}"""


def main() -> int:
    with tempfile.TemporaryDirectory() as name, live_server(Path(name) / "data", log_level="INFO") as server:
        folder = Path(name)
        ada, data = sign_up("ada", server, folder), secrets.token_bytes(_SIZE)
        (ada.cli.folder / "holiday.tar").write_bytes(data)
        print(f"Ada sends {_SIZE >> 20} MiB and makes a link:\n")
        (link,) = ada.cli.ok("send", "holiday.tar", "--link", "--downloads", "5").lines
        print(f"  {link}\n")
        saved = _open_in_browser(link, folder / "saved")
        ok = _say("every byte is the one that was sent", saved == data)
        ok &= _say("the server's log has the page's address, and not its key", _only_address(server.lines, link))
        print("\nAda makes a drop box:\n")
        (box,) = ada.cli.ok("box", "make", "Taxes", "--note", "Scans as PDF, please").lines
        print(f"  {box}\n")
        _leave_in_browser(box, _LEFT, data)
        print("Ada looks into her inbox, and opens what is there:")
        (row,) = cast("list[dict[str, str]]", ada.cli.ok("ls", "--received", "--json").json)
        print(f"  {row['name']}, {row['sender']}\n")
        ada.cli.ok("get", row["file_id"])
        found = (ada.cli.folder / _LEFT).read_bytes()
        ok &= _say("every byte is the one that was left, by nobody who signed it", found == data)
        ok &= _say("the server's log has the box's address, and not its keys", _only_address(server.lines, box))
        if os.environ.get("WAIT"):
            input("\nThe server runs until Enter is pressed. ")
        return int(not ok)


def _open_in_browser(link: str, target: Path) -> bytes:
    print("Ben, who has only a browser, opens it:")
    with chromium() as browser:
        context = browser.new_context(locale="en-US", accept_downloads=True)
        context.add_init_script(WAYS["stream"])
        page = context.new_page()
        page.goto(link)
        page.locator("#save", has_text="Save").wait_for(timeout=_SECONDS * 1000)
        for line in page.inner_text("#facts").splitlines():
            print(f"  {line}")
        with page.expect_download(timeout=_SECONDS * 1000) as coming:
            page.click("#save")
        coming.value.save_as(target)
        page.locator("#title", has_text="Saved").wait_for(timeout=_SECONDS * 1000)
        print(f"  {page.inner_text('#lead')}\n")
    return target.read_bytes()


def _leave_in_browser(box: str, name: str, data: bytes) -> None:
    """By dropping it onto the page."""
    print("Ben opens it, and drops a file there:")
    with chromium() as browser:
        page = browser.new_context(locale="en-US").new_page()
        page.goto(box)
        page.locator("#choose").wait_for(timeout=_SECONDS * 1000)
        print(f"  {page.inner_text('#lead')}")
        for line in page.inner_text("#facts").splitlines():
            print(f"  {line}")
        page.evaluate(_DROP, [name, base64.b64encode(data).decode()])
        page.locator("#files li", has_text=name).wait_for(timeout=_SECONDS * 1000)
        page.click("#send")
        page.locator("#title", has_text="has arrived").wait_for(timeout=_SECONDS * 1000)
        print(f"  {page.inner_text('#title')}. {page.inner_text('#lead')}\n")


def _only_address(lines: list[str], url: str) -> bool:
    log, (address, _, key) = "\n".join(lines), url.partition("#")
    return urlsplit(address).path in log and key not in log


def _say(what: str, holds: bool) -> bool:
    print(f"[{'ok' if holds else 'NO'}] {what}")
    return holds


if __name__ == "__main__":
    sys.exit(main())
