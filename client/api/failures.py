"""What asking a server can end in, beside an answer: which failures may pass, and what to tell about them.

NetworkError                         (client.errors)
├── TryAgain                         the server, or a proxy before it, is busy or broken for the moment
│   ├── Unreachable                  no connection, or one that broke off or stalled
│   │   └── StoreUnreachable         the same of the store that the server's files are in
│   └── StoreBusy                    that store asks for patience
├── StoreRefuses                     that store, or what stands before it, takes no such request
└── DigestMismatch                   bytes were altered on their way
Expired                              (client.errors)
├── Revoked                          a link that was taken back
└── UsedUp                           downloaded as often as its sender allowed, who may allow more
Refused                              (client.errors)
├── TooMany                          asked too often; it passes
├── StorageFull                      no room at the server, or in our share of it
│   └── QuotaExceeded                our share of it is used up
└── Conflict                         it exists already, or does not fit what exists
    └── PartsMissing                 an upload can't be completed yet
"""

import errno
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TYPE_CHECKING

from client import errors
from client.api.steady import STALL_SECONDS
from shared.api.codes import Code

if TYPE_CHECKING:
    from shared.api.models import Problem


class DigestMismatch(errors.NetworkError):
    """Bytes were altered on their way; sending them again helps."""


class TryAgain(errors.NetworkError):
    """The server, or a proxy before it, is busy or broken for the moment."""

    def __init__(self, message: str, after: float | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.after = after
        """Seconds to wait, if the server said so."""
        self.reason = reason or message
        """Why one has to wait, in a few words."""


class Unreachable(TryAgain):
    """No connection came about, or it broke off or stalled. Nothing is known about the server's state."""


class StoreUnreachable(Unreachable):
    """The same of the store that a server's files are in. The server itself may well be reachable."""

    def __init__(self, message: str, reason: str, *, is_closed: bool) -> None:
        super().__init__(message, reason=reason)
        self.is_closed = is_closed
        """Whether no connection came about at all."""


class StoreBusy(TryAgain):
    """The store asks for patience."""


class StoreRefuses(errors.NetworkError):
    """The store, or what stands before it, takes no such request: a new address may help, trying again does not."""


class UsedUp(errors.Expired):
    """Downloaded as often as its sender allowed. The file is still there, and its sender may allow more."""


class Revoked(errors.Expired):
    """A link that its owner has taken back, or what it led to."""


class TooMany(errors.Refused):
    """Asked too often."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after
        """Seconds to wait, if the server said so."""


class StorageFull(errors.Refused):
    """There is no room for more. What has arrived is kept."""


class QuotaExceeded(StorageFull):
    """Our own share of the server is used up; it stays so until we delete something."""


class Conflict(errors.Refused):
    """It exists already, or does not fit what exists."""


class PartsMissing(Conflict):
    """The upload can't be completed yet."""

    def __init__(self, message: str, missing: tuple[int, ...]) -> None:
        super().__init__(message)
        self.missing = missing
        """Numbers of the parts that the server has not got."""


BROKEN = (OSError, HTTPException)
"""What a connection that does not come about, or breaks, raises."""
_NO_NETWORK = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN))
BUSY_STATUSES = frozenset((408, 429, *range(500, 600))) - {501, 505, 511}
"""Content networks have statuses of their own for a server that is away; what is left out does not pass by itself."""
_TOO_LARGE_STATUS = 413
PROXY_REFUSES_STATUS = 407
_KINDS: Mapping[str, type[errors.ClientError]] = {
    Code.SIGN_IN_REFUSED: errors.NotSignedIn,
    Code.SECOND_FACTOR_REQUIRED: errors.SecondFactorRequired,
    Code.NOT_FOUND: errors.NotFound,
    Code.GONE: errors.Expired,
    Code.USED_UP: UsedUp,
    Code.EXPIRED: errors.Expired,
    Code.REVOKED: Revoked,
    Code.DIGEST_MISMATCH: DigestMismatch,
}


