"""Bringing a database up to what this code works with."""

from typing import cast

from alembic import command
from alembic.config import Config

from server.adapters.postgres.database import Database, OutOfStep, take_your_time
from server.adapters.postgres.schema import REVISIONS


def upgrade(database: Database, to: str = REVISIONS[-1]) -> tuple[str | None, str]:
    """Run every migration that is missing up to `to`; from and to which revision. Raises `OutOfStep`, `Unavailable`.

    All or nothing: one that fails leaves the database as it was. Run twice, or by several at once, it is done once.
    """
    before = database.revision()
    if before is not None and before not in REVISIONS:
        database.check_revision()
    config = Config()
    config.set_main_option("script_location", "server.adapters.postgres:migrations")
    with database.write() as connection:
        take_your_time(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    after = cast("str", database.revision())
    if after != to:
        raise OutOfStep(f"the database is at {after} after the upgrade, and not at {to}.")
    return before, after
