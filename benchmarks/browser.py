"""The page behind a link: how fast a browser opens it, against the same browser downloading the same bytes plain."""

import filecmp
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import tools, workplace
from benchmarks.figures import Measurement, time_figure
from benchmarks.people import two_people
from benchmarks.processes import Failed, output_of
from benchmarks.progress import tell
from benchmarks.scale import Scale
from benchmarks.servers import nginx_dav, sealcase_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SLOWEST = 2.0
"""At least half the rate of a plain download."""
_SECONDS = 60
"""Until a page shows what it should; a download may take longer."""
_SCOPE = "/web/stream/"
"""What the page's service worker answers for."""


def measure(scale: Scale) -> Sequence[Measurement]:
    """From the click to the whole file in the browser's downloads; each run right after the other's."""
    samples: dict[str, list[float]] = {"sealcase": [], "plain": []}
    with workplace.folder(5 * scale.size) as folder, _chromium() as browser:
        server_folder = folder / "sealcase"
        with sealcase_server(server_folder, RATE_LIMITS="0") as server, nginx_dav(folder / "nginx") as plain:
            source = workplace.random_file(folder / "nginx" / "files" / "content.bin", scale.size)
            anna, _ = two_people(server_folder, server)
            command = (tools.ours("sealcase"), "send", source, "--link", "--no-compress")
            link = output_of(*command, environment=anna.environment).split()[0]  # before what it says about the link
            for number in range(scale.runs + 1):
                tell(f"run {number} of {scale.runs} ...")
                workplace.warm(folder, scale.size)
                ours = _open_link(browser, link, source)
                workplace.warm(folder, scale.size)
                theirs = _download(browser, f"{plain.url}/content.bin", source)
                if number:  # the first one warms caches
                    samples["sealcase"].append(ours)
                    samples["plain"].append(theirs)
    figure = time_figure("browser opens a link against a plain download in it", samples, "plain", SLOWEST)
    return [Measurement("browser", {"content": scale.size}, samples, "s", [figure])]


def _open_link(browser: "Browser", link: str, expected: Path) -> float:
    with _page(browser) as page:
        page.goto(link)
        page.locator("#save").wait_for()
        seconds, url = _timed(page, "#save", expected)
        if _SCOPE not in url:
            raise Failed(f"the page saved another way than through its service worker: {url}")
        page.locator("#title", has_text="Saved").wait_for()
    return seconds


def _download(browser: "Browser", url: str, expected: Path) -> float:
    with _page(browser) as page:
        page.goto(url.rpartition("/")[0])  # of nginx; a link within one site is a download
        page.set_content(f'<a id="plain" href="{url}" download>plain</a>')
        return _timed(page, "#plain", expected)[0]


def _timed(page: "Page", button: str, expected: Path) -> tuple[float, str]:
    """Seconds from the click until all of the file is there, and the address that the browser had it from."""
    began = time.perf_counter()
    with page.expect_download() as coming:
        page.click(button)
    path = coming.value.path()  # waits until all of it is there
    seconds = time.perf_counter() - began
    if not filecmp.cmp(path, expected, shallow=False):
        raise Failed(f"what the browser saved ({path.stat().st_size} bytes) is not what was sent")
    path.unlink()
    return seconds, coming.value.url


@contextmanager
def _page(browser: "Browser") -> Iterator["Page"]:
    """A page of its own; what goes wrong on it is told with what it says. Raises `Failed`."""
    from playwright.sync_api import Error

    from tests.browser.chromium import WAYS

    context = browser.new_context(locale="en-US", accept_downloads=True)
    context.add_init_script(WAYS["stream"])
    page = context.new_page()
    page.set_default_timeout(_SECONDS * 1000)
    try:
        yield page
    except Error as error:
        with suppress(Error):  # a page that crashed says nothing
            raise Failed(f"{error.message}\nThe page says: {page.inner_text('body')}") from error
        raise Failed(error.message) from error
    finally:
        context.close()


@contextmanager
def _chromium() -> Iterator["Browser"]:
    """Where the browser puts downloads is its own matter: both ways end in the same folder."""
    try:
        from tests.browser.chromium import NoChromium, chromium
    except ImportError:
        raise tools.Missing("The library that drives the browser is not installed: pip install -e .[bench]") from None
    try:
        with chromium() as browser:
            yield browser
    except NoChromium as error:
        raise tools.Missing(str(error)) from None
