"""How heavy the page is, how it is reached, and whether everybody can use it."""

import pytest
import requests

from tests.browser.conftest import NewVisit
from tests.browser.looking import MAX_WEIGHT, assert_open_to_all, focused, weighed
from tests.browser.sending import Desk

pytestmark = pytest.mark.slow


def test_it_weighs_little_and_is_there_in_one_step(desk: Desk, visit: NewVisit) -> None:
    """All that is loaded until the file can be saved, in bytes on the line; nothing is found out step by step."""
    link = desk.link(desk.send(b"x", "light.txt"))
    html = requests.get(f"{desk.server.url}/s/{link.link_id}", timeout=30).text
    for way in ("disk", "stream"):
        browser = visit(way)
        browser.open(link.url)
        browser.see("light.txt")
        loaded = weighed(browser.page)
        assert sum(loaded.values()) <= MAX_WEIGHT
        assert len(loaded) > 20
        named_in_html = {name for name in loaded if f"/{name}" in html}
        assert set(loaded) - named_in_html <= {"the page", "sw.js"}  # which is wanted at a click only


def test_what_only_folders_need_is_loaded_with_folders_only(desk: Desk, visit: NewVisit) -> None:
    """Once it is known to be one, and before it is shown; even so the page weighs little, with a password too."""
    files = desk.send_folder("A folder", {"a.txt": b"1", "b.txt": b"2"})
    browser = visit("stream")
    browser.open(desk.link(*files, password="p").url)
    browser.see("Password")
    browser.page.keyboard.type("p")
    browser.page.keyboard.press("Enter")
    browser.see("A folder")
    loaded = weighed(browser.page)
    assert {"folder.js", "zip.js"} <= set(loaded)
    assert sum(loaded.values()) <= MAX_WEIGHT


def test_the_first_paint_waits_for_the_style_alone(desk: Desk, visit: NewVisit) -> None:
    """With every script kept from it, the page is drawn all the same."""
    browser = visit()
    browser.page.route("**/*.js", lambda route: route.abort())
    browser.page.goto(f"{desk.server.url}/s/{'A' * 43}", wait_until="commit")
    browser.page.locator("h1", has_text="Opening the link").wait_for()
    painted = browser.page.evaluate(
        """() => new Promise((found) => new PerformanceObserver((list) => found(list.getEntries()[0].name))
            .observe({ type: 'paint', buffered: true }))"""
    )
    assert painted in ("first-paint", "first-contentful-paint")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_is_in_the_way_of_anybody(desk: Desk, visit: NewVisit, scheme: str, width: int) -> None:
    """axe-core finds nothing in any state, by day and night, on a phone and at a desk; nothing is too wide."""
    folder_files = desk.send_folder("A folder", {"a.txt": b"1", "b.txt": b"2"})
    single, folder = (
        desk.link(desk.send(b"x", "file.txt", comment="A note"), download_limit=2),
        desk.link(*folder_files),
    )
    locked, gone = desk.link(desk.send(b"x"), password="p"), desk.link(desk.send(b"x"))
    desk.revoke(gone)
    browser = visit("disk", color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    for url, title in (
        (single.url, "file.txt"),
        (folder.url, "A folder"),
        (locked.url, "Password"),
        (gone.url, "open"),
    ):
        browser.open("about:blank")
        browser.open(url)
        browser.see(title)
        assert_open_to_all(browser.page)
    browser.open(single.url)
    browser.see("file.txt")
    browser.page.click("#save")
    browser.see("Saved")
    assert_open_to_all(browser.page)
    browser.page.route("**/open", lambda route: route.abort())
    browser.open("about:blank")
    browser.open(single.url)
    browser.page.locator("#problem button").wait_for()
    assert_open_to_all(browser.page)
    browser.open(f"{desk.server.url}/web/about")
    assert_open_to_all(browser.page)


def test_the_keyboard_is_enough(desk: Desk, visit: NewVisit) -> None:
    """From the password to the saved file without a pointer; what is new gets the focus, and progress is said."""
    link = desk.link(desk.send(b"by hand", "keys.txt"), password="p w")
    browser = visit("disk")
    browser.open(link.url)
    browser.see("Password")
    browser.page.keyboard.type("p w")
    browser.page.keyboard.press("Enter")
    browser.see("keys.txt")
    assert focused(browser.page) == "title"
    browser.page.keyboard.press("Tab")
    assert focused(browser.page) == "save"
    browser.page.keyboard.press("Enter")
    browser.see("Saved")
    assert focused(browser.page) == "title"
    assert browser.page.get_attribute("#status", "role") == "status"
    assert browser.page.get_attribute("#problem", "role") == "alert"
