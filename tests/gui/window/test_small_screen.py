"""Large text on a small screen: nothing is cut off, and what does not fit comes into sight by scrolling."""

from collections.abc import Iterator

import pytest

from client.gui.presenters.settings.hub import PAGES
from tests.gui.window.conftest import Seen, Window, opened
from tests.gui.window.test_download_and_files import choose_first, go_to, send
from tests.support.people import Person
from tests.support.screen import INSTALL, missing_programs, virtual_screen

pytestmark = pytest.mark.slow

_SCREEN = "1024x700"
_HEIGHT = 700
_ACTIONS = ("Details", "Share …", "Link …", "Extend …", "Copy id", "Delete")
_QUESTIONS = {
    "Contacts": "Verify somebody else …",
    "Security": "Change …",
    "Devices": "Sign out everywhere …",
    "Account": "Delete …",
}
_STOPS = ("button", "link", "textbox", "checkbox", "combobox")


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """The smallest that everything must fit on."""
    if missing := missing_programs():
        pytest.skip(f"{' and '.join(missing)} not installed: {INSTALL}")
    with virtual_screen(_SCREEN) as display:
        yield display


@pytest.fixture(params=[150, 200], ids=["150", "200"])
def window(request: pytest.FixtureRequest, display: str, ada: Person, bob: Person) -> Iterator[Window]:
    """Ada's, who has sent a file, and has keys that are unlocked. The strip about her recovery kit is there."""
    send(ada, "plan.txt", b"the plan", bob)
    with opened(display, ada.cli.home, {"scaling": request.param}, **ada.cli.settings) as window:
        yield window


def test_no_tab_and_no_page_is_cut_off(window: Window) -> None:
    """Each tab, each page of the settings, and what opens in My files."""
    go_to(window, "My files", 1)
    choose_first(window)
    _nothing_is_cut_off(window)
    top, bottom = window.geometry()[1], sum(window.geometry()[1::2])
    for action in _ACTIONS:
        seen = window.find("button", action)
        assert seen.y >= top, action
        assert seen.y + seen.height <= bottom, action
    window.click("button", "Details")
    window.find("link", "← My files")
    _nothing_is_cut_off(window)
    window.key("Escape")
    for tab in ("Account", "Upload", "Download", "Activity", "Settings"):
        window.click("tab", tab)
        _nothing_is_cut_off(window)
    for _name, _icon, title in PAGES:
        window.click("button", title())
        window.find("link", "All settings")
        _nothing_is_cut_off(window)
        window.key("alt+Left")
        window.find("button", "Appearance")


def test_no_other_dialog_is_cut_off(window: Window, bob: Person) -> None:
    """Those of a file, of the keys, of contacts and of questions; with what failed in them, and its details."""
    go_to(window, "My files", 1)
    choose_first(window)
    for action in ("Share …", "Extend …"):
        _dialog_is_whole(window, action)
    window.click("tab", "Settings")
    for page, action in _QUESTIONS.items():
        window.click("button", page)
        _dialog_is_whole(window, action)
        window.key("alt+Left")
    window.click("button", "Contacts")
    window.click("button", "Verify somebody else …")
    window.fill("Their email address", bob.email)
    window.key("Return")
    window.find("button", "They match")
    window.fill("Or paste the number", "12345" * 12)
    window.wait_for_text("safety numbers differ")
    _nothing_is_cut_off(window)
    assert window.find("link", "Copy details").in_sight
    assert window.find("button", "They differ").in_sight


def _dialog_is_whole(window: Window, action: str) -> None:
    """Opens by a button whose label ends so, and is closed again."""
    window.click("button", action)
    window.find("dialog", "")
    _nothing_is_cut_off(window)
    window.key("Escape")
    window.until(lambda: not window.has("dialog", ""), "no dialog")


def test_an_id_is_looked_up(window: Window) -> None:
    """Its field is there, and once the focus is in it, in sight."""
    window.click("tab", "Download")
    window.fill("Id or link", "0b0e7f0e-8f7b-4d4c-9a53-3f0d7a1c9a11")
    assert window.find("textbox", "Id or link").in_sight


def test_transfers_of_download_are_whole(window: Window, ada: Person, bob: Person) -> None:
    """One that was saved, and one that its sender has deleted meanwhile, with all that can be done about it."""
    send(bob, "letter.txt", b"dear Ada", ada)
    go_to(window, "Download", 1)
    choose_first(window)
    window.key("Return")
    window.wait_for_text("Saved as ")
    window.wait_until_gone("letter.txt is saved.")  # which lies above what is clicked next
    file_id = send(bob, "gone.bin", b"x" * 3_000, ada)
    window.fill("Id or link", file_id)
    window.key("Return")
    window.find("button", "Receive what was found")
    bob.cli.ok("rm", file_id)
    window.click("button", "Receive what was found")
    window.wait_for_text("Not received")
    window.click("button", "Close")  # the notice
    _nothing_is_cut_off(window)
    for action in ("Open: letter.txt", "Clear: letter.txt", "Try again: gone.bin", "Copy details: gone.bin"):
        window.find("link", action)
    window.click("link", "Cancel: gone.bin")
    window.wait_until_gone("Not received")


def test_a_high_dialog_scrolls(window: Window) -> None:
    """It is no higher than the screen, its buttons are in sight, and Tab brings each of its fields into it."""
    go_to(window, "My files", 1)
    choose_first(window)
    window.click("button", "Link …")
    window.find("textbox", "Password of the link")
    _nothing_is_cut_off(window)
    dialog = window.find("dialog", "A link for people without an account")
    assert dialog.height <= _HEIGHT
    for button in ("Cancel", "Make the link"):
        assert window.find("button", button).in_sight, button
    inside = {each.label for each in _stops(window, dialog)}
    assert {"How long it works", "How often it can be used", "Mail me when it is first used"} <= inside
    reached = set[str]()
    for _ in inside:
        before = _focused(window)
        window.key("Tab")
        window.until(lambda before=before: _focused(window).path != before.path, "the next stop")  # type: ignore[misc]  # mypy can't type the default of a lambda
        window.until(lambda: _focused(window).in_sight, "it in sight")
        reached.add(_focused(window).label)
    assert reached == inside
    window.key("Prior")
    window.until(lambda: window.find("textbox", "Password of the link").in_sight, "its beginning")
    window.key("Next")
    window.until(lambda: window.find("checkbox", "Mail me when it is first used").in_sight, "its end")
    window.fill("How often it can be used", "3")
    window.click("button", "Make the link")
    window.wait_for_text("used 0 of 3 times")
    _nothing_is_cut_off(window)
    assert window.find("button", "Copy link").in_sight


def _nothing_is_cut_off(window: Window) -> None:
    window.at_rest()
    assert window.cut_off() == []


def _stops(window: Window, dialog: Seen) -> list[Seen]:
    inside = f"{dialog.path}."
    return [each for each in window.tree() if each.role in _STOPS and each.usable and each.path.startswith(inside)]


def _focused(window: Window) -> Seen:
    return window.until(lambda: window.focused(), "a focus")
