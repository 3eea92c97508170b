"""Counting the content of a transfer, part by part, so that what travels twice is not counted twice."""

import threading
import time
from collections.abc import Callable

_EVERY_SECONDS = 0.1


class Tally:
    """How many bytes of content are done; told at most ten times a second, and at the end. May be shared by threads."""

    def __init__(self, tell: Callable[[int], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`tell` gets the bytes done so far; raising in it stops the work."""
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._settled = 0
        self._under_way: dict[int, int] = {}
        self._told_at = -_EVERY_SECONDS
        self._told = -1

    @property
    def done(self) -> int:
        with self._lock:
            return self._settled + sum(self._under_way.values())

    def begin(self, part: int) -> None:
        """`part` starts to travel, perhaps again: what was counted of it counts no more."""
        with self._lock:
            self._under_way[part] = 0

    def moved(self, part: int, size: int) -> None:
        """`size` more bytes of `part` are done."""
        with self._lock:
            self._under_way[part] = self._under_way.get(part, 0) + size
        self._tell_now_and_then()

    def settle(self, part: int, size: int) -> None:
        """`part` is done for good: `size` bytes, whatever was counted of it on the way."""
        with self._lock:
            self._under_way.pop(part, None)
            self._settled += size
        self._tell_now_and_then()

    def take_back(self, size: int) -> None:
        """`size` bytes of what was settled must be done again."""
        with self._lock:
            self._settled -= size

    def finish(self) -> None:
        """Tells the last number, if it was not told."""
        if (done := self.done) != self._told:
            self._told = done
            self._tell(done)

    def _tell_now_and_then(self) -> None:
        with self._lock:
            now = self._clock()
            if now - self._told_at < _EVERY_SECONDS:
                return
            self._told_at = now
            self._told = done = self._settled + sum(self._under_way.values())
        self._tell(done)
