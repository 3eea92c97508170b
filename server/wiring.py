"""The one place where adapters are chosen from settings."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.adapters import data_format, durable
from server.adapters.blobs.local import LocalBlobs
from server.adapters.clock import SystemClock
from server.adapters.errands import ThreadErrands
from server.adapters.mail import ConsoleMailer, NoMailer
from server.adapters.metrics.prometheus import PrometheusMeter, State
from server.adapters.metrics.watched import watch_activity, watch_blobs
from server.adapters.smtp import SmtpMailer, SmtpServer
from server.domain import Backend
from server.keeping import hit_counter, keep
from server.multiaddr import rpc_url
from server.ports import (
    ActivityLog,
    BlobStore,
    BoxRecords,
    Clock,
    Damaged,
    Entry,
    Ephemeral,
    Errands,
    HitCounter,
    KeyLog,
    LinkRecords,
    Mailer,
    Records,
)
from server.s3_bucket import S3Bucket
from server.secret_keys import SecretKeys, secret_keys
from server.services.access_tokens import AccessTokens
from server.services.accounts import Accounts
from server.services.activity import Activity
from server.services.assembly import Assembly
from server.services.backlog import Backlog
from server.services.belongings import Belongings
from server.services.boxes import Boxes
from server.services.card_log import CardLog
from server.services.cards import Cards
from server.services.changes import Changes
from server.services.codes import Codes
from server.services.direct_uploads import DirectUploads
from server.services.downloads import Downloads, lease_seconds
from server.services.drops import Drops
from server.services.files import Files
from server.services.housekeeping import Housekeeping
from server.services.inspection import Inspection
from server.services.intake import Intake
from server.services.invitations import Invitations
from server.services.leaving import Leaving
from server.services.link_downloads import LinkDownloads
from server.services.links import Links
from server.services.moving import Moving
from server.services.notices import Notices
from server.services.overview import Overview
from server.services.ownership import Ownership
from server.services.pairings import Pairings
from server.services.quotas import Quotas
from server.services.rate_limits import RateLimits
from server.services.readiness import Readiness
from server.services.recovery import Recovery
from server.services.removal import Removal
from server.services.s3_uploads import S3Uploads
from server.services.second_factor import SecondFactors
from server.services.sessions import Sessions
from server.services.sign_up import SignUp
from server.services.simple_uploads import SimpleUploads
from server.services.standing import Standing
from server.services.stores import Stores
from server.services.tokens import Tokens
from server.services.uploads import Uploads
from server.services.user_ids import UserIds
from server.services.verification import Verification
from server.services.whole_uploads import WholeUploads
from server.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Wiring:
    """What stands behind each port."""

    stores: Stores
    records: Records
    links: LinkRecords
    boxes: BoxRecords
    activity: ActivityLog
    key_log: KeyLog
    ephemeral: Ephemeral
    mailer: Mailer
    errands: Errands
    hits: HitCounter
    clock: Clock
    secrets: SecretKeys
    frozen: Callable[[], bool]
    """Whether nothing may be changed right now."""
    meter: PrometheusMeter | None = None
    """None where nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the server can do."""

    accounts: Accounts
    tokens: Tokens
    sessions: Sessions
    access_tokens: AccessTokens
    second_factors: SecondFactors
    recovery: Recovery
    pairings: Pairings
    standing: Standing
    overview: Overview
    leaving: Leaving
    uploads: Uploads
    direct_uploads: DirectUploads
    s3_uploads: S3Uploads
    simple_uploads: SimpleUploads
    whole_uploads: WholeUploads
    files: Files
    changes: Changes
    links: Links
    boxes: Boxes
    drops: Drops
    link_downloads: LinkDownloads
    cards: Cards
    card_log: CardLog
    invitations: Invitations
    activity: Activity
    belongings: Belongings
    rate_limits: RateLimits
    readiness: Readiness
    inspection: Inspection
    removal: Removal
    moving: Moving
    ownership: Ownership
    housekeeping: Housekeeping
    clock: Clock
    meter: PrometheusMeter | None
    frozen: Callable[[], bool]


def wire(
    settings: Settings,
    clock: Clock | None = None,
    mailer: Mailer | None = None,
    errands: Errands | None = None,
    meter: PrometheusMeter | None = None,
) -> Wiring:
    """The storage and the records that were chosen. Raises `SettingsError` for a data folder that is of no use."""
    folder = settings.data_dir
    clock = clock or SystemClock()
    try:
        durable.make_folder(folder)
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(0, "permission denied")
        data_format.settle(folder)
        secrets = secret_keys(settings)
        kept = keep(settings, clock, secrets)
        return Wiring(
            stores=_stores(settings, kept.ephemeral, meter),
            records=kept.records,
            links=kept.links,
            boxes=kept.boxes,
            activity=_watched(kept.activity, meter),
            key_log=kept.key_log,
            ephemeral=kept.ephemeral,
            mailer=mailer or _mailer(settings),
            errands=errands or ThreadErrands(),
            hits=hit_counter(settings, clock),
            clock=clock,
            secrets=secrets,
            meter=meter,
            frozen=kept.frozen,
        )
    except data_format.UnusableFolder as error:
        raise SettingsError(f"DATA_DIR: {error}.") from None
    except Damaged as error:
        raise SettingsError(
            f"DATA_DIR: {error}. Restore {folder}/key_log and {folder}/secrets/key_log_key from one backup: without "
            "them, a new log would alarm everybody who knows the old one."
        ) from None
    except OSError as error:
        raise SettingsError(
            f"DATA_DIR: the folder {folder} can't be written ({(error.strerror or str(error)).lower()}). "
            f"Make it writable for the user that runs the server{_how(folder)}; or set DATA_DIR to another folder."
        ) from None


def _how(folder: Path) -> str:
    """The command that makes `folder` writable for us."""
    if sys.platform == "win32":
        return ""
    return f": sudo chown -R {os.geteuid()}:{os.getegid()} {shlex.quote(str(folder.absolute()))}"


def services(settings: Settings, wiring: Wiring) -> Services:
    """The services over the adapters of `wiring`."""
    secret_key = wiring.secrets.secret_key
    user_ids = UserIds(secret_key)
    records, stores, ephemeral, clock = wiring.records, wiring.stores, wiring.ephemeral, wiring.clock
    activity = Activity(wiring.activity, clock)
    rate_limits = RateLimits(wiring.hits, clock, settings.rates)
    codes = Codes(ephemeral, clock, secret_key)
    sessions = Sessions(ephemeral, clock, activity)
    pairings = Pairings(ephemeral, clock, activity, sessions)
    access_tokens = AccessTokens(records, ephemeral, clock, activity, secret_key)
    second_factors = SecondFactors(records, ephemeral, clock, activity, secret_key)
    sign_up = SignUp(settings.signup, settings.signup_allowed)
    card_log = CardLog(wiring.key_log, records)
    quotas = Quotas(records, ephemeral, settings.quota_bytes, settings.quota_files)
    removal = Removal(records, wiring.links, stores, ephemeral, clock, quotas)
    notices = Notices(wiring.mailer, wiring.errands, rate_limits)
    assembly = Assembly(records, stores, Verification(settings.s3_verify))
    intake = Intake(records, stores, ephemeral, clock, activity, user_ids, quotas, settings.max_file_size)
    s3_uploads = S3Uploads(intake)
    ownership = Ownership(records, stores)
    lease = lease_seconds(settings.body_timeout)
    downloads = Downloads(records, stores, ephemeral, clock, activity, notices, lease)
    files = Files(records, clock, activity, downloads, removal)
    uploads = Uploads(intake, removal, assembly)
    if wiring.meter is not None:
        backlog = Backlog(records, clock)
        wiring.meter.look_with(lambda: _state(settings, backlog))
    boxes = Boxes(wiring.boxes, records, ephemeral, clock, activity)
    links = Links(wiring.links, records, ephemeral, clock, activity, files)
    drops = Drops(wiring.boxes, records, ephemeral, clock, uploads, notices, rate_limits)
    return Services(
        accounts=Accounts(
            records,
            codes,
            second_factors,
            wiring.mailer,
            wiring.errands,
            clock,
            activity,
            user_ids,
            sign_up,
            rate_limits,
        ),
        tokens=Tokens(sessions, clock, wiring.secrets.jwt_secrets, secret_key),
        sessions=sessions,
        access_tokens=access_tokens,
        second_factors=second_factors,
        recovery=Recovery(records, clock, activity),
        pairings=pairings,
        standing=Standing(records, ephemeral, clock, sessions, quotas),
        overview=Overview(records, clock, quotas),
        leaving=Leaving(
            records,
            ephemeral,
            removal,
            codes,
            sessions,
            access_tokens,
            second_factors,
            pairings,
            links,
            boxes,
            activity,
        ),
        direct_uploads=DirectUploads(intake),
        s3_uploads=s3_uploads,
        uploads=uploads,
        simple_uploads=SimpleUploads(intake, secret_key),
        whole_uploads=WholeUploads(intake),
        files=files,
        changes=Changes(records, ephemeral, clock, activity, files, user_ids),
        links=links,
        boxes=boxes,
        drops=drops,
        link_downloads=LinkDownloads(
            wiring.links, records, stores, ephemeral, clock, activity, notices, rate_limits, lease
        ),
        invitations=Invitations(records, wiring.mailer, wiring.errands, activity, user_ids, sign_up, rate_limits),
        cards=Cards(records, card_log, activity, user_ids),
        card_log=card_log,
        activity=activity,
        belongings=Belongings(
            records, wiring.links, wiring.boxes, clock, sessions, access_tokens, second_factors, activity
        ),
        rate_limits=rate_limits,
        inspection=Inspection(records, wiring.links, wiring.boxes, stores, wiring.activity, wiring.key_log, clock),
        readiness=Readiness(_probes(settings, wiring), clock),
        removal=removal,
        moving=Moving(records, stores, ephemeral, clock),
        ownership=ownership,
        housekeeping=Housekeeping(
            records,
            stores,
            ephemeral,
            clock,
            removal,
            quotas,
            activity,
            card_log,
            links,
            s3_uploads,
            boxes,
            drops,
            ownership,
            wiring.frozen,
            settings.activity_days,
        ),
        clock=clock,
        meter=wiring.meter,
        frozen=wiring.frozen,
    )


def _watched(activity: ActivityLog, meter: PrometheusMeter | None) -> ActivityLog:
    return activity if meter is None else watch_activity(activity, meter)


def _state(settings: Settings, backlog: Backlog) -> State:
    """What a monitoring system is told beside counters."""
    waiting = backlog.waiting()
    return State(waiting.uploads, waiting.due, waiting.lag, shutil.disk_usage(settings.data_dir).free)


def _stores(settings: Settings, ephemeral: Ephemeral, meter: PrometheusMeter | None) -> Stores:
    """The disk, and whatever else the settings name: files that lie there are served wherever new ones go."""
    makers: dict[Backend, Callable[[], BlobStore]] = {
        Backend.LOCAL: lambda: LocalBlobs(settings.data_dir, settings.free_disk_floor),
    }
    bucket = S3Bucket(settings, ephemeral) if settings.s3_bucket else None
    if bucket is not None:
        makers[Backend.S3] = bucket.blobs
    if settings.ipfs_api:
        makers[Backend.IPFS] = lambda: _ipfs(settings)
    if settings.storage not in makers:
        raise SettingsError(f"STORAGE={settings.storage.value}: its own settings are missing.")
    makers = makers if meter is None else _watched_makers(makers, meter)
    if bucket is None:
        return Stores(makers, settings.storage)
    return Stores(makers, settings.storage, bucket.direct if settings.s3_direct else None, bucket.load)


def _watched_makers(
    makers: Mapping[Backend, Callable[[], BlobStore]], meter: PrometheusMeter
) -> dict[Backend, Callable[[], BlobStore]]:
    def watched(backend: Backend, make: Callable[[], BlobStore]) -> Callable[[], BlobStore]:
        return lambda: watch_blobs(make(), backend.value, meter)

    return {backend: watched(backend, make) for backend, make in makers.items()}


def _ipfs(settings: Settings) -> BlobStore:
    from server.adapters.blobs.ipfs import IpfsBlobs
    from server.adapters.blobs.kubo import Kubo

    auth = settings.ipfs_auth.get_secret_value() if settings.ipfs_auth else ""
    node = Kubo(rpc_url(settings.ipfs_api), auth, settings.ipfs_timeout)
    return IpfsBlobs(settings.data_dir / "ipfs", node, settings.free_disk_floor, collect=settings.ipfs_gc)


def smtp_mailer(settings: Settings) -> SmtpMailer | None:
    """The operator's mail server; None where none is set."""
    if not settings.smtp_host:
        return None
    usual_port = {"starttls": 587, "tls": 465, "none": 25}[settings.smtp_security]
    server = SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port or usual_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else "",
        ca_file=settings.smtp_ca_file,
        sender=settings.mail_from,
    )
    return SmtpMailer(server, settings.public_url or settings.host)


def _mailer(settings: Settings) -> Mailer:
    """Codes are printed only where nobody from outside can ask for one, or where the operator says so."""
    if mailer := smtp_mailer(settings):
        return mailer
    return ConsoleMailer() if settings.loopback_only or settings.dev_mode else NoMailer()


def _probes(settings: Settings, wiring: Wiring) -> dict[str, Callable[[], None]]:
    """What the server can't do without, each tried out."""

    def share_state() -> None:
        if not wiring.frozen():
            wiring.ephemeral.update("ready", lambda _: (Entry(b"", wiring.clock.now() + 60), None))

    def count() -> None:
        wiring.hits.window("ready")

    probes = {
        "the data folder can't be written": lambda: durable.check_writable(settings.data_dir),
        "the disk is full, or nearly": lambda: wiring.stores.of(Backend.LOCAL).check_room(0),
        "codes and sessions can't be kept": share_state,
    }
    if settings.redis_url is None and not settings.rate_limit_storage:
        probes["requests can't be counted"] = count  # elsewhere counters may be away: most things go on without
    return probes
