"""Large files through a tab whose memory does not grow with them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.browser.chromium import WAYS, NoChromium
from tests.browser.sending import Desk
from tests.browser.unwatched import Unwatched, unwatched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # under load; a quiet machine needs half a minute
SMALL, LARGE = 256 << 20, 2 << 30
MOST = 512 << 20
"""Six parts on their way, sealed and opened, are 96 MiB; the rest is what a browser leaves to its collector."""
FLAT = 256 << 20
"""What eight times as much may take more: more parts come side by side in the end, and two looks differ by 100 MiB."""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Unwatched]:
    """As people have it: a page whose network a test driver watches keeps copies of what comes in."""
    try:
        with unwatched(tmp_path / "chromium") as browser:
            yield browser
    except NoChromium as error:
        pytest.skip(str(error))


def test_two_gigabytes_take_no_more_memory_than_a_quarter(desk: Desk, browser: Unwatched, tmp_path: Path) -> None:
    """Through the service worker into the browser's downloads: every byte, and at no time more than a few parts."""
    peaks = [peak_while_saving(desk, browser, tmp_path / "sparse", size) for size in (SMALL, LARGE)]
    assert max(peaks) < MOST, peaks
    assert peaks[1] < peaks[0] + FLAT, peaks


def peak_while_saving(desk: Desk, browser: Unwatched, source: Path, size: int) -> int:
    """Bytes beyond those of the page before, at the worst moment; what was saved is what was sent."""
    with source.open("wb") as file:
        file.truncate(size)
        file.seek(size - 9)
        file.write(b"the end.\n")
    link = desk.link(desk.send(source, "film.mkv"))
    tab = browser.open(link.url, WAYS["stream"])
    tab.until("document.querySelector('#title').innerText === 'film.mkv'", 60)
    before = memory_of_pages(browser.process.pid)
    peak = 0
    tab.value_of("document.querySelector('#save').click()")
    tab.until("document.querySelector('#title').innerText.includes('Saving')", 60)
    while tab.value_of("document.querySelector('#title').innerText.includes('Saving')"):
        peak = max(peak, memory_of_pages(browser.process.pid) - before)
        browser.listen(0.1)
    assert "Saved" in tab.text
    path, address = browser.downloaded(60)
    assert "/web/stream/" in address
    with path.open("rb") as saved, source.open("rb") as sent:
        assert hashlib.file_digest(saved, "sha256").digest() == hashlib.file_digest(sent, "sha256").digest()
    path.unlink()
    source.unlink()
    tab.close()
    return peak


def memory_of_pages(root: int | None = None) -> int:
    """Bytes of all pages below a process, or this one (private ones: what they share was there before)."""
    total = 0
    for process in psutil.Process(root).children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                total += process.memory_full_info().uss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
