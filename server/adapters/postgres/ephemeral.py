"""Short-lived state in a database: what may not be forgotten while it counts, and locks among all nodes."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from server.adapters.postgres.database import Database
from server.adapters.postgres.schema import ephemeral
from server.adapters.postgres.turns import Turns
from server.ports import Clock, Entry

T = TypeVar("T")

_BATCH = 10_000


class PostgresEphemeral:
    """An `Ephemeral` for any number of processes on any number of nodes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self.turns = Turns(database)

    def get(self, key: str) -> bytes | None:
        entry = self.entry(key)
        return None if entry is None else entry.value

    def entry(self, key: str) -> Entry | None:
        """The value with its end, or None where there is none or its time is over."""
        alive = (ephemeral.c.name == _name(key)) & (ephemeral.c.expires_at > self._clock.now())
        with self._db.read() as connection:
            row = connection.execute(select(ephemeral.c.value, ephemeral.c.expires_at).where(alive)).first()
        return None if row is None else Entry(row.value, row.expires_at)

    def update(self, key: str, change: Callable[[bytes | None], tuple[Entry | None, T]]) -> T:
        name = _name(key)
        row = ephemeral.c.name == name
        with self._db.write() as connection:
            # Also where there is no row yet, which nobody could lock.
            connection.execute(select(func.pg_advisory_xact_lock(int.from_bytes(name[:8], signed=True))))
            seen = connection.scalar(select(ephemeral.c.value).where(row, ephemeral.c.expires_at > self._clock.now()))
            entry, result = change(seen)
            if entry is None:
                connection.execute(delete(ephemeral).where(row))
            else:
                values = {"value": entry.value, "expires_at": entry.expires_at}
                put = insert(ephemeral).values(name=name, **values)
                connection.execute(put.on_conflict_do_update(index_elements=["name"], set_=values))
            return result

    def lock(self, key: str, wait_seconds: float) -> AbstractContextManager[None]:
        return self.turns.alone(f"lock/{key}", wait_seconds)

    def sweep(self) -> None:
        over = ephemeral.c.expires_at <= self._clock.now()
        old = select(ephemeral.c.name).where(over).limit(_BATCH)
        gone = _BATCH
        while gone == _BATCH:
            with self._db.write() as connection:
                # Said twice: one that was written anew in between stays.
                gone = connection.execute(delete(ephemeral).where(ephemeral.c.name.in_(old), over)).rowcount


def _name(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
