"""Whether everything that the server leans on is there."""

import threading
from collections.abc import Callable, Mapping

from server.errors import SealcaseError
from server.ports import Clock

FRESH_SECONDS = 5
"""An answer counts for so long: asking often must not cost the disk anything."""


class Readiness:
    """Tries things out, instead of believing that they work."""

    def __init__(self, probes: Mapping[str, Callable[[], None]], clock: Clock) -> None:
        """`probes`: what somebody reads where one raises, and the probe."""
        self._probes = probes
        self._clock = clock
        self._turn = threading.Lock()
        self._asked_at = float("-inf")
        self._troubles: list[str] = []

    def troubles(self) -> list[str]:
        """What is not as it should be, for people; empty where the server is ready."""
        with self._turn:
            if not 0 <= self._clock.now() - self._asked_at < FRESH_SECONDS:
                self._troubles = [name for name, probe in self._probes.items() if not _works(probe)]
                self._asked_at = self._clock.now()
            return self._troubles


def _works(probe: Callable[[], None]) -> bool:
    try:
        probe()
    except (OSError, SealcaseError):
        return False
    return True
