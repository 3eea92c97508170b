"""What the window copies goes from the clipboard by itself; what somebody else put there stays."""

from dataclasses import replace

import pytest

from client.gui.presenters.house import House
from tests.gui.clock import FakeClock
from tests.gui.presenters.settings.conftest import Board


@pytest.fixture
def board(house: House) -> Board:
    board = Board()
    house.clipboard.attach(board)
    return board


def test_cleared_after_a_minute(house: House, clock: FakeClock, board: Board) -> None:
    """Not before, and said when it is copied."""
    house.clipboard.copy("secret", "The token")
    assert house.notices.state.notices[0].text == "The token copied. It stays for 60 seconds."
    clock.advance(59)
    assert board.text == "secret"
    clock.advance(2)
    assert board.text is None


def test_what_came_after_stays(house: House, clock: FakeClock, board: Board) -> None:
    """Another program's text is none of our business."""
    house.clipboard.copy("secret")
    board.text = "a poem"
    clock.advance(61)
    assert board.text == "a poem"


def test_a_second_copy_has_a_minute_of_its_own(house: House, clock: FakeClock, board: Board) -> None:
    house.clipboard.copy("one")
    clock.advance(40)
    house.clipboard.copy("two")
    clock.advance(40)
    assert board.text == "two"
    clock.advance(21)
    assert board.text is None


def test_copied_out_of_a_field(house: House, clock: FakeClock, board: Board) -> None:
    """By Tk itself; it goes like all that the window copies."""
    board.text = "typed"
    house.clipboard.noticed()
    clock.advance(61)
    assert board.text is None


def test_turned_off(house: House, clock: FakeClock, board: Board) -> None:
    house.change_settings(lambda now: replace(now, clear_clipboard_seconds=0))
    house.clipboard.copy("plain", "The id")
    assert house.notices.state.notices[0].text == "The id copied."
    clock.advance(3_600)
    house.clipboard.flush()
    assert board.text == "plain"


def test_cleared_when_the_window_closes(house: House, board: Board) -> None:
    """Nobody could do it later."""
    house.clipboard.copy("secret")
    house.clipboard.flush()
    assert board.text is None


def test_without_a_window_nothing_is_copied(house: House, clock: FakeClock) -> None:
    house.clipboard.copy("secret", "The id")
    house.clipboard.noticed()
    clock.advance(61)
    assert not house.notices.state.notices
