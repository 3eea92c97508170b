"""What an S3 store's failures mean for whoever waits behind the server."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from server.errors import ContentDamaged, NotFound, SealcaseError, StorageFull, StoreUnavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

log = logging.getLogger(__name__)

_NOT_THERE = frozenset(("NoSuchKey", "404", "NotFound"))
_BEHIND_END = frozenset(("InvalidRange", "416"))
_FULL = frozenset(("QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507"))
_REFUSED = frozenset(
    (
        *("AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"),
        *("InvalidToken", "NoSuchBucket", "AllAccessDisabled", "PermanentRedirect", "AuthorizationHeaderMalformed"),
        *("301", "302", "307", "RequestTimeTooSkewed", "TokenRefreshRequired", "AccountProblem"),
    )
)
OPERATORS_SECONDS = 60
"""What only the operator can set right takes longer than a moment."""


class UploadGone(Exception):
    """The multipart upload was completed or aborted, by whomever."""


class PartsRefused(Exception):
    """The parts are not those that the store has, or one of them is too small."""


class Changed(Exception):
    """The object is another one by now."""


_OURS: dict[str, type[Exception]] = {
    "NoSuchUpload": UploadGone,
    "InvalidPart": PartsRefused,
    "InvalidPartOrder": PartsRefused,
    "EntityTooSmall": PartsRefused,
    "PreconditionFailed": Changed,
    "412": Changed,
}


@contextmanager
def told(operation: str) -> Iterator[None]:
    """Failures of botocore as ours. `operation` is for the log, which also gets the store's code, and no secret.

    Raises `NotFound`, `ContentDamaged`, `StorageFull`, `StoreUnavailable`, or one of the exceptions above.
    """
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        raise _of_answer(operation, error) from None
    except (HTTPClientError, IncompleteReadError, HTTPError, OSError) as error:
        log.warning("S3 did not answer (%s: %s)", operation, type(error).__name__)
        raise away() from None
    except BotoCoreError as error:  # no credentials, or none that could be renewed; a wrong region or endpoint
        log.error("S3 can't be used (%s: %s); try sealcase-server admin s3-check", operation, type(error).__name__)  # noqa: TRY400
        raise operators_turn() from None


def code_of(error: "ClientError") -> str:
    """The store's word for it; the status where an answer to HEAD has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def away() -> StoreUnavailable:
    """The store is busy, broken or out of reach for the moment."""
    return StoreUnavailable(
        "The storage behind this server does not answer right now. What has arrived is kept; try again in a moment."
    )


def operators_turn() -> StoreUnavailable:
    """The store refuses the server itself."""
    return StoreUnavailable(
        "The storage behind this server refuses the server's own requests: its operator has to look at that. "
        "What has arrived is kept, and can be gone on with afterwards.",
        OPERATORS_SECONDS,
    )


def _of_answer(operation: str, error: "ClientError") -> Exception:
    code = code_of(error)
    if code in _NOT_THERE:
        return NotFound("There is no such file.")
    if code in _BEHIND_END:
        return ContentDamaged()
    if code in _OURS:
        return _OURS[code](code)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _trouble(operation, code, status)


def _trouble(operation: str, code: str, status: int) -> SealcaseError:
    if code in _FULL:
        log.error("S3 has no room (%s: %s)", operation, code)
        return StorageFull("The storage behind this server is full. What was stored before is kept.")
    if code in _REFUSED:
        log.error("S3 refuses the server (%s: %s); try sealcase-server admin s3-check", operation, code)
        return operators_turn()
    log.warning("S3 failed (%s: %s, status %s)", operation, code, status)
    return away()
