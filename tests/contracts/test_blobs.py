"""What every `BlobStore` keeps to. A new adapter joins `STORES` and has to pass all of it."""

import hashlib
import io
import secrets
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.adapters.blobs.local import LocalBlobs
from server.errors import Conflict, DigestMismatch, Interrupted, NotFound, StorageFull
from server.ports import BlobStore, PartPlace

STORES: dict[str, Callable[[Path], BlobStore]] = {"local": LocalBlobs}
FULL = 1_000_000
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
        self._data = b""
        return count


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return STORES[request.param](tmp_path)


def put(store: BlobStore, blob_id: uuid.UUID, number: int, data: bytes, expected: bytes | None = None) -> bytes:
    return store.put_part(blob_id, PartPlace(number, number * FULL, len(data)), Bytes(data), expected)


def read(store: BlobStore, blob_id: uuid.UUID, start: int = 0) -> bytes:
    with store.open_range(blob_id, start) as file:
        return file.read()


def filled(store: BlobStore, *parts: bytes) -> uuid.UUID:
    """A blob of these parts, all but the last FULL bytes long."""
    blob_id = uuid.uuid4()
    for number, data in enumerate(parts):
        put(store, blob_id, number, data)
    store.assemble(blob_id, sum(map(len, parts)))
    return blob_id


def test_parts_make_a_blob_in_any_order(store: BlobStore) -> None:
    """Written last to first, and one of them twice."""
    parts = [secrets.token_bytes(FULL), secrets.token_bytes(FULL), b"end"]
    blob_id = uuid.uuid4()
    put(store, blob_id, 1, secrets.token_bytes(FULL))
    for number in (2, 1, 0):
        assert put(store, blob_id, number, parts[number]) == hashlib.sha256(parts[number]).digest()
    assert not store.exists(blob_id)
    store.assemble(blob_id, 2 * FULL + 3)
    assert store.exists(blob_id)
    assert store.size(blob_id) == 2 * FULL + 3
    assert read(store, blob_id) == b"".join(parts)


@pytest.mark.parametrize("data", [b"", b"x", secrets.token_bytes(FULL)])
def test_a_small_blob_is_put_in_one_step(store: BlobStore, data: bytes) -> None:
    """And is there at once, in place of what was there or staged."""
    blob_id = uuid.uuid4()
    put(store, blob_id, 0, b"staged before")
    for content in (b"another", data):
        store.put_whole(blob_id, content)
        assert read(store, blob_id) == content
        assert store.size(blob_id) == len(content)
    assert [each for each, _ in store.list_blobs()] == [blob_id]
    assert list(store.list_staged()) == []


def test_a_blob_is_read_from_anywhere(store: BlobStore) -> None:
    blob_id = filled(store, bytes(range(250)) * 4)
    assert read(store, blob_id, 990) == bytes(range(240, 250))
    assert read(store, blob_id, 1_000) == b""
    with store.open_range(blob_id, 10) as file:
        assert file.tell() == 10
        assert file.read(2) == bytes((10, 11))


def test_a_shorter_last_part_replaces_a_longer_one(store: BlobStore) -> None:
    """What lies behind the end is cut off."""
    blob_id = uuid.uuid4()
    put(store, blob_id, 0, b"x" * 500)
    put(store, blob_id, 0, b"y" * 100)
    store.assemble(blob_id, 100)
    assert read(store, blob_id) == b"y" * 100


def test_a_short_source_fails(store: BlobStore) -> None:
    blob_id = uuid.uuid4()
    with pytest.raises(Interrupted):
        store.put_part(blob_id, PartPlace(0, 0, 100), Bytes(b"x" * 99))
    with pytest.raises(Interrupted):
        store.put_part(blob_id, PartPlace(0, 0, 100), LostSender(b"x" * 50))


