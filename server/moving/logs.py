"""The activity log, the key log and short-lived state, exactly as they are: hashes and signatures must stay good."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from server.adapters import durable
from server.adapters.activity.chain import Chain
from server.adapters.activity.entry import event_of, hash_of
from server.adapters.activity.index import Index, place
from server.adapters.postgres.database import Database
from server.adapters.postgres.ids import person
from server.adapters.postgres.schema import (
    ephemeral,
    event_chain,
    event_people,
    events,
    log_checkpoint,
    log_entries,
    log_hashes,
)
from server.ports import KeyLog
from shared.sealed import merkle
from shared.sealed.log_entry import ENTRY_BYTES, LogEntry
from shared.sealed.merkle import leaf_hash

_BATCH = 500


class Mismatch(Exception):
    """What the database has is not the beginning of what the files have. The message says what to do."""


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry of the chain, and in whose activity it shows."""

    number: int
    month: str
    line: bytes
    people: tuple[str, ...]


def move_activity(folder: Path, database: Database) -> None:
    """Append what the database lacks. Raises `Mismatch`."""
    chain = Chain(folder)
    with database.write() as connection:
        end = connection.execute(select(event_chain)).one()
        if end.last_number == 0:
            begun = {"hash_before": chain.beginning(), "last_hash": chain.beginning()}
            connection.execute(update(event_chain).values(begun))
        elif end.hash_before != chain.beginning():
            raise Mismatch(_other("activity"))
    lines = _lines(folder)
    if end.last_number:
        last = next(islice(lines, end.last_number - 1, None), None)
        if last is None or hash_of(last.line) != end.last_hash:
            raise Mismatch(_other("activity"))
    while batch := list(islice(lines, _BATCH)):
        _append(database, batch)


def activity_digest(folder: Path) -> tuple[int, str]:
    """How many entries the files have, and a hash of them and of whom each concerns."""
    total = count = 0
    for line in _lines(folder):
        count += 1
        total += _sum(b"line", line.line) + sum(_sum(user_id.encode(), b"%d" % line.number) for user_id in line.people)
    return count, _text(total)


def activity_digest_here(database: Database) -> tuple[int, str]:
    """The same of the database."""
    total = count = 0
    with database.engine.connect().execution_options(yield_per=_BATCH) as connection:
        for row in connection.execute(select(events.c.line)):
            count, total = count + 1, total + _sum(b"line", row.line)
        for shown in connection.execute(select(event_people.c.user_id, event_people.c.number)):
            total += _sum(shown.user_id.hex.encode(), b"%d" % shown.number)
    return count, _text(total)


def move_key_log(source: KeyLog, database: Database) -> None:
    """Append what the database lacks; the signed checkpoint, which makes it count, comes last. Raises `Mismatch`."""
    newest = source.checkpoint()
    size = newest.checkpoint.size
    with database.read() as connection:
        at = connection.scalar(select(func.count()).select_from(log_entries)) or 0
    if at > size:
        raise Mismatch(_other("key log"))
    while at < size:
        raw = source.entries(at, min(_BATCH, size - at))
        rows, hashes = [], []
        for offset in range(0, len(raw), ENTRY_BYTES):
            entry = LogEntry.parse(raw[offset : offset + ENTRY_BYTES])
            complete = merkle.completed(at, leaf_hash(entry.raw), source.subtree)
            first = merkle.stored_count(at)
            hashes += [{"place": first + number, "hash": each} for number, each in enumerate(complete)]
            rows.append({"number": at, "tag": entry.tag, "digest": entry.digest})
            at += 1
        with database.write() as connection:
            connection.execute(insert(log_entries), rows)
            connection.execute(insert(log_hashes), hashes)
    with database.write() as connection:
        connection.execute(update(log_checkpoint).values(size=size, note=newest.note))


def move_state(folder: Path, database: Database, now: float) -> tuple[int, str]:
    """Sessions, claimed places and whatever else goes away by itself, in place of all that is there; its digest.

    One transaction: what has ended in the files since the last time does not come back.
    """
    total = count = 0
    with database.write() as connection:
        connection.execute(delete(ephemeral))
        for path in durable.sharded(folder):
            expires_at, _, value = path.read_bytes().partition(b"\n")
            if float(expires_at) <= now:
                continue
            row = {"name": bytes.fromhex(path.name), "value": value, "expires_at": float(expires_at)}
            connection.execute(insert_or(ephemeral).values(row))
            count, total = count + 1, total + _sum(bytes.fromhex(path.name), value)
    return count, _text(total)


def state_digest_here(database: Database) -> tuple[int, str]:
    """The same of the database."""
    total = count = 0
    with database.engine.connect().execution_options(yield_per=_BATCH) as connection:
        for row in connection.execute(select(ephemeral.c.name, ephemeral.c.value)):
            count, total = count + 1, total + _sum(row.name, row.value)
    return count, _text(total)


def _append(database: Database, batch: list[_Line]) -> None:
    rows = [{"number": each.number, "month": each.month, "line": each.line} for each in batch]
    people = []
    for each in batch:
        if (event := event_of(each.line)) is None:
            continue
        for user_id in each.people:
            about = {"at": event.at, "kind": event.kind.value, "file_id": event.file_id}
            people.append({"user_id": person(user_id), "number": each.number, **about})
    last = batch[-1]
    with database.write() as connection:
        connection.execute(insert(events), rows)
        if people:
            connection.execute(insert(event_people), people)
        end = {"last_number": last.number, "last_hash": hash_of(last.line), "month": last.month}
        connection.execute(update(event_chain).values(end))


def _lines(folder: Path) -> Iterator[_Line]:
    """The chain, each entry with those in whose activity it shows: not with those who were forgotten since."""
    index = Index(folder / "index")
    since = {user_id: row.place for user_id in index.people() if (row := index.first(user_id)) is not None}
    for number, (month, offset, line) in enumerate(Chain(folder).lines(), 1):
        event, where = event_of(line), place(month, offset)
        people = () if event is None else event.people
        yield _Line(number, month, line, tuple(each for each in people if each in since and since[each] <= where))


def _sum(key: bytes, value: bytes) -> int:
    return int.from_bytes(hashlib.sha256(hashlib.sha256(key).digest() + value).digest())


def _text(total: int) -> str:
    """Of a sum, so that no order matters."""
    return (total % (1 << 256)).to_bytes(32).hex()


def _other(what: str) -> str:
    return (
        f"the database has {what} that is not the beginning of what DATA_DIR has: it was filled from another state. "
        "Nothing was changed. Take an empty database, and run admin migrate again."
    )
