"""base64url without padding (RFC 4648, section 5), read strictly: one text for one value."""

import base64
import binascii

from shared.sealed.errors import FormatError


def b64u(data: bytes) -> str:
    """`data` as base64url text without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64u(text: object, what: str, length: int | None = None) -> bytes:
    """The bytes behind base64url `text`; `what` names the field in the error.

    Raises `FormatError` for anything but canonical text, or for other than `length` bytes where it is given.
    """
    if not isinstance(text, str):
        raise FormatError(f"{what} is not text")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise FormatError(f"{what} is not base64url") from None
    if b64u(data) != text:
        raise FormatError(f"{what} is not canonical base64url")
    if length is not None and len(data) != length:
        raise FormatError(f"{what} has {len(data)} bytes instead of {length}")
    return data
