"""Parts that went straight to the store: the server hears of them, some at a time, and only then are they noted."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from client.actions.upload_journal import NotedPart
from client.api.api import Api
from client.api.failures import TryAgain
from client.api.retries import Retries
from client.api.wire_direct import SentPart
from shared.api.limits import MAX_DIRECT_PARTS
from shared.sealed.encoding import b64u

_LEAST_SECONDS = 0.25
"""Between two requests: on a fast line many parts share one, on a slow one each is told of at once."""


@dataclass(frozen=True, slots=True)
class InStore:
    """A part that the store has."""

    index: int
    length: int
    """Sealed bytes."""
    etag: str
    part: NotedPart


class Acknowledging:
    """Tells the server of one upload's parts. May be shared by threads: whoever brings one does it for all."""

    def __init__(
        self,
        api: Api,
        file_id: str,
        retries: Retries,
        note: Callable[[int, NotedPart], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`note`: called with each part that the server knows from now on."""
        self._api = api
        self._file_id = file_id
        self._retries = retries
        self._note = note
        self._clock = clock
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._waiting: list[InStore] = []
        self._next_at = clock()

    def add(self, stored: InStore) -> None:
        """Raises what telling the server raises."""
        with self._lock:
            self._waiting.append(stored)
        if self._clock() >= self._next_at and self._telling.acquire(blocking=False):
            try:
                self._tell()
            finally:
                self._telling.release()

    def finish(self) -> None:
        """All that were added are known to the server. Raises as `add` does."""
        with self._telling:
            while self._waiting:
                self._tell()

    def _tell(self) -> None:
        with self._lock:
            some = self._waiting[:MAX_DIRECT_PARTS]
        sent = [SentPart(each.index, each.length, b64u(each.part.digest), each.etag) for each in some]
        self._retries.run(lambda: self._acknowledge(sent))
        with self._lock:
            del self._waiting[: len(some)]
        for each in some:
            self._note(each.index, each.part)
        self._next_at = self._clock() + _LEAST_SECONDS

    def _acknowledge(self, sent: list[SentPart]) -> None:
        known = {(part.number, part.size, part.digest) for part in self._api.acknowledge_parts(self._file_id, sent)}
        if not all((part.number, part.size, part.digest) in known for part in sent):
            raise TryAgain("the server did not take note of all parts that its store has")
