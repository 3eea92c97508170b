"""All `Records` in one database."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from server.adapters.postgres.database import Database
from server.adapters.postgres.files import FileTables
from server.adapters.postgres.people import PeopleTables
from server.adapters.postgres.schema import installation
from server.adapters.postgres.sign_in import SignInTables
from server.adapters.postgres.uploads import UploadTables
from server.adapters.postgres.usage import UsageTable
from server.ports import Finding


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

    def sweep(self, before: float) -> None:
        """Nothing: what belongs together is one transaction, so a crash leaves nothing behind."""
