"""Files: items of listings, details, changes, grants."""

from typing import Annotated, Literal

from pydantic import Field

from shared.api import limits
from shared.api.models.basics import Base64, Base64Url, DownloadLimit, Email, ExpiresHours, FileId, WireModel


class GrantModel(WireModel):
    type: str
    recipient: Base64Url
    wrapped_key: Base64Url
    signature: Base64Url | None
    by: Base64Url | None = None


class FileItem(WireModel):
    """A file as it stands in a listing: enough to show its name to whoever holds a key."""

    file_id: FileId
    format: Literal[0, 1] = 1
    """1: sealed, with manifest and grants. 0: a simple upload, with the texts that came with it."""
    filename: str | None = None
    """In format 0; in format 1 only recipients can read it."""
    owner: bool
    """Whether it is the caller's own file."""
    from_email: Email
    """Who sent it, according to the server; the manifest's `sender` and the card say whether that is true."""
    uploaded_at: int
    expires_at: int
    size: int
    """Bytes of the sealed body."""
    downloads: int
    download_limit: int | None = None
    box_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = None
    """The drop box of mine that it was left in: whoever sent it is not known to the server."""
    manifest: Base64Url
    """Empty in format 0."""
    grants: list[GrantModel]
    storage: str | None = None
    """Where the sealed body lies: local, s3 or ipfs. For the owner only."""
    cid: str | None = None
    """What IPFS calls it, where it lies there. For the owner only."""


class FileDetail(FileItem):
    part_hashes: Base64Url
    """SHA-256 of each sealed part, joined; of the whole content in format 0."""
    allowed_users: list[str] | None
    """User ids; for the owner only."""
    notify: bool | None = None
    """Whether its owner gets a mail when it is first fetched; for the owner only."""
    nonce: str | None = None
    wrapped_key: str | None = None
    metadata: str | None = None
    ciphertext: Base64 | None = None
    """The content, in base64 with padding: in format 0 unless it was asked for without, in format 1 if it was."""


class FileSummary(WireModel):
    """What is public about a file among those who may read it."""

    file_id: FileId
    filename: str | None
    uploaded_at: int
    expires_at: int
    size: int
    downloads: int
    owner: bool


class FileChange(WireModel):
    """What is not named stays as it is."""

    expires_hours: ExpiresHours | None = None
    """From now on."""
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] | None = None
    """All of them, as user ids or emails: who is missing here may read it no more."""
    added_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read it from now on, too."""
    removed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read it no more; the others stay."""
    download_limit: DownloadLimit | None = None
    """null takes the limit away."""
    notify: bool | None = None
    """Whether I want a mail when somebody else first fetches it."""


class NewGrants(WireModel):
    grants: Annotated[list[GrantModel], Field(min_length=1)]
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read the file from now on, too."""


class FilePage(WireModel):
    files: list[FileItem]
    next_cursor: str | None


class Deleted(WireModel):
    status: Literal["deleted"] = "deleted"
    file_id: FileId
    storage: str | None = None
    """Where the file lay: local, s3 or ipfs. Copies that other IPFS nodes have made can't be recalled."""
