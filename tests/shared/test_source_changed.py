"""A file that somebody writes to while it is sealed is not sealed."""

import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest

from shared.crypto.container import Container, seal_to_file
from shared.crypto.content import Content, SealOptions
from shared.crypto.errors import Altered, SourceChanged
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import FixedLanes
from shared.sealed.geometry import MIB
from tests.shared.vectors import private_keys

TO = [private_keys("alice", rsa_only=True).public]
SIZE = 20 * MIB


def shrink(path: Path) -> None:
    os.truncate(path, SIZE - 9 * MIB)


def shrink_by_a_byte(path: Path) -> None:
    os.truncate(path, SIZE - 1)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def modify(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(0, 1))  # however coarse the clock of the file system is


@pytest.mark.parametrize("compress", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("change", [shrink, shrink_by_a_byte, empty, grow, modify])
def test_changed_while_it_is_read(change: Callable[[Path], None], compress: bool, tmp_path: Path) -> None:
    """Shorter, longer or merely touched: `SourceChanged`, and no container."""
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as whole:
        whole.truncate(SIZE)
    once = [lambda: change(source)]

    def progress(_amount: int) -> None:
        if once:
            once.pop()()

    with FileIO(source) as read, FileIO(target, "w+") as written:
        content = Content("source", PositionalFile(read), SIZE, progress=progress)
        with pytest.raises(SourceChanged):
            seal_to_file(content, TO, PositionalFile(written), options=SealOptions(compress=compress), threads=1)
    with FileIO(target) as file, pytest.raises(Altered):
        Container.read(PositionalFile(file))


def test_container_that_shrinks_while_it_is_opened(tmp_path: Path) -> None:
    """A container that is cut after it was read is `Altered`, never a short success."""
    from shared.crypto.open import open_file, restore_file
    from tests.shared.sealing import seal_bytes

    keys = private_keys("alice", rsa_only=True)
    path = tmp_path / "sealed"
    path.write_bytes(seal_bytes(os.urandom(50_000), TO)[1])
    with FileIO(path) as file, FileIO(tmp_path / "target", "w+") as target:
        container = Container.read(PositionalFile(file))
        opened = open_file(container.manifest.raw, container.grants, keys)
        os.truncate(path, 30_000)
        with pytest.raises(Altered):
            restore_file(opened, container.part_hashes, container, PositionalFile(target), lanes=FixedLanes(1))
