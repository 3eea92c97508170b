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
