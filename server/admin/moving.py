"""`sealcase-server admin migrate`: from JSON files to PostgreSQL, once, while nothing can be changed."""

import sys
import time
from dataclasses import asdict

import click

from server.adapters import durable
from server.adapters.clock import SystemClock
from server.adapters.frozen import SEEN_SECONDS
from server.admin.asking import json_option, say, settings_of_server
from server.admin.database import AWAY
from server.errors import Unavailable
from server.keeping import MARKER, database, in_files, in_postgres
from server.secret_keys import secret_keys
from server.settings import SettingsError

_WHY = "admin migrate moves these records to PostgreSQL. Servers over them only read. Remove this file to go back.\n"


@click.command("migrate")
@click.option("--from", "source", type=click.Choice(["json"]), required=True, help="Where records are now.")
@click.option("--to", "target", type=click.Choice(["postgres"]), required=True, help="Where they go: DATABASE_URL.")
@json_option
def migrate(source: str, target: str, as_json: bool) -> None:  # noqa: ARG001  # there is one way yet
    """Move every record from DATA_DIR to the database of DATABASE_URL; the bytes of files stay where they are.

    A running server goes on reading, and refuses changes (503). May be killed and run again. Each kind is compared by
    count and hash; then set RECORDS=postgres and start the server. Exit code 1: a record can't be read, and was left.
    """
    from server.moving.logs import Mismatch
    from server.moving.move import Move

    settings, clock = settings_of_server(), SystemClock()
    secrets = secret_keys(settings)
    place = database(settings)
    try:
        kept, filled = in_files(settings, clock, secrets), in_postgres(settings, clock, secrets, place)
        move = Move(settings.data_dir, kept, filled, place, clock)
        move.begin()
        durable.write(settings.data_dir / MARKER, _WHY.encode())
        time.sleep(SEEN_SECONDS)  # until then servers may acknowledge changes that would be copied by chance only
        damaged = 0
        for moved in move.run(lambda text: click.echo(text, err=True)):
            damaged += len(moved.damaged)
            text = f"{moved.kind}: {moved.count}, the same on both sides ({moved.hash[:16]})"
            text += "".join(f"\n  left behind, it can't be read: {each}" for each in moved.damaged)
            say(asdict(moved), text, as_json=as_json)
        move.finish()
    except Mismatch as error:
        raise click.ClickException(f"Nothing is lost, and the records are not moved: {error}") from None
    except Unavailable:
        raise SettingsError(AWAY) from None
    finally:
        place.close()
    click.echo(
        f"All is moved. Set RECORDS=postgres and start the server. {settings.data_dir / MARKER} keeps servers from "
        "changing the old records; remove it only to go back to them, without what happens from now on.",
        err=True,
    )
    sys.exit(1 if damaged else 0)
