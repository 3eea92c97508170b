"""What travels between client and server as JSON. Binary fields are base64url without padding unless said otherwise;
times are Unix seconds, sizes bytes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.api import limits

Email = Annotated[str, Field(min_length=3, max_length=254, examples=["ada@example.org"])]
FileId = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        examples=["550e8400-e29b-41d4-a716-446655440000"],
    ),
]
UserId = Annotated[str, Field(min_length=1, max_length=64, examples=["c0ffee254729296a45a3885639ac7e10"])]
Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")]
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


# -- sign in


class OtpRequest(WireModel):
    email: Email


class OtpSent(WireModel):
    status: Literal["ok"] = "ok"
    message: str = "OTP sent to email"


class Login(WireModel):
    email: Email
    otp: Annotated[str, Field(min_length=1, max_length=16, examples=["123456"])]


class SignedIn(WireModel):
    token: str
    refresh_token: str
    user_id: UserId
    expires_in: int


class Refresh(WireModel):
    refresh_token: Annotated[str, Field(min_length=1, max_length=512)]


class Refreshed(WireModel):
    token: str
    refresh_token: str
    expires_in: int


class Ok(WireModel):
    status: Literal["ok"] = "ok"


# -- upload in parts


class UploadStart(WireModel):
    """`file_id` is drawn by the sender. `body_size` is null where it is not known yet (a pipe, compression)."""

    file_id: FileId
    part_size: int
    body_size: int | None = None


class Part(WireModel):
    number: Annotated[int, Field(ge=0)]
    size: int
    digest: Base64Url
    """SHA-256 of the sealed part."""


class Upload(WireModel):
    file_id: FileId
    part_size: int
    body_size: int | None
    parts: list[Part]
    """What has arrived whole, by number."""
    idle_expires_at: int
    """When the upload is removed unless another part arrives."""


class GrantModel(WireModel):
    type: str
    recipient: Base64Url
    wrapped_key: Base64Url
    signature: Base64Url | None
    by: Base64Url | None = None


class UploadComplete(WireModel):
    manifest: Base64Url
    grants: list[GrantModel]
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read the file, beside its owner."""
    expires_hours: ExpiresHours = limits.DEFAULT_EXPIRY_HOURS


# -- files


class FileItem(WireModel):
    """A file as it stands in a listing: enough to show its name to whoever holds a key."""

    file_id: FileId
    owner: bool
    """Whether it is the caller's own file."""
    from_email: Email
    """Who sent it, according to the server; the manifest's `sender` and the card say whether that is true."""
    uploaded_at: int
    expires_at: int
    size: int
    """Bytes of the sealed body."""
    downloads: int
    manifest: Base64Url
    grants: list[GrantModel]


class FileDetail(FileItem):
    part_hashes: Base64Url
    """SHA-256 of each sealed part, joined."""
    allowed_users: list[str] | None
    """User ids; for the owner only."""


class FilePage(WireModel):
    files: list[FileItem]
    next_cursor: str | None


class Deleted(WireModel):
    status: Literal["deleted"] = "deleted"
    file_id: FileId


# -- people


class SignedCard(WireModel):
    """A card's exact bytes and its owner's Ed25519 signature over them."""

    card: Base64Url
    signature: Base64Url


class PublishedCard(SignedCard):
    user_id: UserId


# -- system


class Health(WireModel):
    status: Literal["healthy"] = "healthy"
    product: Literal["Sealcase"] = "Sealcase"
    timestamp: int
