"""Records, and the rules that need nothing but them. Times in Unix seconds, sizes in bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from shared.api import limits
from shared.api.scopes import Scope
from shared.sealed.geometry import sealed_length
from shared.sealed.grant import Grant

USER_ID = re.compile(r"[0-9a-f]{32}")
TOKEN_ID = re.compile(r"[0-9a-f]{32}")
_UNITS = (("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400))
POSITION = re.compile(r"[0-9]{17}-[0-9a-f-]{36}")
LINK_ID = re.compile(r"[A-Za-z0-9_-]{43}")
LINK_POSITION = re.compile(rf"[0-9]{{17}}-{LINK_ID.pattern}")


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    user_id: str
    """32 hex digits, derived from the email under the server's secret."""
    email: str
    """Normalized, lower case."""
    created_at: float


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator has settled for one person, in place of what holds for everybody."""

    user_id: str
    disabled_at: float | None = None
    """Since when the person may not come in any more; None: they may."""
    quota_bytes: int | None = None
    """Instead of QUOTA_BYTES: 0 for no limit, None for what everybody has."""
    quota_files: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as it is remembered: not the whole address."""

    ip_prefix: str
    """The network: an IPv4 /24 or an IPv6 /48."""
    client: str
    """The beginning of the User-Agent, in printable ASCII."""


OPERATOR = Origin("", "sealcase-server admin")
"""Whoever works on the server's own machine."""
LINK_HOLDER = Origin("", "")
"""Whoever has a link: where they were is not for its owner to know."""


class EventKind(StrEnum):
    """What is remembered of what people do."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    SESSION_ENDED = "session_ended"
    UPLOAD = "upload"
    DOWNLOAD = "download"
    SHARE = "share"
    REVOKE = "revoke"
    DELETE = "delete"
    FILE_CHANGED = "file_changed"
    INVITATION = "invitation"
    LINK_MADE = "link_made"
    LINK_CHANGED = "link_changed"
    LINK_REVOKED = "link_revoked"
    BOX_MADE = "box_made"
    BOX_CHANGED = "box_changed"
    BOX_CLOSED = "box_closed"
    TOKEN_CREATED = "token_created"  # noqa: S105  # the name of an event
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    KEY_CHANGED = "key_changed"
    DEVICE_WAITS = "device_waits"
    DEVICE_APPROVED = "device_approved"
    RECOVERY_STORED = "recovery_stored"
    RECOVERY_REMOVED = "recovery_removed"
    ACCOUNT_DELETED = "account_deleted"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody did. Never a token, a code, the name of a file or a content."""

    at: float
    kind: EventKind
    origin: Origin
    actor: str | None
    """User id; None for somebody who has not proved who they are."""
    file_id: UUID | None
    concerns: tuple[str, ...]
    """Other people in whose activity it shows."""
    detail: str

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody in whose activity it shows."""
        return tuple(dict.fromkeys((*((self.actor,) if self.actor else ()), *self.concerns)))


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds."""

    amount: int
    seconds: int

    def __str__(self) -> str:
        unit = next((name for name, each in _UNITS if each == self.seconds), f"{self.seconds} seconds")
        return f"{self.amount} per {unit}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, as the access token and the live session behind it say."""

    user_id: str
    email: str
    session_id: str | None
    """None where a personal access token speaks."""
    scopes: frozenset[Scope]
    origin: Origin
    box_id: str | None = None
    """The drop box through which somebody acts for its owner; None for the person themself."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Somebody's authenticator app."""

    user_id: str
    secret: str = field(repr=False)
    """Shared with the app, base32. It has to be kept as it is: codes are made from it."""
    last_step: int
    """Time step of the last code that was accepted; no code of it or before is accepted again."""
    recovery_macs: tuple[str, ...] = field(repr=False)
    """Keyed hashes of the recovery codes that are left, in hex."""
    turned_on_at: float


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A personal access token, without what makes it one."""

    token_id: str
    """32 hex digits."""
    user_id: str
    email: str
    name: str
    scopes: frozenset[Scope]
    created_at: float
    expires_at: int | None
    """None for one that ends only when it is revoked."""
    mac: str = field(repr=False)
    """Keyed hash of the token, in hex."""

    def expired(self, now: float) -> bool:
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class RecoveryRecord:
    """Somebody's private keys, sealed under words that this server never sees."""

    user_id: str
    sealed: bytes = field(repr=False)
    stored_at: float


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A published card: the exact bytes, and a signature that the server can not check."""

    user_id: str
    sequence: int
    card: bytes
    signature: bytes


class Backend(StrEnum):
    """Where the bytes of a file lie."""

    LOCAL = "local"
    S3 = "s3"
    IPFS = "ipfs"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A part that has arrived whole and is on disk."""

    number: int
    size: int
    digest: bytes
    """SHA-256 of what was received."""
    received_at: float
    etag: str = ""
    """What the store calls these bytes, without quotes; empty where nobody but the server can change them."""
    direct: bool = False
    """Whether they went straight to the store: the digest is the sender's word."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An unfinished file."""

    file_id: UUID
    owner_id: str
    part_size: int
    """Plaintext bytes of every part but the last."""
    body_size: int | None
    """None where the sender does not know it yet."""
    created_at: float
    backend: Backend = Backend.LOCAL
    staging: str | None = None
    """What the store calls the upload, where it has a name of its own for it."""
    box_id: str | None = None
    """The drop box that it was left in; None where its owner sent it."""

    @property
    def full_part(self) -> int:
        """Sealed bytes of every part but the last."""
        return sealed_length(self.part_size)

    def idle_expires_at(self, receipts: Iterable[Receipt]) -> int:
        """When the upload is removed unless another part arrives."""
        last = max((receipt.received_at for receipt in receipts), default=self.created_at)
        return int(last) + limits.UPLOAD_IDLE_SECONDS


