"""The page behind a link: how fast a browser opens it, against the same browser downloading the same bytes plain."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
_SECONDS = 600


def measure(scale: Scale) -> Sequence[Measurement]:
    """From the click to the whole file in the browser's downloads; each run right after the other's."""
    samples: dict[str, list[float]] = {"sealcase": [], "plain": []}
    with workplace.folder(5 * scale.size) as folder, _chromium() as browser:
        server_folder = folder / "sealcase"
        with sealcase_server(server_folder, RATE_LIMITS="0") as server, nginx_dav(folder / "nginx") as plain:
            source = workplace.random_file(folder / "nginx" / "files" / "content.bin", scale.size)
            anna, _ = two_people(server_folder, server)
            command = (tools.ours("sealcase"), "send", source, "--link", "--no-compress")
            link = output_of(*command, environment=anna.environment).strip()
            for number in range(scale.runs + 1):
                tell(f"run {number} of {scale.runs} ...")
                ours = _open_link(browser, link, scale.size)
                theirs = _download(browser, f"{plain.url}/content.bin", scale.size)
                if number:  # the first one warms caches
                    samples["sealcase"].append(ours)
                    samples["plain"].append(theirs)
    figure = time_figure("browser opens a link against a plain download in it", samples, "plain", SLOWEST)
    return [Measurement("browser", {"content": scale.size}, samples, "s", [figure])]


def _open_link(browser: "Browser", link: str, size: int) -> float:
    with _page(browser) as page:
        page.goto(link)
        page.locator("#facts dd").first.wait_for()
        seconds = _timed(page, "#save", size)
        page.locator("#title", has_text="Saved").wait_for()
    return seconds


def _download(browser: "Browser", url: str, size: int) -> float:
    with _page(browser) as page:
        page.goto(url.rpartition("/")[0])  # of nginx; a link within one site is a download
        page.set_content(f'<a id="plain" href="{url}" download>plain</a>')
        return _timed(page, "#plain", size)


def _timed(page: "Page", button: str, size: int) -> float:
    began = time.perf_counter()
    with page.expect_download() as coming:
        page.click(button)
    path = coming.value.path()  # waits until all of it is there
    seconds = time.perf_counter() - began
    if path.stat().st_size != size:
        raise Failed(f"the browser kept {path.stat().st_size} bytes instead of {size}")
    path.unlink()
    return seconds


@contextmanager
def _page(browser: "Browser") -> Iterator["Page"]:
    from tests.browser.chromium import WAYS

    context = browser.new_context(locale="en-US", accept_downloads=True)
    context.add_init_script(WAYS["stream"])
    page = context.new_page()
    page.set_default_timeout(_SECONDS * 1000)
    yield page
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
