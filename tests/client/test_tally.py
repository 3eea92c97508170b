"""Progress counts what is done, not what travelled."""

from client.actions.tally import Tally


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_travels_twice_counts_once() -> None:
    tally = Tally(lambda _done: None)
    tally.begin(0)
    tally.moved(0, 70)
    tally.begin(0)  # the connection broke
    assert tally.done == 0
    tally.moved(0, 100)
    tally.moved(1, 5)
    tally.settle(0, 100)
    assert tally.done == 105


def test_it_tells_now_and_then_and_at_the_end() -> None:
    """At most ten times a second; the last number is always told, once."""
    told: list[int] = []
    watch = Watch()
    tally = Tally(told.append, clock=watch)
    for _ in range(1_000):
        watch.now += 0.001
        tally.moved(0, 1)
    assert 9 <= len(told) <= 11
    assert told == sorted(told)
    tally.finish()
    tally.finish()
    assert told[-1] == 1_000
    assert told.count(1_000) == 1


def test_what_was_done_before_counts() -> None:
    """Parts of an earlier try are settled at once."""
    told: list[int] = []
    tally = Tally(told.append, clock=Watch())
    tally.settle(3, 50)
    tally.finish()
    assert told == [50]
