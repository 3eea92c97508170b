"""Bytes on their way to a store that is not this machine: checked in a nameless file before anybody else gets them.

A store's client reads a body twice (to sign it, and to send it) and a third time when the store stumbles; a sender's
connection can be read once. A lost sender and a wrong hash end here, and the store never hears of them.
"""

import errno
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.adapters import durable
from server.errors import DigestMismatch, Interrupted, StorageFull
from server.ports import Source

_BLOCK = 256 << 10
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT))


class Spool:
    """A folder whose files have no name, and go with the process that has them open."""

    def __init__(self, folder: Path, free_floor: int = 0) -> None:
        """`free_floor`: bytes of disk that stay free."""
        self._folder = folder
        self._free_floor = free_floor
        durable.make_folder(folder)

    def check_room(self, length: int) -> None:
        """Raises `StorageFull` where `length` more bytes would leave less free than they may."""
        if shutil.disk_usage(self._folder).free - length < self._free_floor:
            raise StorageFull("The server has no room for these bytes on their way to its storage.")

    @contextmanager
    def empty(self) -> Iterator[IO[bytes]]:
        """A file to be written and read again; gone at the end. Raises `StorageFull` for a full disk."""
        try:
            with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                yield file
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise StorageFull("The server's disk is full. What was stored before is kept.") from None
            raise


def copy_hashing(source: Source, file: IO[bytes], number: int, length: int, *digests: "hashlib._Hash") -> None:
    """Copy exactly `length` bytes of part `number`, updating `digests`. Raises `Interrupted`."""
    buffer = memoryview(bytearray(min(_BLOCK, max(1, length))))
    missing = length
    while missing:
        count = source.readinto(buffer[:missing])
        if count == 0:
            raise Interrupted(f"Part {number} ended {missing} bytes early; nothing of it was kept.")
        block = buffer[:count]
        for digest in digests:
            digest.update(block)
        _write_all(file, block)
        missing -= count


def check_digest(number: int, found: bytes, expected: bytes | None) -> None:
    """Raises `DigestMismatch`."""
    if expected is not None and found != expected:
        raise DigestMismatch(f"Part {number} arrived altered; send it again.")


def _write_all(file: IO[bytes], block: memoryview) -> None:
    while block:
        block = block[file.write(block) :]
