"""What every `BlobStore` keeps to. A new adapter joins `STORES` in `blob_stores` and has to pass all of it."""

import hashlib
import io
import os
import secrets
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server.adapters.blobs.local import LocalBlobs
from server.domain import Receipt
from server.errors import Conflict, ContentDamaged, DigestMismatch, Interrupted, NotFound, StorageFull
from server.ports import BlobStore, PartPlace, Source
from tests.contracts.blob_stores import STORES, Opened

HOSTILE = [
    "../../etc/passwd",
    "",
    "a/b",
    "\0",
    "550e8400-e29b-41d4-a716-446655440000",  # text, not a UUID
    uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),  # of version 1
    uuid.UUID(int=0),
]


class Bytes:
    """A `Source` that hands out uneven pieces, as a network does."""

    def __init__(self, data: bytes, piece: int = 70_000) -> None:
        self._stream = io.BytesIO(data)
        self._piece = piece

    def readinto(self, buffer: memoryview, /) -> int:
        return self._stream.readinto(buffer[: self._piece])


class LostSender:
    """A `Source` that breaks in the middle."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def readinto(self, buffer: memoryview, /) -> int:
        if not self._data:
            raise Interrupted("gone")
        count = min(len(buffer), len(self._data))
        buffer[:count] = self._data[:count]
        self._data = self._data[count:]
        return count


@dataclass
class Draft:
    """A blob in the making, as an upload's record knows it."""

    store: BlobStore
    full: int
    blob_id: uuid.UUID = field(default_factory=uuid.uuid4)
    staging: str | None = None
    receipts: dict[int, Receipt] = field(default_factory=dict)

    def begin(self) -> "Draft":
        self.staging = self.store.begin(self.blob_id, self.full)
        return self

    def put(self, number: int, data: bytes, expected: bytes | None = None) -> bytes:
        return self.put_from(number, Bytes(data), len(data), expected)

    def put_from(self, number: int, source: Source, length: int, expected: bytes | None = None) -> bytes:
        place = PartPlace(number, number * self.full, length)
        part = self.store.put_part(self.blob_id, self.staging, place, source, expected)
        self.receipts[number] = Receipt(number, length, part.digest, time.time(), part.etag)
        return part.digest

    def assemble(self) -> "Blob":
        parts = [self.receipts[number] for number in sorted(self.receipts)]
        locator = self.store.assemble(self.blob_id, self.staging, parts)
        return Blob(self.store, self.blob_id, locator, sum(part.size for part in parts))


@dataclass
class Blob:
    """A blob, as a file's record knows it."""

    store: BlobStore
    blob_id: uuid.UUID
    locator: str | None
    size: int

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        end = self.size if stop is None else stop
        with self.store.open_range(self.blob_id, self.locator, start, end) as file:
            blocks = []
            while start < end and (block := file.read(end - start)):
                blocks.append(block)
                start += len(block)
        return b"".join(blocks)


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    return Opened(request.param, request, tmp_path)


@pytest.fixture
def store(opened: Opened) -> BlobStore:
    return opened.store()


@pytest.fixture
def full(opened: Opened) -> int:
    """Bytes of every part but the last."""
    return opened.kind.full_part


def filled(store: BlobStore, full: int, *parts: bytes) -> Blob:
    """A blob of these parts, all but the last `full` bytes long."""
    draft = Draft(store, full).begin()
    for number, data in enumerate(parts):
        draft.put(number, data)
    return draft.assemble()


def cut(data: bytes, full: int) -> list[bytes]:
    return [data[at : at + full] for at in range(0, len(data), full)] or [b""]


def listed(store: BlobStore) -> set[uuid.UUID]:
    return {found for found, _ in store.list_blobs()}


def staged(store: BlobStore) -> set[uuid.UUID]:
    return {found for found, _ in store.list_staged()}


def test_parts_make_a_blob_in_any_order(store: BlobStore, full: int) -> None:
    """Written last to first, and one of them twice."""
    parts = [secrets.token_bytes(full), secrets.token_bytes(full), b"end"]
    draft = Draft(store, full).begin()
    draft.put(1, secrets.token_bytes(full))
    for number in (2, 1, 0):
        assert draft.put(number, parts[number]) == hashlib.sha256(parts[number]).digest()
    assert not store.exists(draft.blob_id)
    blob = draft.assemble()
    assert store.exists(blob.blob_id)
    assert store.size(blob.blob_id, blob.locator) == store.size(blob.blob_id) == 2 * full + 3
    assert blob.read() == b"".join(parts)


