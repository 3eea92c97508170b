"""Finished files: files/ab/FILE.json, and folders that list them by person and by time (`file_index`).

The record is the commit point. Index entries are made before and removed after it: a crash leaves entries that point
at nothing, never a file that no listing shows. downloads/ab/FILE has one byte for each download, so that counting is
one append without a lock.
"""

import logging
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from heapq import merge
from itertools import islice
from pathlib import Path
from uuid import UUID

from server.adapters import durable
from server.adapters.records import codec
from server.adapters.records.cache import StatCache
from server.adapters.records.file_index import ID_CHARS, FileIndex
from server.adapters.records.versions import Versions
from server.domain import File
from server.errors import Conflict, NotFound
from server.ports import Damaged, Role

_ROOM_BYTES = 8 << 20
_LOG = logging.getLogger("sealcase.records")


class FileRecords:
    """No method opens more records than it hands out, and none a second time that has not changed."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        self._index = FileIndex(folder / "index")
        self._downloads = folder / "downloads"
        self._versions = Versions(folder / "versions")
        self._read: StatCache[File] = StatCache(_load, lambda _, size: size, _ROOM_BYTES)

    def add_file(self, file: File) -> None:
        with self._versions.changing(_people(file)):
            self._index.add(file)
            if self.file(file.file_id) is None:
                durable.remove(self._download_count(str(file.file_id)))  # of an earlier life, if a crash has left it
            if not durable.create(self._record(file.file_id), codec.encode(codec.from_file(file))):
                raise Conflict("A file with this id exists.")

    def replace_file(self, old: File, new: File) -> None:
        if self.file(old.file_id) is None:
            raise NotFound("There is no such file.")
        with self._versions.changing((*_people(old), *_people(new))):
            self._index.add(new)
            durable.write(self._record(new.file_id), codec.encode(codec.from_file(new)))
            self._index.remove_stale(old, new)

    def file(self, file_id: UUID) -> File | None:
        return self._file(str(file_id))

    def files_of(self, user_id: str, role: Role, now: float, before: str | None = None) -> Iterator[File]:
        positions: Iterator[str]
        if role is Role.ALL:
            each = (self._index.positions(user_id, role, before) for role in (Role.OWNED, Role.RECEIVED))
            positions = merge(*each, reverse=True)
        else:
            positions = self._index.positions(user_id, role, before)
        for position in positions:
            file = self._listed(position[-ID_CHARS:])
            # A crash may have left an entry of somebody who may read the file no more, or of an attempt before.
            if file is None or file.position != position or file.expired(now):
                continue
            if file.readable_by(user_id):
                yield file

    def _listed(self, file_id: str) -> File | None:
        """One damaged record must not hide all the others from everybody who may see it."""
        try:
            return self._file(file_id)
        except Damaged:
            _LOG.exception("the record of file %s is damaged and left out of a listing", file_id)
            return None

    def listing_version(self, user_id: str) -> int:
        return self._versions.of(user_id)

    def page(self, user_id: str, role: Role, now: float, before: str | None, limit: int) -> list[File]:
        return list(islice(self.files_of(user_id, role, now, before), limit))

    def remove_file(self, file: File) -> None:
        with self._versions.changing(_people(file)):
            durable.remove(self._record(file.file_id))
            self._index.remove(file)
            durable.remove(self._download_count(str(file.file_id)))

    def count_download(self, file_id: UUID) -> int:
        file = self.file(file_id)
        with self._versions.changing(() if file is None else _people(file)):
            return self._count_one(file_id)

    def _count_one(self, file_id: UUID) -> int:
        path = self._download_count(str(file_id))
        durable.make_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, durable.PRIVATE_FILE)
        try:
            os.write(descriptor, b"|")
            getattr(os, "fdatasync", os.fsync)(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def downloads(self, file_id: UUID) -> int:
        name = str(file_id)
        try:
            return os.stat(f"{self._downloads}/{name[:2]}/{name}").st_size  # noqa: PTH116  # once for each file of a page
        except FileNotFoundError:
            return 0

    def downloads_of(self, file_ids: Collection[UUID]) -> dict[UUID, int]:
        return {file_id: self.downloads(file_id) for file_id in file_ids}

    def due(self, now: float) -> Iterator[UUID]:
        return self._index.due(now)

    def file_ids(self) -> Iterator[UUID]:
        for path in durable.sharded(self._files):
            with suppress(ValueError):
                yield UUID(path.stem)

    def rebuild_indexes(self) -> None:
        """Make every index entry that is missing; nothing is synced. A damaged record gets none."""
        for file_id in self.file_ids():
            with suppress(Damaged):
                if (file := self.file(file_id)) is not None:
                    self._index.add_unsynced(file)

    def sweep_indexes(self, before: float) -> None:
        """Remove entries older than `before` that belong to no file as it is."""
        for entry in self._index.entries():
            file_id = UUID(entry.name[-ID_CHARS:])
            with suppress(FileNotFoundError, Damaged):
                if entry.stat().st_mtime < before:
                    file = self.file(file_id)
                    if file is None or not self._index.belongs(entry, file):
                        entry.unlink()
        self._index.remove_empty_hours(before)

    def sweep_downloads(self, before: float) -> None:
        """Remove counts older than `before` that belong to no file."""
        for path in durable.sharded(self._downloads):
            with suppress(FileNotFoundError, Damaged):
                if path.stat().st_mtime < before and self.file(UUID(path.name)) is None:
                    path.unlink()

    def _file(self, name: str) -> File | None:
        return self._read.get(f"{self._files}/{name[:2]}/{name}.json")

    def _record(self, file_id: UUID) -> Path:
        return self._files / file_id.hex[:2] / f"{file_id}.json"

    def _download_count(self, name: str) -> Path:
        return self._downloads / name[:2] / name


def _people(file: File) -> tuple[str, ...]:
    return (file.owner_id, *file.allowed_users)


def _load(path: str) -> File | None:
    return codec.read_as(path, codec.to_file)
