"""Rows that wrap."""

import pytest

from client.gui.widgets.flow import spans


@pytest.mark.parametrize(
    ("room", "right", "places"),
    [
        (180, False, [(0, 0, 50), (0, 50, 110), (0, 110, 180)]),
        (179, False, [(0, 0, 50), (0, 50, 110), (1, 0, 70)]),
        (179, True, [(0, 0, 50), (0, 50, 110), (1, 40, 110)]),
        (40, False, [(0, 0, 50), (1, 0, 60), (2, 0, 70)]),
    ],
)
def test_a_line_begins_where_the_room_ends(room: int, right: bool, places: list[tuple[int, int, int]]) -> None:
    """Each has a line, and pixels from where to where; what is wider than the room has a line of its own."""
    assert spans([50, 60, 70], room, right=right) == places


def test_nothing_takes_no_line() -> None:
    assert spans([], 100, right=True) == []
