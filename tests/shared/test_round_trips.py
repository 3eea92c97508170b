"""What was sealed comes back, at every boundary of size, from files and streams, with any options."""

import gzip
import hashlib
import random
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.crypto.container import Container, seal_to_file, seal_to_stream
from shared.crypto.content import Content, SealOptions
from shared.crypto.errors import Altered
from shared.crypto.file_key import FileKey
from shared.crypto.open import Opened, open_file, restore_file, restore_stream
from shared.crypto.padding import padme
from shared.crypto.parts import PartOpener, PartSealer
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import FixedLanes
from shared.sealed.geometry import CHUNK, DEFAULT_PART_SIZE, MIB, PIPE_PART_SIZE, sealed_length
from tests.shared.sealing import collector, filled_from, memory_file, opened_bytes, seal_bytes
from tests.shared.vectors import private_keys, signing_key

ALICE, SAM = private_keys("alice", rsa_only=True), signing_key("sam")
TO = [ALICE.public]
FILE_ID = UUID("550e8400-e29b-41d4-a716-446655440000")
BOUNDARIES = (0, 1, 2, 255, 256, 4_095, 4_096, 4_097, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, MIB - 1, MIB, MIB + 1)
AROUND_A_PART = (DEFAULT_PART_SIZE - 1, DEFAULT_PART_SIZE, DEFAULT_PART_SIZE + 1)

quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def random_bytes(length: int) -> bytes:
    return random.Random(length).randbytes(length)