def error_of(problem: "Problem", after: float | None) -> errors.ClientError:
    """The typed error for a problem of the server's own. The code decides, never the text."""
    error = _typed(problem, after)
    error.code, error.request_id = problem.code, problem.request_id
    return error


def _typed(problem: "Problem", after: float | None) -> errors.ClientError:
    fields = (f"{each.get('field', '')} {each.get('message', '')}".strip() for each in problem.errors or ())
    text = ": ".join([problem.detail or problem.title, *fields])
    text = " ".join(text.split())  # in one line, so that it fakes no other
    special: dict[str, Callable[[], errors.ClientError]] = {
        Code.NOT_SIGNED_IN: lambda: errors.NotSignedIn("your session has ended. Sign in again: sealcase login"),
        Code.PLACES_TAKEN: lambda: TryAgain(text, after),
        Code.CONFLICT: lambda: Conflict(text) if after is None else TryAgain(text, after),
        Code.INTERRUPTED: lambda: TryAgain(text, after),
        Code.UNAVAILABLE: lambda: TryAgain(text, after),
        Code.INTERNAL: lambda: TryAgain(f"{text} (request {problem.request_id})", after, text),
        Code.CONTENT_DAMAGED: lambda: errors.ContentDamaged(
            "the server's copy of this file is damaged: bytes of it are missing. Nothing was saved. Ask its sender to "
            f"send it again, and tell whoever runs the server (request {problem.request_id})"
        ),
        Code.TOO_MANY: lambda: TooMany(text, after),
        Code.STORAGE_FULL: lambda: StorageFull(f"{text} Send the same again once there is room."),
        Code.QUOTA_EXCEEDED: lambda: QuotaExceeded(text),
        Code.PARTS_MISSING: lambda: PartsMissing(text, tuple(problem.missing or ())),
    }
    if problem.code in special:
        return special[problem.code]()
    return _KINDS.get(problem.code, errors.Refused)(text)


def error_of_status(server: str, status: int, after: float | None) -> errors.ClientError:
    """For answers of a proxy, or of something that is no Sealcase server: no problem+json."""
    if status in BUSY_STATUSES:
        return TryAgain(f"{server} is not available right now (HTTP {status})", after)
    if status == _TOO_LARGE_STATUS:
        return errors.Refused(
            f"a proxy in front of {server} refuses bodies of this size; its limit must be raised "
            "(client_max_body_size in nginx)"
        )
    if status == PROXY_REFUSES_STATUS:
        return proxy_refuses(server)
    return not_sealcase(server)


def proxy_refuses(server: str) -> errors.NetworkError:
    return errors.NetworkError(
        f"the proxy on the way to {server} wants a name and a password: give them in the variable that names it "
        "(http://NAME:PASSWORD@HOST:PORT)"
    )


def not_sealcase(server: str) -> errors.NetworkError:
    return errors.NetworkError(f"what answers at {server} is not a Sealcase server; check the address")


class NoConnection(ConnectionError):
    """Nobody has answered."""


def is_no_connection(error: Exception) -> bool:
    """Whether no connection came about, as opposed to one that broke."""
    closed = (NoConnection, ConnectionRefusedError, socket.gaierror)
    return isinstance(error, closed) or (isinstance(error, OSError) and error.errno in _NO_NETWORK)


def connection_error(error: Exception, who: str) -> str:
    """What is wrong with the connection to `who`, in a few words."""
    if isinstance(error, TimeoutError):
        return f"{who} did not answer for {STALL_SECONDS:.0f} s"
    if isinstance(error, socket.gaierror):
        return f"{who} can't be reached: its name is not known here, or there is no network"
    if isinstance(error, OSError) and error.errno in _NO_NETWORK:
        return f"{who} can't be reached: there is no network"
    return f"{who} can't be reached, or broke off"


def seconds_until(retry_after: str) -> float | None:
    """What a server asks for: seconds, or a date (RFC 9110, section 10.2.3); None for anything else."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (date - datetime.now(UTC)).total_seconds()) if date.tzinfo else None
