"""The page behind a link: how fast a browser opens it, against the same browser downloading the same bytes plain.

Beside both: what a page can't do without, and nothing else (`browser_calls.js`).
"""

import filecmp
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
    from tests.browser.unwatched import Tab, Unwatched

SLOWEST = 2.0
"""At least half the rate of a plain download."""
MOST_OF_OURS = 2.0
"""What the page adds to the calls that it can't do without, saving included, costs no more than they do."""
_SHOWN_SECONDS, _SAVED_SECONDS = 60, 600
_SCOPE = "/web/stream/"
"""What the page's service worker answers for."""
_PLAIN = """(() => {
  const link = document.createElement("a");
  Object.assign(link, { id: "plain", href: "content.bin", download: "", textContent: "plain" });
  document.body.append(link);
})()"""
_WORKERS = 2
_CALLS = """(async () => {
  const script = URL.createObjectURL(new Blob([%s], { type: "text/javascript" }));
  const taken = await Promise.all(Array.from({ length: %d }, (_, first) => new Promise((resolve, reject) => {
    const worker = new Worker(script);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage({ url: new URL("content.bin", location.href).href, size: %d, first, step: %d });
  })));
  return taken.reduce((sum, each) => sum + each);
})()"""


def measure(scale: Scale) -> Sequence[Measurement]:
    """From the click to the whole file in the browser's downloads; each run right after the other's."""
    samples: dict[str, list[float]] = {"sealcase": [], "plain": [], "calls": []}
    with workplace.folder(5 * scale.size) as folder, _chromium(folder / "chromium") as browser:
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
                theirs = _download(browser, plain.url, source)
                workplace.warm(folder, scale.size)
                calls = _calls(browser, plain.url, scale.size)
                if number:  # the first one warms caches
                    samples["sealcase"].append(ours)
                    samples["plain"].append(theirs)
                    samples["calls"].append(calls)
    figures = [
        time_figure("browser opens a link against a plain download in it", samples, "plain", SLOWEST),
        time_figure("browser opens a link against its calls alone", samples, "calls", MOST_OF_OURS),
    ]
    return [Measurement("browser", {"content": scale.size}, samples, "s", figures)]


def _open_link(browser: "Unwatched", link: str, expected: Path) -> float:
    from tests.browser.chromium import WAYS

    tab = browser.open(link, WAYS["stream"])
    tab.until("document.querySelector('#save')?.checkVisibility()", _SHOWN_SECONDS)
    seconds, url = _timed(browser, tab, "save", expected)
    if _SCOPE not in url:
        raise Failed(f"the page saved another way than through its service worker: {url}")
    tab.until("document.querySelector('#title').innerText.includes('Saved')", _SHOWN_SECONDS)
    tab.close()
    return seconds


def _download(browser: "Unwatched", url: str, expected: Path) -> float:
    tab = browser.open(url)  # of nginx; a link within one site is a download
    tab.value_of(_PLAIN)
    seconds, _ = _timed(browser, tab, "plain", expected)
    tab.close()
    return seconds


def _calls(browser: "Unwatched", url: str, size: int) -> float:
    """Seconds for fetching, hashing and opening so many bytes in workers, and dropping them."""
    tab = browser.open(url)
    script = Path(__file__).with_name("browser_calls.js").read_text(encoding="utf-8")
    began = time.perf_counter()
    taken = tab.value_of(_CALLS % (json.dumps(script), _WORKERS, size, _WORKERS))
    seconds = time.perf_counter() - began
    if taken != size:
        raise Failed(f"the calls alone took {taken} bytes of {size}")
    tab.close()
    return seconds


def _timed(browser: "Unwatched", tab: "Tab", button: str, expected: Path) -> tuple[float, str]:
    """Seconds from the click until all of the file is there, and the address that the browser had it from."""
    began = time.perf_counter()
    tab.value_of(f"document.getElementById('{button}').click()")
    path, url = browser.downloaded(_SAVED_SECONDS)
    seconds = time.perf_counter() - began
    if not filecmp.cmp(path, expected, shallow=False):
        raise Failed(f"what the browser saved ({path.stat().st_size} bytes) is not what was sent")
    path.unlink()
    return seconds, url


@contextmanager
def _chromium(folder: Path) -> Iterator["Unwatched"]:
    """Raises `tools.Missing`, and `Failed` with what the page says."""
    try:
        from tests.browser.chromium import NoChromium
        from tests.browser.unwatched import Trouble, unwatched
    except ImportError:
        raise tools.Missing("What drives the browser is not installed: pip install -e .[bench]") from None
    try:
        with unwatched(folder) as browser:
            yield browser
    except NoChromium as error:
        raise tools.Missing(str(error)) from None
    except Trouble as error:
        raise Failed(str(error)) from error
