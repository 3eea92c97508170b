"""What asking a server can end in, beside an answer: which failures may pass, and what to tell about them.

NetworkError                         (client.errors)
├── TryAgain                         the server, or a proxy before it, is busy or broken for the moment
│   └── Unreachable                  no connection, or one that broke off or stalled
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

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from client import errors
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


_BUSY_STATUSES = frozenset((408, 429, *range(500, 600))) - {501, 505, 511}
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
    if status in _BUSY_STATUSES:
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
