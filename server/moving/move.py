"""Moving from files to the database: copy, compare by count and hash, again until nothing differs, all once more.

It may be killed at any point and run again: what is there already is compared and left. Until it has finished, no
server starts on the database; from its beginning on, none changes the files.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import select, update

from server.adapters.key_log.checking import findings
from server.adapters.postgres.database import Database
from server.adapters.postgres.schema import event_chain, files, installation, users
from server.keeping import Kept
from server.moving import logs
from server.moving.kinds import Id, Kind, kinds
from server.moving.logs import Mismatch
from server.ports import Clock, Damaged

_BATCH = 200
_ROUNDS = 3
"""Requests that were under way when everything was frozen may still add something; not twice."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of one kind."""

    kind: str
    count: int
    hash: str
    """Of all of them, in any order."""
    damaged: tuple[str, ...] = ()
    """Ids of records that can't be read; they stay behind."""


@dataclass(frozen=True, slots=True)
class Move:
    """From where to where."""

    folder: Path
    """DATA_DIR."""
    source: Kept
    target: Kept
    database: Database
    clock: Clock

    def begin(self) -> None:
        """No server starts on the database from now on. Raises `Mismatch` for one that holds something of its own."""
        with self.database.write() as connection:
            if connection.scalar(select(installation.c.filling)):
                return
            full = connection.scalar(select(users.c.user_id).limit(1)) or connection.scalar(
                select(files.c.file_id).limit(1)
            )
            if full or connection.scalar(select(event_chain.c.last_number)):
                raise Mismatch("this database holds records already. Take an empty one; nothing was changed.")
            connection.execute(update(installation).values(filling=True))

    def run(self, say: Callable[[str], None]) -> Iterator[Moved]:
        """Every kind, copied; then all compared once more, so that no kind has changed behind the others.

        Raises `Mismatch`, `Unavailable`.
        """
        moving = kinds(self.folder / "records", self.source, self.target, self.database)
        for kind in moving:
            self._kind(kind, say)
        for move in (self._logs, self._key_log, self._state):
            move(say)
        for kind in moving:
            yield self._still(kind, say)
        yield self._logs(say)
        yield self._key_log(say)
        yield self._state(say)

    def finish(self) -> None:
        """Servers may start on the database, whose records are of the same installation as before."""
        with self.database.write() as connection:
            same = {"installation_id": self.source.records.installation_id()}
            connection.execute(update(installation).values(filling=False, **same))

    def _kind(self, kind: Kind, say: Callable[[str], None]) -> None:
        for _ in range(_ROUNDS):
            say(f"{kind.name}: copying")
            self._copy(kind, say)
            there, here = self._both(kind, say)
            if (there.count, there.hash) == (here.count, here.hash):
                return
        raise Mismatch(
            f"{kind.name}: DATA_DIR has {there.count} and the database {here.count}, or they differ. The database was "
            "filled from another state: take an empty one, and run admin migrate again."
        )

    def _still(self, kind: Kind, say: Callable[[str], None]) -> Moved:
        there, here = self._both(kind, say)
        if (there.count, there.hash) != (here.count, here.hash):
            raise Mismatch(
                f"{kind.name}: something was changed while they were moved. See that no older server and no command "
                "works on DATA_DIR, and run admin migrate again."
            )
        return there

    def _both(self, kind: Kind, say: Callable[[str], None]) -> tuple[Moved, Moved]:
        """What the files have, and what the database has."""
        say(f"{kind.name}: comparing")
        there = self._seen(kind.name, self.source, kind.there(), kind)
        return there, self._seen(kind.name, self.target, kind.here(), kind)

    def _copy(self, kind: Kind, say: Callable[[str], None]) -> None:
        done, ids = 0, iter(kind.there())
        while batch := list(islice(ids, _BATCH)):
            with self.database.together():
                for key in batch:
                    try:
                        wanted = kind.read(self.source, key)
                    except Damaged:
                        continue
                    if wanted is not None and kind.read(self.target, key) != wanted:
                        kind.put(key)
            done += len(batch)
            if len(batch) == _BATCH:
                say(f"{kind.name}: {done}")

    def _seen(self, name: str, kept: Kept, ids: Iterable[Id], kind: Kind) -> Moved:
        count = total = 0
        damaged: list[str] = []
        for key in ids:
            try:
                record = kind.read(kept, key)
            except Damaged:
                damaged.append(str(key))
                continue
            if record is not None:
                text = json.dumps(record, sort_keys=True).encode()
                count, total = count + 1, total + int.from_bytes(hashlib.sha256(text).digest())
        return Moved(name, count, (total % (1 << 256)).to_bytes(32).hex(), tuple(damaged))

    def _logs(self, say: Callable[[str], None]) -> Moved:
        say("activity: copying")
        folder = self.folder / "activity"
        for _ in range(_ROUNDS):
            logs.move_activity(folder, self.database)
            there, here = logs.activity_digest(folder), logs.activity_digest_here(self.database)
            if there == here:
                return Moved("activity", *there)
        raise Mismatch("activity: the database has another than DATA_DIR. Take an empty database, and begin again.")

    def _key_log(self, say: Callable[[str], None]) -> Moved:
        say("key log: copying")
        logs.move_key_log(self.source.key_log, self.database)
        newest = self.source.key_log.checkpoint()
        wrong = [finding.message for finding in findings(self.target.key_log)]
        if wrong or self.target.key_log.checkpoint() != newest:
            raise Mismatch(f"key log: {(*wrong, 'it has grown meanwhile')[0]}. Run admin verify, then this again.")
        return Moved("key log", newest.checkpoint.size, newest.checkpoint.root.hex())

    def _state(self, say: Callable[[str], None]) -> Moved:
        say("sessions and the like: copying")
        there = logs.move_state(self.folder / "ephemeral" / "values", self.database, self.clock.now())
        if there != logs.state_digest_here(self.database):
            raise Mismatch("sessions: the database has others than DATA_DIR. Run admin migrate again.")
        return Moved("sessions and the like", *there)
