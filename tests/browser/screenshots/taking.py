"""A picture of a page in one state, as a browser on a phone or at a desk shows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.chromium import WAYS

TARGET = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1000, "height": 800}}
_SECONDS = 30


@contextmanager
def visit(browser: Browser, **options: object) -> Iterator[Page]:
    """A page of somebody else each time; `options` of Playwright's contexts."""
    context = browser.new_context(**{"locale": "en-US", **options})  # type: ignore[arg-type]
    context.add_init_script(WAYS["disk"])
    page = context.new_page()
    page.set_default_timeout(_SECONDS * 1000)
    yield page
    context.close()


def opened(page: Page, url: str, title: str) -> None:
    page.goto(url)
    page.locator("#title", has_text=title).wait_for()


def keep(page: Page, name: str) -> None:
    """To docs/screenshots/NAME.png, all of it, without a cursor or a ring of focus."""
    page.evaluate("document.activeElement?.blur()")
    page.screenshot(path=TARGET / f"{name}.png", full_page=True)
    print(f"docs/screenshots/{name}.png")
