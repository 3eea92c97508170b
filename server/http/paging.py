"""Where a listing goes on: a position, as it travels."""

from server.errors import BadRequest
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError


def position(cursor: str | None) -> str | None:
    """Raises `BadRequest` for what is none of this server's."""
    if cursor is None:
        return None
    try:
        return unb64u(cursor, "cursor").decode("ascii")
    except (FormatError, UnicodeDecodeError):
        raise BadRequest("The cursor is not one of this server's.") from None


def cursor(position: str | None) -> str | None:
    """As it is given out."""
    return None if position is None else b64u(position.encode())
