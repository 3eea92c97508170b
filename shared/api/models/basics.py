"""What every room of the wire's vocabulary needs: names of things, the base of all models, errors."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.api import limits

Email = Annotated[
    str, Field(min_length=3, max_length=254, examples=["ada@example.org"], json_schema_extra={"format": "email"})
]
FileId = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        examples=["550e8400-e29b-41d4-a716-446655440000"],
    ),
]
UserId = Annotated[str, Field(min_length=1, max_length=64, examples=["c0ffee254729296a45a3885639ac7e10"])]
HexId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", examples=["5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"])]
Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")]
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
ExpiresHours = Annotated[int, Field(ge=limits.MIN_EXPIRY_HOURS, le=limits.MAX_EXPIRY_HOURS)]


class WireModel(BaseModel):
    """Unknown fields are refused, types are not coerced."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[dict[str, str]] | None = None
    missing: list[int] | None = None
    bytes_left: int | None = None
    files_left: int | None = None


DownloadLimit = Annotated[int, Field(ge=1, le=limits.MAX_DOWNLOAD_LIMIT)]
