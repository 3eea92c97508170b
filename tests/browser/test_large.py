"""Two gigabytes through a tab whose memory stays flat."""

import hashlib
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import NewVisit
from tests.browser.sending import Desk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # under load; a quiet machine needs less than a minute
SIZE = 2 << 30
MOST = 1 << 30
"""Six parts on their way, sealed and opened, and what a browser leaves to its collector, which takes its time."""
FLAT = 256 << 20
"""What the second half may take more than the first."""


def test_two_gigabytes_do_not_fill_the_memory(desk: Desk, visit: NewVisit, chromium: Browser, tmp_path: Path) -> None:
    """Through the service worker into the browser's downloads: every byte, and at no time more than a few parts."""
    source = tmp_path / "sparse"
    with source.open("wb") as file:
        file.truncate(SIZE)
        file.seek(SIZE - 9)
        file.write(b"the end.\n")
    link = desk.link(desk.send(source, "film.mkv"))
    source.unlink()
    browser = visit()
    browser.open(link.url)
    browser.see("film.mkv")
    before, halves = memory_of_pages(), [0, 0]
    with browser.page.expect_download(timeout=30_000) as coming:
        browser.page.click("#save")
    while "Saved" not in browser.page.inner_text("#title"):
        assert "could not" not in browser.page.inner_text("#title"), browser.problem
        half = int(float(browser.page.evaluate("document.getElementById('bar').value")) >= 0.5)
        halves[half] = max(halves[half], memory_of_pages() - before)
        browser.page.wait_for_timeout(100)
    path = coming.value.path()
    assert path.stat().st_size == SIZE
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    expected = hashlib.sha256()
    for _ in range((SIZE >> 20) - 1):
        expected.update(bytes(1 << 20))
    expected.update(bytes((1 << 20) - 9) + b"the end.\n")
    assert found == expected.hexdigest()
    assert max(halves) < MOST, halves
    assert halves[1] < halves[0] + FLAT, halves
    path.unlink()


def memory_of_pages() -> int:
    """Bytes of all pages' processes (private ones: what they share was there before)."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                total += process.memory_full_info().uss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
