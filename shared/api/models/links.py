"""Links: ways to files for whoever has a key that the server does not know."""

from typing import Annotated

from pydantic import Field

from shared.api import limits
from shared.api.models.basics import Base64Url, DownloadLimit, Email, ExpiresHours, FileId, WireModel
from shared.api.models.files import GrantModel

LinkId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", examples=["1qJ6cT0o5y0m2Yl0nQK5mJY2p4m5o3hQ9o3dK3N0b1M"])]
"""The `recipient` that all grants of the link name."""
ClaimId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", examples=["5f0c2b1e9a7d4c3b8e6f1a2b3c4d5e6f"])]


class LinkTarget(WireModel):
    """A file of mine, and its key for whoever has the link."""

    file_id: FileId
    grant: GrantModel
    """Of type `link`."""


class LinkTerms(WireModel):
    """What holds for a link, whatever it leads to."""

    link_id: LinkId
    auth_hash: Base64Url
    """SHA-256 of what has to be shown to come in."""
    expires_hours: ExpiresHours | None = None
    """From now on; null, or longer than its files are kept: as long as they are."""
    download_limit: DownloadLimit | None = None
    """How many complete downloads there may be; null for any number."""
    password: bool = False
    """Whether a password is needed beside the link: said to nobody but its owner."""
    notify: bool = False
    """Whether I want a mail when it is first used."""


class NewLink(LinkTerms):
    """A link to files of mine. The first of several is what they belong to: a folder's list."""

    items: Annotated[list[LinkTarget], Field(min_length=1, max_length=limits.MAX_LINKED_FILES)]


class NewFileLink(LinkTerms):
    """A link to one file."""

    grant: GrantModel


class LinkChange(WireModel):
    """What is not named stays as it is."""

    expires_hours: ExpiresHours | None = None
    """From now on; no longer than its files are kept."""
    download_limit: DownloadLimit | None = None
    """null takes the limit away."""
    notify: bool | None = None


class LinkItem(WireModel):
    """A link of mine. Its key, which is the part behind `#`, is not here."""

    link_id: LinkId
    url: str
    """Where it leads, without its key."""
    file_ids: list[FileId]
    created_at: int
    expires_at: int
    downloads: int
    download_limit: int | None
    password: bool
    notify: bool
    revoked_at: int | None


class LinkPage(WireModel):
    links: list[LinkItem]
    next_cursor: str | None


class OpenedFile(WireModel):
    """A file as whoever has a link needs it."""

    file_id: FileId
    manifest: Base64Url
    grant: GrantModel
    part_hashes: Base64Url
    """SHA-256 of each sealed part, joined."""


class OpenedLink(WireModel):
    """What a link leads to. Opening uses nothing up."""

    from_email: Email
    """Who made it, according to the server."""
    expires_at: int
    downloads: int
    download_limit: int | None
    items: list[OpenedFile]
    """What was deleted meanwhile is missing."""


class LinkPlace(WireModel):
    """A place among those who may download."""

    claim: ClaimId
    """To be sent as `Sealcase-Claim`."""
    expires_in: int
    """Seconds without a request after which somebody else may have it."""
