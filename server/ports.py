"""What the services need from outside, as protocols. Each names the errors it may raise; adapters fulfil them.

One contract suite (`tests/contracts/`) runs over every adapter of a port.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from server.domain import (
    AccessToken,
    CardRecord,
    DropBox,
    Event,
    EventKind,
    File,
    Link,
    Receipt,
    RecoveryRecord,
    Reservation,
    SecondFactor,
    Terms,
    Upload,
    Usage,
    User,
)
from server.errors import Conflict
from shared.sealed.checkpoint import LogKey, SignedCheckpoint
from shared.sealed.log_entry import LogEntry

T = TypeVar("T")


class Clock(Protocol):
    """What time it is."""

    def now(self) -> float:
        """Unix seconds."""


class Purpose(StrEnum):
    """What an emailed code is for; it is good for nothing else."""

    SIGN_IN = "sign_in"
    DELETE_ACCOUNT = "delete_account"


class Notice(StrEnum):
    """What somebody wants to be told of by mail. It never names a file, a person or a key."""

    LINK_USED = "link_used"
    FILE_FETCHED = "file_fetched"
    FILES_LEFT = "files_left"


class Mailer(Protocol):
    """Brings mail to people."""

    @property
    def available(self) -> bool:
        """Whether codes reach people by mail."""

    @property
    def invites(self) -> bool:
        """Whether an invitation gets anywhere at all."""

    def send_code(self, email: str, code: str, minutes: int, purpose: Purpose) -> None:
        """Deliver `code`, valid for `minutes`. Raises `Unavailable` where the mail can't be handed over."""

    def send_invitation(self, email: str, sender: str) -> None:
        """Tell `email` that `sender` wants to send them files. Raises as `send_code` does."""

    def send_notice(self, email: str, notice: Notice, count: int = 1) -> None:
        """Tell `email` of something that they wanted to be told of. Raises as `send_code` does."""


class Errands(Protocol):
    """Work that no request waits for."""

    def run_later(self, errand: Callable[[], None]) -> None:
        """Run it soon, elsewhere. Raises `Unavailable` where too much is waiting already."""


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


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part that a store has taken from the server."""

    digest: bytes
    """SHA-256 of its bytes."""
    etag: str = ""
    """As in `Receipt`."""


class BlobStore(Protocol):
    """Bodies of files, put together from parts that come in any order. A body without a name is staged.

    Ids are UUIDv4 and nothing else: every method raises `ValueError` for another, whatever came before it. Two names
    are the store's own, and kept in records for it: `staging` of what is begun, `locator` of what is a blob. Both are
    None where the id is enough; a blob is found, and removed, by its id too. Where bytes lie elsewhere, every method
    may raise `Unavailable`: nothing that was stored before is lost then, and the same can be tried again.
    """

    def begin(self, blob_id: UUID, full_part: int) -> str | None:
        """Make ready for parts of `full_part` bytes, the last of fewer or as many; returns `staging`.

        Whatever is there or staged under this id goes: a crash has left it of an earlier life.
        """

    def put_part(
        self, blob_id: UUID, staging: str | None, place: PartPlace, source: Source, expected: bytes | None = None
    ) -> StoredPart:
        """Store `place.length` bytes of `source` durably, replacing the part.

        Two writers of one part at once are the caller's to prevent. Raises `Interrupted` where the source ends early,
        `DigestMismatch` where the bytes are not those of `expected`, `StorageFull`. After an error the part's
        bytes are undefined, every other part is as it was.
        """

    def assemble(self, blob_id: UUID, staging: str | None, parts: Sequence[Receipt]) -> str | None:
        """Turn these parts, which are all and in order, into one blob, durably; returns its locator.

        Done before, it stays done. Raises `NotFound` where nothing is staged, `Conflict` where there are fewer bytes,
        `PartsDiffer` where a part has another ETag than its receipt.
        """

    def put_whole(self, blob_id: UUID, content: bytes) -> str | None:
        """Make `content` a blob, durably and in one step, in place of whatever is there or staged; as `assemble`.

        Two writers of one blob at once are the caller's to prevent. Raises `StorageFull`; then nothing is there.
        """

    def open_range(self, blob_id: UUID, locator: str | None, start: int, stop: int) -> BinaryIO:
        """The blob, open and unbuffered, at byte `start`; nobody reads on behind `stop`.

        A real file where the store is local; elsewhere it has no `fileno`, and a read raises `Unavailable` where bytes
        do not come. A reader that has it open reads to the end, whatever is removed. Raises `NotFound`, and
        `ContentDamaged` where the blob ends before `stop`: never is a stream shorter than was asked for.
        """

    def exists(self, blob_id: UUID) -> bool:
        """Whether the blob is assembled."""

    def size(self, blob_id: UUID, locator: str | None = None) -> int:
        """Raises `NotFound`."""

    def delete(self, blob_id: UUID) -> None:
        """Remove the blob if it is there."""

    def discard_parts(self, blob_id: UUID, staging: str | None = None) -> None:
        """Remove what is staged, if anything is; without `staging`, all that is under this id."""

    def reclaim(self) -> None:
        """Free what deletions left to be freed later, if anything; asked again and again, and quick to say no."""

    def list_blobs(self) -> Iterator[tuple[UUID, float]]:
        """Every blob and when it was last changed, in any order."""

    def list_staged(self) -> Iterator[tuple[UUID, float]]:
        """Everything staged and when it was last changed, in any order."""

    def check_room(self, length: int) -> None:
        """Raises `StorageFull` where `length` more bytes would leave less free than the operator wants."""


@runtime_checkable
class MarkedStore(Protocol):
    """A store that other installations can reach, too, and that says whose bodies are in it."""

    def owner(self) -> UUID | None:
        """The installation whose they are; None where nobody has said so. Raises `Unavailable`."""

    def claim(self, installation_id: UUID) -> None:
        """They are this one's from now on. Raises `Unavailable`."""


