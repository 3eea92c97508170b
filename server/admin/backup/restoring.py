"""Putting a backup into an empty data folder. Until it is whole there, no server starts on it."""

import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from server.adapters import data_format, durable
from server.adapters.records.boxes import JsonBoxes
from server.adapters.records.json_files import JsonRecords
from server.adapters.records.links import JsonLinks
from server.admin.backup.layout import (
    BLOBS,
    COUNTED,
    DATABASE,
    MARK,
    SECRETS,
    Summary,
    Unusable,
    files_below,
    is_name,
    kind_of,
    newest,
    record_name,
)
from server.admin.backup.restoring_tables import Tables

if TYPE_CHECKING:
    from server.adapters.postgres.database import Database

_BATCH = 1_000
_BLOCK = 1 << 20
_MAY_BE_THERE = frozenset((SECRETS, "lost+found"))
_MARK_BYTES = 1 << 16
_OF_A_DATABASE = (
    "The records of this backup are those of a database. Empty DATA_DIR, set RECORDS=postgres and DATABASE_URL to an "
    "empty database, and restore once more."
)
_OF_FILES = (
    "The records of this backup are files, and RECORDS is postgres. Empty DATA_DIR and restore once more with "
    "RECORDS=json; then sealcase-server admin migrate brings them into the database."
)

Entry = tuple[str, BinaryIO]
"""Name and bytes of one file of a backup."""


def restore(
    source: Path | BinaryIO,
    folder: Path,
    secrets: Path | None = None,
    *,
    log_key_is_set: bool = False,
    database: "Database | None" = None,
) -> Summary:
    """Put the backup at `source` into `folder`: a folder of one backup or of many (the newest), or an archive.

    `secrets`: the folder of secrets, where the backup was made without; `log_key_is_set`: the settings have the log's
    key, so that it need not be in there; `database`: where records belong, which has to be empty; None: in files.
    Raises `Unusable`, `OSError`, `Unavailable`. The caller ends with `data_format.end_restore` once it has seen that
    all is well.
    """
    _check_empty(folder)
    durable.make_folder(folder)
    data_format.begin_restore(folder)
    with nullcontext() if database is None else Tables(database) as tables:
        summary = _put_all(source, folder, tables)
        _check_kinds(summary, _found(folder) if tables is None else _found(folder) + tables.rows)
        _settle_secrets(folder, secrets, log_key_is_set=log_key_is_set)
        if tables is None:
            _drop_bytes_without_record(folder)
        else:
            _drop_bytes_without_row(folder, tables)
    if database is None:
        JsonRecords(folder / "records").rebuild()
        JsonLinks(folder / "records").rebuild()
        JsonBoxes(folder / "records").rebuild()
    if hasattr(os, "sync"):
        os.sync()
    return summary


def _put_all(source: Path | BinaryIO, folder: Path, tables: Tables | None) -> Summary:
    summary: Summary | None = None
    for name, file in _entries(source):
        if not is_name(name):
            raise Unusable(f"{name[:80]!r} does not belong into a backup. Nothing of it was taken.")
        top = name.split("/")[0]
        if name == MARK:
            summary = Summary.decode(file.read(_MARK_BYTES))
            _check_format(summary)
        elif top == DATABASE:
            if tables is None:
                raise Unusable(_OF_A_DATABASE)
            tables.take(name, file)
        elif top == "records" and tables is not None:
            raise Unusable(_OF_FILES)
        else:
            _write(folder / name, file)
    if summary is None:
        raise Unusable("This backup was cut short: its end is missing. Take another one.")
    if tables is not None and not tables.begun:
        raise Unusable(_OF_FILES)
    return summary


def _check_format(summary: Summary) -> None:
    if summary.data_format > data_format.CURRENT:
        raise Unusable(
            f"This backup holds data of a newer Sealcase (data format {summary.data_format}; this one knows "
            f"{data_format.CURRENT}). Restore it with version {summary.sealcase} or newer."
        )


def _found(folder: Path) -> Counter[str]:
    """How many there are of each kind that lies in files."""
    paths = (path for top in COUNTED for path in files_below(folder / top))
    return Counter(kind_of(path.relative_to(folder).as_posix()) for path in paths)


def _check_kinds(summary: Summary, found: Counter[str]) -> None:
    """Something may have been lost on the way from where it was taken."""
    for kind, count in (summary.kinds or {}).items():
        if found[kind] < count:
            raise Unusable(
                f"This backup has lost something: of {count} {kind}, {found[kind]} are there. It is left as it is, and "
                "nothing is served from what was put back. Empty DATA_DIR and restore another one; if there is none, "
                f"take `kinds` out of {MARK}: then what is left is restored."
            )


def _check_empty(folder: Path) -> None:
    if found := sorted(name for name in durable.names(folder) if name not in _MAY_BE_THERE):
        raise Unusable(
            f"{folder} is not empty: {', '.join(found[:3])} {'is' if len(found) == 1 else 'are'} there. Nothing was "
            "changed. Move it away first, or set DATA_DIR to a new folder."
        )


def _entries(source: Path | BinaryIO) -> Iterator[Entry]:
    if isinstance(source, Path) and source.is_dir():
        folder = source if (source / MARK).exists() else newest(source)
        if folder is None:
            raise Unusable(f"There is no whole backup in {source}.")
        yield from _of_folder(folder)
        return
    try:
        if isinstance(source, Path):
            with source.open("rb") as file:
                yield from _of_archive(file)
        else:
            yield from _of_archive(source)
    except tarfile.TarError:
        raise Unusable("This is no archive of a backup, or not all of one. Take another one.") from None


def _of_folder(folder: Path) -> Iterator[Entry]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb", buffering=0) as file:
            yield path.relative_to(folder).as_posix(), file


def _of_archive(stream: BinaryIO) -> Iterator[Entry]:
    with tarfile.open(mode="r|*", fileobj=stream, bufsize=_BLOCK) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is None:
                raise Unusable(f"{member.name[:80]!r} is no plain file, so this is no backup of Sealcase.")
            yield member.name, content  # type: ignore[misc]  # it reads, which is all that is asked of it
            archive.members.clear()  # type: ignore[attr-defined]  # or memory would grow with every file


def _write(path: Path, source: BinaryIO) -> None:
    path.parent.mkdir(durable.PRIVATE_FOLDER, parents=True, exist_ok=True)
    with durable.private_file(path) as target:
        target.truncate(0)  # an archive may say a thing twice; the last word counts
        while block := source.read(_BLOCK):
            view = memoryview(block)
            while view:
                view = view[target.write(view) :]


def _settle_secrets(folder: Path, secrets: Path | None, *, log_key_is_set: bool) -> None:
    if secrets is not None:
        for name in durable.names(secrets):
            durable.write(folder / SECRETS / name, (secrets / name).read_bytes())
    if not log_key_is_set and not (folder / SECRETS / "key_log_key").exists():
        raise Unusable(
            "The backup was made without secrets, and without them nobody finds their files again. Empty "
            f"{folder} and restore once more with --secrets FOLDER, the folder `secrets` that you have kept apart."
        )


def _drop_bytes_without_record(folder: Path) -> None:
    """Files that went while an archive was written."""
    for path in durable.sharded(folder / BLOBS):
        if not (folder / record_name(path.name)).exists():
            path.unlink()


def _drop_bytes_without_row(folder: Path, tables: Tables) -> None:
    paths = durable.sharded(folder / BLOBS)
    while batch := {path.name: path for path in islice(paths, _BATCH)}:
        for name in tables.without_row(batch):
            batch[name].unlink()
