"""What can be said of a page as it stands: its weight, whether everybody can use it, where the keyboard is."""

import re
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.firefox import Tab

MAX_WEIGHT = 60_000
_AXE = Path(str(files("axe_playwright_python") / "axe.min.js"))
_COMPLAINTS = """axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))"""
_FITS = "document.documentElement.scrollWidth <= innerWidth"


def weighed(page: Page) -> dict[str, int]:
    """Bytes on the line of each thing that the page itself has loaded, headers included, as the browser counts them."""
    entries: list[list[str | int]] = page.evaluate(
        """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .map(({ name, transferSize }) => [name, transferSize])"""
    )
    found: dict[str, int] = {}
    for address, size in entries:
        if not re.search("/(links|boxes)/", str(address)):
            name = str(address).rpartition("/")[2] if "/web/" in str(address) else "the page"
            found[name] = found.get(name, 0) + int(size)
    return found


def assert_open_to_all(page: Page) -> None:
    """axe-core has nothing to say, and nothing is too wide. The page's policy must be bypassed for that."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    assert page.evaluate(_COMPLAINTS) == []
    assert page.evaluate(_FITS)


def assert_open_to_all_in_firefox(tab: Tab) -> None:
    """The same; what WebDriver itself puts into a page is under no policy."""
    axe = _AXE.read_text(encoding="utf-8")
    assert tab.evaluate(f"() => {{ {axe}; return {_COMPLAINTS}; }}") == []
    assert tab.evaluate(f"() => {_FITS}")


def focused(page: Page) -> str:
    """The id of what the keyboard speaks to."""
    return str(page.evaluate("document.activeElement.id"))