class PartsDiffer(Conflict):
    """Parts are not in the store, or not as their receipts say."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(f"{len(numbers)} parts are not in the storage as they were acknowledged.")
        self.numbers = tuple(numbers)


def bare_etag(etag: str) -> str:
    """Without quotes, and without what marks it as weak."""
    return etag.strip().removeprefix("W/").strip('"')


@dataclass(frozen=True, slots=True)
class SignedPut:
    """A request that a client may send to the store: PUT, with exactly these headers and its Content-Length."""

    url: str = field(repr=False)
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Incoming:
    """An object that a client has put where it was told to."""

    size: int
    etag: str


class DirectStore(Protocol):
    """A store that clients may talk to themselves, with requests that it has signed for them."""

    @property
    def bucket(self) -> str: ...

    @property
    def url_seconds(self) -> int:
        """How long a signed request is good for."""

    def takes(self, full_part: int) -> bool:
        """Whether parts of an upload with such parts can go straight to the store."""

    def part_puts(self, blob_id: UUID, staging: str, parts: Sequence[PartPlace]) -> list[SignedPut]:
        """One for each part, its length signed. Once the blob is assembled they are good for nothing."""

    def reopen(self, blob_id: UUID, staging: str, parts: Sequence[PartPlace]) -> dict[int, str]:
        """Make the blob staged parts again: only these; returns the ETag of each. Raises `NotFound`."""

    def content_url(self, blob_id: UUID) -> str:
        """Where the blob can be read, whole or by range."""

    def incoming_put(self, size: int) -> tuple[str, SignedPut]:
        """A new key, and the request that puts an object of `size` bytes there."""

    def incoming(self, key: str) -> Incoming:
        """Raises `NotFound`."""

    def adopt(self, key: str, etag: str, blob_id: UUID) -> None:
        """Make a copy of what lies under `key` the blob. Raises `Conflict` where it is another object by now."""

    def remove_incoming(self, key: str) -> None:
        """Remove it if it is there."""

    def sweep_incoming(self, before: float) -> None:
        """Remove what clients put there before that time and nobody made a file of."""


# -- records


class Damaged(Exception):
    """A record is there and can't be read. It is left as it is, for the operator to look at."""


