"""What the services need from outside, as protocols. Each names the errors it may raise; adapters fulfil them.

One contract suite (`tests/contracts/`) runs over every adapter of a port.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol, TypeVar
from uuid import UUID

from server.domain import CardRecord, File, Receipt, Upload, User

T = TypeVar("T")


class Clock(Protocol):
    """What time it is."""

    def now(self) -> float:
        """Unix seconds."""


class Mailer(Protocol):
    """Brings a sign-in code to its owner."""

    def send_code(self, email: str, code: str, minutes: int) -> None:
        """Deliver `code`, valid for `minutes`. Raises `Unavailable` where the mail can't be handed over."""


# -- bytes


class Source(Protocol):
    """Bytes on their way in."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill at most `buffer` and say how many bytes came, 0 at the end. Raises `Interrupted` for a lost sender."""


@dataclass(frozen=True, slots=True)
class PartPlace:
    """Where one part lies in a body: S3 needs the number, a file the offset."""

    number: int
    offset: int
    length: int


class BlobStore(Protocol):
    """Bodies of files, put together from parts that come in any order. A body without a name is staged.

    Ids are UUIDv4 and nothing else: every method raises `ValueError` for another, whatever came before it.
    """

    def put_part(self, blob_id: UUID, place: PartPlace, source: Source, expected: bytes | None = None) -> bytes:
        """Store `place.length` bytes of `source` durably, replacing the part; returns their SHA-256.

        Two writers of one part at once are the caller's to prevent. Raises `Interrupted` where the source ends early,
        `DigestMismatch` where the bytes are not those of `expected`, `StorageFull`. After an error the part's
        bytes are undefined, every other part is as it was.
        """

    def assemble(self, blob_id: UUID, size: int) -> None:
        """Turn the staged parts into one blob of `size` bytes, durably; done before, it stays done.

        Raises `NotFound` where nothing is staged, `Conflict` where there are fewer bytes.
        """

    def open_range(self, blob_id: UUID, start: int = 0) -> BinaryIO:
        """The blob, open and unbuffered, at byte `start`; a real file where the store is local. Raises `NotFound`."""

    def exists(self, blob_id: UUID) -> bool:
        """Whether the blob is assembled."""

    def size(self, blob_id: UUID) -> int:
        """Raises `NotFound`."""

    def delete(self, blob_id: UUID) -> None:
        """Remove the blob if it is there."""

    def discard_parts(self, blob_id: UUID) -> None:
        """Remove what is staged, if anything is."""

    def list_blobs(self) -> Iterator[tuple[UUID, float]]:
        """Every blob and when it was last changed, in any order."""

    def list_staged(self) -> Iterator[tuple[UUID, float]]:
        """Everything staged and when it was last changed, in any order."""

    def check_room(self, length: int) -> None:
        """Raises `StorageFull` where `length` more bytes would leave less free than the operator wants."""


# -- records


class Role(StrEnum):
    """Which files a listing shows."""

    OWNED = "owned"
    RECEIVED = "received"
    ALL = "all"


class Records(Protocol):
    """Who and what there is. What a method has done when it returns, a power cut does not undo."""

    def add_user(self, user: User) -> User:
        """The account of `user.user_id`: the existing one, or this one from now on."""

    def user(self, user_id: str) -> User | None: ...

    def add_card(self, card: CardRecord) -> None:
        """Append to the owner's history. Raises `Conflict` where that sequence is taken."""

    def latest_card(self, user_id: str) -> CardRecord | None: ...

    def add_upload(self, upload: Upload) -> None:
        """Raises `Conflict` where the id is taken by another upload."""

    def upload(self, file_id: UUID) -> Upload | None: ...

    def upload_ids(self) -> Iterator[UUID]:
        """Every unfinished upload, in any order."""

    def remove_upload(self, file_id: UUID) -> None: ...

    def add_receipt(self, file_id: UUID, receipt: Receipt) -> None:
        """The part counts from now on. Raises `NotFound` where the upload is gone."""

    def void_receipt(self, file_id: UUID, number: int) -> None:
        """The part, if it was there, counts no more. Raises `NotFound` where the upload is gone."""

    def receipts(self, file_id: UUID) -> dict[int, Receipt]:
        """Every part that counts, by number; empty where the upload is gone."""

    def add_file(self, file: File) -> None:
        """Raises `Conflict` where the id is taken by another file."""

    def file(self, file_id: UUID) -> File | None: ...

    def page(self, user_id: str, role: Role, now: float, before: str | None, limit: int) -> list[File]:
        """At most `limit` files alive at `now`, newest first, behind the position `before` (None: from the start)."""

    def remove_file(self, file: File) -> None:
        """Remove the record and whatever points at it."""

    def count_download(self, file_id: UUID) -> None: ...

    def downloads(self, file_id: UUID) -> int: ...

    def expired(self, now: float) -> Iterator[File]:
        """Files whose time is over, in any order."""

    def sweep(self, before: float) -> None:
        """Remove what crashes left behind, as far as it is older than `before`."""


# -- short-lived state


@dataclass(frozen=True, slots=True)
class Entry:
    """A value that goes away by itself."""

    value: bytes
    expires_at: float


def file_key(file_id: UUID) -> str:
    """The lock that whoever opens, completes or removes this upload or file holds."""
    return f"file:{file_id}"


class Ephemeral(Protocol):
    """Codes, sessions, locks: state that all workers share and that goes away by itself. Survives a restart."""

    def get(self, key: str) -> bytes | None:
        """The value, or None where there is none or its time is over."""

    def update(self, key: str, change: Callable[[bytes | None], tuple[Entry | None, T]]) -> T:
        """Replace the value by what `change` makes of it (None removes it) as one step among all workers.

        `change` may be called more than once, so it does nothing but compute. Its second value is handed back.
        """

    def lock(self, key: str, wait_seconds: float) -> AbstractContextManager[None]:
        """Hold `key` alone among all workers; a holder that dies lets go. Raises `Busy` after `wait_seconds`."""

    def sweep(self) -> None:
        """Remove what has expired."""
