"""How many parts travel at once follows what the line gives, in simulated time."""

from collections.abc import Callable

import pytest

from client.actions.line import LEAST, MOST, Line

PART = 8_000_000


class Simulation:
    """Parts over a line whose rate (bytes a second) depends on how many travel at once."""

    def __init__(self, rate: Callable[[int], float], busy: float = 0.0) -> None:
        """`busy`: cores that our own work keeps busy."""
        self.now = 0.0
        self.rate = rate
        self.line = Line(clock=lambda: self.now, cpu=lambda: self.now * busy)
        self.seen: list[int] = []

    def run(self, parts: int) -> int:
        for _ in range(parts):
            self.now += PART / self.rate(self.line.open)
            self.seen.append(self.line.open)
            self.line.arrived(PART)
        return self.line.open


def test_a_long_line_gets_many() -> None:
    """Twice as many at once are twice as fast: all lanes open within a few parts."""
    long_line = Simulation(lambda lanes: lanes * 5e6)
    assert long_line.run(40) == MOST
    assert long_line.run(200) >= MOST - 1


def test_a_short_line_keeps_few() -> None:
    """More at once are no faster: it goes back to the least, and hardly ever tries more."""
    short_line = Simulation(lambda _lanes: 1e9)
    assert short_line.run(400) == LEAST
    assert sum(lanes > LEAST for lanes in short_line.seen) < 100


@pytest.mark.parametrize("busy", [0.8, 1.9])
def test_our_own_processor_is_what_all_wait_for(busy: float) -> None:
    """What looks like a faster line is noise then: three lanes, and never more than one beyond."""
    line = Simulation(lambda lanes: lanes * 300e6, busy)
    assert line.run(400) == 3
    assert max(line.seen) <= 4


@pytest.mark.parametrize("enough", [3, 4, 6])
def test_a_line_that_is_full(enough: int) -> None:
    """At least as many as fill the line are found, and never more than the limit."""
    line = Simulation(lambda lanes: min(lanes, enough) * 10e6)
    assert line.run(300) >= enough
    assert max(line.seen) <= MOST


def test_trouble_halves_and_the_line_recovers() -> None:
    line = Simulation(lambda lanes: lanes * 5e6)
    line.run(60)
    line.line.troubled()
    assert line.line.open == MOST // 2
    for _ in range(10):
        line.line.troubled()
    assert line.line.open == LEAST
    assert line.run(400) > LEAST


def test_a_line_that_changes() -> None:
    """From a short one to a long and slow one, as from an office to a train."""
    line = Simulation(lambda _lanes: 100e6)
    assert line.run(200) <= LEAST + 1
    line.rate = lambda lanes: lanes * 1e6
    assert line.run(100) == MOST