class Role(StrEnum):
    """Which files a listing shows."""

    OWNED = "owned"
    RECEIVED = "received"
    ALL = "all"


class Records(Protocol):
    """Who and what there is. What a method has done when it returns, a power cut does not undo."""

    def installation_id(self) -> UUID:
        """Whose records these are: made with them, and always the same."""

    def add_user(self, user: User) -> User:
        """The account of `user.user_id`: the existing one, or this one from now on."""

    def user(self, user_id: str) -> User | None: ...

    def users(self) -> Iterator[User]:
        """Every account, in any order."""

    def remove_user(self, user_id: str) -> None:
        """Remove the account's record and every card of it."""

    def terms(self, user_id: str) -> Terms | None:
        """What the operator has settled for this person; None: nothing. There need be no account."""

    def put_terms(self, terms: Terms) -> None:
        """They hold in place of what was there, in every worker. Two writers at once are the caller's to prevent."""

    def remove_terms(self, user_id: str) -> None: ...

    def second_factor(self, user_id: str) -> SecondFactor | None: ...

    def put_second_factor(self, factor: SecondFactor) -> None:
        """Keep it in place of what was there. Two writers at once are the caller's to prevent."""

    def remove_second_factor(self, user_id: str) -> None: ...

    def recovery(self, user_id: str) -> RecoveryRecord | None: ...

    def put_recovery(self, copy: RecoveryRecord) -> None:
        """Keep it in place of what was there."""

    def remove_recovery(self, user_id: str) -> None: ...

    def add_access_token(self, token: AccessToken) -> None:
        """The token counts from now on."""

    def access_token(self, token_id: str) -> AccessToken | None: ...

    def access_tokens(self, user_id: str) -> list[AccessToken]:
        """Every token of a person, the newest first."""

    def remove_access_token(self, token: AccessToken) -> None:
        """The token counts no more, from now on and in every worker."""

    def add_card(self, card: CardRecord) -> None:
        """Append to the owner's history. Raises `Conflict` where that sequence is taken."""

    def latest_card(self, user_id: str) -> CardRecord | None:
        """Raises `Damaged`."""

    def cards(self, user_id: str) -> list[CardRecord]:
        """Every card that a person has published, the first one first. Raises `Damaged`."""

    def card_owners(self) -> Iterator[str]:
        """The ids of all who have published a card, in any order."""

    def add_upload(self, upload: Upload) -> None:
        """Raises `Conflict` where the id is taken by another upload."""

    def upload(self, file_id: UUID) -> Upload | None:
        """Raises `Damaged`."""

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

    def file(self, file_id: UUID) -> File | None:
        """Raises `Damaged`."""

    def page(self, user_id: str, role: Role, now: float, before: str | None, limit: int) -> list[File]:
        """At most `limit` files alive at `now`, newest first, behind the position `before` (None: from the start)."""

    def listing_version(self, user_id: str) -> int:
        """Another number whenever what `page` gives this person, or how often a file of it was downloaded, changes.

        Time passing is no change. A process that was killed in the middle of one may have kept it to itself.
        """

    def files_of(self, user_id: str, role: Role, now: float, before: str | None = None) -> Iterator[File]:
        """As `page`, one after the other and without an end."""

    def file_ids(self) -> Iterator[UUID]:
        """Every file of everybody, in any order."""

    def replace_file(self, old: File, new: File) -> None:
        """The file that was `old` is `new` from now on. Two writers at once are the caller's to prevent.

        Raises `NotFound` where it is gone.
        """

    def remove_file(self, file: File) -> None:
        """Remove the record and whatever points at it."""

    def count_download(self, file_id: UUID) -> int:
        """Count one more; returns how many there are now."""

    def downloads(self, file_id: UUID) -> int: ...

    def downloads_of(self, file_ids: Collection[UUID]) -> dict[UUID, int]:
        """Those of several files, in one step where that is quicker; a file without any may be left out."""

    def due(self, now: float) -> Iterator[UUID]:
        """Files to look at, in any order: every one whose time is over is among them."""

    def reserve(self, user_id: str, file_id: UUID, size: int) -> None:
        """This upload or file takes `size` bytes of what the person may hold; replaces what it took before.

        Two changes for one person at once are the caller's to prevent.
        """

    def release(self, user_id: str, file_id: UUID) -> None:
        """It takes nothing any more."""

    def reserved(self, user_id: str, file_id: UUID) -> int:
        """What it takes now; -1 for nothing, not even a place among the person's files."""

    def usage(self, user_id: str, without: UUID | None = None) -> Usage:
        """What all that the person has reserved comes to, leaving out the file `without`."""

    def reservations(self) -> Iterator[Reservation]:
        """Every reservation of everybody, in any order."""

    def verify_people(self) -> Iterator["Finding"]:
        """Every record of accounts, of cards and of what belongs to signing in that can't be read."""

    def misreserved(self, user_ids: Collection[str]) -> Iterator[tuple[str, UUID]]:
        """Owner and id of what is worth a look, in any order, found in one go over all there is.

        Every file of these people for which less is reserved than it takes, every upload of theirs, and every
        reservation of theirs without either is among them.
        """

    def sweep(self, before: float) -> None:
        """Remove what crashes left behind, as far as it is older than `before`."""


