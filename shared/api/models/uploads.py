"""Uploads in parts, and of whole small files."""

from typing import Annotated

from pydantic import Field

from shared.api import limits
from shared.api.models.basics import Base64, Base64Url, DownloadLimit, ExpiresHours, FileId, WireModel
from shared.api.models.files import GrantModel
from shared.sealed.strict_json import MAX_INTEGER


class UploadStart(WireModel):
    """`file_id` is drawn by the sender. `body_size` is null where it is not known yet (a pipe, compression)."""

    file_id: FileId
    part_size: Annotated[int, Field(json_schema_extra={"enum": [1 << power for power in range(20, 30)]})]
    body_size: Annotated[int | None, Field(json_schema_extra={"minimum": 0, "maximum": MAX_INTEGER})] = None
    direct: bool = False
    """Whether the sender can send parts straight to the store."""


PartNumber = Annotated[int, Field(ge=0)]


class Part(WireModel):
    number: PartNumber
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
    direct: bool = False
    """Whether parts may go straight to the store (`part_urls`)."""


class WantedPart(WireModel):
    """A sealed part that is to go straight to the store; `size` is signed."""

    number: PartNumber
    size: Annotated[int, Field(ge=1)]


class WantedParts(WireModel):
    parts: Annotated[list[WantedPart], Field(min_length=1, max_length=limits.MAX_DIRECT_PARTS)]


class PartUrl(WireModel):
    """Where one sealed part goes by PUT: with exactly these headers, its Content-Length and no Authorization."""

    number: int
    url: str
    headers: dict[str, str]


class PartUrls(WireModel):
    part_urls: list[PartUrl]
    expires_in: int


class SentPart(WireModel):
    """A part that the store has taken."""

    number: PartNumber
    size: Annotated[int, Field(ge=1)]
    digest: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", examples=["47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"])
    ]
    """SHA-256 of the sealed part. The server takes the sender's word for it, until it reads the bytes itself."""
    etag: Annotated[str, Field(pattern=r"^[!-~]{1,128}$", examples=['"9b2cf535f27731c974343645a3985328"'])]
    """As the store answered it."""


class SentParts(WireModel):
    parts: Annotated[list[SentPart], Field(min_length=1, max_length=limits.MAX_DIRECT_PARTS)]


class StoredParts(WireModel):
    parts: list[Part]


class UploadComplete(WireModel):
    manifest: Base64Url
    grants: list[GrantModel]
    allowed_users: Annotated[list[str], Field(max_length=limits.MAX_ALLOWED_USERS)] = []
    """User ids or emails that may read the file, beside its owner."""
    expires_hours: ExpiresHours = limits.DEFAULT_EXPIRY_HOURS
    download_limit: DownloadLimit | None = None
    """How many complete downloads by readers there may be; null for any number."""


class WholeUpload(UploadComplete):
    """A small sealed file, all of it: the manifest names one part, which is `ciphertext`."""

    ciphertext: Base64
    """Base64 with padding (RFC 4648, section 4)."""


class WholeUploaded(WireModel):
    file_id: FileId
    expires_at: int