@pytest.mark.parametrize("excess", [-1, 0, 1])
@pytest.mark.parametrize("parts", [0, 1, 2])
def test_blobs_have_any_size(store: BlobStore, full: int, parts: int, excess: int) -> None:
    """Nothing at all, a byte, and a byte less, as much and a byte more than whole parts."""
    data = secrets.token_bytes(max(0, parts * full + excess))
    blob = filled(store, full, *cut(data, full))
    assert store.size(blob.blob_id, blob.locator) == len(data)
    assert blob.read() == data


@pytest.mark.parametrize("data", [b"", b"x", secrets.token_bytes(500_000)], ids=len)
def test_a_small_blob_is_put_in_one_step(store: BlobStore, full: int, data: bytes) -> None:
    """And is there at once, in place of what was there or staged."""
    draft = Draft(store, full).begin()
    draft.put(0, b"staged before")
    for content in (b"another", data):
        locator = store.put_whole(draft.blob_id, content)
        blob = Blob(store, draft.blob_id, locator, len(content))
        assert blob.read() == content
        assert store.size(blob.blob_id) == store.size(blob.blob_id, locator) == len(content)
    assert listed(store) == {draft.blob_id}
    assert staged(store) == set()


def test_a_blob_is_read_from_anywhere(store: BlobStore, full: int) -> None:
    """Within a part, across two, at the ends; nothing is an answer too."""
    data = secrets.token_bytes(full + 1_000)
    blob = filled(store, full, *cut(data, full))
    size = len(data)
    ends = [(0, 1), (0, size), (full - 10, full + 10), (full, size), (size - 1, size), (7, 7), (size, size)]
    for start, stop in ends:
        assert blob.read(start, stop) == data[start:stop]
    with store.open_range(blob.blob_id, blob.locator, 10, 20) as file:
        assert file.tell() == 10
        assert file.read(2) == data[10:12]
        assert file.tell() == 12


@pytest.mark.parametrize("data", [b"", b"content"], ids=len)
def test_a_blob_that_is_shorter_than_asked_is_damaged(store: BlobStore, full: int, data: bytes) -> None:
    """No stream is shorter than it was asked for, and none hangs: not read at all, or from within, or from behind."""
    blob = filled(store, full, data)
    size = len(data)
    for start, stop in [(0, size + 1), (size, size + 1), (size + 1, size + 2), (size + 1, size + 1), (0, 2 * full)]:
        with pytest.raises(ContentDamaged):
            store.open_range(blob.blob_id, blob.locator, start, stop)
    assert blob.read() == data


