"""Drop boxes: where whoever has a key that the server does not know leaves files for their owners."""

from typing import Annotated

from pydantic import Field

from shared.api import limits
from shared.api.models.basics import Base64Url, Email, ExpiresHours, FileId, WireModel
from shared.api.models.files import GrantModel
from shared.api.models.links import LinkId
from shared.sealed.strict_json import MAX_INTEGER

MaxFiles = Annotated[int, Field(ge=1, le=limits.MAX_BOX_FILES)]
MaxBytes = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Note = Annotated[str, Field(max_length=limits.MAX_BOX_NOTE)]


class NewBox(WireModel):
    """A drop box of mine."""

    box_id: LinkId
    """32 bytes that follow from the box's key."""
    auth_hash: Base64Url
    """SHA-256 of what has to be shown to come in."""
    expires_hours: ExpiresHours = limits.DEFAULT_EXPIRY_HOURS
    """From now on: nothing can be left in it after that."""
    keep_hours: ExpiresHours = limits.DEFAULT_EXPIRY_HOURS
    """How long each file that was left is kept."""
    max_files: MaxFiles | None = None
    max_bytes: MaxBytes | None = None
    """Sealed bytes of all files together."""
    note: Note = ""
    """Said to whoever has the key; the server can read it."""
    password: bool = False
    """Whether a password is needed beside the key: said to nobody but its owner."""
    notify: bool = False
    """Whether I want a mail when files were left."""


class BoxChange(WireModel):
    """What is not named stays as it is."""

    expires_hours: ExpiresHours | None = None
    """From now on."""
    max_files: MaxFiles | None = None
    max_bytes: MaxBytes | None = None
    note: Note | None = None
    notify: bool | None = None


class BoxItem(WireModel):
    """A drop box of mine. Its key, which is the part behind `#`, is not here."""

    box_id: LinkId
    url: str
    """Where it is, without its key."""
    created_at: int
    expires_at: int
    keep_hours: int
    files: int
    """What has come, and what is on its way."""
    bytes: int
    max_files: int | None
    max_bytes: int | None
    note: str
    password: bool
    notify: bool
    closed_at: int | None


class BoxPage(WireModel):
    boxes: list[BoxItem]
    next_cursor: str | None


class OpenedBox(WireModel):
    """Whose a drop box is, and what it takes."""

    email: Email
    """Of its owner, according to the server."""
    card: Base64Url
    """The owner's card: it has to name the signing key that stands in the box's address."""
    signature: Base64Url
    note: str
    expires_at: int
    files_left: int | None
    bytes_left: int | None
    """Sealed bytes; null for no limit of the box's own."""


class DropStart(WireModel):
    """As `UploadStart`, of a known size."""

    file_id: FileId
    part_size: Annotated[int, Field(json_schema_extra={"enum": [1 << power for power in range(20, 30)]})]
    body_size: Annotated[int, Field(ge=0, le=MAX_INTEGER)]


class DropComplete(WireModel):
    manifest: Base64Url
    grants: list[GrantModel]


class Dropped(WireModel):
    """It has arrived; whoever left it can not take it back."""

    file_id: FileId