DAMAGED = "has a record that can't be read"
"""The message of a `Finding`."""


class LinkRecords(Protocol):
    """Links, and how often each was used. What a method has done when it returns, a power cut does not undo.

    Link ids are 43 characters of base64url: every method raises `ValueError` for another.
    """

    def add_link(self, link: Link) -> None:
        """Raises `Conflict` where the id is taken."""

    def link(self, link_id: str) -> Link | None:
        """Raises `Damaged`."""

    def replace_link(self, old: Link, new: Link) -> None:
        """The link that was `old` is `new` from now on, with the same files. Two writers are the caller's to prevent.

        Raises `NotFound` where it is gone.
        """

    def remove_link(self, link: Link) -> None:
        """Remove the record, its count and whatever points at it."""

    def links_of(self, user_id: str, before: str | None = None) -> Iterator[Link]:
        """A person's links, newest first, behind the position `before`; those that are damaged are left out."""

    def links_to(self, file_id: UUID) -> list[Link]:
        """The links that lead to a file, newest first; those that are damaged are left out."""

    def link_ids(self) -> Iterator[str]:
        """Every link of everybody, in any order."""

    def count_link_download(self, link_id: str) -> int:
        """Count one more; returns how many there are now, which no other call is told."""

    def link_downloads(self, link_id: str) -> int: ...

    def sweep_links(self, before: float) -> None:
        """Remove what crashes left behind, as far as it is older than `before`."""


class BoxRecords(Protocol):
    """Drop boxes, and what each has taken in. What a method has done when it returns, a power cut does not undo.

    Box ids are 43 characters of base64url: every method raises `ValueError` for another.
    """

    def add_box(self, box: DropBox) -> None:
        """Raises `Conflict` where the id is taken."""

    def box(self, box_id: str) -> DropBox | None:
        """Raises `Damaged`."""

    def replace_box(self, box: DropBox) -> None:
        """The box of this id is `box` from now on. Two writers at once are the caller's to prevent.

        Raises `NotFound` where it is gone.
        """

    def remove_box(self, box: DropBox) -> None:
        """Remove the record, and what it says of files; the files stay."""

    def boxes_of(self, user_id: str, before: str | None = None) -> Iterator[DropBox]:
        """A person's boxes, newest first, behind the position `before`; those that are damaged are left out."""

    def box_ids(self) -> Iterator[str]:
        """Every box of everybody, in any order."""

    def take(self, box_id: str, file_id: UUID, size: int) -> None:
        """A file of `size` bytes is on its way into the box, and takes its room; done before, it stays done."""

    def settle(self, box_id: str, file_id: UUID) -> None:
        """It has come: it counts from now on, whatever becomes of it."""

    def untake(self, box_id: str, file_id: UUID) -> None:
        """It never came: its room is free again. Of one that has come, nothing changes."""

    def taken(self, box_id: str) -> Usage:
        """What has come and what is on its way."""

    def arriving(self, box_id: str) -> list[UUID]:
        """What is on its way, as far as it is known."""

    def sweep_boxes(self, before: float) -> None:
        """Remove what crashes left behind, as far as it is older than `before`."""


