"""The one place where adapters are chosen from settings."""

import os
from dataclasses import dataclass

from server.adapters import durable
from server.adapters.activity.files import FileActivity
from server.adapters.blobs.local import LocalBlobs
from server.adapters.clock import SystemClock
from server.adapters.ephemeral.files import FileEphemeral
from server.adapters.mail import ConsoleMailer, NoMailer
from server.adapters.records.json_files import JsonRecords
from server.ports import ActivityLog, BlobStore, Clock, Ephemeral, Mailer, Records
from server.secret_keys import SecretKeys, secret_keys
from server.services.accounts import Accounts
from server.services.activity import Activity
from server.services.cards import Cards
from server.services.files import Files
from server.services.housekeeping import Housekeeping
from server.services.tokens import Tokens
from server.services.uploads import Uploads
from server.services.user_ids import UserIds
from server.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Wiring:
    """What stands behind each port."""

    blobs: BlobStore
    records: Records
    activity: ActivityLog
    ephemeral: Ephemeral
    mailer: Mailer
    clock: Clock
    secrets: SecretKeys


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the server can do."""

    accounts: Accounts
    tokens: Tokens
    uploads: Uploads
    files: Files
    cards: Cards
    activity: Activity
    housekeeping: Housekeeping
    clock: Clock


def wire(settings: Settings, clock: Clock | None = None, mailer: Mailer | None = None) -> Wiring:
    """Local storage and JSON records. Raises `SettingsError` for a data folder that is of no use."""
    folder = settings.data_dir
    clock = clock or SystemClock()
    try:
        durable.make_folder(folder)
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(0, "permission denied")
        return Wiring(
            blobs=LocalBlobs(folder, settings.free_disk_floor),
            records=JsonRecords(folder / "records"),
            activity=FileActivity(folder / "activity"),
            ephemeral=FileEphemeral(folder / "ephemeral", clock),
            mailer=mailer or _mailer(settings),
            clock=clock,
            secrets=secret_keys(settings),
        )
    except OSError as error:
        raise SettingsError(
            f"DATA_DIR: the folder {folder} can't be written ({(error.strerror or str(error)).lower()}). "
            "Make it writable for the user that runs the server, or set DATA_DIR to another folder."
        ) from None


def services(settings: Settings, wiring: Wiring) -> Services:
    """The services over the adapters of `wiring`."""
    secret_key = wiring.secrets.secret_key
    user_ids = UserIds(secret_key)
    records, blobs, ephemeral, clock = wiring.records, wiring.blobs, wiring.ephemeral, wiring.clock
    activity = Activity(wiring.activity, clock)
    return Services(
        accounts=Accounts(records, ephemeral, wiring.mailer, clock, activity, user_ids, secret_key),
        tokens=Tokens(ephemeral, clock, activity, wiring.secrets.jwt_secret, secret_key),
        uploads=Uploads(records, blobs, ephemeral, clock, activity, user_ids, settings.max_file_size),
        files=Files(records, blobs, ephemeral, clock, activity),
        cards=Cards(records, activity, user_ids),
        activity=activity,
        housekeeping=Housekeeping(records, blobs, ephemeral, clock),
        clock=clock,
    )


def _mailer(settings: Settings) -> Mailer:
    """Codes are printed only where nobody from outside can ask for one, or where the operator says so."""
    return ConsoleMailer() if settings.loopback_only or settings.dev_mode else NoMailer()
