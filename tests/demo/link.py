"""`make demo-link`: somebody sends a file and makes a link; a browser that has nothing installed opens it.

Prints the link for whoever wants to click, for as long as the server runs: with `WAIT=1`, until Enter is pressed.
Ends with exit code 1 if a byte is not the one that was sent, or the server saw the key.
"""

import os
import secrets
import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import WAYS, chromium
from tests.support.people import sign_up
from tests.support.server import live_server

_SIZE = 20 << 20
_SECONDS = 60


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
        key = link.partition("#")[2]
        ok &= _say("the server's log has the page's address, and not its key", _only_address(server.lines, link, key))
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


def _only_address(lines: list[str], link: str, key: str) -> bool:
    log = "\n".join(lines)
    address = link.partition("#")[0]
    return "/s/" + address.rpartition("/")[2] in log and key not in log


def _say(what: str, holds: bool) -> bool:
    print(f"[{'ok' if holds else 'NO'}] {what}")
    return holds


if __name__ == "__main__":
    sys.exit(main())
