"""A limit on how fast all transfers go together: a bucket that fills at that rate, and content takes from it."""

import os
import re
import threading
import time
from collections.abc import Callable
from typing import Self

from client.errors import ClientError

BANDWIDTH_VARIABLE = "SEALCASE_BANDWIDTH"
LEAST_LIMIT = 8_000
"""Bytes a second; below it servers take a transfer for a stalled one."""
_MOST_LIMIT = 1 << 50
_BURST_SECONDS = 0.125
"""So much of a second may go at once; what goes at once is also what a pause is long for."""
_LEAST_PIECE = 1_000
_SMALL = 4_096
_RATE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)([KMG]?)")
_FACTORS = {"": 1, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000}


class Throttle:
    """May be shared by threads, and by connections. The limit may change while content travels."""

    def __init__(self, limit: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """`limit`: bytes a second, both ways together; 0 for none."""
        self._changed = threading.Condition()
        self._clock = clock
        self._limit = limit
        self._there = 0.0
        self._filled_at = clock()

    @classmethod
    def from_environment(cls) -> Self:
        """What SEALCASE_BANDWIDTH says, else no limit. Raises `ClientError` for what is no rate."""
        text = os.environ.get(BANDWIDTH_VARIABLE)
        if not text:
            return cls()
        try:
            return cls(parse_rate(text))
        except ValueError as error:
            raise ClientError(f"{BANDWIDTH_VARIABLE}: {error}") from None

    @property
    def limit(self) -> int:
        return self._limit

    def set_limit(self, limit: int) -> None:
        """From now on, also for what is under way."""
        with self._changed:
            if limit == self._limit:
                return
            self._limit, self._there, self._filled_at = limit, 0.0, self._clock()
            self._changed.notify_all()

    def take(self, wanted: int) -> int:
        """Waits for its turn; how many of `wanted` bytes may go now: at least 1, all where there is no limit."""
        if not self._limit or not wanted:
            return wanted
        with self._changed:
            while self._limit:
                self._fill()
                piece = min(wanted, max(_LEAST_PIECE, round(self._limit * _BURST_SECONDS)))
                if self._there >= 0:
                    self._there -= piece
                    return piece
                self._changed.wait(-self._there / self._limit)
            return wanted

    def give_back(self, unused: int) -> None:
        """Of what was taken, so much did not travel."""
        if unused and self._limit:
            with self._changed:
                self._there += unused

    def charge(self, size: int) -> None:
        """So much has travelled already, in one answer; waits until it would have. Small answers are not held up."""
        while size > _SMALL:
            size -= self.take(size)

    def _fill(self) -> None:
        now = self._clock()
        most = self._limit * _BURST_SECONDS
        self._there = min(most, self._there + (now - self._filled_at) * self._limit)
        self._filled_at = now


def parse_rate(text: str) -> int:
    """Bytes a second: `500K`, `2.5M`, in decimal units; 0 for no limit. Raises `ValueError` saying what a rate is."""
    match = _RATE.fullmatch(text.strip().upper().removesuffix("/S").removesuffix("B"))
    rate = round(float(match[1]) * _FACTORS[match[2]]) if match else -1
    if rate != 0 and not LEAST_LIMIT <= rate <= _MOST_LIMIT:
        raise ValueError(
            f"{text!r} is not a rate: give bytes a second, such as 500K or 2.5M, at least 8K; 0 for no limit"
        )
    return rate
