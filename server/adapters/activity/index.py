"""What concerns one person: rows of one length that say where in the chain an event lies, oldest first.

index/ab/USER: month, offset, kind and file of an event. A row is written before its entry, so a crash may leave one
that points at nothing; readers pass over it. The last rows are a seek away, whatever came before them.
"""

import os
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from server.adapters import durable
from server.domain import USER_ID, Event

_BLOCK_ROWS = 200
_SYNCED_ALONE = 8
"""A file shared with more people than this costs one sync of the disk, not one for each."""
_KIND_CHARS = 20
_PLACE_CHARS = 20
_FILE_CHARS = 36
WIDTH = _PLACE_CHARS + 1 + _KIND_CHARS + 1 + _FILE_CHARS + 1


@dataclass(frozen=True, slots=True)
class Row:
    """Where an event lies, and enough of it to pass over it without looking."""

    month: str
    offset: int
    kind: str
    file_id: str

    @property
    def place(self) -> str:
        """Sorts as the chain does."""
        return place(self.month, self.offset)

    @classmethod
    def of(cls, event: Event, month: str, offset: int) -> "Row":
        return cls(month, offset, event.kind.value, "-" if event.file_id is None else str(event.file_id))

    def encode(self) -> bytes:
        return f"{self.place} {self.kind:<{_KIND_CHARS}} {self.file_id:<{_FILE_CHARS}}\n".encode()

    @classmethod
    def decode(cls, row: bytes) -> "Row":
        where, kind, file_id = row.decode("ascii").split()
        return cls(where[:7], int(where[8:]), kind, file_id)


def place(month: str, offset: int) -> str:
    """A place in the chain as text."""
    return f"{month}-{offset:012d}"


class Index:
    """Writing is for whoever holds the log's lock; reading needs none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, people: tuple[str, ...], row: Row) -> None:
        """On disk when this returns. A row that a crash left without an entry is taken over."""
        for user_id in people:
            self._add(user_id, row, sync=len(people) <= _SYNCED_ALONE)
        if len(people) > _SYNCED_ALONE and hasattr(os, "sync"):
            os.sync()

    def _add(self, user_id: str, row: Row, *, sync: bool) -> None:
        path = self._file(user_id)
        durable.make_folder(path.parent)
        new = not path.exists()
        with durable.private_file(path) as file:
            rows = _Rows(file)
            count = len(rows)
            while count and rows[count - 1].place >= row.place:
                count -= 1
            file.seek(count * WIDTH)
            durable.write_at_once(file.fileno(), row.encode())
            file.truncate()
            if sync:
                getattr(os, "fdatasync", os.fsync)(file.fileno())
        if new and sync:
            durable.sync_folder(path.parent)

    def count(self, user_id: str) -> int:
        try:
            return self._file(user_id).stat().st_size // WIDTH
        except FileNotFoundError:
            return 0

    def backwards(self, user_id: str, before: str | None) -> Iterator[Row]:
        """The rows before the place `before` (None: all), the newest first."""
        try:
            file = self._file(user_id).open("rb", buffering=0)
        except FileNotFoundError:
            return
        with file:
            rows = _Rows(file)
            end = len(rows) if before is None else bisect_left(rows, before, key=lambda row: row.place)
            while end > 0:
                start = max(0, end - _BLOCK_ROWS)
                yield from reversed(rows.block(start, end))
                end = start

    def remove(self, user_id: str) -> None:
        """Remove every row."""
        durable.remove(self._file(user_id))

    def first(self, user_id: str) -> Row | None:
        """The oldest row."""
        try:
            with self._file(user_id).open("rb", buffering=0) as file:
                rows = _Rows(file)
                return rows[0] if len(rows) else None
        except FileNotFoundError:
            return None

    def people(self) -> Iterator[str]:
        """Everybody who has an index, in any order."""
        return (path.name for path in durable.sharded(self._folder))

    def drop(self, user_id: str, before_month: str) -> None:
        """Remove the rows of older months."""
        path = self._file(user_id)
        with path.open("rb", buffering=0) as file:
            rows = _Rows(file)
            first = bisect_left(rows, before_month, key=lambda row: row.month)
            kept = b"".join(row.encode() for row in rows.block(first, len(rows))) if first else None
        if kept:
            durable.write(path, kept)
        elif kept is not None:
            durable.remove(path)

    def _file(self, user_id: str) -> Path:
        if not USER_ID.fullmatch(user_id):
            raise ValueError("a user id is 32 hex digits")
        return self._folder / user_id[:2] / user_id


class _Rows:
    """The rows of an open file, as a sequence to search in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._count = file.seek(0, os.SEEK_END) // WIDTH

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Row:
        return self.block(number, number + 1)[0]

    def block(self, start: int, stop: int) -> list[Row]:
        self._file.seek(start * WIDTH)
        data = self._file.read((stop - start) * WIDTH)
        return [Row.decode(data[at : at + WIDTH]) for at in range(0, len(data), WIDTH)]
