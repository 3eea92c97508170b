"""Reading tables of any length, some rows at a time."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import Row, Select, Table, select, tuple_

from server.adapters.postgres.database import Database
from server.adapters.postgres.ids import person
from server.ports import Damaged

_BATCH = 200
_MANY = 1_000
_BEHIND_ALL = (2**63 - 1, "~")
_LOG = logging.getLogger("sealcase.records")
T = TypeVar("T")
Id = TypeVar("Id")
AnyRow = Row[*tuple[Any, ...]]


def each(database: Database, wanted: Select[Id], before_all: Id) -> Iterator[Id]:
    """The values of the one unique column that is `wanted`, in its order; `before_all` is less than any."""
    (column,) = wanted.selected_columns
    last = before_all
    while True:
        with database.read() as connection:
            found = connection.scalars(wanted.where(column > last).order_by(column).limit(_MANY)).all()
        yield from found
        if len(found) < _MANY:
            return
        last = found[-1]


def newest_of(database: Database, table: Table, key: str, user_id: str, before: str | None) -> Iterator[AnyRow]:
    """Somebody's rows of `table`, newest first, behind the position `before`; `key` names what positions end with."""
    made, name = table.c.created_us, table.c[key]
    last = _BEHIND_ALL if before is None else _place(before)
    while True:
        mine = select(table).where(table.c.owner_id == person(user_id), tuple_(made, name) < last)
        with database.read() as connection:
            rows = connection.execute(mine.order_by(made.desc(), name.desc()).limit(_BATCH)).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        last = (rows[-1].created_us, rows[-1]._mapping[key])


def readable(rows: Iterable[AnyRow], read: Callable[[AnyRow], T]) -> Iterator[T]:
    """What `rows` say. One damaged row must not hide all the others from those who may see them."""
    for row in rows:
        try:
            yield read(row)
        except Damaged:
            _LOG.exception("a damaged row is left out of a listing; which one, the last line says")


def _place(position: str) -> tuple[int, str]:
    number, _, name = position.partition("-")
    return int(number), name
