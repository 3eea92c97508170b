"""A main thread without a window: time goes on when a test says so."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable

REAL_SECONDS = 120.0
"""The longest that anything may take."""
_STEP = 0.01
"""The longest between two looks."""


class FakeClock:
    """A `Scheduler`. Work in threads is real; what it leads to is called back while the test waits in `until`."""

    def __init__(self) -> None:
        self._now = 0.0
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._off: set[int] = set()

    def now(self) -> float:
        return self._now

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        number = next(self._numbers)
        heapq.heappush(self._timers, (self._now + seconds, number, call))
        return lambda: self._off.add(number)

    def advance(self, seconds: float) -> None:
        """All that is due until then happens, each at its time."""
        end = self._now + seconds
        while self._timers and self._timers[0][0] <= end:
            at, number, call = heapq.heappop(self._timers)
            self._now = max(self._now, at)
            if number not in self._off:
                call()
        self._now = end

    def until(self, condition: Callable[[], object]) -> None:
        """Lets real threads work until it is so; time goes by as it does for them, and never far between two looks."""
        began = looked = time.monotonic()
        while not condition():
            threading.Event().wait(0.001)
            last, looked = looked, time.monotonic()
            assert looked - began < REAL_SECONDS, "it never came to that"
            self.advance(min(_STEP, looked - last))
