"""Two ways for sealed bytes: straight to and from the store, where the server offers that, or through the server.

Which one is open shows only when it is tried: a firewall, a proxy or a name that is not known here may be in the way of
the store alone. So the straight way is given up once the server got something there (or from there) that we could not.
When neither of them can be reached, it is the network that is away, and both ways stay as they were.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from client.api.failures import StoreBusy, StoreRefuses, StoreUnreachable, TryAgain
from client.errors import ClientError
from shared.crypto.errors import Altered

VIA_SERVER_VARIABLE = "SEALCASE_VIA_SERVER"
_CLOSED_SECONDS = 600.0
"""How long the straight way stays given up: a long transfer should not pay for ever for a store that was away."""
_TRIES_CLOSED = 1
"""Nobody answers, perhaps for ten seconds: that is what a firewall does."""
_TRIES_UNPROVED = 2
_TRIES_PROVED = 4
_TRIES_BUSY = 8
"""The server would have to wait for the same store."""
_REFUSED = 1 << 30

Outcome = TypeVar("Outcome")
Other = TypeVar("Other")
TellReason = Callable[[str], None]


def via_server_by_environment() -> bool:
    """Whether SEALCASE_VIA_SERVER is 1. Raises `ClientError` for what is neither 1 nor 0."""
    text = os.environ.get(VIA_SERVER_VARIABLE) or "0"
    if text not in ("0", "1"):
        raise ClientError(f"{VIA_SERVER_VARIABLE} is 1 or 0, and this is neither: {text!r}")
    return text == "1"


class Way:
    """Which way the transfers of one person go. May be shared by threads."""

    def __init__(self, *, via_server: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        """`via_server`: nothing goes straight."""
        self._via_server = via_server
        self._clock = clock
        self._lock = threading.Lock()
        self._closed_until = clock()
        self._told = False
        self.is_proved = False
        """Whether something has gone straight since the way was open."""

    @property
    def is_open(self) -> bool:
        """Whether to try to go straight."""
        return not self._via_server and self._clock() >= self._closed_until

    def prove(self) -> None:
        self.is_proved = True

    def give_up(self, reason: str, tell: TellReason) -> None:
        with self._lock:
            is_news, self._told = not self._told, True
            self._closed_until = self._clock() + _CLOSED_SECONDS
            self.is_proved = False
        if is_news:
            tell(reason)


@dataclass(frozen=True, slots=True)
class Straight:
    """The straight way for one transfer, as long as it is open."""

    way: Way
    tell: TellReason
    """Told why it was given up, once for all transfers."""

    def trip(self) -> "Trip":
        """For one part."""
        return Trip(self.way, self.tell)


class Trip:
    """All tries to bring one thing over."""

    def __init__(self, way: Way, tell: TellReason) -> None:
        self._way = way
        self._tell = tell
        self._failures = 0
        self._most = _TRIES_UNPROVED
        self._reason = ""

    def run(self, straight: Callable[[], Outcome], through: Callable[[], Other]) -> Outcome | Other:
        """One try: whichever way it is time for. Raises what that raises.

        The store's failures are for the caller to try again, but for `StoreRefuses`, which no caller sees.
        """
        if self._way.is_open and self._failures < self._most:
            try:
                arrived = straight()
            except StoreRefuses as error:
                self._failures, self._reason = _REFUSED, str(error)
            except (StoreUnreachable, StoreBusy, Altered) as error:
                self._failures += 1
                self._most = self._patience_with(error)
                self._reason = str(error)
                raise
            else:
                self._way.prove()
                return arrived
        try:
            outcome = through()
        except TryAgain:  # so it is not the way to the store that is blocked
            self._failures = self._most - 1
            raise
        if self._reason:
            self._way.give_up(self._reason, self._tell)
        return outcome

    def _patience_with(self, error: Exception) -> int:
        """So many failures in a row, then the server is asked to do it."""
        if isinstance(error, StoreBusy):
            return _TRIES_BUSY
        if isinstance(error, StoreUnreachable) and self._way.is_proved:
            return _TRIES_PROVED
        return _TRIES_CLOSED if isinstance(error, StoreUnreachable) and error.is_closed else _TRIES_UNPROVED
