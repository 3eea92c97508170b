"""Something that does not answer is not asked again at once: or every request would wait for it anew."""

import time

from server.errors import Unavailable

PAUSE_SECONDS = 1.0


class Breaker:
    """Remembers for a moment that something is away."""

    def __init__(self, message: str) -> None:
        """`message`: what whoever asks meanwhile is told."""
        self._message = message
        self._away_until = 0.0

    def check(self) -> None:
        """Raises `Unavailable` while it is not worth asking."""
        if time.monotonic() < self._away_until:
            raise Unavailable(self._message)

    def tripped(self) -> Unavailable:
        """It has not answered; what to raise."""
        self._away_until = time.monotonic() + PAUSE_SECONDS
        return Unavailable(self._message)
