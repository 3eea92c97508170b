"""Where a listing goes on: a position, as it travels."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from server.errors import BadRequest
from shared.api import limits
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

Limit = Annotated[int, Field(ge=1, le=limits.MAX_PAGE_SIZE)]
Cursor = Annotated[str, Field(max_length=128)]


class PageQuery(BaseModel):
    """What a listing can be asked that has neither order nor filters."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = limits.PAGE_SIZE
    cursor: Cursor | None = None


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


def link_to_next(asked: Mapping[str, object], cursor: str | None) -> dict[str, str]:
    """The header that leads to the next page of what was `asked`; none at the end."""
    return {} if cursor is None else {"Link": f'<?{urlencode({**asked, "cursor": cursor})}>; rel="next"'}