def text_bytes(length: int) -> bytes:
    return (b"All work and no play makes Jack a dull boy.\n" * (length // 44 + 1))[:length]


KINDS: dict[str, Callable[[int], bytes]] = {"random": random_bytes, "text": text_bytes}


def seal_file(content: bytes, folder: Path, options: SealOptions, threads: int) -> Path:
    """A container of a file on disk."""
    source, target = folder / "content", folder / "content.sealed"
    source.write_bytes(content)
    with FileIO(source) as read, FileIO(target, "w+") as written:
        what = Content("content", PositionalFile(read), len(content))
        seal_to_file(what, TO, PositionalFile(written), SAM, options, threads=threads)
    return target


def restore_both_ways(sealed: Path, threads: int) -> tuple[Opened, bytes, bytes]:
    """The content, restored into a file and into a stream."""
    restored, streamed = sealed.with_suffix(".out"), bytearray()
    with FileIO(sealed) as file, FileIO(restored, "w+") as target:
        container = Container.read(PositionalFile(file))
        opened = open_file(container.manifest.raw, container.grants, ALICE)
        restore_file(opened, container.part_hashes, container, PositionalFile(target), lanes=FixedLanes(threads))
        restore_stream(opened, container.part_hashes, container, collector(streamed), lanes=FixedLanes(threads))
    return opened, restored.read_bytes(), bytes(streamed)


@pytest.mark.parametrize("pad", [True, False], ids=["padded", "unpadded"])
@pytest.mark.parametrize("compress", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", BOUNDARIES)
def test_file_at_a_boundary(size: int, kind: str, compress: bool, pad: bool, tmp_path: Path) -> None:
    """A file comes back, and its metadata says what was done to it."""
    content = KINDS[kind](size)
    sealed = seal_file(content, tmp_path, SealOptions(compress=compress, pad=pad), threads=2)
    opened, restored, streamed = restore_both_ways(sealed, threads=2)
    assert restored == streamed == content
    metadata = opened.metadata
    assert metadata.size == size
    assert metadata.compression == ("gzip" if compress and kind == "text" and size >= 4_096 else "none")
    assert metadata.stored_size == (padme(metadata.packed_size) if pad else metadata.packed_size)
    assert opened.manifest.body_size == sealed_length(metadata.stored_size)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("pad", [True, False], ids=["padded", "unpadded"])
@pytest.mark.parametrize("size", AROUND_A_PART)
def test_file_around_a_part(size: int, pad: bool, threads: int, tmp_path: Path) -> None:
    """8 MiB ± 1 come back with any number of threads."""
    content = random_bytes(size)
    sealed = seal_file(content, tmp_path, SealOptions(pad=pad), threads)
    opened, restored, streamed = restore_both_ways(sealed, threads)
    assert restored == streamed == content
    assert opened.manifest.geometry.part_count == -(-opened.metadata.stored_size // DEFAULT_PART_SIZE)


def test_many_parts_with_many_threads(tmp_path: Path) -> None:
    """Five parts and more threads than parts."""
    content = random_bytes(4 * DEFAULT_PART_SIZE + 12_345)
    sealed = seal_file(content, tmp_path, SealOptions(), threads=8)
    _, restored, streamed = restore_both_ways(sealed, threads=8)
    assert hashlib.sha256(restored).digest() == hashlib.sha256(streamed).digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize("pad", [True, False], ids=["padded", "unpadded"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 1, 4_096, CHUNK, MIB - 1, MIB, MIB + 1, 3 * MIB + 5])
def test_stream(size: int, kind: str, pad: bool) -> None:
    """A pipe comes back, whatever pieces it gave."""
    content = KINDS[kind](size)
    for longest in (65_536, 1_000_003):
        sealed, container = seal_bytes(content, TO, SAM, SealOptions(pad=pad), longest)
        assert opened_bytes(container, ALICE) == content
        assert sealed.manifest.part_size == PIPE_PART_SIZE
        assert sealed.metadata.size == size


@quick
@given(
    content=st.binary(max_size=70_000) | st.integers(0, 70_000).map(text_bytes),
    longest=st.integers(1, 100_000),
    compress=st.booleans(),
    pad=st.booleans(),
    threads=st.integers(1, 4),
)
def test_any_content(content: bytes, longest: int, compress: bool, pad: bool, threads: int) -> None:
    """Any content, in pieces of any size, with any options."""
    _, container = seal_bytes(
        content, TO, SAM, SealOptions(compress=compress, pad=pad), max(longest, len(content) // 500)
    )
    assert opened_bytes(container, ALICE, threads=threads) == content


@quick
@given(
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1, max_size=300),
    comment=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=1_000),
    modified_at=st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
)
@example(name="x" * 4_096, comment="\0" * 5_000, modified_at=-1)
def test_any_metadata(name: str, comment: str | None, modified_at: int | None) -> None:
    """Names and comments come back as they were, whatever their letters."""
    if name in (".", ".."):
        return
    written = bytearray()
    what = Content(name, filled_from(b""), None, comment=comment, modified_at=modified_at)
    seal_to_stream(what, TO, collector(written), SAM)
    with memory_file(bytes(written)) as file:
        container = Container.read(file)
        metadata = open_file(container.manifest.raw, container.grants, ALICE).metadata
    assert (metadata.name, metadata.comment, metadata.modified_at) == (name, comment, modified_at)
    assert len(container.manifest.metadata) % 256 == 12 + 16


def test_gzip_of_the_content_is_readable_by_others() -> None:
    """What is stored is one ordinary gzip member, and zeros."""
    content = text_bytes(100_000)
    sealed, container = seal_bytes(content, TO)
    with memory_file(container) as file:
        read = Container.read(file)
        opened = open_file(read.manifest.raw, read.grants, ALICE)
        body = container[12 : 12 + read.manifest.body_size]
    stored = b"".join(
        bytes(p) for p in PartOpener(opened.file_key, opened.manifest.file_id).pieces(0, [memoryview(body)])
    )
    packed = stored[: sealed.metadata.packed_size]
    assert gzip.decompress(packed) == content
    assert not stored[len(packed) :].strip(b"\0")


def test_sealing_twice_gives_two_files() -> None:
    """Nothing but the content is the same: not the id, the key, the parts, the metadata."""
    (one, first), (other, second) = (seal_bytes(b"same", TO, SAM) for _ in range(2))
    assert one.manifest.file_id != other.manifest.file_id
    assert one.manifest.key_commitment != other.manifest.key_commitment
    assert one.manifest.metadata != other.manifest.metadata
    assert one.part_hashes != other.part_hashes
    assert len(first) == len(second)


# -- single parts


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, MIB - 1, MIB, MIB + 1, 2 * MIB])
@pytest.mark.parametrize("step", [1_000, CHUNK + 16, MIB])
def test_part(size: int, step: int) -> None:
    """A part has the length that the geometry says, and comes back however its bytes arrive."""
    content, key = random_bytes(size), FileKey(bytes(32))
    sealer = PartSealer(key, FILE_ID)
    sealed = b"".join(bytes(piece) for piece in sealer.pieces(7, size, filled_from(content)))
    assert len(sealed) == sealed_length(size)
    assert sealer.digest == hashlib.sha256(sealed).digest()
    pieces = [memoryview(sealed)[start : start + step] for start in range(0, len(sealed), step)]
    assert b"".join(bytes(piece) for piece in PartOpener(key, FILE_ID).pieces(7, pieces)) == content


def test_part_belongs_to_its_place_file_and_key() -> None:
    """It opens nowhere else."""
    key = FileKey(bytes(32))
    sealed = b"".join(bytes(piece) for piece in PartSealer(key, FILE_ID).pieces(1, 100, filled_from(bytes(100))))
    other_id = UUID("550e8400-e29b-41d4-a716-446655440001")
    for opener, index in (
        (PartOpener(key, FILE_ID), 0),
        (PartOpener(key, FILE_ID), 2),
        (PartOpener(key, other_id), 1),
        (PartOpener(FileKey(b"\1" * 32), FILE_ID), 1),
    ):
        with pytest.raises(Altered):
            list(opener.pieces(index, [memoryview(sealed)]))


@quick
@given(st.integers(0, 2 * (CHUNK + 16) + 100), st.binary(max_size=40))
@example(0, b"")
@example(56, b"")
@example(56 + CHUNK + 16, b"")
@example(56 + 2 * (CHUNK + 16), b"")
def test_part_cut_or_extended(length: int, extra: bytes) -> None:
    """A part that ends early, or goes on, does not open: no shorter content is ever taken for the whole."""
    key, size = FileKey(bytes(32)), 2 * CHUNK + 50
    sealed = b"".join(bytes(piece) for piece in PartSealer(key, FILE_ID).pieces(0, size, filled_from(bytes(size))))
    for bad in (sealed[:length], sealed + extra if extra else b""):
        with pytest.raises(Altered):
            list(PartOpener(key, FILE_ID).pieces(0, [memoryview(bad)]))
