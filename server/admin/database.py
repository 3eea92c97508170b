"""`sealcase-server admin db`: the database of DATABASE_URL, and what version of Sealcase it is for."""

import sys

import click

from server.admin.asking import FOUND, json_option, say
from server.errors import Unavailable
from server.keeping import database
from server.settings import SettingsError, load_settings

AWAY = (
    "DATABASE_URL: the database does not answer, or does not let us in. Check host, port, user, password and name: "
    "psql \"$DATABASE_URL\" -c 'select 1'"
)


@click.group("db")
def db() -> None:
    """The PostgreSQL database of DATABASE_URL."""


@db.command("upgrade")
@json_option
def upgrade(as_json: bool) -> None:
    """Bring the database up to this version of Sealcase: all of it or nothing. Back it up first.

    For an empty database too. Run again, or by several nodes at once, it is done once.
    """
    from server.adapters.postgres.database import OutOfStep
    from server.adapters.postgres.upgrade import upgrade as run_upgrade

    place = database(load_settings())
    try:
        place.wait()
        before, after = run_upgrade(place)
    except OutOfStep as error:
        raise SettingsError(f"DATABASE_URL: {error}") from None
    except Unavailable:
        raise SettingsError(AWAY) from None
    finally:
        place.close()
    done = f"is at {after} already" if before == after else f"went from {before or 'empty'} to {after}"
    say({"before": before, "after": after}, f"The database {done}.", as_json=as_json)


@db.command("status")
@json_option
def status(as_json: bool) -> None:
    """Say whether the database fits this version of Sealcase. Exit code 0: it does. 1: it does not, with the fix."""
    from server.adapters.postgres.database import OutOfStep
    from server.adapters.postgres.schema import REVISIONS

    place = database(load_settings())
    try:
        revision, trouble = place.revision(), None
        try:
            place.check_revision()
        except OutOfStep as error:
            trouble = str(error)
    except Unavailable:
        raise SettingsError(AWAY) from None
    finally:
        place.close()
    record = {"revision": revision, "needed": REVISIONS[-1], "fits": trouble is None, "trouble": trouble}
    say(record, f"The database is at {revision}, as it should be." if trouble is None else trouble, as_json=as_json)
    sys.exit(0 if trouble is None else FOUND)
