"""Trying again what may work the next time: with growing, random pauses, and never what will not change."""

import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from client.api.ending import ending_here
from client.api.failures import DigestMismatch, TooMany, TryAgain, Unreachable
from client.errors import ClientError
from shared.crypto.errors import Altered

ALTERED_TRIES = 3
"""Bytes that are altered on their way are a rare accident; those that are altered at the server stay so."""
PATIENCE_VARIABLE = "SEALCASE_PATIENCE"
_TRANSFER_SECONDS = 600.0
_FIRST_PAUSE = 0.3
_LONGEST_PAUSE = 6.0
_LONGEST_ASKED_PAUSE = 60.0
_DOUBLINGS = 10

Outcome = TypeVar("Outcome")
TellWaiting = Callable[[str, float], None]
"""Told, from any thread, why nothing moves and in how many seconds the next try is."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on trying while nothing succeeds."""

    seconds: float
    """Counted from the first failure after the last success, so that a machine that slept has all of it."""

    @classmethod
    def of_transfers(cls) -> "Patience":
        """Ten minutes, or what SEALCASE_PATIENCE says. Raises `ClientError` if that is no number of seconds."""
        text = os.environ.get(PATIENCE_VARIABLE)
        if not text:
            return cls(_TRANSFER_SECONDS)
        if text.isascii() and text.replace(".", "", 1).isdigit():
            return cls(float(text))
        raise ClientError(f"{PATIENCE_VARIABLE} is a number of seconds, such as 600, and this is none: {text!r}")


ONE_REQUEST = Patience(10.0)
"""For a person who waits for one answer."""


def untold(_reason: str, _seconds: float) -> None:
    """For those who don't want to know."""


class Alarm:
    """A pause that can be ended early, for all who are in one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rung = 0
        self._over = False

    def pause(self, seconds: float) -> None:
        with self._changed:
            before = self._rung
            self._changed.wait_for(lambda: self._over or self._rung != before, timeout=seconds)

    def ring(self) -> None:
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def end(self) -> None:
        """From now on there are no pauses."""
        with self._changed:
            self._over = True
            self._changed.notify_all()


class Retries:
    """Requests that belong together, such as the parts of one transfer. May be shared by threads.

    Patience is theirs together: as long as any of them succeeds, all may go on trying. Whoever waits for the network
    is woken when another one got through, and all are when the `Ending` of the work that they were made in ends.
    """

    def __init__(
        self,
        patience: Patience = ONE_REQUEST,
        tell: TellWaiting = untold,
        *,
        clock: Callable[[], float] = time.monotonic,
        alarm: Alarm | None = None,
    ) -> None:
        self._patience = patience
        self._tell = tell
        self._clock = clock
        self._network = alarm or Alarm()
        self._asked = alarm or Alarm()
        self._lock = threading.Lock()
        self._failing_since: float | None = None
        self._stopped = False
        if (ending := ending_here()) is not None:
            ending.add(self)

    def run(self, attempt: Callable[[], Outcome]) -> Outcome:
        """`attempt()`, again after a failure that may pass; the last failure is raised when patience ends."""
        altered = failures = 0
        while True:
            try:
                outcome = attempt()
            except (TryAgain, TooMany, DigestMismatch, Altered) as error:
                altered += isinstance(error, DigestMismatch | Altered)
                if altered >= ALTERED_TRIES:
                    raise
                pause = self._pause_after(error, failures)
                if pause is None:
                    raise
                failures += 1
                self._wait(error, pause)
                if self._stopped:
                    raise
            else:
                self._succeeded()
                return outcome

    def stop(self) -> None:
        """Ends all pauses; whoever was in one raises its last failure."""
        self._stopped = True
        self._network.end()
        self._asked.end()

    def _pause_after(self, error: Exception, failures: int) -> float | None:
        """Seconds; None where patience ends before."""
        with self._lock:
            now = self._clock()
            if self._failing_since is None:
                self._failing_since = now
            left = self._failing_since + self._patience.seconds - now
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures, _DOUBLINGS))
        pause = longest * random.uniform(0.5, 1.0)  # noqa: S311  (jitter)
        asked = error.after if isinstance(error, TryAgain | TooMany) else None
        if asked is not None and asked > left:
            return None
        pause = max(pause, min(asked or 0.0, _LONGEST_ASKED_PAUSE))
        return None if self._stopped or pause > left else pause

    def _wait(self, error: Exception, seconds: float) -> None:
        self._tell(error.reason if isinstance(error, TryAgain) else str(error), seconds)
        (self._network if isinstance(error, Unreachable) else self._asked).pause(seconds)

    def _succeeded(self) -> None:
        with self._lock:
            self._failing_since = None
        self._network.ring()


def with_retries(
    attempt: Callable[[], Outcome], tell: TellWaiting = untold, patience: Patience = ONE_REQUEST
) -> Outcome:
    """`attempt()` by itself, with a patience of its own."""
    return Retries(patience, tell).run(attempt)
