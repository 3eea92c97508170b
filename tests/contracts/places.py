"""Adapters of every port, each made from a folder: made again over the same one, they see what a restart would."""

from collections.abc import Callable
from pathlib import Path

from server.adapters.activity.files import FileActivity
from server.adapters.ephemeral.files import FileEphemeral
from server.adapters.ephemeral.redis import COPIED, FLEETING, Keeper, RedisEphemeral, connected
from server.adapters.key_log.files import FileKeyLog
from server.adapters.key_log.signing import LogSigner
from server.adapters.postgres.activity import PostgresActivity
from server.adapters.postgres.boxes import PostgresBoxes
from server.adapters.postgres.database import Database
from server.adapters.postgres.ephemeral import PostgresEphemeral
from server.adapters.postgres.key_log import PostgresKeyLog
from server.adapters.postgres.links import PostgresLinks
from server.adapters.postgres.records import PostgresRecords
from server.adapters.records.boxes import JsonBoxes
from server.adapters.records.json_files import JsonRecords
from server.adapters.records.links import JsonLinks
from server.ports import ActivityLog, BoxRecords, Clock, Ephemeral, KeyLog, LinkRecords, Records

DATABASE = "database"
"""A file in the folder that holds the database's address."""
REDIS = "redis"
"""The same, for Redis."""
SEED = bytes(range(32))


def database_of(folder: Path) -> Database:
    return Database((folder / DATABASE).read_text(), pool_size=8)


def over_redis(
    folder: Path,
    keeper: Keeper,
    clock: Clock,
    fleeting: tuple[str, ...] = FLEETING,
    copied: tuple[str, ...] = COPIED,
) -> RedisEphemeral:
    return RedisEphemeral(connected((folder / REDIS).read_text()), keeper, clock, fleeting, copied)


RECORDS: dict[str, Callable[[Path], Records]] = {
    "json_files": JsonRecords,
    "postgres": lambda folder: PostgresRecords(database_of(folder)),
}
LINKS: dict[str, Callable[[Path], LinkRecords]] = {
    "json_files": JsonLinks,
    "postgres": lambda folder: PostgresLinks(database_of(folder)),
}
BOXES: dict[str, Callable[[Path], BoxRecords]] = {
    "json_files": JsonBoxes,
    "postgres": lambda folder: PostgresBoxes(database_of(folder)),
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
    # Every key in Redis; every key copied there; and as it is wired.
    "redis": lambda folder, clock: over_redis(folder, FileEphemeral(folder, clock), clock, ("",), ()),
    "redis_copies": lambda folder, clock: over_redis(folder, FileEphemeral(folder, clock), clock, (), ("",)),
    "redis_postgres": lambda folder, clock: over_redis(folder, PostgresEphemeral(database_of(folder), clock), clock),
}
