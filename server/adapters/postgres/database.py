"""One connection pool a process, and what may go wrong with a database: away, too old for this code, or too new."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from selectors import EVENT_READ, DefaultSelector

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from server.adapters.postgres.schema import REVISIONS, installation
from server.errors import Unavailable
from server.ports import Damaged

log = logging.getLogger(__name__)

START_SECONDS = 10.0
"""For a database that is started along with us: it may refuse for a moment after it said that it is ready."""
_CONNECT_SECONDS = 5
_ANSWER_SECONDS = 30
_IDLE_SECONDS = 60
"""A transaction in which nothing happens for so long is given up: whoever had it open is gone, or hangs."""
_VANISHED_MS = 30_000
_WAIT_FOR_CONNECTION_SECONDS = 10
_AWAY = "The server's database does not answer. What was stored is safe; try again in a moment."
_RESTARTING = frozenset(("57P01", "57P02", "57P03", "40001", "40P01", "53300", "25006"))
"""SQLSTATE of being shut down, a conflict of two transactions, too many connections, a replica that only reads."""


class OutOfStep(Exception):
    """The database is not one that this code can work with. The message says what to do."""


class Database:
    """Connections to one database. Raises `Unavailable` from every use while it is away."""

    def __init__(self, address: str, pool_size: int = 10) -> None:
        """`address`: postgresql://user:password@host/name. Raises `ValueError` where it is none; connects later."""
        try:
            url = make_url(address)
        except ArgumentError:
            raise ValueError("it must be like postgresql://user:password@host:5432/name") from None
        if url.get_backend_name() not in ("postgresql", "postgres"):
            raise ValueError("it must begin with postgresql://")
        self.address = address
        """Holds a password: never to be logged."""
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_WAIT_FOR_CONNECTION_SECONDS,
            hide_parameters=True,
            skip_autocommit_rollback=True,
            connect_args=connection_options(
                statement_timeout=f"{_ANSWER_SECONDS}s",
                lock_timeout=f"{_ANSWER_SECONDS}s",
                idle_in_transaction_session_timeout=f"{_IDLE_SECONDS}s",
                jit="off",
            ),
        )
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._joined = threading.local()
        self.fences: list[Callable[[], None]] = []
        """Asked before each use; each may raise `Unavailable`."""
        event.listen(self.engine, "checkout", _still_open)
        _forget_after_fork(self.engine)
        weakref.finalize(self, self.engine.dispose)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """For single statements, each of which stands alone."""
        if (joined := self._open_here()) is not None:
            yield joined
            return
        with self._translated(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: all of it is there, and on disk, when this is left without an error; else none of it."""
        if (joined := self._open_here()) is not None:
            yield joined
            return
        with self._translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def at_one_moment(self) -> Iterator[Connection]:
        """Whatever is read is as it was at one moment, however long that takes. Nothing can be written."""
        with self._translated(), self.engine.connect() as plain:
            connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                take_your_time(connection)
                yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """Everything that this thread reads and writes until this is left is one transaction."""
        with self.write() as connection:
            self._joined.connection = connection
            try:
                yield
            finally:
                self._joined.connection = None

    def _open_here(self) -> Connection | None:
        found: Connection | None = getattr(self._joined, "connection", None)
        return found

    def close(self) -> None:
        """Let go of every connection; the next use makes new ones."""
        self.engine.dispose()

    def wait(self) -> None:
        """Until it answers. Raises `Unavailable` where it has not after `START_SECONDS`."""
        ends, told = time.monotonic() + START_SECONDS, False
        while True:
            try:
                with self.read() as connection:
                    connection.execute(select(1))
            except Unavailable:
                if time.monotonic() >= ends:
                    raise
            else:
                return
            if not told:
                log.warning("The database does not answer yet; waiting for it up to %.0f s", START_SECONDS)
                told = True
            time.sleep(0.2)

    def revision(self) -> str | None:
        """The migration that the database is at; None for one that is empty. Raises `Unavailable`."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return found

    def check_revision(self) -> None:
        """Raises `OutOfStep` for a database that this code can't work with, `Unavailable`."""
        revision = self.revision()
        if revision == REVISIONS[-1]:
            return
        if revision is None:
            raise OutOfStep("the database is empty. Run: sealcase-server admin db upgrade")
        if revision in REVISIONS:
            raise OutOfStep(
                f"the database is older than this version of Sealcase ({revision}, needed is {REVISIONS[-1]}). "
                "Back it up, then run: sealcase-server admin db upgrade"
            )
        raise OutOfStep(
            f"the database is newer than this version of Sealcase ({revision}, this code knows {REVISIONS[-1]}). "
            "Start the version that has upgraded it, or a later one; nothing was changed."
        )

    def check_secret(self, mark: str) -> None:
        """`mark`: follows from the server's secret key, and does not tell it. The first node's is kept.

        Raises `OutOfStep` where another secret belongs to this database, `Unavailable`.
        """
        with self.write() as connection:
            add_row(connection, installation, {"single": True, "secret_mark": mark})
            kept = connection.scalar(select(installation.c.secret_mark))
        if kept != mark:
            raise OutOfStep(
                "the database belongs to a server with another SECRET_KEY, under which everybody would be somebody "
                "else. Give this node the SECRET_KEY (or DATA_DIR/secrets) of the other nodes, or of your backup."
            )

    def is_filling(self) -> bool:
        """Whether `admin migrate` has begun and not yet finished. Raises `Unavailable`."""
        with self.read() as connection:
            return bool(connection.scalar(select(installation.c.filling)))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        for fence in self.fences:
            fence()
        try:
            yield
        except (InterfaceError, NoConnectionFree, InvalidatePoolError):
            raise Unavailable(_AWAY) from None
        except OperationalError as error:
            if error.connection_invalidated or _state(error) in (*_RESTARTING, None, "57014", "55P03"):
                raise Unavailable(_AWAY) from None
            raise
        except ProgrammingError as error:
            if _state(error) == "42P01":  # a table is not there
                raise Damaged("the database lacks a table: run sealcase-server admin db upgrade") from None
            raise
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable(_AWAY) from None
            raise


def connection_options(**settings: str) -> dict[str, str | int]:
    """What to connect with, so that either side notices within half a minute that the other's machine has vanished.

    `settings`: more of PostgreSQL's own, for this connection.
    """
    probes = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    theirs = {**{f"tcp_{name}": value for name, value in probes.items()}, "tcp_user_timeout": _VANISHED_MS, **settings}
    return {
        "connect_timeout": _CONNECT_SECONDS,
        "keepalives": 1,
        **probes,
        "tcp_user_timeout": _VANISHED_MS,
        "options": " ".join(f"-c {name}={value}" for name, value in theirs.items()),
    }


def take_your_time(connection: Connection) -> None:
    """The transaction that has begun may last as long as it takes."""
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def has_ended(descriptor: int) -> bool:
    """Whether the other side has said something unasked on an idle connection: that it is over."""
    with DefaultSelector() as watch:
        watch.register(descriptor, EVENT_READ)
        return bool(watch.select(0))


def add_row(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Whether it is new; False where there is one of that key, which stays as it is."""
    added = insert(table).values(**values).on_conflict_do_nothing().returning(true())
    return connection.execute(added).first() is not None


def lacks_parent(error: IntegrityError) -> bool:
    """Whether what the row belongs to is not there."""
    return _state(error) == "23503"


def _state(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _still_open(
    driver_connection: object,
    record: ConnectionPoolEntry,  # noqa: ARG001  # SQLAlchemy's signature
    proxy: PoolProxiedConnection,  # noqa: ARG001
) -> None:
    """A look at the socket instead of a question to the server: costs no round trip."""
    with suppress(AttributeError):
        if has_ended(driver_connection.fileno()):  # type: ignore[attr-defined]  # psycopg's connection
            raise InvalidatePoolError


def _forget_after_fork(engine: Engine) -> None:
    """A worker process must not speak on its parent's connections."""
    if hasattr(os, "register_at_fork"):
        seen = weakref.ref(engine)

        def forget() -> None:
            if (found := seen()) is not None:
                found.dispose(close=False)

        os.register_at_fork(after_in_child=forget)
