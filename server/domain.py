"""Records, and the rules that need nothing but them. Times in Unix seconds, sizes in bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from shared.api import limits
from shared.api.scopes import Scope
from shared.sealed.geometry import sealed_length
from shared.sealed.grant import Grant

USER_ID = re.compile(r"[0-9a-f]{32}")
POSITION = re.compile(r"[0-9]{17}-[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    user_id: str
    """32 hex digits, derived from the email under the server's secret."""
    email: str
    """Normalized, lower case."""
    created_at: float


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, as the access token and the live session behind it say."""

    user_id: str
    email: str
    session_id: str | None
    """None where a personal access token speaks."""
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A published card: the exact bytes, and a signature that the server can not check."""

    user_id: str
    sequence: int
    card: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A part that has arrived whole and is on disk."""

    number: int
    size: int
    digest: bytes
    """SHA-256 of what was received."""
    received_at: float


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

    @property
    def full_part(self) -> int:
        """Sealed bytes of every part but the last."""
        return sealed_length(self.part_size)

    def idle_expires_at(self, receipts: Iterable[Receipt]) -> int:
        """When the upload is removed unless another part arrives."""
        last = max((receipt.received_at for receipt in receipts), default=self.created_at)
        return int(last) + limits.UPLOAD_IDLE_SECONDS


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
    """SHA-256 of each sealed part, joined."""
    allowed_users: tuple[str, ...]
    """User ids, without the owner's."""

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
