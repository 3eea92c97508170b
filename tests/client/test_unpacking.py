"""Parts that arrive in any order, from any thread, are inflated in theirs."""

import gzip
import os
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path

import pytest

from client.actions.unpacking import Unpacking
from client.errors import FileProblem
from shared.crypto.errors import Altered
from shared.crypto.file_key import FileKey
from shared.crypto.metadata import Metadata
from shared.crypto.open import Opened
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import FixedLanes, each_part
from shared.sealed.geometry import MIB, Geometry
from shared.sealed.manifest import Manifest

CONTENT = os.urandom(5 * MIB).hex().encode()
PACKED = gzip.compress(CONTENT, 1)


def _opened(size: int, packed_size: int) -> Opened:
    """A compressed file in parts of 1 MiB, with a part of nothing but padding at its end."""
    stored_size = packed_size + 2 * MIB
    body_size = Geometry(MIB, stored_size).body_size
    manifest = Manifest(b"", uuid.uuid4(), 0, None, b"", MIB, body_size, b"", b"")
    metadata = Metadata("a", None, size, packed_size, stored_size, None, "gzip", None)
    return Opened(manifest, metadata, None, FileKey.draw())


@contextmanager
def _files(folder: Path, packed: bytes) -> Iterator[tuple[PositionalFile, PositionalFile]]:
    (folder / "packed").write_bytes(packed)
    with ExitStack() as stack:
        yield (
            PositionalFile(stack.enter_context(FileIO(folder / "packed", "r+"))),
            PositionalFile(stack.enter_context(FileIO(folder / "content", "w+"))),
        )


@pytest.mark.parametrize("seed", range(5))
def test_any_order_and_many_threads(tmp_path: Path, seed: int) -> None:
    """The content comes out as it was; some of the parts were there from the start."""
    opened = _opened(len(CONTENT), len(PACKED))
    parts = list(range(opened.manifest.geometry.part_count))
    random.Random(seed).shuffle(parts)
    with _files(tmp_path, PACKED) as (packed, content):
        unpacking = Unpacking(opened, packed, content, parts[:seed])
        each_part(parts[seed:], FixedLanes(4), lambda: unpacking.arrived)
        unpacking.finish()
    assert (tmp_path / "content").read_bytes() == CONTENT


def test_everything_is_there_already(tmp_path: Path) -> None:
    opened = _opened(len(CONTENT), len(PACKED))
    with _files(tmp_path, PACKED) as (packed, content):
        Unpacking(opened, packed, content, range(opened.manifest.geometry.part_count)).finish()
    assert (tmp_path / "content").read_bytes() == CONTENT


DAMAGES: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "more than was promised": (len(CONTENT) - 1, lambda packed: packed),
    "less than was promised": (len(CONTENT) + 1, lambda packed: packed),
    "damaged": (len(CONTENT), lambda packed: packed[:2_000_000] + bytes(100) + packed[2_000_100:]),
    "no end": (len(CONTENT), lambda packed: packed[:-10]),
    "something behind it": (len(CONTENT), lambda packed: packed + b"more"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_content_that_is_not_what_was_promised(tmp_path: Path, damage: str) -> None:
    """It is refused, and never more than the promised size is written."""
    size, change = DAMAGES[damage]
    changed = change(PACKED)
    opened = _opened(size, len(changed))
    parts = range(opened.manifest.geometry.part_count)
    with _files(tmp_path, changed) as (packed, content):
        unpacking = Unpacking(opened, packed, content, ())

        def all_arrive() -> None:
            each_part(parts, FixedLanes(2), lambda: unpacking.arrived)
            unpacking.finish()

        with pytest.raises(Altered):
            all_arrive()
    assert (tmp_path / "content").stat().st_size <= size


def test_a_work_file_that_somebody_cuts(tmp_path: Path) -> None:
    opened = _opened(len(CONTENT), len(PACKED))
    with _files(tmp_path, PACKED) as (packed, content):
        unpacking = Unpacking(opened, packed, content, range(opened.manifest.geometry.part_count))
        os.truncate(tmp_path / "packed", MIB)
        with pytest.raises(FileProblem, match="cut by another program"):
            unpacking.finish()
