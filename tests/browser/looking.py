"""What can be said of a page as it stands: its weight, whether everybody can use it, where the keyboard is."""

import json
import re
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Page

MAX_WEIGHT = 60_000
_AXE = Path(str(files("axe_playwright_python") / "axe.min.js"))


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
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert [json.dumps({each["id"]: [node["html"] for node in each["nodes"]]}) for each in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def focused(page: Page) -> str:
    """The id of what the keyboard speaks to."""
    return str(page.evaluate("document.activeElement.id"))
