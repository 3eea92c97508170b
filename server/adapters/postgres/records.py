"""All `Records` in one database."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CompoundSelect, Uuid, any_, func, literal, select, union_all

from server.adapters.postgres.database import Database
from server.adapters.postgres.files import FileTables
from server.adapters.postgres.ids import person
from server.adapters.postgres.people import PeopleTables
from server.adapters.postgres.schema import files, installation, reservations, uploads
from server.adapters.postgres.sign_in import SignInTables
from server.adapters.postgres.uploads import UploadTables
from server.adapters.postgres.usage import UsageTable
from server.ports import Finding

_ROWS = 1_000


class PostgresRecords(PeopleTables, SignInTables, UploadTables, FileTables, UsageTable):
    """For any number of processes on any number of nodes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def verify_people(self) -> Iterator[Finding]:
        """Nothing: a table takes no row that could not be read."""
        return iter(())

    def installation_id(self) -> UUID:
        with self._db.read() as connection:
            found: UUID = connection.execute(select(installation.c.installation_id)).scalar_one()
        return found

    def misreserved(self, user_ids: Collection[str]) -> Iterator[tuple[str, UUID]]:
        with self._db.at_one_moment() as connection:
            wanted = _misreserved([person(user_id) for user_id in user_ids])
            for owner_id, file_id in connection.execute(wanted, execution_options={"yield_per": _ROWS}):
                yield owner_id.hex, file_id

    def sweep(self, before: float) -> None:
        """Nothing: what belongs together is one transaction, so a crash leaves nothing behind."""


def _misreserved(people: list[UUID]) -> CompoundSelect[Any]:
    theirs = any_(literal(people, ARRAY(Uuid)))
    taken = (reservations.c.user_id == files.c.owner_id) & (reservations.c.file_id == files.c.file_id)
    begun = (uploads.c.owner_id == reservations.c.user_id) & (uploads.c.file_id == reservations.c.file_id)
    too_little = func.coalesce(reservations.c.size, -1) < files.c.size
    return union_all(
        select(files.c.owner_id, files.c.file_id)
        .outerjoin(reservations, taken)
        .where(files.c.owner_id == theirs, too_little),
        select(uploads.c.owner_id, uploads.c.file_id).where(uploads.c.owner_id == theirs),
        select(reservations.c.user_id, reservations.c.file_id)
        .outerjoin(files, taken)
        .outerjoin(uploads, begun)
        .where(reservations.c.user_id == theirs, files.c.file_id.is_(None), uploads.c.file_id.is_(None)),
    )
