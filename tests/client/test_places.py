"""Where parts go straight to the store: few requests, addresses that are good, nothing more than is needed."""

import threading
from collections.abc import Callable, Sequence

import pytest

from client.actions.places import Places, Upcoming, nothing, of_file, of_stream
from client.api.failures import QuotaExceeded, StoreRefuses, TooMany
from client.api.wire_direct import PartUrl, PartUrls, WantedPart
from client.errors import Refused
from shared.sealed.geometry import MIB, Geometry

GEOMETRY = Geometry(MIB, 100 * MIB - 5)
SECONDS = 100


class Server:
    """Gives out addresses, each another one, and notes what it was asked for."""

    def __init__(self, refuse: Callable[[Sequence[WantedPart]], Exception | None] = lambda _: None) -> None:
        self.asked: list[list[int]] = []
        self.now = 0.0
        self._refuse = refuse

    def answer(self, parts: Sequence[WantedPart]) -> PartUrls:
        self.asked.append([part.number for part in parts])
        if (error := self._refuse(parts)) is not None:
            raise error
        urls = (PartUrl(part.number, f"http://store/{part.number}?{len(self.asked)}", {}) for part in parts)
        return PartUrls(tuple(urls), SECONDS)

    def places(self, upcoming: Upcoming) -> Places:
        return Places(self.answer, upcoming, lambda: self.now)


def _part(number: int) -> WantedPart:
    return WantedPart(number, GEOMETRY.sealed_length(number))


def _send(places: Places, numbers: Sequence[int]) -> None:
    for number in numbers:
        assert places.of(_part(number)).url.number == number
        places.forget(_part(number))


def test_a_few_requests_for_a_file() -> None:
    """Every part has its address, with its own length; the next ones are there before these run out."""
    server = Server()
    places = server.places(of_file(GEOMETRY, range(100)))
    _send(places, range(100))
    assert sorted(number for numbers in server.asked for number in numbers) == list(range(100))
    assert len(server.asked) <= 8


def test_only_what_is_missing() -> None:
    """Parts that are there already get no address."""
    server, missing = Server(), [3, 4, 50, 99]
    _send(server.places(of_file(GEOMETRY, missing)), missing)
    assert server.asked == [missing]


def test_the_last_part_has_another_length() -> None:
    places = Server().places(of_file(GEOMETRY, range(100)))
    assert places.of(_part(90)) and places.of(_part(99)).part.size == GEOMETRY.sealed_length(99) < _part(98).size


def test_a_stream() -> None:
    """A few parts ahead; the last one, which is shorter than was thought, is asked for by itself."""
    server = Server()
    places, full = server.places(of_stream(MIB)), _part(0).size
    for number in range(7):
        places.of(WantedPart(number, full))
        places.forget(WantedPart(number, full))
    assert places.of(WantedPart(7, 99)).part == WantedPart(7, 99)
    assert server.asked[0] == [0, 1, 2, 3, 4]
    assert server.asked[-1] == [7]
    assert len(server.asked) <= 4


def test_a_stream_at_the_limit() -> None:
    """There is no room for more parts, and it needs no more: each is asked for alone."""

    def no_room(parts: Sequence[WantedPart]) -> Exception | None:
        return QuotaExceeded("no room") if parts[-1].number > 2 else None

    server = Server(no_room)
    places = server.places(of_stream(MIB))
    for number in range(3):
        assert places.of(WantedPart(number, _part(0).size)).url.number == number
    with pytest.raises(QuotaExceeded):
        places.of(WantedPart(3, _part(0).size))


def test_the_same_part_again() -> None:
    """An address that has not been used is good still; after a failure there is another one."""
    server = Server()
    places = server.places(nothing)
    assert places.of(_part(0)) is places.of(_part(0))
    places.forget(_part(0))
    places.of(_part(0))
    assert server.asked == [[0], [0]]


def test_addresses_that_end_soon() -> None:
    """They are renewed before they do."""
    server = Server()
    places = server.places(of_file(GEOMETRY, range(8)))
    first = places.of(_part(1))
    server.now = SECONDS - 26
    assert places.of(_part(1)) is first
    server.now = SECONDS - 24
    assert places.of(_part(1)) is not first
    assert server.asked[-1] == list(range(1, 8))


def test_an_address_that_the_store_does_not_take() -> None:
    """Those that came with it are not tried; one that another thread has renewed meanwhile is."""
    server = Server()
    places = server.places(of_file(GEOMETRY, range(8)))
    old = places.of(_part(0))
    places.forget_batch(old)
    renewed = places.of(_part(1))
    places.forget_batch(old)
    assert places.of(_part(1)) is renewed
    assert server.asked == [list(range(8)), list(range(1, 8))]


def test_one_asks_for_all() -> None:
    """Eight threads that need the same at once make one request."""
    server = Server()
    places, all_begin = server.places(of_file(GEOMETRY, range(8))), threading.Barrier(8)

    def work() -> None:
        all_begin.wait()
        places.of(_part(0))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == [list(range(8))]


def test_a_server_that_gives_none() -> None:
    """Its reasons close the straight way; being asked for patience does not."""
    for error, raised in ((Refused("no store any more"), StoreRefuses), (TooMany("slowly"), TooMany)):
        with pytest.raises(raised, match=str(error)):
            Server(lambda _, error=error: error).places(nothing).of(_part(0))  # type: ignore[misc]


def test_a_server_that_names_others() -> None:
    """Nobody gets what they have not asked for."""
    places = Places(lambda _: PartUrls((PartUrl(7, "http://store/7", {}),), SECONDS), nothing)
    with pytest.raises(StoreRefuses, match="no place"):
        places.of(_part(0))


@pytest.mark.parametrize("seconds", [0, -5, 1])
def test_addresses_that_are_hardly_good(seconds: int) -> None:
    """What was just given is used, once."""
    asked: list[int] = []

    def answer(parts: Sequence[WantedPart]) -> PartUrls:
        asked.append(parts[0].number)
        return PartUrls((PartUrl(parts[0].number, "http://store/0", {}),), seconds)

    assert Places(answer, nothing).of(_part(0)).url.url == "http://store/0"
    assert asked == [0]