# -- activity


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; None: any. Times in Unix seconds, `until` not included."""

    kind: EventKind | None = None
    since: float | None = None
    until: float | None = None
    file_id: UUID | None = None

    def takes(self, event: Event) -> bool:
        return (
            (self.kind is None or event.kind is self.kind)
            and (self.since is None or event.at >= self.since)
            and (self.until is None or event.at < self.until)
            and (self.file_id is None or event.file_id == self.file_id)
        )


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, newest first. There may be fewer than asked for although more follow."""

    events: list[Event]
    next_position: str | None
    """Where the next page begins; None at the end."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be."""

    where: str
    message: str


class ActivityLog(Protocol):
    """What happened, in order. It only grows at one end, and ages at the other; each entry names the one before."""

    def append(self, event: Event) -> None:
        """The event is part of the chain, and of the activity of everybody in `event.people`, from now on."""

    def page(self, user_id: str, wanted: EventFilter, before: str | None, limit: int) -> EventPage:
        """A person's events behind the position `before` (None: from the newest).

        Raises `BadRequest` for what is no position.
        """

    def count(self, user_id: str) -> int:
        """How many events show in a person's activity."""

    def forget_person(self, user_id: str) -> None:
        """Nothing shows in this person's activity any more. The chain keeps its entries, for others and for proof."""

    def age(self, before: float) -> None:
        """Let go of whole months that ended before `before`. What is left stays verifiable."""

    def verify(self) -> Iterator[Finding]:
        """Everything that is wrong with the chain, from the oldest entry that is kept."""


# -- the key log


class KeyLog(Protocol):
    """Entries in one order, hashed as a Merkle tree. It only grows, and whoever keeps a checkpoint sees if it does not.

    What is in a checkpoint that was handed out, neither a crash nor a power cut takes back. Every method but `verify`
    raises `Damaged` for a log that can't be read.
    """

    @property
    def key(self) -> LogKey:
        """The public key of its checkpoints."""

    def checkpoint(self) -> SignedCheckpoint:
        """The newest one."""

    def append(self, entry: LogEntry) -> int:
        """The card of `entry` is in the log when this returns its place; one that is there already is not added."""

    def index_of(self, digest: bytes) -> int | None:
        """Where the card with this SHA-256 stands; None: nowhere."""

    def subtree(self, level: int, number: int) -> bytes:
        """As `merkle.Subtree`, for what is complete within the newest checkpoint."""

    def entries(self, start: int, count: int) -> bytes:
        """At most `count` entries from `start` on, 64 bytes each; fewer at the end, none behind it."""

    def verify(self) -> Iterator[Finding]:
        """Everything that is wrong with it."""


# -- limits


@dataclass(frozen=True, slots=True)
class Window:
    """Hits that are counted together."""

    hits: int
    ends_at: float


class HitCounter(Protocol):
    """Counts, in windows that open with the first hit, for all workers together. May forget in a crash."""

    def hit(self, key: str, seconds: int) -> int:
        """One more; how many it are in this window, which lasts `seconds` if it opens now. Raises `Unavailable`."""

    def window(self, key: str) -> Window:
        """As it stands now. Raises `Unavailable`."""


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
