"""A link is opened by somebody who has nothing installed: what is seen, what is saved, byte for byte."""

import hashlib
import secrets

import pytest

from shared.crypto.content import SealOptions
from tests.browser.conftest import NewVisit
from tests.browser.sending import Desk

pytestmark = pytest.mark.slow
PART = 8 << 20


@pytest.mark.parametrize("way", ["disk", "stream", "memory"])
def test_a_file_is_saved_byte_for_byte(desk: Desk, visit: NewVisit, way: str) -> None:
    """By each of the three ways to the disk; the download counts once."""
    data = secrets.token_bytes(3 * PART + 12_345)
    link = desk.link(desk.send(data, "holiday.tar", comment="Have a look"))
    browser = visit(way)
    browser.open(link.url)
    browser.see("holiday.tar")
    assert desk.downloads(link) == 0
    if way == "disk":
        browser.page.click("#save")
        browser.see("Saved")
        assert browser.on_disk() == {"holiday.tar": hashlib.sha256(data).hexdigest()}
    else:
        assert browser.saved() == ("holiday.tar", data)
        browser.see("Saved")
    assert desk.downloads(link) == 1
