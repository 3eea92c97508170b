"""The page of a drop box: empty, with files, on the way, done, asked for a password, refused."""

import os
import re
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.boxes import box_of
from tests.browser.screenshots.taking import DESK, PHONE, keep, opened, visit
from tests.support.network import wire_to
from tests.support.people import Person, sign_up
from tests.support.server import LiveServer

_DARK = {"color_scheme": "dark"}
_NOTE = "Scans as PDF, please, one file a document.\n\nThank you!"
_FILES = {"Receipts 2026.pdf": 3_400_000, "Statement of the bank, December.pdf": 812_000, "rent.jpg": 2_100_000}


def boxes(browser: Browser, server: LiveServer, folder: Path) -> None:
    owner = sign_up("ada", server, folder, "ada@example.org")
    _ready(browser, owner)
    _password(browser, owner, folder)
    _chosen(browser, owner)
    _on_the_way(browser, owner, server, folder)
    _ends(browser, owner)


def _ready(browser: Browser, owner: Person) -> None:
    url = box_of(owner, "--note", _NOTE, "--max-files", "20", "--max-size", "500M", name="Taxes")
    for name, options in (
        ("drop", DESK),
        ("drop-dark", {**DESK, **_DARK}),
        ("drop-phone", PHONE),
        ("drop-german", {**PHONE, **_DARK, "locale": "de-DE"}),
    ):
        with visit(browser, **options) as page:
            opened(page, url, "ada@example.org")
            keep(page, name)


def _password(browser: Browser, owner: Person, folder: Path) -> None:
    secret = folder / "password of the box"
    secret.write_text("open sesame")
    with visit(browser, **DESK, **_DARK) as page:
        opened(page, box_of(owner, "--password-file", secret), "Password")
        page.fill("#password", "open sesam")
        page.click("#ask .main")
        page.locator("#problem p").wait_for()
        keep(page, "drop-password")


def _chosen(browser: Browser, owner: Person) -> None:
    url = box_of(owner, "--note", _NOTE, "--max-files", "20")
    for name, options in (("drop-chosen", DESK), ("drop-chosen-phone", {**PHONE, **_DARK})):
        with visit(browser, **options) as page:
            opened(page, url, "Files for")
            _choose(page, _FILES)
            page.fill("#comment", "Page 2 of the receipts is missing, I will look for it.")
            keep(page, name)


def _on_the_way(browser: Browser, owner: Person, server: LiveServer, folder: Path) -> None:
    film = folder / "Film.mp4"
    film.write_bytes(os.urandom(64 << 20))
    with wire_to(server.url) as wire, visit(browser, **DESK) as page:
        opened(page, box_of(owner).replace(server.url, wire.url), "Files for")
        page.set_input_files("#input", film)
        wire.stall_up_after = 7 << 20  # two parts side by side stand still before their ends
        wire.break_all()  # the browser keeps connections that know no trouble
        page.click("#send")
        page.locator("#amount", has_text=re.compile(r"^[1-9][0-9.]*\sMiB of")).wait_for()
        keep(page, "drop-sending")


def _ends(browser: Browser, owner: Person) -> None:
    url = box_of(owner, "--max-size", "5M")
    with visit(browser, **PHONE) as page:
        opened(page, url, "Files for")
        _choose(page, _FILES)
        page.click("#send")
        page.locator("#title", has_text="of 3").wait_for()
        page.locator("#problem p").wait_for()
        keep(page, "drop-some")
    with visit(browser, **DESK) as page:
        opened(page, box_of(owner), "Files for")
        _choose(page, _FILES)
        page.click("#send")
        page.locator("#title", has_text="have arrived").wait_for()
        keep(page, "drop-done")
    with visit(browser, **DESK, **_DARK) as page:
        page.route("**/open", lambda route: route.fulfill(json={**route.fetch().json(), "card": "eyJhIjoxfQ"}))
        opened(page, box_of(owner), "does not open")
        keep(page, "drop-refused")


def _choose(page: Page, files: dict[str, int]) -> None:
    made_up = [{"name": name, "mimeType": "", "buffer": bytes(size)} for name, size in files.items()]
    page.set_input_files("#input", made_up)  # type: ignore[arg-type]
