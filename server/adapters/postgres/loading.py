"""Lines that `dumping` has made, put into an empty database: all of them or none."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Table, cast, delete, extract, func, select, text
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from server.adapters.postgres import schema
from server.adapters.postgres.database import Database, take_your_time
from server.adapters.postgres.dumping import TABLES
from server.adapters.postgres.upgrade import upgrade

_MILLISECONDS = 1_000
_BEGUN = (schema.installation, schema.event_chain, schema.log_checkpoint)
"""Have a row in a database that nobody has used yet."""


class Refused(Exception):
    """The database, or what should go into it, is not fit for that. The message says why."""


class Loading:
    """A database that is being filled, seen by nobody else."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, table_name: str, lines: Iterable[bytes]) -> None:
        """Rows of one table, behind those of the tables that it refers to. Raises `Refused`."""
        table = next((each for each in TABLES if each.name == table_name), None)
        if table is None:
            raise Refused(f"it names a table that there is not ({table_name[:40]})")
        name = table.name
        rows = text(f"INSERT INTO {name} SELECT * FROM json_populate_recordset(NULL::{name}, CAST(:rows AS json))")  # noqa: S608  # ours
        try:
            self._connection.execute(rows, {"rows": "[" + b",".join(lines).decode() + "]"})
        except (DataError, IntegrityError, ProgrammingError, UnicodeDecodeError):
            raise Refused(f"its rows of {table.name} can't be read, or do not fit each other") from None

    def known(self, file_ids: Iterable[UUID]) -> set[UUID]:
        """Those of these files that have a row."""
        query = select(schema.files.c.file_id).where(schema.files.c.file_id.in_(list(file_ids)))
        return set(self._connection.scalars(query))


@contextmanager
def loading(database: Database, revision: str) -> Iterator[Loading]:
    """Fill an empty database with tables of `revision`; it is at today's afterwards.

    All is there when this is left without an error, else nothing. Raises `Refused`, `Unavailable`.
    """
    if revision not in schema.REVISIONS:
        raise Refused(f"it holds a database of a newer Sealcase ({revision}; this one knows {schema.REVISIONS[-1]})")
    _check_empty(database)
    if database.revision() is None:
        upgrade(database, revision)
    if (found := database.revision()) != revision:
        raise Refused(
            f"the database has tables of another version ({found}) than it ({revision}); give it an empty one"
        )
    with database.write() as connection:
        take_your_time(connection)
        for table in _BEGUN:
            connection.execute(delete(table))
        yield Loading(connection)
        _go_on_counting(connection)
    upgrade(database)


def _go_on_counting(connection: Connection) -> None:
    """Versions of listings that were given out since the backup must not come again with other contents."""
    now = cast(extract("epoch", func.now()) * _MILLISECONDS, BigInteger)
    connection.execute(select(func.setval(schema.version_numbers.name, now)))


def _check_empty(database: Database) -> None:
    if database.revision() is None:
        return
    for table in TABLES:
        if table not in _BEGUN and _has_rows(database, table):
            raise Refused(f"the database is not empty: there are {table.name.replace('_', ' ')} in it")


def _has_rows(database: Database, table: Table) -> bool:
    with database.read() as connection:
        return connection.execute(select(text("1")).select_from(table).limit(1)).first() is not None
