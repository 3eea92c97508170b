"""Adapters of every port, each made from a folder: made again over the same one, they see what a restart would."""

from collections.abc import Callable
from pathlib import Path

from server.adapters.activity.files import FileActivity
from server.adapters.ephemeral.files import FileEphemeral
from server.adapters.key_log.files import FileKeyLog
from server.adapters.key_log.signing import LogSigner
from server.adapters.postgres.activity import PostgresActivity
from server.adapters.postgres.database import Database
from server.adapters.postgres.ephemeral import PostgresEphemeral
from server.adapters.postgres.key_log import PostgresKeyLog
from server.adapters.postgres.records import PostgresRecords
from server.adapters.records.json_files import JsonRecords
from server.ports import ActivityLog, Clock, Ephemeral, KeyLog, Records

DATABASE = "database"
"""A file in the folder that holds the database's address."""
SEED = bytes(range(32))


def database_of(folder: Path) -> Database:
    return Database((folder / DATABASE).read_text(), pool_size=8)


RECORDS: dict[str, Callable[[Path], Records]] = {
    "json_files": JsonRecords,
    "postgres": lambda folder: PostgresRecords(database_of(folder)),
}
ACTIVITY: dict[str, Callable[[Path], ActivityLog]] = {
    "files": lambda folder: FileActivity(folder / "activity"),
    "postgres": lambda folder: PostgresActivity(database_of(folder)),
}
KEY_LOGS: dict[str, Callable[[Path], KeyLog]] = {
    "files": lambda folder: FileKeyLog(folder / "key_log", LogSigner(SEED)),
    "postgres": lambda folder: PostgresKeyLog(database_of(folder), LogSigner(SEED)),
}
EPHEMERAL: dict[str, Callable[[Path, Clock], Ephemeral]] = {
    "files": FileEphemeral,
    "postgres": lambda folder, clock: PostgresEphemeral(database_of(folder), clock),
}
