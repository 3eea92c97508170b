"""`make screenshots-page`: the page in its states, light, dark and on a phone, to docs/screenshots."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.chromium import WAYS, chromium
from tests.browser.sending import Desk
from tests.support.network import wire_to
from tests.support.server import live_server

_TARGET = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
_PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
_DESK = {"viewport": {"width": 1000, "height": 800}}
_NOTE = "Hi Ben,\n\nhere are the plans for the house. Call me if the last page is unclear."
_SECONDS = 30


def main() -> int:
    _TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, live_server(Path(folder) / "data", workers=1) as server:
        desk = Desk(server, Path(folder))
        with chromium() as browser:
            _ready(browser, desk)
            _password(browser, desk)
            _folder(browser, desk)
            _ends(browser, desk)
            _on_the_way(browser, desk)
            _about(browser, desk)
    return 0


def _ready(browser: Browser, desk: Desk) -> None:
    link = desk.link(desk.send(bytes(4_800_000), "Plans for the house.pdf", comment=_NOTE), download_limit=3)
    for name, options in (
        ("link", _DESK),
        ("link-dark", {**_DESK, "color_scheme": "dark"}),
        ("link-phone", _PHONE),
        ("link-german", {**_PHONE, "locale": "de-DE", "color_scheme": "dark"}),
    ):
        with _page(browser, **options) as page:
            _open(page, link.url, "Plans for the house.pdf")
            _keep(page, name)


def _password(browser: Browser, desk: Desk) -> None:
    link = desk.link(desk.send(b"x", "Salaries.xlsx"), password="open sesame")
    with _page(browser, **_DESK) as page:
        _open(page, link.url, "Password")
        page.fill("#password", "open sesam")
        page.click("#ask .main")
        page.locator("#problem p").wait_for()
        _keep(page, "link-password")


def _folder(browser: Browser, desk: Desk) -> None:
    files = {
        f"{day}/picture-{number}.jpg": bytes(1_000 * number) for day in ("friday", "saturday") for number in (1, 2, 3)
    }
    link = desk.link(*desk.send_folder("Summer", files))
    for name, options in (("link-folder", _DESK), ("link-folder-phone", _PHONE)):
        with _page(browser, **options) as page:
            _open(page, link.url, "Summer")
            _keep(page, name)


def _ends(browser: Browser, desk: Desk) -> None:
    sent = desk.send(bytes(100_000), "Plans for the house.pdf")
    link = desk.link(sent)
    with _page(browser, **_DESK) as page:
        _open(page, link.url, "Plans")
        page.click("#save")
        page.locator("#title", has_text="Saved").wait_for()
        _keep(page, "link-done")
    with desk.blob(sent).open("r+b") as body:
        body.seek(5_000)
        body.write(b"changed")
    with _page(browser, **_DESK) as page:
        _open(page, link.url, "Plans")
        page.click("#save")
        page.locator("#problem p").first.wait_for()
        _keep(page, "link-refused")
    desk.revoke(link)
    with _page(browser, **{**_DESK, "color_scheme": "dark"}) as page:
        _open(page, link.url, "does not open")
        _keep(page, "link-revoked")


def _on_the_way(browser: Browser, desk: Desk) -> None:
    link = desk.link(desk.send(os.urandom(64 << 20), "Film.mp4"))
    with wire_to(desk.server.url) as wire, _page(browser, **_DESK) as page:
        _open(page, link.url.replace(desk.server.url, wire.url), "Film.mp4")
        wire.stall_down_after = 5 << 20
        page.click("#save")
        page.locator("#rate", has_text="left").wait_for()
        _keep(page, "link-saving")


def _about(browser: Browser, desk: Desk) -> None:
    with _page(browser, **_DESK) as page:
        page.goto(f"{desk.server.url}/web/about")
        _keep(page, "link-about")


@contextmanager
def _page(browser: Browser, **options: object) -> Iterator[Page]:
    context = browser.new_context(**{"locale": "en-US", **options})  # type: ignore[arg-type]
    context.add_init_script(WAYS["disk"])
    page = context.new_page()
    page.set_default_timeout(_SECONDS * 1000)
    yield page
    context.close()


def _open(page: Page, url: str, title: str) -> None:
    page.goto(url)
    page.locator("#title", has_text=title).wait_for()


def _keep(page: Page, name: str) -> None:
    page.evaluate("document.activeElement?.blur()")
    page.screenshot(path=_TARGET / f"{name}.png", full_page=True)
    print(f"docs/screenshots/{name}.png")


if __name__ == "__main__":
    sys.exit(main())
