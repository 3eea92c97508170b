"""The same pages in Firefox: what a link leads to, saved in the ways that it has."""

import hashlib
import io
import secrets
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.boxes import box_of, opened, received
from tests.browser.conftest import NewFox
from tests.browser.sending import Desk
from tests.browser.test_refusing import PART, flip_last_byte
from tests.support.people import Person

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("way", ["stream", "memory"])
def test_a_file_is_saved_byte_for_byte(desk: Desk, fox: NewFox, way: str) -> None:
    """Several parts, by the service worker and by way of memory; looking uses nothing up, and it counts once."""
    data = secrets.token_bytes(2 * PART + 12_345)
    link = desk.link(desk.send(data, "holiday.tar", comment="Have a look"))
    browser = fox(way)
    browser.open(link.url)
    browser.see("holiday.tar")
    assert browser.text("#note") == "Have a look"
    print(browser.text("#how"))
    assert desk.downloads(link) == 0
    name, saved = browser.saved()
    assert (name, hashlib.sha256(saved).digest()) == ("holiday.tar", hashlib.sha256(data).digest())
    browser.see("Saved")
    assert desk.downloads(link) == 1
    assert browser.evaluate("() => location.href") == link.url.partition("#")[0]
    print(browser.requests)
    print(browser.text("#facts"))
    print(list(browser.downloads.iterdir()))


def test_an_altered_part(desk: Desk, fox: NewFox) -> None:
    sent = desk.send(secrets.token_bytes(2 * PART + 99), "plan.bin")
    link = desk.link(sent)
    flip_last_byte(desk.blob(sent))
    browser = fox("stream")
    browser.open(link.url)
    browser.see("plan.bin")
    browser.click("#save")
    browser.see("could not be saved")
    print(browser.problem)
    print(browser.end_of_download(0))
    print([(p, p.stat().st_size) for p in browser.downloads.iterdir()])
