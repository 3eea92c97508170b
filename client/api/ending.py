"""Ends all waiting for the network of one piece of work at once, whichever of its threads is in it."""

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


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
