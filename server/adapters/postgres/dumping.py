"""All that the tables hold, as lines of JSON, as it was at one moment; others go on writing meanwhile.

A line is what PostgreSQL's `row_to_json` makes of a row: numbers to their last bit, bytes in hex, no line break inside.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, Text, cast, exists, func, literal_column, or_, select

from server.adapters.postgres import schema
from server.adapters.postgres.database import Database

TABLES: tuple[Table, ...] = (
    *(schema.installation, schema.users, schema.terms, schema.second_factors, schema.recovery_copies),
    *(schema.access_tokens, schema.cards, schema.files, schema.listings, schema.reservations),
    *(schema.links, schema.link_files, schema.boxes, schema.box_files, schema.listing_versions),
    *(schema.events, schema.event_people, schema.event_chain),
    *(schema.log_entries, schema.log_hashes, schema.log_checkpoint),
)
"""What is kept, each table behind those that it refers to."""
LEFT_OUT: tuple[Table, ...] = (schema.uploads, schema.receipts, schema.ephemeral)
"""Unfinished uploads, whose senders begin anew, and what goes away by itself."""
_OF_FILES = frozenset((schema.listings, schema.reservations))
"""Nothing without the file that it names."""
_ROWS = 100
_PLACE = ("backend", "locator")
_SAME = ("uploaded_at", "manifest", "part_hashes")


@dataclass(frozen=True)
class FileRow:
    """A row of `files`."""

    file_id: UUID
    line: str

    @cached_property
    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.line)
        return found

    @property
    def identity(self) -> list[Any]:
        """The same for as long as the bytes are the same: an id can be used again after its file has gone."""
        return [self.fields[name] for name in _SAME]

    @property
    def place(self) -> list[Any]:
        """Where the bytes lie."""
        return [self.fields[name] for name in _PLACE]

    def moved_to(self, other: "FileRow") -> "FileRow":
        """The same row, with its bytes where `other` has them."""
        fields = {**self.fields, **{name: other.fields[name] for name in _PLACE}}
        return FileRow(self.file_id, json.dumps(fields, separators=(",", ":"), ensure_ascii=False))


class Moment:
    """The tables at one moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def files(self) -> Iterator[FileRow]:
        """Every row of `files`. Rows come through a cursor of the server's, so memory does not grow with them."""
        query = select(schema.files.c.file_id, _line(schema.files))
        for row in self._connection.execute(query, execution_options={"yield_per": _ROWS}):
            yield FileRow(row[0], row[1])

    def lines(self, table: Table, gone: frozenset[UUID]) -> Iterator[str]:
        """The lines of one of TABLES, without what belongs to an unfinished upload, or to one of the files `gone`."""
        named = table.c.file_id if table in _OF_FILES else literal_column("NULL")
        query = select(named, _line(table)).select_from(table)
        if (wanted := _finished(table)) is not None:
            query = query.where(wanted)
        for file_id, line in self._connection.execute(query, execution_options={"yield_per": _ROWS}):
            if file_id not in gone:
                yield line


@contextmanager
def moment(database: Database) -> Iterator[Moment]:
    """Now, for as long as it takes. Waits for nobody, and nobody waits for it. Raises `Unavailable`."""
    with database.at_one_moment() as connection:
        yield Moment(connection)


def rows_now(database: Database, file_ids: Iterable[UUID]) -> Mapping[UUID, FileRow]:
    """These rows of `files` as they are by now, as far as they are still there."""
    query = select(schema.files.c.file_id, _line(schema.files)).where(schema.files.c.file_id.in_(list(file_ids)))
    with database.read() as connection:
        return {row[0]: FileRow(row[0], row[1]) for row in connection.execute(query)}


def _line(table: Table) -> ColumnElement[str]:
    return cast(func.row_to_json(literal_column(table.name)), Text)


def _finished(table: Table) -> ColumnElement[bool] | None:
    """What tells a row of `table` from one of an unfinished upload."""
    if table is schema.reservations:
        return exists().where(schema.files.c.file_id == table.c.file_id)
    if table is schema.box_files:
        return or_(table.c.come, exists().where(schema.files.c.file_id == table.c.file_id))
    return None