@dataclass(frozen=True, slots=True)
class SimpleFields:
    """What the sender of a simple upload said beside the bytes (format 0): kept and given back as it came."""

    filename: str
    nonce: str
    wrapped_key: str
    metadata: str


@dataclass(frozen=True, slots=True)
class File:
    """A finished file: everything about it except its bytes."""

    file_id: UUID
    owner_id: str
    owner_email: str
    uploaded_at: float
    expires_at: int
    size: int
    manifest: bytes
    grants: tuple[Grant, ...]
    part_hashes: bytes
    """SHA-256 of each sealed part, joined; of all bytes in format 0."""
    allowed_users: tuple[str, ...]
    """User ids, without the owner's."""
    simple: SimpleFields | None = None
    """In format 0, which has no manifest and no grants."""
    download_limit: int | None = None
    """How many complete downloads by readers there may be."""
    notify: bool = False
    """Whether its owner wants a mail when it is first fetched."""
    revision: int = 0
    """One more with every change."""
    backend: Backend = Backend.LOCAL
    locator: str | None = None
    """What finds the bytes there, where the file's id does not: the CID in IPFS."""
    box_id: str | None = None
    """The drop box that it was left in; None where its owner sent it."""

    @property
    def position(self) -> str:
        """Where the file stands in a listing: text that sorts as upload times do."""
        return f"{int(self.uploaded_at * 1_000_000):017d}-{self.file_id}"

    def readable_by(self, user_id: str) -> bool:
        """Whether this person may know of the file at all."""
        return user_id == self.owner_id or user_id in self.allowed_users

    def expired(self, now: float) -> bool:
        """Gone from the very second of `expires_at`."""
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A file that a link leads to, and its key for whoever has the link."""

    file_id: UUID
    grant: Grant


@dataclass(frozen=True, slots=True)
class Link:
    """A way to files for whoever has its key, which this server does not know."""

    link_id: str
    """32 bytes as base64url; they follow from the link's key."""
    owner_id: str
    owner_email: str
    access_hash: bytes = field(repr=False)
    """SHA-256 of what has to be shown to come in (AUTH)."""
    items: tuple[LinkedFile, ...]
    created_at: float
    expires_at: int
    download_limit: int | None
    password: bool
    """Whether the key alone does not open it."""
    notify: bool
    """Whether its owner wants a mail when it is first used."""
    revoked_at: float | None = None

    @property
    def position(self) -> str:
        """Where the link stands in a listing: text that sorts as creation times do."""
        return f"{int(self.created_at * 1_000_000):017d}-{self.link_id}"

    def expired(self, now: float) -> bool:
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class DropBox:
    """Where whoever has its key may leave files for its owner."""

    box_id: str
    """32 bytes as base64url; they follow from the box's key."""
    owner_id: str
    owner_email: str
    access_hash: bytes = field(repr=False)
    """SHA-256 of what has to be shown to come in (AUTH)."""
    created_at: float
    expires_at: int
    keep_hours: int
    """How long what is left in it is kept."""
    max_files: int | None
    max_bytes: int | None
    """Sealed bytes of all files together."""
    note: str
    """Said to whoever has the key, and known to the server."""
    password: bool
    notify: bool
    """Whether its owner wants a mail when something was left in it."""
    closed_at: float | None = None

    @property
    def position(self) -> str:
        """Where the box stands in a listing: text that sorts as creation times do."""
        return f"{int(self.created_at * 1_000_000):017d}-{self.box_id}"

    def expired(self, now: float) -> bool:
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of the store somebody holds, unfinished uploads included."""

    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one upload or file takes of its owner's share."""

    user_id: str
    file_id: UUID
    size: int
    made_at: float


def checked_link_id(link_id: str) -> str:
    """`link_id`, if it is one: nothing else may become a part of a path or a query. Raises `ValueError`."""
    return _key_id(link_id, "a link id")


def checked_box_id(box_id: str) -> str:
    """The same of a drop box. Raises `ValueError`."""
    return _key_id(box_id, "a box id")


def _key_id(text: str, what: str) -> str:
    if not LINK_ID.fullmatch(text):
        raise ValueError(f"{what} is 43 characters of base64url")
    return text
