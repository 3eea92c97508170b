"""`admin backup` and `admin restore`."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.adapters import data_format, durable
from server.adapters.turns import alone_within
from server.admin.asking import FOUND, json_option, say, settings_of_server
from server.admin.backup.layout import MARK, Restless, Summary, Unusable, newest
from server.admin.backup.restoring import restore as put_back
from server.admin.backup.sinks import Broken, FolderSink, Sink, TarSink
from server.admin.backup.taking import take
from server.admin.database import AWAY
from server.admin.sizes import human
from server.errors import Busy, Unavailable
from server.keeping import database
from server.settings import Settings, SettingsError, load_settings
from server.wiring import services, wire

if TYPE_CHECKING:
    from server.adapters.postgres.database import Database


@click.command("backup")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="A folder of backups; this one gets a new one.")
@click.option("--archive", metavar="FILE", help="One tar archive instead; - writes it to standard output.")
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Remove all but the N newest from the folder.")
@click.option("--link", is_flag=True, help="Share bytes with DATA_DIR on the same disk: at once, and no second copy.")
@click.option("--without-secrets", is_flag=True, help="Leave DATA_DIR/secrets out; keep it somewhere else.")
@json_option
def backup(
    folder: Path | None, archive: str | None, keep: int | None, link: bool, without_secrets: bool, as_json: bool
) -> None:
    """Copy all that the server keeps, while it serves.

    Records in PostgreSQL are copied as they were at one moment; DATA_DIR is that of any node, or empty.

    In a folder every backup is whole by itself, and shares the bytes of files that have not changed with the one
    before: only new files cost time and room. Sessions and unfinished uploads are left out.
    """
    if (folder is None) == (archive is None) or (archive is not None and (keep or link)):
        raise click.UsageError("Say where: --to FOLDER (with --keep and --link), or --archive FILE.")
    settings = settings_of_server()
    os.umask(0o077)
    wire(settings)  # tells what is wrong with the data folder before anything is copied
    with nullcontext() if folder is None else _alone_in(folder, settings.data_dir):
        if folder is not None:
            sink: Sink = _folder_sink(folder, link=link)
        else:
            sink = TarSink(None if archive == "-" else Path(str(archive)))
        summary, place = _taken(settings, sink, with_secrets=not without_secrets)
        if folder is not None and keep:
            _remove_old(folder, keep)
    _warn(settings, summary)
    if archive == "-":
        click.echo(_line(summary, place), err=True)
    else:
        say({"place": place, **asdict(summary)}, _line(summary, place), as_json=as_json)


@click.command("restore")
@click.argument("source")
@click.option("--secrets", type=click.Path(path_type=Path, file_okay=False), help="For a backup made without them.")
@click.option("--deep", is_flag=True, help="Read every byte, and compare it with its record.")
@json_option
def restore(source: str, secrets: Path | None, deep: bool, as_json: bool) -> None:
    """Put the backup at SOURCE into DATA_DIR (and DATABASE_URL), which has to be empty, and verify it.

    SOURCE is a backup's folder, a folder of backups (the newest is taken), an archive, or - for one from standard
    input. Exit code 1: it is there, and something in it is not as it should be.
    """
    settings = load_settings()
    os.umask(0o077)
    try:
        summary = put_back(
            sys.stdin.buffer if source == "-" else Path(source),
            settings.data_dir,
            secrets,
            log_key_is_set=settings.key_log_key is not None,
            database=_database(settings),
        )
    except Unusable as error:
        raise click.ClickException(str(error)) from None
    except Unavailable:
        raise SettingsError(AWAY) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        text = f"The backup could not be put back ({reason}). Empty DATA_DIR and try again."
        raise click.ClickException(text) from None
    data_format.end_restore(settings.data_dir)
    if summary.kinds is None:
        click.echo(f"{MARK} does not say how many records there were: what was lost before goes unnoticed.", err=True)
    count = _verify(settings, deep=deep, as_json=as_json)
    text = f"Restored {summary.files} files ({human(summary.size)}) of {_when(summary)}; {count or 'no'} findings."
    say({**asdict(summary), "findings": count}, text, as_json=as_json)
    if count:
        sys.exit(FOUND)


def _database(settings: Settings) -> "Database | None":
    return database(settings) if settings.records == "postgres" else None


@contextmanager
def _alone_in(folder: Path, data_dir: Path) -> Iterator[None]:
    """Nobody else writes a backup into `folder`, nor clears up there."""
    if folder.resolve().is_relative_to(data_dir.resolve()):
        raise click.UsageError("The backup must not lie in DATA_DIR itself.")
    durable.make_folder(folder)
    with ExitStack() as held:
        try:
            held.enter_context(alone_within(folder / ".lock", 0, vanishing=True))
        except Busy:
            raise click.ClickException(
                f"Another backup is being written to {folder}; it goes on. Wait for it, or take another folder."
            ) from None
        yield


def _folder_sink(folder: Path, *, link: bool) -> FolderSink:
    for left in folder.glob(".unfinished-*"):
        shutil.rmtree(left, ignore_errors=True)
    name = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime())
    if (folder / name).exists():
        raise click.ClickException("There is a backup of this very second already.")
    return FolderSink(folder / name, newest(folder), link=link)


def _taken(settings: Settings, sink: Sink, *, with_secrets: bool) -> tuple[Summary, str]:
    """What the backup holds, and where it lies."""
    try:
        summary = take(settings.data_dir, sink, with_secrets=with_secrets, database=_database(settings))
        return summary, sink.finish()
    except (Broken, Restless, Unavailable, OSError) as error:
        sink.give_up()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        text = f"Nothing was kept of this backup: {reason}. Earlier ones are as they were."
        raise click.ClickException(text) from None
    except BaseException:
        sink.give_up()
        raise


def _remove_old(folder: Path, keep: int) -> None:
    whole = sorted(path.parent for path in folder.glob("*/backup.json") if not path.parent.name.startswith("."))
    for old in whole[:-keep]:
        (old / "backup.json").unlink()  # what is only half removed is no backup
        shutil.rmtree(old)
    durable.sync_folder(folder)


def _warn(settings: Settings, summary: Summary) -> None:
    if summary.secrets:
        click.echo("It holds the server's secrets: keep it as safe as the server itself.", err=True)
    else:
        click.echo("It holds no secrets. Without DATA_DIR/secrets it can't be restored: keep that too.", err=True)
    if settings.secret_key is not None or settings.jwt_secret is not None:
        click.echo("SECRET_KEY or JWT_SECRET is set outside of DATA_DIR: keep it too, it is not in here.", err=True)
    if summary.elsewhere:
        click.echo(f"The bytes of {summary.elsewhere} files lie in another store and are not in here.", err=True)


def _verify(settings: Settings, *, deep: bool, as_json: bool) -> int:
    count = 0
    try:
        for finding in services(settings, wire(settings)).inspection.findings(deep=deep):
            count += 1
            say(asdict(finding), f"{finding.where}: {finding.message}", as_json=as_json)
    except SettingsError as error:
        raise click.ClickException(f"Everything is in DATA_DIR, but it can't be served. {error}") from None
    return count


def _line(summary: Summary, place: str) -> str:
    return (
        f"{summary.files} files ({human(summary.size)}, {human(summary.new_size)} of them new) in "
        f"{summary.ended_at - summary.began_at:.1f} s: {place}"
    )


def _when(summary: Summary) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(summary.began_at))
