"""Locks among all nodes: PostgreSQL's advisory locks, all of a process held by one connection.

A process that dies, or a machine that vanishes, lets go when its connection ends; there is no lease that runs out under
somebody who is slow. Where the connection itself is lost, nobody knows whether a lock still holds: then the database
refuses whatever the thread that held it still wants (`fence`), so that two never write as if each were alone.
"""

import hashlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import make_conninfo

from server.adapters.postgres.database import Database, connection_options, has_ended
from server.errors import Busy, Unavailable

_FIRST_POLL_SECONDS = 0.002
_LAST_POLL_SECONDS = 0.032
_BUSY = "Somebody else is changing this right now; try again in a moment."
_LOST = "The server lost its connection to the database in the middle of this. Nothing more was changed; try again."
_AWAY = "The server's database does not answer. What was stored is safe; try again in a moment."


@dataclass(slots=True)
class _Line:
    """The connection that holds this process's locks, and those who wait for one of them in this process."""

    connection: psycopg.Connection | None = None
    age: int = 0
    """One more with each connection: a lock of an earlier one holds no more."""
    process: int = 0
    speaking: threading.Lock = field(default_factory=threading.Lock)
    changing: threading.Condition = field(default_factory=threading.Condition)
    taken: set[int] = field(default_factory=set)
    """Keys that a thread of this process has, or asks the database for."""


class _Held(threading.local):
    """The connections' ages under which this thread took the locks that it holds."""

    def __init__(self) -> None:
        self.ages: list[int] = []


class Turns:
    """One at a time, among all threads, processes and nodes."""

    def __init__(self, database: Database) -> None:
        self._address = database.address
        self._line = _Line(process=os.getpid())
        self._held = _Held()
        database.fences.append(_fence_of(self))
        weakref.finalize(self, _drop, self._line)

    @contextmanager
    def alone(self, key: str, wait_seconds: float) -> Iterator[None]:
        """Hold `key`. Raises `Busy` after `wait_seconds`, `Unavailable`."""
        line, number = self._mine(), _number(key)
        ends_at = time.monotonic() + wait_seconds
        self._take(line, number, ends_at)
        try:
            age = self._ask_until(line, number, ends_at)
            self._held.ages.append(age)
            try:
                yield
            finally:
                self._held.ages.remove(age)
                self._let_go(line, number, age)
        finally:
            with line.changing:
                line.taken.discard(number)
                line.changing.notify_all()

    def fence(self) -> None:
        """Raises `Unavailable` for a thread that holds a lock of a connection that has ended."""
        if not self._held.ages:
            return
        line = self._mine()
        with line.speaking:
            _drop_if_ended(line)
        if any(age != line.age for age in self._held.ages):
            raise Unavailable(_LOST)

    def close(self) -> None:
        """Let go of the connection; the next lock makes a new one."""
        line = self._mine()
        with line.speaking:
            _drop(line)

    def _mine(self) -> _Line:
        """A forked process has no locks, and must not speak on its parent's connection."""
        if self._line.process != os.getpid():
            self._line = _Line(process=os.getpid())
            self._held = _Held()
        return self._line

    def _take(self, line: _Line, number: int, ends_at: float) -> None:
        with line.changing:
            while number in line.taken:
                left = ends_at - time.monotonic()
                if left <= 0:
                    raise Busy(_BUSY)
                line.changing.wait(left)
            line.taken.add(number)

    def _ask_until(self, line: _Line, number: int, ends_at: float) -> int:
        """The age of the connection that holds it now."""
        pause = _FIRST_POLL_SECONDS
        while True:
            with line.speaking:
                _drop_if_ended(line)
                if _try(self._connected(line), number, line):
                    return line.age
            left = ends_at - time.monotonic()
            if left <= 0:
                raise Busy(_BUSY)
            time.sleep(min(pause, left))
            pause = min(2 * pause, _LAST_POLL_SECONDS)

    def _let_go(self, line: _Line, number: int, age: int) -> None:
        with line.speaking:
            if line.connection is None or line.age != age:
                return  # went with its connection
            try:
                line.connection.execute("SELECT pg_advisory_unlock(%s)", (number,))
            except psycopg.Error:
                _drop(line)

    def _connected(self, line: _Line) -> psycopg.Connection:
        if line.connection is None:
            try:
                options = connection_options(statement_timeout="30s")
                address = make_conninfo(self._address, application_name="sealcase locks", **options)
                line.connection = psycopg.connect(address, autocommit=True)
            except psycopg.Error:
                raise Unavailable(_AWAY) from None
            line.age += 1
        return line.connection


def _fence_of(turns: Turns) -> Callable[[], None]:
    """The database knows its locks; they keep it alive, and not the other way round."""
    seen = weakref.ref(turns)

    def fence() -> None:
        if (found := seen()) is not None:
            found.fence()

    return fence


def _try(connection: psycopg.Connection, number: int, line: _Line) -> bool:
    try:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (number,)).fetchone()
    except psycopg.Error:
        _drop(line)
        raise Unavailable(_AWAY) from None
    return bool(row and row[0])


def _drop_if_ended(line: _Line) -> None:
    if line.connection is not None and (line.connection.closed or has_ended(line.connection.fileno())):
        _drop(line)


def _drop(line: _Line) -> None:
    """Whatever it held, it holds no more."""
    if line.connection is not None and line.process == os.getpid():
        with suppress(psycopg.Error):
            line.connection.close()
        line.connection = None
        line.age += 1


def _number(key: str) -> int:
    """64 bits of a hash: that two keys share one is as good as impossible, and would only make them wait."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], signed=True)
