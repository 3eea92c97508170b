"""How sealed parts get to where the server keeps them: straight into its store, or through the server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from client.actions.acknowledging import Acknowledging, InStore
from client.actions.places import Places, Upcoming
from client.actions.upload_journal import NotedPart
from client.actions.way import Straight
from client.api.api import Api
from client.api.failures import DigestMismatch, StoreRefuses, TryAgain, Unreachable
from client.api.retries import Retries
from client.api.wire_direct import WantedPart
from client.errors import ClientError
from shared.sealed.encoding import unb64u


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body of known length, sealed while it is sent."""

    length: int
    pieces: Callable[[], Iterator[memoryview]]

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[memoryview]:
        return self.pieces()


class _Store:
    """Where the parts of one upload go straight to."""

    def __init__(self, api: Api, places: Places) -> None:
        self._api = api
        self._places = places

    def put(self, index: int, body: Body) -> str:
        """One try; another address where the store does not take the first one. Raises what `Stores.put` raises."""
        part = WantedPart(index, len(body))
        place = self._places.of(part)
        try:
            return self._api.store_part(place.url, lambda: body)
        except StoreRefuses:  # an address that expired, perhaps
            self._places.forget_batch(place)
            return self._api.store_part(self._places.of(part).url, lambda: body)
        finally:
            self._places.forget(part)


class PartSending:
    """The parts of one upload. May be shared by threads."""

    def __init__(
        self,
        api: Api,
        file_id: str,
        retries: Retries,
        note: Callable[[int, NotedPart], None],
        straight: Straight | None,
        upcoming: Upcoming,
    ) -> None:
        """`note`: called with each part that the server has, or knows to be in its store.

        `straight` is None where the server takes all parts itself.
        """
        self._api = api
        self._file_id = file_id
        self._retries = retries
        self._note = note
        self._straight = straight
        places = Places(lambda parts: api.part_urls(file_id, parts), upcoming)
        self._store = _Store(api, places)
        self._acknowledging = Acknowledging(api, file_id, retries, note)

    def put(self, index: int, body: Body, digest: Callable[[], bytes], troubled: Callable[[], None]) -> str | None:
        """Sends a part until it is there; its name in the store, None where it went through the server.

        `digest`: of what was sealed last. `troubled` is called before each further try.
        """
        trip = None if self._straight is None else self._straight.trip()
        tries = 0
        in_doubt = False

        def through() -> None:
            nonlocal in_doubt
            if in_doubt and self._came_meanwhile(index, digest):
                return
            try:
                part = self._api.put_part(self._file_id, index, lambda: body)
            except Unreachable:
                in_doubt = True
                raise
            if unb64u(part.digest, "digest", 32) != digest():
                raise DigestMismatch(f"part {index} arrived altered at the server, again and again")

        def attempt() -> str | None:
            nonlocal tries
            if tries:
                troubled()
            tries += 1
            if trip is not None:
                return trip.run(lambda: self._store.put(index, body), through)
            through()
            return None

        return self._retries.run(attempt)

    def _came_meanwhile(self, index: int, digest: Callable[[], bytes]) -> bool:
        """Whether what was sent last is there, although its answer was not: a server's storage may be slower than we.

        Raises `TryAgain` while the server is at work on it.
        """
        try:
            part = self._api.part(self._file_id, index)
        except TryAgain:
            raise
        except ClientError:  # it is not there, or the server is of an earlier version
            return False
        return unb64u(part.digest, "digest", 32) == digest()

    def arrived(self, index: int, length: int, etag: str | None, part: NotedPart) -> None:
        """Part `index` is there, under that name; it is noted once the server knows of it, which may raise."""
        if etag is None:
            self._note(index, part)
        else:
            self._acknowledging.add(InStore(index, length, etag, part))

    def finish(self) -> None:
        """All parts that have arrived are noted. Raises as `arrived` does."""
        self._acknowledging.finish()
