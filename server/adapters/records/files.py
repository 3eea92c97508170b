"""Finished files: files/ab/FILE.json, and index folders whose entry names sort by time.

index/owned/ab/USER/2026-11/01795443/POSITION (and index/received/...) are empty files that say what a person sees;
index/expiry/HOUR/FILE says when to look at a file again. Index entries are made before the record, which is the
commit point, and removed after it: a crash leaves entries that point at nothing, never a file that no listing shows.
downloads/ab/FILE has one byte for each download, so that counting is one append without a lock.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from pathlib import Path
from uuid import UUID

from server.adapters import durable
from server.adapters.records import codec
from server.domain import USER_ID, File
from server.errors import Conflict
from server.ports import Role

_HOUR = 3_600
_ID_CHARS = 36
_SPAN_DIGITS = 8
_BEHIND_ALL = "99999999999999999"


class FileRecords:
    """No method opens more records than it hands out."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        self._index = folder / "index"
        self._expiry = folder / "index" / "expiry"
        self._downloads = folder / "downloads"

    def add_file(self, file: File) -> None:
        for entry in self._entries(file):
            durable.touch(entry)
        if not durable.create(self._record(file.file_id), codec.encode(codec.from_file(file))):
            raise Conflict("A file with this id exists.")

    def file(self, file_id: UUID) -> File | None:
        record = codec.read(self._record(file_id))
        return None if record is None else codec.to_file(record)

    def page(self, user_id: str, role: Role, now: float, before: str | None, limit: int) -> list[File]:
        roles = (Role.OWNED, Role.RECEIVED) if role is Role.ALL else (role,)
        positions = merge(*(self._positions(user_id, each, before) for each in roles), reverse=True)
        files = (self.file(UUID(position[-_ID_CHARS:])) for position in positions)
        return list(islice((file for file in files if file is not None and not file.expired(now)), limit))

    def remove_file(self, file: File) -> None:
        durable.remove(self._record(file.file_id))
        for entry in self._entries(file):
            durable.remove(entry)
        durable.remove(self._download_count(file.file_id))

    def count_download(self, file_id: UUID) -> None:
        path = self._download_count(file_id)
        durable.make_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, durable.PRIVATE_FILE)
        try:
            os.write(descriptor, b"|")
        finally:
            os.close(descriptor)

    def downloads(self, file_id: UUID) -> int:
        try:
            return self._download_count(file_id).stat().st_size
        except FileNotFoundError:
            return 0

    def expired(self, now: float) -> Iterator[File]:
        this_hour = int(now) // _HOUR
        for hour in durable.names(self._expiry):
            if int(hour) <= this_hour:
                for name in durable.names(self._expiry / hour):
                    file = self.file(UUID(name))
                    if file is not None and file.expired(now):
                        yield file

    def sweep_indexes(self, before: float) -> None:
        """Remove entries older than `before` that point at no record."""
        for role in (Role.OWNED, Role.RECEIVED):
            for person in durable.sharded(self._index / role.value):
                for month in durable.names(person):
                    for span in durable.names(person / month):
                        self._sweep_folder(person / month / span, before)
        for hour in durable.names(self._expiry):
            if int(hour) < int(before) // _HOUR:
                self._sweep_folder(self._expiry / hour, before)
                with suppress(OSError):  # not empty yet
                    (self._expiry / hour).rmdir()

    def _sweep_folder(self, folder: Path, before: float) -> None:
        for name in durable.names(folder):
            file_id = UUID(name[-_ID_CHARS:])
            with suppress(FileNotFoundError):
                if (folder / name).stat().st_mtime < before and not self._record(file_id).exists():
                    (folder / name).unlink()

    def _positions(self, user_id: str, role: Role, before: str | None) -> Iterator[str]:
        """Newest first; reads the names of one quarter of an hour at a time."""
        person = self._person(user_id, role)
        before = before or _BEHIND_ALL
        last_month, last_span = _span(before)
        for month in _newest(durable.names(person), last_month):
            for span in _newest(durable.names(person / month), last_span):
                yield from (name for name in _newest(durable.names(person / month / span), before) if name != before)

    def _entries(self, file: File) -> Iterator[Path]:
        """Every index entry that belongs to a file."""
        month, span = _span(file.position)
        yield self._person(file.owner_id, Role.OWNED) / month / span / file.position
        for user_id in file.allowed_users:
            yield self._person(user_id, Role.RECEIVED) / month / span / file.position
        yield self._expiry / str(file.expires_at // _HOUR) / str(file.file_id)

    def _person(self, user_id: str, role: Role) -> Path:
        if not USER_ID.fullmatch(user_id):
            raise ValueError("a user id is 32 hex digits")
        return self._index / role.value / user_id[:2] / user_id

    def _record(self, file_id: UUID) -> Path:
        return self._files / file_id.hex[:2] / f"{file_id}.json"

    def _download_count(self, file_id: UUID) -> Path:
        return self._downloads / file_id.hex[:2] / str(file_id)


def _newest(names: list[str], last: str) -> list[str]:
    """`names` up to `last`, the largest first."""
    return sorted((name for name in names if name <= last), reverse=True)


def _span(position: str) -> tuple[str, str]:
    """The folders that a position belongs to: the month, and in it the first digits, which stand for 1,000 seconds."""
    seconds = int(position.partition("-")[0]) // 1_000_000
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m"), position[:_SPAN_DIGITS]
