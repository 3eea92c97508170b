"""What the server leans on, on this machine and beside it: disk, storage, clock, mail, counters, settings, records."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from uuid import uuid4

from server import boot
from server.adapters import data_format, durable
from server.admin.doctor.findings import Checked
from server.admin.sizes import human
from server.errors import NotFound, SealcaseError, Unavailable
from server.keeping import database
from server.settings import Settings
from server.wiring import Wiring, smtp_mailer

_FEW_INODES = 10_000
_LOW_SHARE = 0.05


def look(settings: Settings) -> Iterator[Checked]:
    """One finding a thing, whether or not a server could start on it."""
    yield from _settings(settings)
    yield _folder(settings)
    yield from _disk(settings)
    yield _format(settings)
    yield _migrations(settings)
    yield from _clock(settings)
    yield _mail(settings)


def keeps_from_starting(message: str) -> Iterator[Checked]:
    """What a server says instead of serving, which has its fix in it."""
    yield Checked("server", "error", f"It would not start: {message}", "Put that right, then run doctor once more")


def try_out(wiring: Wiring) -> Iterator[Checked]:
    """One finding for each part that keeps something."""
    yield from _storage(wiring)
    yield _counters(wiring)
    yield _state(wiring)
    yield _key_log(wiring)


def _settings(settings: Settings) -> Iterator[Checked]:
    found = list(boot.warnings(settings))
    for message in found:
        text, _, fix = message.rpartition(". ")
        yield Checked("settings", "warning", f"{text or message}.", fix if text else "")
    if not found:
        yield Checked("settings", "ok", "They fit each other.")


def _folder(settings: Settings) -> Checked:
    folder = settings.data_dir
    try:
        durable.check_writable(folder)
    except OSError as error:
        fix = f"sudo chown -R {os.geteuid()}:{os.getegid()} {folder.absolute()}" if hasattr(os, "geteuid") else ""
        return Checked("data folder", "error", f"{folder} can't be written ({error.strerror}).", fix)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        fix = f"chmod 700 {folder.absolute()}"
        return Checked("data folder", "warning", f"{folder} can be looked into by other users of this machine.", fix)
    return Checked("data folder", "ok", f"{folder.absolute()} can be written.")


def _disk(settings: Settings) -> Iterator[Checked]:
    disk = shutil.disk_usage(settings.data_dir)
    room = f"{human(disk.free)} of {human(disk.total)} are free"
    fix = "Enlarge the disk, lower QUOTA_BYTES, or remove what nobody needs: sealcase-server admin users ls"
    if disk.free < settings.free_disk_floor:
        yield Checked("disk", "error", f"{room}, less than FREE_DISK_FLOOR: no upload is taken.", fix)
    elif disk.free < disk.total * _LOW_SHARE:
        yield Checked("disk", "warning", f"Only {room}.", fix)
    else:
        yield Checked("disk", "ok", f"{room[0].upper()}{room[1:]}.")
    if hasattr(os, "statvfs"):
        inodes = os.statvfs(settings.data_dir)
        if inodes.f_files and inodes.f_favail < _FEW_INODES:
            yield Checked("disk", "error", f"The file system has room for {inodes.f_favail} more files only.", fix)


def _format(settings: Settings) -> Checked:
    found = data_format.number(settings.data_dir)
    return Checked("data format", "ok", f"{found}; this version knows {data_format.CURRENT}.")


def _migrations(settings: Settings) -> Checked:
    """Whether the database is at the revision that this code works with."""
    if settings.records != "postgres":
        return Checked("migrations", "skipped", "Records are files; there is no database.")
    from server.adapters.postgres.database import OutOfStep
    from server.adapters.postgres.schema import REVISIONS

    place = database(settings)
    fix = "sealcase-server admin db upgrade, after a backup; or start the version that the database belongs to"
    try:
        place.check_revision()
    except (OutOfStep, Unavailable) as error:
        return Checked("migrations", "error", str(error), fix)
    finally:
        place.close()
    return Checked("migrations", "ok", f"The database is at {REVISIONS[-1]}, as this version needs it.")


def _clock(settings: Settings) -> Iterator[Checked]:
    found = list(boot.clock_troubles(settings.data_dir, time.time()))
    for message in found:
        yield Checked("clock", "error", f"{message}.", "sudo timedatectl set-ntp true")
    if not found:
        yield Checked("clock", "ok", "It agrees with the disk's, and with what was written before.")


def _storage(wiring: Wiring) -> Iterator[Checked]:
    """A few bytes are kept, read and removed again in every store."""
    for backend, store in wiring.stores.each():
        what, blob_id, content = f"storage {backend.value}", uuid4(), os.urandom(1_000)
        began = time.monotonic()
        try:
            locator = store.put_whole(blob_id, content)
            try:
                with closing(store.open_range(blob_id, locator, 0, len(content))) as opened:
                    same = opened.read(len(content)) == content
            finally:
                store.delete(blob_id)
        except (SealcaseError, NotFound, OSError) as error:
            yield Checked(what, "error", f"It does not work: {error}", "Check its settings; see docs/self-hosting.md")
            continue
        if same:
            took = (time.monotonic() - began) * 1_000
            yield Checked(what, "ok", f"A file was kept, read and removed within {took:.0f} ms.")
        else:
            yield Checked(what, "error", "What was kept came back altered.", "Stop the server and check the disk")


def _counters(wiring: Wiring) -> Checked:
    fix = "Check RATE_LIMIT_STORAGE or REDIS_URL, and that Redis runs"
    return _tried("limits", lambda: wiring.hits.window("doctor"), "Requests can be counted.", fix)


def _state(wiring: Wiring) -> Checked:
    def share() -> None:
        wiring.ephemeral.update("doctor", lambda _: (None, None))
        with wiring.ephemeral.lock("doctor", 5):
            pass

    return _tried("shared state", share, "Codes, sessions and locks can be kept.", "Check DATA_DIR, or REDIS_URL")


def _mail(settings: Settings) -> Checked:
    mailer = smtp_mailer(settings)
    if mailer is None:
        level, fix = ("skipped", "") if settings.loopback_only else ("warning", "Set SMTP_HOST and MAIL_FROM")
        return Checked("mail", level, "No mail server is set.", fix)  # type: ignore[arg-type]  # it is one of these
    fix = "Set SMTP_HOST, SMTP_PORT, SMTP_SECURITY, SMTP_USER and SMTP_PASSWORD as your provider says"
    return _tried("mail", mailer.check, f"{settings.smtp_host} lets us in.", fix)


def _key_log(wiring: Wiring) -> Checked:
    return _tried("key log", wiring.key_log.checkpoint, "It can be read.", "Restore key_log from a backup")


def _tried(what: str, attempt: Callable[[], object], well: str, fix: str) -> Checked:
    try:
        attempt()
    except (Unavailable, SealcaseError, OSError, ValueError) as error:
        return Checked(what, "error", str(error), fix)
    return Checked(what, "ok", well)
