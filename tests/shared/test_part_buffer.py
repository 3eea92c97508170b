"""Parts at rest: in memory while they are small, in a nameless file when they are not."""

import hashlib
import os
import random
from pathlib import Path
from uuid import UUID

import pytest

from shared.crypto.errors import Altered, Truncated
from shared.crypto.file_key import FileKey
from shared.crypto.part_buffer import MAX_MEMORY, PartBuffer
from shared.crypto.parts import STEP, PartOpener, PartSealer
from shared.sealed.geometry import MIB, Geometry, sealed_length
from tests.shared.sealing import filled_from

KEY, FILE_ID = FileKey(bytes(32)), UUID("550e8400-e29b-41d4-a716-446655440000")
SMALL, LARGE = sealed_length(MIB), sealed_length(32 * MIB)
assert LARGE > MAX_MEMORY + STEP


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def joined(buffer: PartBuffer) -> bytes:
    pieces = [bytes(piece) for piece in buffer.pieces()]
    assert max(map(len, pieces), default=0) <= STEP
    return b"".join(pieces)


@pytest.mark.parametrize("capacity", [SMALL, LARGE], ids=["memory", "spool"])
def test_what_was_loaded_comes_back(capacity: int, tmp_path: Path) -> None:
    """Reused from part to part, larger before smaller, with short reads, and read twice."""
    with PartBuffer(capacity, tmp_path) as buffer:
        for length in (SMALL, 5 * 1_000, 0, SMALL - 1, 1):
            data = random.Random(length).randbytes(length)
            buffer.load(0, length, sha256(data), filled_from(data, 70_000))
            assert buffer.length == length
            assert joined(buffer) == joined(buffer) == data


def test_large_part_through_the_spool(tmp_path: Path) -> None:
    """A part of 32 MiB is sealed, waits in a file, and opens; memory holds a step of it."""
    geometry = Geometry(32 * MIB, 32 * MIB)
    content = random.Random(1).randbytes(32 * MIB)
    sealer = PartSealer(KEY, FILE_ID)
    with PartBuffer(geometry.sealed_length(0), tmp_path) as buffer, PartBuffer(LARGE, tmp_path) as second:
        buffer.store(sealer.pieces(0, geometry.plain_length(0), filled_from(content, 1_000_000)))
        assert buffer.length == geometry.body_size
        assert not list(tmp_path.iterdir()) or os.name == "nt"
        sealed = (piece for piece in buffer.pieces())
        waiting = next(sealed)

        def fill(view: memoryview) -> int:
            nonlocal waiting
            if not len(waiting):
                waiting = next(sealed, memoryview(b""))
            taken = min(len(view), len(waiting))
            view[:taken] = waiting[:taken]
            waiting = waiting[taken:]
            return taken

        second.load(0, geometry.body_size, sealer.digest, fill)
        opened = hashlib.sha256()
        for piece in PartOpener(KEY, FILE_ID).pieces(0, second.pieces()):
            opened.update(piece)
    assert opened.digest() == sha256(content)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("capacity", [SMALL, LARGE], ids=["memory", "spool"])
def test_wrong_hash_and_early_end_keep_nothing(capacity: int, tmp_path: Path) -> None:
    """After a failed load the buffer is empty, even if it held a good part before."""
    data = bytes(100_000)
    with PartBuffer(capacity, tmp_path) as buffer:
        for expected, given, error in (
            (bytes(32), data, Altered),
            (sha256(data), data[:-1], Truncated),
            (sha256(data), b"", Truncated),
        ):
            buffer.load(0, len(data), sha256(data), filled_from(data))
            with pytest.raises(error) as caught:
                buffer.load(1, len(data), expected, filled_from(given))
            assert caught.type is error
            assert joined(buffer) == b""


def test_memory_stays_small(tmp_path: Path) -> None:
    """However large the part, at most 17 MiB of it are in memory."""
    for capacity in (SMALL, MAX_MEMORY, MAX_MEMORY + STEP, MAX_MEMORY + STEP + 1, LARGE, sealed_length(512 * MIB)):
        with PartBuffer(capacity, tmp_path) as buffer:
            assert len(buffer._memory) <= MAX_MEMORY + STEP


def test_spool_folder_that_is_missing(tmp_path: Path) -> None:
    """A spool folder that does not exist is the operating system's error, told at once."""
    with pytest.raises(FileNotFoundError):
        PartBuffer(LARGE, tmp_path / "missing")
