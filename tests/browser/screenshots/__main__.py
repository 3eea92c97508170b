"""`make screenshots-page`: the page in its states, light, dark and on a phone, to docs/screenshots."""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.screenshots.boxes import boxes
from tests.browser.screenshots.taking import DESK, PHONE, TARGET, keep, opened, visit
from tests.browser.sending import Desk
from tests.support.line import Line
from tests.support.network import wire_to
from tests.support.server import live_server

_NOTE = "Hi Ben,\n\nhere are the plans for the house. Call me if the last page is unclear."


def main() -> int:
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, live_server(Path(folder) / "data", workers=1) as server:
        desk = Desk(server, Path(folder))
        with chromium() as browser:
            _ready(browser, desk)
            _password(browser, desk)
            _folder(browser, desk)
            _ends(browser, desk)
            _on_the_way(browser, desk)
            _about(browser, desk)
            boxes(browser, server, Path(folder))
    return 0


def _ready(browser: Browser, desk: Desk) -> None:
    link = desk.link(desk.send(bytes(4_800_000), "Plans for the house.pdf", comment=_NOTE), download_limit=3)
    for name, options in (
        ("link", DESK),
        ("link-dark", {**DESK, "color_scheme": "dark"}),
        ("link-phone", PHONE),
        ("link-german", {**PHONE, "locale": "de-DE", "color_scheme": "dark"}),
    ):
        with visit(browser, **options) as page:
            opened(page, link.url, "Plans for the house.pdf")
            keep(page, name)


def _password(browser: Browser, desk: Desk) -> None:
    link = desk.link(desk.send(b"x", "Salaries.xlsx"), password="open sesame")
    with visit(browser, **DESK) as page:
        opened(page, link.url, "Password")
        page.fill("#password", "open sesam")
        page.click("#ask .main")
        page.locator("#problem p").wait_for()
        keep(page, "link-password")


def _folder(browser: Browser, desk: Desk) -> None:
    files = {
        f"{day}/picture-{number}.jpg": bytes(1_000 * number) for day in ("friday", "saturday") for number in (1, 2, 3)
    }
    link = desk.link(*desk.send_folder("Summer", files))
    for name, options in (("link-folder", DESK), ("link-folder-phone", PHONE)):
        with visit(browser, **options) as page:
            opened(page, link.url, "Summer")
            keep(page, name)


def _ends(browser: Browser, desk: Desk) -> None:
    sent = desk.send(bytes(100_000), "Plans for the house.pdf")
    link = desk.link(sent)
    with visit(browser, **DESK) as page:
        opened(page, link.url, "Plans")
        page.click("#save")
        page.locator("#title", has_text="Saved").wait_for()
        keep(page, "link-done")
    with desk.blob(sent).open("r+b") as body:
        body.seek(5_000)
        body.write(b"changed")
    with visit(browser, **DESK) as page:
        opened(page, link.url, "Plans")
        page.click("#save")
        page.locator("#problem p").first.wait_for()
        keep(page, "link-refused")
    desk.revoke(link)
    with visit(browser, **{**DESK, "color_scheme": "dark"}) as page:
        opened(page, link.url, "does not open")
        keep(page, "link-revoked")


def _on_the_way(browser: Browser, desk: Desk) -> None:
    link = desk.link(desk.send(os.urandom(64 << 20), "Film.mp4"))
    with wire_to(desk.server.url) as wire, visit(browser, **DESK) as page:
        wire.line = Line.of(rate=8_000_000)  # long enough on its way that a rate is known
        opened(page, link.url.replace(desk.server.url, wire.url), "Film.mp4")
        page.click("#save")
        page.locator("#rate", has_text="left").wait_for()
        keep(page, "link-saving")


def _about(browser: Browser, desk: Desk) -> None:
    with visit(browser, **DESK) as page:
        page.goto(f"{desk.server.url}/web/about")
        keep(page, "link-about")


if __name__ == "__main__":
    sys.exit(main())
