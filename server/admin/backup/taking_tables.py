"""Records in PostgreSQL: every table as it was when the backup began, and the bytes on this disk that belong to it.

    database/00-revision          which tables these are
    database/NN-TABLE/NNNNNN.jsonl some rows each, a line of JSON a row; NN: in which order they are put back
    database/marks/ab/ID           what the bytes of file ID are known by, so that the next backup can share them

All tables are of one moment; bytes are not. So a file's bytes are taken, then its row is looked at as it is by then:
if it is the same file at the same place, both belong together; if the file has gone, it is left out.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from server.admin.backup.layout import DATABASE, REVISION, Count, Restless, blob_name, kind_of_row, mark_name
from server.admin.backup.sinks import Sink

if TYPE_CHECKING:
    from server.adapters.postgres.database import Database
    from server.adapters.postgres.dumping import FileRow

_BATCH = 100
_TRIES = 5
_CHUNK = 4 << 20
_HERE = "local"


def take_tables(folder: Path, database: "Database", sink: Sink, count: Count) -> str:
    """Put all tables and the bytes in `folder` into `sink`; the revision of the tables. Raises `OSError`, `Restless`,
    `Unavailable`."""
    from server.adapters.postgres.dumping import TABLES, moment, rows_now
    from server.adapters.postgres.schema import REVISIONS, files

    database.check_revision()
    sink.put(REVISION, f"{REVISIONS[-1]}\n".encode())
    taking = _Files(folder, sink, count, lambda ids: dict(rows_now(database, ids)))
    with moment(database) as then:
        for number, table in enumerate(TABLES, 1):
            lines = taking.lines(then.files()) if table is files else then.lines(table, frozenset(taking.gone))
            rows = _put_in_chunks(sink, f"{DATABASE}/{number:02d}-{table.name}", lines)
            count.kinds[kind_of_row(table.name)] = rows
    return REVISIONS[-1]


class _Files:
    """Rows of files whose bytes are taken, and which files have gone meanwhile."""

    def __init__(
        self, folder: Path, sink: Sink, count: Count, now: "Callable[[Iterable[UUID]], dict[UUID, FileRow]]"
    ) -> None:
        self._folder = folder
        self._sink = sink
        self._count = count
        self._now = now
        self.gone: set[UUID] = set()
        """Grows with what is deleted during one backup, not with what there is."""

    def lines(self, rows: "Iterator[FileRow]") -> Iterator[str]:
        while batch := list(islice(rows, _BATCH)):
            for row in self._settled({row.file_id: row for row in batch}):
                here = row.fields["backend"] == _HERE
                self._count.files += 1
                self._count.size += row.fields["size"]
                self._count.elsewhere += not here
                yield row.line

    def _settled(self, pending: "dict[UUID, FileRow]") -> "Iterator[FileRow]":
        for _ in range(_TRIES):
            written = {file_id: self._take_bytes(row) for file_id, row in pending.items()}
            now, moved = self._now(pending), {}
            for file_id, row in pending.items():
                found = now.get(file_id)
                if found is None or found.identity != row.identity:
                    self.gone.add(file_id)
                    self._take_back(file_id)
                elif found.place != row.place:
                    moved[file_id] = row.moved_to(found)
                    self._take_back(file_id)
                else:
                    self._count.new_size += written[file_id]
                    yield row
            if not moved:
                return
            pending = moved
        raise Restless(f"Files were moved between stores {_TRIES} times while they were copied.")

    def _take_bytes(self, row: "FileRow") -> int:
        """How many of them the backup before did not have."""
        if row.fields["backend"] != _HERE:
            return 0
        name, mark = str(row.file_id), _mark(row)
        same = self._sink.earlier(mark_name(name)) == mark
        self._sink.put(mark_name(name), mark)
        try:
            return self._sink.body(blob_name(name), self._folder / blob_name(name), like_before=same)
        except FileNotFoundError:
            return 0  # a row without bytes is kept as it is, so that `verify` finds in the copy what it finds here

    def _take_back(self, file_id: UUID) -> None:
        self._sink.remove(blob_name(str(file_id)))
        self._sink.remove(mark_name(str(file_id)))


def _mark(row: "FileRow") -> bytes:
    return hashlib.sha256(json.dumps(row.identity).encode()).hexdigest().encode()


def _put_in_chunks(sink: Sink, name: str, lines: Iterable[str]) -> int:
    """How many lines there were."""
    chunk, number, count = bytearray(), 0, 0
    for line in lines:
        count += 1
        chunk += line.encode() + b"\n"
        if len(chunk) >= _CHUNK:
            number += 1
            sink.put(f"{name}/{number:06d}.jsonl", bytes(chunk))
            chunk.clear()
    if chunk:
        sink.put(f"{name}/{number + 1:06d}.jsonl", bytes(chunk))
    return count