def test_a_long_source_is_read_no_further_than_the_part(store: BlobStore) -> None:
    """The next part begins where this one ends."""
    source = Bytes(b"a" * 10 + b"b" * 10)
    blob_id = uuid.uuid4()
    store.put_part(blob_id, PartPlace(0, 0, 10), source)
    store.put_part(blob_id, PartPlace(1, 10, 10), source)
    store.assemble(blob_id, 20)
    assert read(store, blob_id) == b"a" * 10 + b"b" * 10


def test_a_failed_part_harms_no_other(store: BlobStore) -> None:
    """Wrong bytes and lost senders leave the neighbours as they were."""
    blob_id = uuid.uuid4()
    first, second = secrets.token_bytes(FULL), secrets.token_bytes(100)
    put(store, blob_id, 0, first)
    put(store, blob_id, 1, second, hashlib.sha256(second).digest())
    with pytest.raises(DigestMismatch):
        put(store, blob_id, 1, b"z" * 100, hashlib.sha256(b"other").digest())
    with pytest.raises(Interrupted):
        store.put_part(blob_id, PartPlace(1, FULL, 100), LostSender(b"z" * 50))
    put(store, blob_id, 1, second)
    store.assemble(blob_id, FULL + 100)
    assert read(store, blob_id) == first + second


def test_parts_arrive_at_the_same_time(store: BlobStore) -> None:
    """Eight writers of one blob, each with its own part."""
    parts = [secrets.token_bytes(FULL) for _ in range(8)]
    blob_id = uuid.uuid4()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: put(store, blob_id, number, parts[number]), range(8)))
    store.assemble(blob_id, 8 * FULL)
    assert read(store, blob_id) == b"".join(parts)


def test_assembling_again_changes_nothing(store: BlobStore) -> None:
    blob_id = filled(store, b"content")
    store.assemble(blob_id, 7)
    assert read(store, blob_id) == b"content"
    with pytest.raises(Conflict):
        store.assemble(blob_id, 8)


def test_too_few_bytes_make_no_blob(store: BlobStore) -> None:
    blob_id = uuid.uuid4()
    put(store, blob_id, 0, b"content")
    with pytest.raises(Conflict):
        store.assemble(blob_id, 8)
    assert not store.exists(blob_id)
    store.assemble(blob_id, 7)


def test_what_is_not_there_is_not_found(store: BlobStore) -> None:
    """And removing it is no error."""
    blob_id = uuid.uuid4()
    assert not store.exists(blob_id)
    for ask in (store.size, store.open_range, lambda each: store.assemble(each, 1)):
        with pytest.raises(NotFound):
            ask(blob_id)
    store.delete(blob_id)
    store.discard_parts(blob_id)


def test_staged_parts_are_no_blob(store: BlobStore) -> None:
    """They are listed apart, and discarded without a trace."""
    blob_id = uuid.uuid4()
    put(store, blob_id, 0, b"content")
    assert [found for found, _ in store.list_staged()] == [blob_id]
    assert list(store.list_blobs()) == []
    with pytest.raises(NotFound):
        store.open_range(blob_id)
    store.discard_parts(blob_id)
    assert list(store.list_staged()) == []


def test_blobs_are_listed_until_deleted(store: BlobStore) -> None:
    blob_ids = {filled(store, b"content") for _ in range(3)}
    assert {found for found, _ in store.list_blobs()} == blob_ids
    assert list(store.list_staged()) == []
    for blob_id in blob_ids:
        store.delete(blob_id)
    assert list(store.list_blobs()) == []


def test_a_reader_finishes_what_is_deleted_meanwhile(store: BlobStore) -> None:
    blob_id = filled(store, b"content")
    with store.open_range(blob_id) as file:
        store.delete(blob_id)
        assert file.read() == b"content"


@pytest.mark.parametrize("hostile", HOSTILE, ids=repr)
def test_only_uuids_of_version_4_are_ids(store: BlobStore, hostile: uuid.UUID) -> None:
    """Text, other versions and paths are refused by every method, whatever came before."""
    calls: list[Callable[[], object]] = [
        lambda: store.put_part(hostile, PartPlace(0, 0, 1), Bytes(b"x")),
        lambda: store.assemble(hostile, 1),
        lambda: store.open_range(hostile),
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
