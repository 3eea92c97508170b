"""How many parts travel at once: as many as the line rewards, from 2 to 8.

One part at a time leaves a long line idle while an answer is on its way; many on a short line only cost memory. So the
number doubles as long as that makes the whole faster, goes back when it did not, and one more is tried now and then.
Where our own processor is what everything waits for, no line rewards more than three.
"""

import threading
import time
from collections.abc import Callable

LEAST = 2
MOST = 8
_FASTER = 1.05
"""What counts as faster. Less is the noise of any line; more leaves a long one a tenth empty."""
_SLOWER = 0.6
"""Below this share of the best rate the line is not what it was, and all is learned anew."""
_WINDOW_SECONDS = 0.25
_TRY_ONE_MORE_SECONDS = 15.0
_BUSY = 0.75
"""Seconds of a core that we use in a second: from here on more threads only wait for each other (Python's lock)."""
_BUSY_LANES = 3
"""Two work while one waits for an answer."""


class Line:
    """`Lanes` that follow the rate at which parts arrive. May be shared by threads."""

    def __init__(
        self,
        most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        """`cpu`: seconds of a core that this process has used."""
        self.most = most
        self.open = min(LEAST, most)
        self._clock = clock
        self._cpu = cpu
        self._lock = threading.Lock()
        self._growing = True
        self._before = self.open
        """Lanes that were open before the number was last raised."""
        self._best = 0.0
        self._begin_window()
        self._settled_at = self._began_at

    def arrived(self, size: int) -> None:
        """A part of `size` bytes has arrived at the other side."""
        with self._lock:
            self._parts += 1
            self._bytes += size
            elapsed = self._clock() - self._began_at
            # Each lane must have had its turn, or the rate says nothing about their number.
            if self._parts >= 2 * self.open and elapsed >= _WINDOW_SECONDS:
                self._judge(self._bytes / elapsed, (self._cpu() - self._cpu_began_at) / elapsed)
                self._begin_window()

    def troubled(self) -> None:
        """Something had to be sent again: fewer at once, until the line has proved itself anew."""
        with self._lock:
            self.open = self._before = max(LEAST, self.open // 2)
            self._growing, self._best = False, 0.0
            self._settled_at = self._clock()
            self._begin_window()

    def _judge(self, rate: float, busy: float) -> None:
        if self._growing and busy >= _BUSY:
            self._best = max(self._best, rate)
            self._settle(min(self.most, _BUSY_LANES))
        elif self._growing:
            if rate > self._best * _FASTER:
                self._best, self._before = rate, self.open
                self._widen(2 * self.open)
            else:
                self._settle(self._before)
        elif rate < self._best * _SLOWER:
            self._best, self._before, self._growing = rate, self.open, True
            self._widen(2 * self.open)
        else:
            self._best = max(self._best, rate)
            if self._clock() - self._settled_at > _TRY_ONE_MORE_SECONDS:
                self._before, self._growing = self.open, True
                self._widen(self.open + 1)

    def _widen(self, lanes: int) -> None:
        if self.open == self.most:
            self._settle(self.most)
        else:
            self.open = min(self.most, lanes)

    def _settle(self, lanes: int) -> None:
        self.open, self._growing = lanes, False
        self._settled_at = self._clock()

    def _begin_window(self) -> None:
        self._began_at = self._clock()
        self._cpu_began_at = self._cpu()
        self._parts = self._bytes = 0
