"""When the straight way to a store is given up for the one through the server, when not, and who hears of it."""

from collections.abc import Callable

import pytest

from client.actions.way import Straight, Way, via_server_by_environment
from client.api.failures import DigestMismatch, StoreBusy, StoreRefuses, StoreUnreachable, TryAgain, Unreachable
from client.errors import ClientError, NetworkError
from shared.crypto.errors import Altered

AWAY = StoreUnreachable("the store is away", "away", is_closed=False)
CLOSED = StoreUnreachable("nobody answers", "closed", is_closed=True)
BUSY = StoreBusy("the store is busy")


class Travels:
    """What the next tries end in: an error, or nothing where they succeed. Each is noted by its first letter."""

    def __init__(self, way: Way, told: list[str] | None = None) -> None:
        self.told = [] if told is None else told
        self.taken = ""
        self._trip = Straight(way, self.told.append).trip()

    def go(self, straight: Exception | None = None, through: Exception | None = None) -> "Travels":
        try:
            self._trip.run(self._way("s", straight), self._way("t", through))
        except NetworkError as error:
            assert error in (straight, through)
        except Altered as error:
            assert error is straight
        return self

    def _way(self, name: str, error: Exception | None) -> Callable[[], None]:
        def travel() -> None:
            self.taken += name
            if error is not None:
                raise error

        return travel


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_straight_where_that_works() -> None:
    assert Travels(Way()).go().go().taken == "ss"


def test_through_the_server_where_that_is_wanted() -> None:
    """The store is never asked, and nobody is told what they know."""
    travels = Travels(Way(via_server=True)).go().go()
    assert (travels.taken, travels.told) == ("tt", [])


def test_blocked_from_the_start() -> None:
    """After two tries the server does it; from then on at once, and it is said once."""
    way = Way()
    travels = Travels(way).go(AWAY).go(AWAY).go()
    others = Travels(way, travels.told).go().go()
    assert (travels.taken, others.taken) == ("sst", "tt")
    assert travels.told == ["the store is away"]


def test_closed_from_the_start() -> None:
    """Where nobody answers at all, nobody waits for it twice; once something went straight, that may pass."""
    way = Way()
    travels = Travels(way).go(CLOSED).go()
    assert (travels.taken, travels.told) == ("st", ["nobody answers"])
    way = Way()
    Travels(way).go()
    assert Travels(way).go(CLOSED).go(CLOSED).go().taken == "sss"


def test_refused() -> None:
    """An address that does not help when it is new is none; nothing is waited for."""
    travels = Travels(Way()).go(StoreRefuses("HTTP 403")).go()
    assert (travels.taken, travels.told) == ("stt", ["HTTP 403"])


def test_a_line_that_trips() -> None:
    """Once something went straight, a few failures in a row are the line's, not the way's."""
    way = Way()
    Travels(way).go()
    travels = Travels(way).go(AWAY).go(AWAY).go(AWAY).go()
    assert (travels.taken, travels.told) == ("ssss", [])
    assert Travels(way).go(AWAY).go(AWAY).go(AWAY).go(AWAY).go().taken == "sssst"


def test_a_network_that_is_away() -> None:
    """Where the server can't be reached either, the straight way is no worse: it is tried again, and nobody is told."""
    travels = Travels(Way()).go(AWAY).go(AWAY).go(through=Unreachable("no network")).go().go()
    assert (travels.taken, travels.told) == ("sstss", [])


def test_a_store_that_is_away_for_the_server_too() -> None:
    """The server says so, and the straight way stays open."""
    travels = Travels(Way()).go(AWAY).go(AWAY).go(through=TryAgain("the storage is not available")).go()
    assert (travels.taken, travels.told) == ("ssts", [])


def test_a_store_that_asks_for_time() -> None:
    """The server would have to wait for it just the same; only where it never ends is that what is in between."""
    travels = Travels(Way())
    for _ in range(8):
        travels.go(BUSY)
    assert travels.go().taken == "s" * 8 + "t"


def test_bytes_that_arrive_altered() -> None:
    """The third try, which is the last one, comes through the server."""
    way = Way()
    Travels(way).go()
    assert Travels(way).go(Altered("a")).go(Altered("b")).go().taken == "sst"


def test_bytes_that_the_server_has_altered_too() -> None:
    """It is the file, not the way."""
    way, told = Way(), list[str]()
    trip = Straight(way, told.append).trip()

    def altered() -> None:
        raise Altered("a")

    for _ in range(3):
        with pytest.raises(Altered):
            trip.run(altered, altered)
    assert way.is_open
    assert not told


def test_other_failures_are_no_reason() -> None:
    """What the server itself answers on the straight way says nothing about the store."""
    away, altered = Unreachable("the server is away"), DigestMismatch("altered")
    travels = Travels(Way()).go(away).go(away).go(away).go(altered).go()
    assert (travels.taken, travels.told) == ("sssss", [])


def test_given_up_for_a_while() -> None:
    """A transfer of hours finds back; if it is blocked still, that was said."""
    clock = Clock()
    way = Way(clock=clock)
    told = Travels(way).go(StoreRefuses("blocked")).told
    clock.now += 599
    assert Travels(way).go().taken == "t"
    clock.now += 2
    assert Travels(way, told).go().taken == "s"
    assert Travels(way, told).go(StoreRefuses("blocked again")).taken == "st"
    assert told == ["blocked"]


@pytest.mark.parametrize(("text", "is_open"), [("", True), ("0", True), ("1", False)])
def test_by_environment(text: str, is_open: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALCASE_VIA_SERVER", text)
    assert Way(via_server=via_server_by_environment()).is_open is is_open


def test_an_environment_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALCASE_VIA_SERVER", "yes")
    with pytest.raises(ClientError, match="SEALCASE_VIA_SERVER is 1 or 0"):
        via_server_by_environment()
