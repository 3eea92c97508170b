"""Where the parts of one upload go straight to the store: addresses that expire, asked for a few parts ahead."""

import threading
import time
from bisect import bisect
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from client.api.failures import StorageFull, StoreRefuses, TooMany
from client.api.wire_direct import PartUrl, PartUrls, WantedPart
from client.errors import ClientError, Refused
from shared.sealed.geometry import MAX_PARTS, Geometry, sealed_length

_AHEAD = 32
"""Parts that one request is about. As they come with a time limit, more would be asked for in vain on a slow line."""
_AHEAD_OF_STREAM = 4
"""The server makes room for what it gives an address for, and a stream may end any time."""
_SPARE_SECONDS = 30.0
"""An address that ends sooner is not used any more: the store looks at it when a part begins to arrive."""

Ask = Callable[[Sequence[WantedPart]], PartUrls]
Upcoming = Callable[[WantedPart], Sequence[WantedPart]]
"""The parts that travel next behind a certain one, as far as that is known."""


def of_file(geometry: Geometry, missing: Sequence[int]) -> Upcoming:
    """`missing`: the numbers of parts that travel, in order."""

    def upcoming(part: WantedPart) -> Sequence[WantedPart]:
        start = bisect(missing, part.number)
        return [WantedPart(number, geometry.sealed_length(number)) for number in missing[start : start + _AHEAD]]

    return upcoming


def of_stream(part_size: int) -> Upcoming:
    """Nobody knows where it ends: perhaps in one of these."""
    length = sealed_length(part_size)

    def upcoming(part: WantedPart) -> Sequence[WantedPart]:
        if part.size < length:
            return ()
        return [
            WantedPart(number, length)
            for number in range(part.number + 1, min(part.number + 1 + _AHEAD_OF_STREAM, MAX_PARTS))
        ]

    return upcoming


def nothing(_part: WantedPart) -> Sequence[WantedPart]:
    """Where nothing goes straight."""
    return ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where one part goes, for a while."""

    part: WantedPart
    url: PartUrl
    batch: int
    good_until: float


class Places:
    """Those of all parts of one upload. May be shared by threads; whoever needs one that is not there asks for many."""

    def __init__(
        self,
        ask: Ask,
        upcoming: Upcoming,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._upcoming = upcoming
        self._clock = clock
        self._asking = threading.Lock()
        self._lock = threading.Lock()
        self._kept: dict[int, Place] = {}
        self._batch = 0

    def of(self, part: WantedPart) -> Place:
        """Raises `StoreRefuses` where the server names no place for it, and what asking raises."""
        place = self._good(part)
        if place is None:
            with self._asking:
                place = self._good(part) or self._fetched(part)
        else:
            self._fetch_ahead(part)
        return place

    def forget(self, part: WantedPart) -> None:
        """It has arrived, or its place is no good."""
        with self._lock:
            self._kept.pop(part.number, None)

    def forget_batch(self, place: Place) -> None:
        """The store does not take this address any more; those that came with it, or before, are no better."""
        with self._lock:
            self._kept = {number: kept for number, kept in self._kept.items() if kept.batch > place.batch}

    def _good(self, part: WantedPart) -> Place | None:
        with self._lock:
            kept = self._kept.get(part.number)
        return kept if kept and kept.part == part and self._clock() < kept.good_until else None

    def _missing_behind(self, part: WantedPart) -> list[WantedPart]:
        return [each for each in self._upcoming(part) if self._good(each) is None]

    def _fetch_ahead(self, part: WantedPart) -> None:
        """Before those behind `part` run short, so that nobody has to wait for them. Whatever fails is met again."""
        missing = self._missing_behind(part)
        if len(missing) * 2 > len(self._upcoming(part)) and self._asking.acquire(blocking=False):
            try:
                with suppress(ClientError):
                    self._fetch(missing)
            finally:
                self._asking.release()

    def _fetched(self, part: WantedPart) -> Place:
        wanted = [part, *self._missing_behind(part)]
        try:
            fetched = self._fetch(wanted)
        except (StoreRefuses, StorageFull):
            if len(wanted) == 1:
                raise
            fetched = self._fetch([part])  # a stream may end before a part that there is no room for
        if part.number not in fetched:
            raise StoreRefuses("the server names no place for a part")
        return fetched[part.number]

    def _fetch(self, parts: Sequence[WantedPart]) -> dict[int, Place]:
        asked_at = self._clock()
        try:
            answer = self._ask(parts)
        except (TooMany, StorageFull):
            raise
        except Refused as error:
            raise StoreRefuses(str(error)) from None
        spare = min(_SPARE_SECONDS, answer.expires_in / 4)
        good_until = asked_at + answer.expires_in - spare
        wanted = {part.number: part for part in parts}
        with self._lock:
            self._batch += 1
            fetched = {
                url.number: Place(wanted[url.number], url, self._batch, good_until)
                for url in answer.part_urls
                if url.number in wanted
            }
            self._kept.update(fetched)
        return fetched
