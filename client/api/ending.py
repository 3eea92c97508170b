"""Ends all waiting for the network of one piece of work at once, whichever of its threads is in it."""

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

LOOK_SECONDS = 0.25
"""So soon a wait for the network sees that its work has ended."""
LAST_SECONDS = 0.6
"""For what is still to be said after the end, such as that nobody wants the rest. Unsaid, the server knows in a day."""


class Waiter(Protocol):
    """Something that may be in a pause."""

    def stop(self) -> None:
        """Ends it, and all that come."""


class Ending:
    """Belongs to one piece of work; `end` is called from any other thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: weakref.WeakSet[Waiter] = weakref.WeakSet()
        self.ended_at: float | None = None
        """By `time.monotonic`; None while the work goes on."""

    def add(self, waiter: Waiter) -> None:
        """`waiter` is stopped at the end, or now if that was before."""
        with self._lock:
            self._waiters.add(waiter)
            over = self.ended_at is not None
        if over:
            waiter.stop()

    def end(self) -> None:
        with self._lock:
            if self.ended_at is None:
                self.ended_at = time.monotonic()
            waiters = list(self._waiters)
        for waiter in waiters:
            waiter.stop()


_current: ContextVar[Ending | None] = ContextVar("ending", default=None)


@contextmanager
def ended_by(ending: Ending) -> Iterator[None]:
    """What waits in this context, threads that carry it on included, does so until `ending` ends."""
    token = _current.set(ending)
    try:
        yield
    finally:
        _current.reset(token)


def ending_here() -> Ending | None:
    return _current.get()


class TimeLeft:
    """For something of the network's that is there in time, or not at all; or until the work that it is for ends."""

    def __init__(self, seconds: float) -> None:
        ending = ending_here()
        if ending is not None and ending.ended_at is not None:
            seconds, ending = min(seconds, LAST_SECONDS), None
        self._ending = ending
        self._end = time.monotonic() + seconds

    def next_look(self) -> float:
        """Seconds to wait before looking again. Raises `TimeoutError`, and `ConnectionAbortedError` at its end."""
        if self._ending is not None and self._ending.ended_at is not None:
            raise ConnectionAbortedError
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, LOOK_SECONDS)
