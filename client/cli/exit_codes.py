"""Exit codes of `sealcase`, for scripts; and the one place that decides them."""

from enum import IntEnum

from client import errors
from shared.crypto.errors import CryptoError, NotEnoughMemory, SourceChanged
from shared.sealed.errors import FormatError


class ExitCode(IntEnum):
    """0 and 2 are click's own habit."""

    OK = 0
    OTHER = 1
    USAGE = 2
    NOT_SIGNED_IN = 3
    NOT_FOUND = 4
    EXPIRED = 5
    ALTERED_OR_WRONG_KEY = 6
    UNTRUSTED_KEY = 7
    NETWORK = 8
    REFUSED = 9


_BY_ERROR: tuple[tuple[type[Exception], ExitCode], ...] = (
    (errors.NotSignedIn, ExitCode.NOT_SIGNED_IN),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.Expired, ExitCode.EXPIRED),
    (errors.UnsafeName, ExitCode.ALTERED_OR_WRONG_KEY),
    (errors.ContentDamaged, ExitCode.ALTERED_OR_WRONG_KEY),
    (SourceChanged, ExitCode.OTHER),
    (NotEnoughMemory, ExitCode.OTHER),
    (CryptoError, ExitCode.ALTERED_OR_WRONG_KEY),
    (FormatError, ExitCode.ALTERED_OR_WRONG_KEY),
    (errors.UntrustedKey, ExitCode.UNTRUSTED_KEY),
    (errors.NetworkError, ExitCode.NETWORK),
    (errors.Refused, ExitCode.REFUSED),
)
KNOWN_ERRORS = (errors.ClientError, CryptoError, FormatError)
"""Errors whose message is written for the person who reads it."""


def exit_code_of(error: Exception) -> ExitCode:
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.OTHER)
