"""Taking a backup while the server serves.

Nothing is stopped, so the picture is taken over some time; it holds together because of the order. The key log comes
before the cards that stand in it (what it lacks, housekeeping adds). A file's record is read, then its bytes are taken,
then the record is looked at again: bytes never change under a record, and records go before bytes do, so both belong
together if the record is still the same, and if it is gone the file is left out. Of what only grows, such as activity,
sizes are noted under its lock, and so much is copied.
"""

import json
import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from server.adapters import data_format, durable
from server.adapters.turns import alone
from server.admin.backup.layout import (
    ACTIVITY,
    FILES,
    KEY_LOG,
    MADE_ANEW,
    MARK,
    PINS,
    SECRETS,
    UNFINISHED,
    Count,
    Restless,
    Summary,
    blob_name,
    files_below,
    kind_of,
    record_name,
)
from server.admin.backup.sinks import CutShort, Sink
from server.admin.backup.taking_tables import take_tables

if TYPE_CHECKING:
    from server.adapters.postgres.database import Database

_TRIES = 5
_BLOB_TOO = "local"


def take(folder: Path, sink: Sink, *, with_secrets: bool, database: "Database | None" = None) -> Summary:
    """Put all of the data folder into `sink`, and `backup.json` last. `database`: where records are; None: in files.

    Raises `OSError`, `Restless`, `Unavailable`.
    """
    began_at, count = time.time(), Count()
    sink.put("format", b"%d\n" % data_format.number(folder))
    if with_secrets:
        for name in durable.names(folder / SECRETS):
            sink.put(f"{SECRETS}/{name}", (folder / SECRETS / name).read_bytes())
    revision = None
    if database is None:
        _take_records(folder, sink, count)
    else:
        revision = take_tables(folder, database, sink, count)
    for name in PINS:
        _take_tree(folder, name, sink, count)
    summary = Summary(
        began_at=began_at,
        ended_at=time.time(),
        files=count.files,
        size=count.size,
        new_size=count.new_size,
        elsewhere=count.elsewhere,
        secrets=with_secrets,
        data_format=data_format.number(folder),
        sealcase=version("sealcase"),
        database=revision,
        kinds=dict(count.kinds),
    )
    sink.put(MARK, summary.encode())
    return summary


def _take_records(folder: Path, sink: Sink, count: Count) -> None:
    """Of everything but bytes, what lies in files."""
    _take_key_log(folder, sink, count)
    for name in sorted(durable.names(folder / "records")):
        if name not in MADE_ANEW | UNFINISHED | {"files", "downloads"}:
            _take_tree(folder, f"records/{name}", sink, count)
    for shard in sorted(durable.names(folder / FILES)):
        for name in sorted(durable.names(folder / FILES / shard)):
            _take_file(folder, name.removesuffix(".json"), sink, count)
    _take_tree(folder, "records/downloads", sink, count)
    _take_activity(folder, sink, count)


def _take_key_log(folder: Path, sink: Sink, count: Count) -> None:
    """The checkpoint first: it says how much of the rest counts, and that is there already."""
    if not (folder / KEY_LOG / "checkpoint").exists():
        return
    sink.put(f"{KEY_LOG}/checkpoint", (folder / KEY_LOG / "checkpoint").read_bytes())
    count.kinds[KEY_LOG] += 1
    for name in ("entries", "hashes"):
        if (folder / KEY_LOG / name).exists():
            with (folder / KEY_LOG / name).open("rb", buffering=0) as source:
                sink.copy(f"{KEY_LOG}/{name}", source, os.fstat(source.fileno()).st_size)
            count.kinds[KEY_LOG] += 1
    _take_tree(folder, f"{KEY_LOG}/index", sink, count)


def _take_tree(folder: Path, name: str, sink: Sink, count: Count) -> None:
    """Small files that are replaced as a whole."""
    for path in files_below(folder / name):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        sink.put(path.relative_to(folder).as_posix(), data)
        count.kinds[kind_of(name)] += 1


def _take_file(folder: Path, file_id: str, sink: Sink, count: Count) -> None:
    """Bytes and record of one file that belong together; nothing where it went meanwhile."""
    path, name = folder / record_name(file_id), blob_name(file_id)
    for _ in range(_TRIES):
        record = _read(path)
        if record is None:
            return
        here = _backend(record) == _BLOB_TOO
        written = 0
        if here:
            known = sink.earlier(record_name(file_id))
            try:
                same = known is not None and _identity(known) == _identity(record)
                written = sink.body(name, folder / name, like_before=same)
            except FileNotFoundError:
                if _read(path) is None:
                    return
                # A record without bytes: kept as it is, so that `verify` finds in the copy what it finds here.
        now = _read(path)
        if now is None:
            sink.remove(name)
            return
        if _identity(now) == _identity(record):
            sink.put(record_name(file_id), record)
            count.kinds[FILES] += 1
            count.files += 1
            count.size += _size(record)
            count.new_size += written
            count.elsewhere += not here
            return
    raise Restless(f"File {file_id} was removed and sent again {_TRIES} times while it was copied.")


def _take_activity(folder: Path, sink: Sink, count: Count) -> None:
    """As much of every file as there was at one moment; anew where months were let go of in the middle."""
    for _ in range(_TRIES):
        with alone(folder / ACTIVITY / "lock"):
            noted = [(path, path.stat()) for path in files_below(folder / ACTIVITY) if path.name != "lock"]
        if all(_take_beginning(folder, path, stat, sink) for path, stat in noted):
            count.kinds[ACTIVITY] = len(noted)
            return
        for path, _ in noted:
            sink.remove(path.relative_to(folder).as_posix())
    raise Restless("The log of activity changed again and again while it was copied.")


def _take_beginning(folder: Path, path: Path, noted: os.stat_result, sink: Sink) -> bool:
    """The file's first bytes as noted; False where it has been replaced or cut since."""
    try:
        with path.open("rb", buffering=0) as source:
            found = os.fstat(source.fileno())
            if found.st_ino != noted.st_ino or found.st_size < noted.st_size:
                return False
            sink.copy(path.relative_to(folder).as_posix(), source, noted.st_size)
    except (FileNotFoundError, CutShort):
        return False
    return True


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _fields(record: bytes) -> dict[str, object]:
    """A damaged record is copied as it is."""
    try:
        fields = json.loads(record)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _identity(record: bytes) -> object:
    """The same for as long as the bytes are the same: an id can be used again after its file has gone."""
    fields = _fields(record)
    return tuple(fields.get(name) for name in ("uploaded_at", "manifest", "part_hashes", "backend"))


def _backend(record: bytes) -> object:
    return _fields(record).get("backend", _BLOB_TOO)


def _size(record: bytes) -> int:
    size = _fields(record).get("size")
    return size if isinstance(size, int) else 0
