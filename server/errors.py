"""What can go wrong, each with the stable code that clients decide by. The message is for the person who reads it.

SealcaseError
├── BadRequest, Invalid, NotSignedIn, SignInRefused, SecondFactorRequired, ConfirmationRefused,
├── Forbidden, AccountDisabled, NotFound, Gone, UsedUp, LinkExpired, LinkRevoked, BoxFull
├── Conflict ── Busy (try again in a moment), StaleCard
├── DigestMismatch, PartsMissing, LengthRequired, TooLarge, UnsupportedMediaType
├── RangeNotSatisfiable, Interrupted, StorageFull, QuotaExceeded, PreconditionFailed, ContentDamaged
├── Unavailable ── StoreUnavailable
└── TooMany ── PlacesTaken
"""

from dataclasses import dataclass
from typing import ClassVar

from shared.api.codes import Code


class SealcaseError(Exception):
    """The root. `str(error)` is shown to the caller, so it never holds a secret or a path of this machine."""

    code: ClassVar[Code] = Code.INTERNAL


class BadRequest(SealcaseError):
    """The request is not readable."""

    code = Code.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class FieldError:
    """A field that breaks a rule. The message never repeats what was sent."""

    field: str
    message: str


class Invalid(SealcaseError):
    """The request is readable, but a field breaks a rule."""

    code = Code.INVALID

    def __init__(self, message: str, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields


class NotSignedIn(SealcaseError):
    """No token, or none that counts any more."""

    code = Code.NOT_SIGNED_IN


class SignInRefused(SealcaseError):
    """The emailed code is wrong, used, expired or out of tries; which of these is not said."""

    code = Code.SIGN_IN_REFUSED


class SecondFactorRequired(SealcaseError):
    """The emailed code is right and still good; the second factor's is missing."""

    code = Code.SECOND_FACTOR_REQUIRED


class ConfirmationRefused(SealcaseError):
    """The code that should confirm a change is wrong, used, expired or out of tries. Nothing was changed."""

    code = Code.CONFIRMATION_REFUSED


class Forbidden(SealcaseError):
    """The caller may know of the thing, but not do this to it."""

    code = Code.FORBIDDEN


class AccountDisabled(SealcaseError):
    """The operator has closed the account; only somebody who has proved that it is theirs is told."""

    code = Code.ACCOUNT_DISABLED

    def __init__(self) -> None:
        super().__init__(
            "The operator of this server has closed this account. Nothing of it was removed by that; "
            "ask whoever runs the server."
        )


class NotFound(SealcaseError):
    """There is no such thing, or it is none of the caller's business: the two look the same."""

    code = Code.NOT_FOUND


class Gone(SealcaseError):
    """The file has expired."""

    code = Code.GONE


class UsedUp(SealcaseError):
    """The file was downloaded as often as it may be."""

    code = Code.USED_UP


class LinkExpired(SealcaseError):
    """The link is right, and its time is over."""

    code = Code.EXPIRED


class BoxFull(SealcaseError):
    """The drop box is right, and has no room for this."""

    code = Code.BOX_FULL


class LinkRevoked(SealcaseError):
    """The link is right, and its owner has taken it back, or what it led to."""

    code = Code.REVOKED


class PreconditionFailed(SealcaseError):
    """The thing is not in the state that the caller wants to change."""

    code = Code.PRECONDITION_FAILED


class QuotaExceeded(SealcaseError):
    """The person's share does not hold this too."""

    code = Code.QUOTA_EXCEEDED

    def __init__(self, bytes_left: int | None, files_left: int | None) -> None:
        left = [f"{bytes_left} bytes"] if bytes_left is not None else []
        left += [f"{files_left} files"] if files_left is not None else []
        super().__init__(
            f"Your share of this server has room for {' and '.join(left)} more. Nothing was stored; "
            "delete files that nobody needs any more, or ask the operator for a larger share."
        )
        self.bytes_left = bytes_left
        self.files_left = files_left
        """None: not limited."""


class Conflict(SealcaseError):
    """It exists already, or does not fit what exists."""

    code = Code.CONFLICT


class Busy(Conflict):
    """Somebody else is changing the same thing right now."""

    retry_after = 1
    """Seconds."""


class StaleCard(Conflict):
    """The card does not follow the one that is published."""

    code = Code.STALE_CARD


class DigestMismatch(SealcaseError):
    """Bytes arrived altered."""

    code = Code.DIGEST_MISMATCH


class PartsMissing(SealcaseError):
    """The upload can't be completed yet."""

    code = Code.PARTS_MISSING

    def __init__(self, message: str, missing: tuple[int, ...]) -> None:
        super().__init__(message)
        self.missing = missing


class LengthRequired(SealcaseError):
    """The body came without a Content-Length."""

    code = Code.LENGTH_REQUIRED


class TooLarge(SealcaseError):
    """More bytes than this server takes."""

    code = Code.TOO_LARGE


class UnsupportedMediaType(SealcaseError):
    """The body is of a type that this route does not read."""

    code = Code.UNSUPPORTED_MEDIA_TYPE


class RangeNotSatisfiable(SealcaseError):
    """The asked-for range begins behind the end of the content."""

    code = Code.RANGE_NOT_SATISFIABLE

    def __init__(self, size: int) -> None:
        super().__init__(f"The content has {size} bytes, and the range begins behind them.")
        self.size = size


class Interrupted(SealcaseError):
    """The request's body ended early or stalled; nothing of it counts."""

    code = Code.INTERRUPTED


class ContentDamaged(SealcaseError):
    """The storage has fewer bytes than were stored: they are lost, and trying again brings none of them back."""

    code = Code.CONTENT_DAMAGED

    def __init__(self) -> None:
        super().__init__(
            "This server's copy of the file is damaged: bytes of it are missing. Asking again does not help; "
            "ask its sender to send it again, and tell whoever runs this server."
        )


class StorageFull(SealcaseError):
    """The server has no room for these bytes. What was stored before stays."""

    code = Code.STORAGE_FULL


class TooMany(SealcaseError):
    """Too many requests."""

    code = Code.TOO_MANY

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds."""


class PlacesTaken(TooMany):
    """As many are downloading the file as may."""

    code = Code.PLACES_TAKEN

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after=2)


class Unavailable(SealcaseError):
    """Something that the server leans on does not answer right now."""

    code = Code.UNAVAILABLE


class StoreUnavailable(Unavailable):
    """The storage behind the server does not answer, or not as it should. What was stored before is kept."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds."""


FROZEN = (
    "The server is being worked on: what is there can be read, and nothing can be changed for now. "
    "Nothing is lost; try again later."
)
"""What `Unavailable` says while the operator keeps everything as it is."""