def test_several_read_one_blob_at_once(store: BlobStore, full: int) -> None:
    data = secrets.token_bytes(2 * full)
    blob = filled(store, full, *cut(data, full))
    ranges = [(at, min(at + full // 2, 2 * full)) for at in range(0, 2 * full, full // 4)]
    with ThreadPoolExecutor(8) as pool:
        for (start, stop), found in zip(ranges, pool.map(lambda each: blob.read(*each), ranges), strict=True):
            assert found == data[start:stop]


def test_a_shorter_last_part_replaces_a_longer_one(store: BlobStore, full: int) -> None:
    """What lies behind the end is cut off."""
    draft = Draft(store, full).begin()
    draft.put(0, b"x" * 500)
    draft.put(0, b"y" * 100)
    assert draft.assemble().read() == b"y" * 100


def test_a_short_source_fails(store: BlobStore, full: int) -> None:
    """And makes no blob."""
    draft = Draft(store, full).begin()
    with pytest.raises(Interrupted):
        draft.put_from(0, Bytes(b"x" * 99), 100)
    with pytest.raises(Interrupted):
        draft.put_from(0, LostSender(b"x" * 50), 100)
    draft.receipts[0] = Receipt(0, 100, bytes(32), time.time())
    with pytest.raises((Conflict, NotFound)):
        draft.assemble()
    assert not store.exists(draft.blob_id)


def test_a_long_source_is_read_no_further_than_the_part(store: BlobStore, full: int) -> None:
    """The next part begins where this one ends."""
    source = Bytes(b"a" * full + b"b" * 10)
    draft = Draft(store, full).begin()
    draft.put_from(0, source, full)
    draft.put_from(1, source, 10)
    assert draft.assemble().read() == b"a" * full + b"b" * 10


def test_a_failed_part_harms_no_other(store: BlobStore, full: int) -> None:
    """Wrong bytes and lost senders leave the neighbours as they were."""
    first, second = secrets.token_bytes(full), secrets.token_bytes(full)
    draft = Draft(store, full).begin()
    draft.put(0, first)
    draft.put(1, second, hashlib.sha256(second).digest())
    with pytest.raises(DigestMismatch):
        draft.put(1, b"z" * full, hashlib.sha256(b"other").digest())
    with pytest.raises(Interrupted):
        draft.put_from(1, LostSender(b"z" * (full // 2)), full)
    draft.put(1, second)
    draft.put(2, b"end")
    assert draft.assemble().read() == first + second + b"end"


def test_parts_arrive_at_the_same_time(opened: Opened, full: int) -> None:
    """Eight writers of one blob in two workers, each with its own part."""
    parts = [secrets.token_bytes(full) for _ in range(8)]
    draft = Draft(opened.store(), full).begin()
    workers = [opened.store(), opened.store()]

    def put(number: int) -> None:
        own = Draft(workers[number % 2], full, draft.blob_id, draft.staging)
        own.put(number, parts[number])
        draft.receipts.update(own.receipts)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(8)))
    assert draft.assemble().read() == b"".join(parts)


def test_blobs_come_about_at_the_same_time(store: BlobStore, full: int) -> None:
    """Six writers, each with a blob of its own, some with equal content."""
    contents = [secrets.token_bytes(full + 5), b"equal", secrets.token_bytes(7)] * 2
    with ThreadPoolExecutor(6) as pool:
        blobs = list(pool.map(lambda data: filled(store, full, *cut(data, full)), contents))
    assert [blob.read() for blob in blobs] == contents
    assert listed(store) == {blob.blob_id for blob in blobs}


def test_an_upload_goes_on_in_another_process(opened: Opened, full: int) -> None:
    """All that it needs is in the store, and in what `begin` returned."""
    first = Draft(opened.store(), full).begin()
    first.put(0, b"a" * full)
    later = Draft(opened.store(), full, first.blob_id, first.staging, first.receipts)
    later.put(1, b"b")
    blob = later.assemble()
    assert Blob(opened.store(), blob.blob_id, blob.locator, blob.size).read() == b"a" * full + b"b"


def test_beginning_takes_away_an_earlier_life(store: BlobStore, full: int) -> None:
    """A blob or parts that a crash has left under this id do not mix with what comes."""
    draft = Draft(store, full).begin()
    draft.put(0, b"x" * full)
    draft.put(1, b"y" * full)
    draft.begin()
    draft.put(0, b"again")
    del draft.receipts[1]
    assert draft.assemble().read() == b"again"
    draft.begin()
    assert not store.exists(draft.blob_id)
    with pytest.raises((Conflict, NotFound)):
        draft.assemble()
    draft.put(0, b"third")
    assert draft.assemble().read() == b"third"


# moto answers 500 to a part of an upload that was completed, where S3 and Ceph say that there is no such upload.
@pytest.mark.parametrize("opened", [each for each in STORES if each.id != "s3"], indirect=True)
@pytest.mark.parametrize("again", [0, 1])
def test_assembling_again_where_one_part_lies_there(store: BlobStore, full: int, again: int) -> None:
    """It came again, or a crash cut the clearing up short: the blob is whole, so no part is missed."""
    parts = (os.urandom(full), b"the end")
    draft = Draft(store, full).begin()
    for number, part in enumerate(parts):
        draft.put(number, part)
    draft.assemble()
    draft.put(again, parts[again])
    assert draft.assemble().read() == b"".join(parts)


def test_assembling_again_changes_nothing(opened: Opened, store: BlobStore, full: int) -> None:
    """Also in another process, which a crash may be the reason for."""
    draft = Draft(store, full).begin()
    draft.put(0, b"content")
    blob = draft.assemble()
    assert draft.assemble() == blob
    again = Draft(opened.store(), full, draft.blob_id, draft.staging, draft.receipts).assemble()
    assert again.locator == blob.locator
    assert again.read() == b"content"
    draft.receipts[0] = Receipt(0, 8, bytes(32), time.time())
    with pytest.raises(Conflict):
        draft.assemble()
    assert blob.read() == b"content"


def test_too_few_bytes_make_no_blob(store: BlobStore, full: int) -> None:
    draft = Draft(store, full).begin()
    draft.put(0, b"content")
    whole = draft.receipts[0]
    draft.receipts[0] = Receipt(0, 8, bytes(32), time.time())
    with pytest.raises(Conflict):
        draft.assemble()
    assert not store.exists(draft.blob_id)
    draft.receipts[0] = whole
    assert draft.assemble().read() == b"content"


def test_what_is_not_there_is_not_found(store: BlobStore) -> None:
    """And removing it is no error."""
    blob_id = uuid.uuid4()
    assert not store.exists(blob_id)
    calls: list[Callable[[], object]] = [
        lambda: store.size(blob_id),
        lambda: store.open_range(blob_id, None, 0, 1),
        lambda: store.assemble(blob_id, None, [Receipt(0, 1, bytes(32), 0)]),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    store.delete(blob_id)
    store.discard_parts(blob_id)
    store.reclaim()


def test_staged_parts_are_no_blob(store: BlobStore, full: int) -> None:
    """They are listed apart, and discarded without a trace; whoever forgot what `begin` returned can do it too."""
    for forgotten in (False, True):
        before = time.time()
        draft = Draft(store, full).begin()
        draft.put(0, b"content")
        ((found, changed_at),) = store.list_staged()
        assert found == draft.blob_id
        assert before - 5 < changed_at < time.time() + 5
        assert listed(store) == set()
        with pytest.raises(NotFound):
            store.open_range(draft.blob_id, None, 0, 7)
        store.discard_parts(draft.blob_id, None if forgotten else draft.staging)
        assert staged(store) == set()


def test_blobs_are_listed_until_deleted(store: BlobStore, full: int) -> None:
    """With the time when they came about."""
    before = time.time()
    blobs = [filled(store, full, b"content") for _ in range(3)]
    assert listed(store) == {blob.blob_id for blob in blobs}
    assert all(before - 5 < changed_at < time.time() + 5 for _, changed_at in store.list_blobs())
    assert staged(store) == set()
    for blob in blobs:
        store.delete(blob.blob_id)
        store.delete(blob.blob_id)
        assert not store.exists(blob.blob_id)
        with pytest.raises(NotFound):
            store.size(blob.blob_id)
    assert listed(store) == set()


def test_what_is_equal_is_deleted_alone(store: BlobStore, full: int) -> None:
    """A store that keeps equal content once keeps it until the last of them goes."""
    content = secrets.token_bytes(300_000)
    first, second = filled(store, full, content), filled(store, full, content)
    third = Blob(store, uuid.uuid4(), None, len(content))
    third.locator = store.put_whole(third.blob_id, content)
    for gone, left in ((first, [second, third]), (third, [second])):
        store.delete(gone.blob_id)
        store.reclaim()
        assert [blob.read() == content for blob in left] == [True] * len(left)
    store.delete(second.blob_id)
    store.reclaim()
    assert filled(store, full, content).read() == content


def test_a_reader_finishes_what_is_deleted_meanwhile(store: BlobStore, full: int) -> None:
    blob = filled(store, full, b"content")
    with store.open_range(blob.blob_id, blob.locator, 0, blob.size) as file:
        store.delete(blob.blob_id)
        store.reclaim()
        assert file.read() == b"content"


@pytest.mark.parametrize("hostile", HOSTILE, ids=repr)
def test_only_uuids_of_version_4_are_ids(store: BlobStore, hostile: uuid.UUID) -> None:
    """Text, other versions and paths are refused by every method, whatever came before."""
    calls: list[Callable[[], object]] = [
        lambda: store.begin(hostile, 1),
        lambda: store.put_part(hostile, None, PartPlace(0, 0, 1), Bytes(b"x")),
        lambda: store.assemble(hostile, None, [Receipt(0, 1, bytes(32), 0)]),
        lambda: store.put_whole(hostile, b"x"),
        lambda: store.open_range(hostile, None, 0, 1),
        lambda: store.exists(hostile),
        lambda: store.size(hostile),
        lambda: store.delete(hostile),
        lambda: store.discard_parts(hostile),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="UUIDv4"):
            call()


def test_room_is_checked_against_the_floor(tmp_path: Path) -> None:
    """A local store leaves the operator's floor free."""
    with pytest.raises(StorageFull):
        LocalBlobs(tmp_path, free_floor=2**60).check_room(1)
    LocalBlobs(tmp_path, free_floor=0).check_room(1)
