"""Where records, logs, short-lived state and counters are kept: chosen from settings, each kind as a whole."""

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.adapters import frozen as frozen_adapters
from server.adapters.activity.files import FileActivity
from server.adapters.counters.storage import StorageCounter, TableStorage, counter_at
from server.adapters.counters.table import CounterTable
from server.adapters.ephemeral.files import FileEphemeral
from server.adapters.frozen import Freeze
from server.adapters.key_log.files import FileKeyLog
from server.adapters.key_log.signing import LogSigner
from server.adapters.records.boxes import JsonBoxes
from server.adapters.records.json_files import JsonRecords
from server.adapters.records.links import JsonLinks
from server.errors import Unavailable
from server.ports import ActivityLog, BoxRecords, Clock, Damaged, Ephemeral, HitCounter, KeyLog, LinkRecords, Records
from server.secret_keys import NOT_THIS_KEY, SecretKeys
from server.services.user_ids import UserIds
from server.settings import Settings, SettingsError

if TYPE_CHECKING:
    from server.adapters.ephemeral.redis import Keeper
    from server.adapters.postgres.database import Database


MARKER = "read-only"
"""A file in DATA_DIR: while it is there, the records beside it can't be changed."""
NEVER = Freeze(always=False, marker=None)


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands behind the ports of everything but bytes."""

    records: Records
    links: LinkRecords
    boxes: BoxRecords
    activity: ActivityLog
    key_log: KeyLog
    ephemeral: Ephemeral
    frozen: Freeze = NEVER
    """Whether nothing may be changed right now."""


def keep(settings: Settings, clock: Clock, secrets: SecretKeys) -> Kept:
    """Raises `SettingsError` with what to do, `Damaged` for a key log of another key, `OSError`."""
    if settings.records == "postgres":
        kept = in_postgres(settings, clock, secrets)
        return freezing(kept, Freeze(always=True, marker=None)) if settings.read_only else kept
    frozen = Freeze(always=settings.read_only, marker=settings.data_dir / MARKER)
    return freezing(in_files(settings, clock, secrets), frozen)


def freezing(kept: Kept, frozen: Freeze) -> Kept:
    """The same, unchangeable while `frozen`."""
    return Kept(
        records=frozen_adapters.records(kept.records, frozen),
        links=frozen_adapters.links(kept.links, frozen),
        boxes=frozen_adapters.boxes(kept.boxes, frozen),
        activity=frozen_adapters.activity(kept.activity, frozen),
        key_log=frozen_adapters.key_log(kept.key_log, frozen),
        ephemeral=frozen_adapters.ephemeral(kept.ephemeral, frozen),
        frozen=frozen,
    )


def hit_counter(settings: Settings, clock: Clock) -> HitCounter:
    """Raises `SettingsError` for a storage that is none, or that worker processes could not share."""
    name, address = "RATE_LIMIT_STORAGE", settings.rate_limit_storage
    if not address and settings.redis_url is not None:
        name, address = "REDIS_URL", settings.redis_url.get_secret_value()
    if not address:
        return StorageCounter(TableStorage(CounterTable(settings.data_dir / "counters", clock)))
    if address.startswith("memory:") and settings.workers > 1:
        raise SettingsError(
            f"RATE_LIMIT_STORAGE: memory:// counts in each of the {settings.workers} worker processes by itself, so "
            f"every limit would be {settings.workers} times as high. Leave it empty, or set WORKERS=1."
        )
    try:
        return counter_at(address)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}.") from None


def database(settings: Settings) -> "Database":
    """That of DATABASE_URL, not asked anything yet. Raises `SettingsError`."""
    # SQLAlchemy takes a fifth of a second to import, which nobody waits for who does not use it.
    from server.adapters.postgres.database import Database

    if settings.database_url is None:
        raise SettingsError("DATABASE_URL: it is not set. It is like postgresql://user:password@host:5432/name.")
    try:
        return Database(settings.database_url.get_secret_value(), settings.database_connections)
    except ValueError as error:
        raise SettingsError(f"DATABASE_URL: {error}.") from None


def secret_mark(secrets: SecretKeys) -> str:
    """Shows whether two nodes have the same secret key, and does not tell it."""
    return hmac.new(secrets.secret_key, b"sealcase installation", hashlib.sha256).hexdigest()


def in_files(settings: Settings, clock: Clock, secrets: SecretKeys) -> Kept:
    """Everything in DATA_DIR, whatever RECORDS says. Raises `SettingsError`, `Damaged`."""
    folder = settings.data_dir
    records = JsonRecords(folder / "records")
    _check_secret(records, secrets)
    return Kept(
        records=records,
        links=JsonLinks(folder / "records"),
        boxes=JsonBoxes(folder / "records"),
        activity=FileActivity(folder / "activity"),
        key_log=FileKeyLog(folder / "key_log", LogSigner(secrets.key_log_seed)),
        ephemeral=_shared(settings, FileEphemeral(folder / "ephemeral", clock), clock),
    )


def _check_secret(records: JsonRecords, secrets: SecretKeys) -> None:
    """Ids follow from emails under the secret key, so accounts tell of it. Raises `SettingsError` where none fits."""
    ids, strangers = UserIds(secrets.secret_key), False
    with suppress(Damaged):  # what can't be read speaks for nobody
        for user in records.users():
            if ids.of_email(user.email) == user.user_id:
                return
            strangers = True
        if strangers:
            raise SettingsError(
                f"SECRET_KEY: it is not the one that the accounts in DATA_DIR were made under. {NOT_THIS_KEY}"
            )


def in_postgres(settings: Settings, clock: Clock, secrets: SecretKeys, place: "Database | None" = None) -> Kept:
    """Everything in the database of DATABASE_URL, whatever RECORDS says. Raises `SettingsError`, `Damaged`.

    `place`: a database to be filled; else one that is still being filled is refused.
    """
    from server.adapters.postgres.activity import PostgresActivity
    from server.adapters.postgres.boxes import PostgresBoxes
    from server.adapters.postgres.database import OutOfStep
    from server.adapters.postgres.ephemeral import PostgresEphemeral
    from server.adapters.postgres.key_log import PostgresKeyLog
    from server.adapters.postgres.links import PostgresLinks
    from server.adapters.postgres.records import PostgresRecords

    to_serve = place is None
    place = place or database(settings)
    try:
        if to_serve:
            place.wait()
        place.check_revision()
        place.check_secret(secret_mark(secrets))
        if to_serve and place.is_filling():
            raise SettingsError("DATABASE_URL: admin migrate has not finished with this database. Run it again.")
        key_log = PostgresKeyLog(place, LogSigner(secrets.key_log_seed))
    except OutOfStep as error:
        raise SettingsError(f"DATABASE_URL: {error}") from None
    except Unavailable:
        raise SettingsError(
            "DATABASE_URL: the database does not answer, or does not let us in. Check host, port, user, password and "
            "name, and that PostgreSQL runs: psql \"$DATABASE_URL\" -c 'select 1'"
        ) from None
    finally:
        place.close()  # worker processes are forked from here, and each makes its own connections
    return Kept(
        records=PostgresRecords(place),
        links=PostgresLinks(place),
        boxes=PostgresBoxes(place),
        activity=PostgresActivity(place),
        key_log=key_log,
        ephemeral=_shared(settings, PostgresEphemeral(place, clock), clock),
    )


def _shared(settings: Settings, keeper: "Keeper", clock: Clock) -> Ephemeral:
    """With REDIS_URL, what may be lost lies there, and the rest with `keeper`."""
    if settings.redis_url is None:
        return keeper
    from server.adapters.ephemeral.redis import RedisEphemeral, connected

    try:
        return RedisEphemeral(connected(settings.redis_url.get_secret_value()), keeper, clock)
    except ValueError:
        raise SettingsError("REDIS_URL: it must be like redis://host:6379/0, rediss://... or unix://...") from None
