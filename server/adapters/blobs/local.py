"""Bodies of files in a folder: parts go to their offset in one staging file, which becomes the blob by a rename."""

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from server.adapters import durable
from server.adapters.blobs.room import give_back
from server.domain import Receipt
from server.errors import (
    Conflict,
    ContentDamaged,
    DigestMismatch,
    Interrupted,
    NotFound,
    SealcaseError,
    StorageFull,
)
from server.ports import PartPlace, Source, StoredPart

BLOCK = 1 << 20
"""Bytes read at a time, into one buffer a thread: memory that is new costs more than what is done with it."""
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT))


class LocalBlobs:
    """A `BlobStore` on a disk. Memory does not depend on the size of parts or files."""

    def __init__(self, folder: Path, free_floor: int = 0) -> None:
        """`free_floor`: bytes of disk that `check_room` leaves free."""
        self._blobs = folder / "blobs"
        self._staged = folder / "staged"
        self._free_floor = free_floor
        self._buffers = _Buffers()
        durable.make_folder(self._blobs)
        durable.make_folder(self._staged)

    def begin(self, blob_id: UUID, full_part: int) -> str | None:  # noqa: ARG002  # a part finds its place by offset
        self.delete(blob_id)
        self.discard_parts(blob_id)
        return None

    def put_part(
        self,
        blob_id: UUID,
        staging: str | None,  # noqa: ARG002  # the id is enough
        place: PartPlace,
        source: Source,
        expected: bytes | None = None,
    ) -> StoredPart:
        with _full_disk_told(), self._open_staged(blob_id) as file:
            try:
                digest = _copy_hashing(source, file, place, self._buffers.own)
                if expected is not None and digest != expected:
                    raise DigestMismatch(f"Part {place.number} arrived altered; send it again.")
                _datasync(file.fileno())
            except (OSError, SealcaseError):
                give_back(file.fileno(), place.offset, place.length)  # others may need it, to end what they do
                raise
        return StoredPart(digest)

    def assemble(self, blob_id: UUID, staging: str | None, parts: Sequence[Receipt]) -> str | None:  # noqa: ARG002
        size = sum(part.size for part in parts)
        staged, blob = self._path(self._staged, blob_id), self._path(self._blobs, blob_id)
        if self.exists(blob_id):  # put together before: a part that came again since then is not the whole
            if self.size(blob_id) != size:
                raise Conflict("The file was put together with another size.")
            self.discard_parts(blob_id)
            return None
        self.open_staged(blob_id, size).close()
        durable.make_folder(blob.parent)
        staged.replace(blob)
        durable.sync_folder(blob.parent)
        durable.sync_folder(staged.parent)
        return None

    def open_staged(self, blob_id: UUID, size: int | None = None) -> BinaryIO:
        """What is staged, durably cut to `size`, to be read. Raises `NotFound`, `Conflict` where there is less."""
        try:
            with _full_disk_told():
                file = self._path(self._staged, blob_id).open("r+b", buffering=0)
        except FileNotFoundError:
            raise NotFound("There is no such upload.") from None
        try:
            if size is not None:
                _cut_durably(file, size)
        except BaseException:
            file.close()
            raise
        return file

    def put_whole(self, blob_id: UUID, content: bytes) -> str | None:
        staged, blob = self._path(self._staged, blob_id), self._path(self._blobs, blob_id)
        durable.make_folder(staged.parent)
        durable.make_folder(blob.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        try:
            with (
                _full_disk_told(),
                os.fdopen(os.open(staged, flags, durable.PRIVATE_FILE), "wb", buffering=0) as file,
            ):
                _write_all(file, memoryview(content))
                _datasync(file.fileno())
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        staged.replace(blob)
        durable.sync_folder(blob.parent)
        return None

    def open_range(self, blob_id: UUID, locator: str | None, start: int, stop: int) -> BinaryIO:  # noqa: ARG002
        # Unbuffered, so that the file's own position is where sendfile begins.
        try:
            file = self._path(self._blobs, blob_id).open("rb", buffering=0)
        except FileNotFoundError:
            raise NotFound("There is no such file.") from None
        if os.fstat(file.fileno()).st_size < stop:
            file.close()
            raise ContentDamaged
        file.seek(start)
        return file

    def exists(self, blob_id: UUID) -> bool:
        return self._path(self._blobs, blob_id).exists()

    def size(self, blob_id: UUID, locator: str | None = None) -> int:  # noqa: ARG002
        try:
            return self._path(self._blobs, blob_id).stat().st_size
        except FileNotFoundError:
            raise NotFound("There is no such file.") from None

    def delete(self, blob_id: UUID) -> None:
        durable.remove(self._path(self._blobs, blob_id))

    def discard_parts(self, blob_id: UUID, staging: str | None = None) -> None:  # noqa: ARG002
        durable.remove(self._path(self._staged, blob_id))

    def reclaim(self) -> None:
        pass  # the disk has it back already

    def list_blobs(self) -> Iterator[tuple[UUID, float]]:
        return _listing(self._blobs)

    def list_staged(self) -> Iterator[tuple[UUID, float]]:
        return _listing(self._staged)

    def check_room(self, length: int) -> None:
        if shutil.disk_usage(self._staged).free - length < self._free_floor:
            raise StorageFull("The server has no room for these bytes.")

    @contextmanager
    def _open_staged(self, blob_id: UUID) -> Iterator[BinaryIO]:
        path = self._path(self._staged, blob_id)
        durable.make_folder(path.parent)
        new = not path.exists()
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags, durable.PRIVATE_FILE), "r+b", buffering=0) as file:
            if new:
                durable.sync_folder(path.parent)
            yield file

    @staticmethod
    def _path(root: Path, blob_id: UUID) -> Path:
        """The one place where an id becomes a path."""
        if not isinstance(blob_id, UUID) or blob_id.version != 4:
            raise ValueError("a blob id is a UUIDv4")
        return root / blob_id.hex[:2] / str(blob_id)


class _Buffers(threading.local):
    """A buffer for each thread, made when it is first needed."""

    def __init__(self) -> None:
        self.own = memoryview(bytearray(BLOCK))


def _copy_hashing(source: Source, file: BinaryIO, place: PartPlace, buffer: memoryview) -> bytes:
    """Copy exactly `place.length` bytes to their offset; returns their SHA-256."""
    digest = hashlib.sha256()
    file.seek(place.offset)
    missing = place.length
    while missing:
        count = source.readinto(buffer[:missing])
        if count == 0:
            raise Interrupted(f"Part {place.number} ended {missing} bytes early; nothing of it was kept.")
        block = buffer[:count]
        digest.update(block)
        _write_all(file, block)
        missing -= count
    return digest.digest()


def _write_all(file: BinaryIO, block: memoryview) -> None:
    while block:
        block = block[file.write(block) :]


def _cut_durably(file: BinaryIO, size: int) -> None:
    """Raises `Conflict` where there is less."""
    if (found := os.fstat(file.fileno()).st_size) < size:
        raise Conflict(f"Only {found} of {size} bytes have arrived.")
    file.truncate(size)
    os.fsync(file.fileno())


def _datasync(descriptor: int) -> None:
    getattr(os, "fdatasync", os.fsync)(descriptor)


def _listing(root: Path) -> Iterator[tuple[UUID, float]]:
    for path in durable.sharded(root):
        with suppress(ValueError, FileNotFoundError):
            yield UUID(path.name), path.stat().st_mtime


@contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull("The server's disk is full. What was stored before is kept.") from None
        raise
