"""The keyboard goes through the whole window: navigation, banner and page."""

from collections.abc import Iterator

import pytest

from client.gui.theme import Palette
from tests.gui.window.conftest import Seen, Window, opened
from tests.support.people import PASSPHRASE, Person
from tests.support.screen import picture_of

_TABS = ("Account", "Upload", "Download", "My files", "Activity", "Settings")
_STOPS = frozenset(("button", "link", "textbox", "checkbox", "combobox", "grid", "radiogroup", "spinbutton", "tab"))
_OF_ONE_STOP = frozenset(("spinbutton", "radiogroup", "combobox"))
_AROUND = 4
"""Pixels: the edge of a field is that of what it lies in."""


@pytest.fixture
def window(display: str, ada: Person) -> Iterator[Window]:
    """Ada's, whose keys are in memory."""
    with opened(display, ada.cli.home, {}) as window:
        window.click("tab", "Download")
        window.wait_for_text("Unlock your keys")
        window.fill("Passphrase", PASSPHRASE)
        window.key("Return")
        window.wait_until_gone("Unlock your keys")
        yield window


def test_tab_goes_round_through_all_that_can_be_used(window: Window) -> None:
    """Each stop once, and of the navigation only the tab that is open; then it begins again."""
    for tab in _TABS:
        window.click("tab", tab)
        stops = sorted(each.path for each in _stops(window.at_rest(), tab))
        window.key("Tab")
        first = window.until(lambda: window.focused(), "a first stop")
        visited = [first.path]
        for _ in stops:
            window.key("Tab")
            seen = window.until(lambda last=visited[-1]: _other(window, last), "the next stop")  # type: ignore[misc]
            visited.append(seen.path)
        assert visited[-1] == visited[0], f"{tab}: {[path for path in visited if path not in stops]}"
        assert sorted(visited[:-1]) == stops, tab


def test_shift_tab_goes_back(window: Window) -> None:
    """The same way, the other way round."""
    window.click("tab", "My files")
    count = len(_stops(window.at_rest(), "My files"))
    forward, backward = _walk(window, "Tab", count), _walk(window, "shift+Tab", count)
    assert backward == [*reversed(forward[:-1]), forward[-1]]


@pytest.mark.slow
def test_what_has_the_focus_is_seen(window: Window) -> None:
    """By a ring around it, or, at fields, by an edge in the accent; where the mouse brought it, buttons have none."""
    for tab in ("Download", "Upload", "Settings"):
        window.click("tab", tab)
        for _ in _stops(window.at_rest(), tab):
            before = (window.focused() or _nowhere()).path
            window.key("Tab")
            seen = window.until(lambda before=before: _other(window, before), "the next stop")  # type: ignore[misc]
            if seen.in_sight:
                window.until(lambda: _is_ringed(window), f"a ring around {seen.label!r}")
    window.click("tab", "Download")
    window.click("link", "Refresh")
    window.until(lambda: (window.focused() or _nowhere()).label == "Refresh", "focus in what was clicked")
    assert not _is_ringed(window)


def _is_ringed(window: Window) -> bool:
    """Whether the edge of what has the focus is drawn, all along one of its sides at least."""
    seen = window.focused() or _nowhere()
    color = (Palette.accent if seen.role == "textbox" else Palette.ring)[0]
    wanted = bytes.fromhex(color.removeprefix("#"))
    box = seen.x - _AROUND, seen.y - _AROUND, seen.x + seen.width + _AROUND, seen.y + seen.height + _AROUND
    pixels = picture_of(window.display, box).convert("RGB").tobytes()
    return sum(pixels[at : at + 3] == wanted for at in range(0, len(pixels), 3)) >= seen.width


def _walk(window: Window, key: str, count: int) -> list[str]:
    visited: list[str] = []
    for _ in range(count):
        last = (window.focused() or _nowhere()).path
        window.key(key)
        visited.append(window.until(lambda last=last: _other(window, last), "the next stop").path)  # type: ignore[misc]
    return visited


def _other(window: Window, last: str) -> Seen | None:
    """What has the focus, if that is something else by now."""
    seen = window.focused()
    return seen if seen is not None and seen.path != last else None


def _nowhere() -> Seen:
    return Seen("", "", "", "", usable=False, focused=False, in_sight=False, x=0, y=0, width=0, height=0)


def _stops(tree: list[Seen], tab: str) -> list[Seen]:
    inside = [f"{each.path}." for each in tree if each.role in _OF_ONE_STOP]
    return [
        each
        for each in tree
        if each.role in _STOPS
        and each.usable
        and (each.role != "tab" or each.label == tab)
        and not any(each.path.startswith(path) for path in inside)
    ]
