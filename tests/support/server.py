"""The real server as a process, for tests: `with live_server(folder) as server: ...`."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests

START_SECONDS = 60
STOP_SECONDS = 45
"""More than the server gives to requests that are under way."""
_SERVES = re.compile(r"Sealcase serves (\S+)")


@dataclass
class LiveServer:
    """A running server. `url` has no slash at its end."""

    process: subprocess.Popen[str]
    data_dir: Path
    settings: Mapping[str, str]
    url: str = ""
    lines: list[str] = field(default_factory=list)
    """Everything that it has printed, line by line."""
    _news: threading.Condition = field(default_factory=threading.Condition)
    _reader_done: threading.Event = field(default_factory=threading.Event)

    def line_with(self, pattern: re.Pattern[str], seconds: float = START_SECONDS, since: int = 0) -> re.Match[str]:
        """The first match of `pattern` in the lines from number `since` on, waited for if need be."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for line in self.lines[since:]:
                    if match := pattern.search(line):
                        return match
                if time.monotonic() >= deadline or self._reader_done.is_set():
                    raise AssertionError(f"no {pattern.pattern!r} in:\n" + "\n".join(self.lines))
                self._news.wait(timeout=0.1)

    def request_code(self, email: str) -> str:
        """Ask for a sign-in code and read it where the operator would: in the terminal."""
        since = len(self.lines)
        requests.post(f"{self.url}/auth/request_otp", json={"email": email}, timeout=30).raise_for_status()
        pattern = re.compile(rf"Sign-in code for {re.escape(email.lower())}: (\d{{6}})")
        return self.line_with(pattern, since=since)[1]

    def sign_in(self, email: str) -> dict[str, str]:
        """The answer to a sign-in: `token`, `refresh_token`, `user_id`."""
        answer = requests.post(
            f"{self.url}/auth/login", json={"email": email, "otp": self.request_code(email)}, timeout=30
        )
        answer.raise_for_status()
        return {name: str(value) for name, value in answer.json().items()}

    def login_code(self, email: str) -> str:
        """What `sealcase-server admin login-code` prints, run beside the server."""
        return _command(self.settings, "admin", "login-code", email)

    def memory(self) -> tuple[int, int]:
        """Bytes of all its processes: (PSS, with shared pages counted once; the sum of RSS)."""
        main = psutil.Process(self.process.pid)
        infos = [each.memory_full_info() for each in (main, *main.children(recursive=True))]
        return sum(info.pss for info in infos), sum(info.rss for info in infos)

    def kill_worker(self, which: int) -> None:
        """Kill one of its worker processes; the others go on, and another takes its place."""
        workers = psutil.Process(self.process.pid).children()
        with suppress(psutil.NoSuchProcess, ZeroDivisionError):
            workers[which % len(workers)].kill()

    def kill(self) -> None:
        """As a power cut would: no process gets to do anything more."""
        _kill(self.process)


@contextmanager
def live_server(
    data_dir: Path, *, workers: int = 2, inside: Sequence[str] = (), **settings: str
) -> Iterator[LiveServer]:
    """A server over `data_dir` on a free port of 127.0.0.1, ready to answer; stopped at the end.

    `settings` are those of `.env.example`. Start it again over the same folder to see what survives a restart.
    `inside`: a command that ends by running its last arguments.
    """
    environment = server_environment(data_dir, workers=str(workers), **settings)
    with started(environment, data_dir, inside) as server:
        server.url = server.line_with(_SERVES)[1]
        _wait_until_healthy(server)
        yield server


@contextmanager
def started(environment: Mapping[str, str], data_dir: Path, inside: Sequence[str] = ()) -> Iterator[LiveServer]:
    """The server's process under exactly `environment`, whether or not it comes up."""
    process = subprocess.Popen(
        [*inside, sys.executable, "-m", "server", "serve"],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    server = LiveServer(process, data_dir, environment)
    reader = threading.Thread(target=_read_lines, args=(server,), daemon=True)
    reader.start()
    try:
        yield server
    finally:
        _stop(process)
        reader.join(STOP_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def server_environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a server for tests: ours without its settings, plus `settings` in capitals."""
    known = {
        "host": "127.0.0.1",
        "port": "0",
        "data_dir": str(data_dir),
        "free_disk_floor": "0",
        "rate_limits": "0",
        **settings,
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    root = str(Path(__file__).resolve().parents[2])
    return {**kept, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1", **{k.upper(): v for k, v in known.items()}}


def _runs(process: psutil.Process) -> bool:
    """Whether it can still do anything; what nobody has waited for yet can not."""
    try:
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def _command(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def _read_lines(server: LiveServer) -> None:
    if server.process.stdout is None:
        return
    for line in server.process.stdout:
        with server._news:
            server.lines.append(line.rstrip("\n"))
            server._news.notify_all()
    server._reader_done.set()


def _wait_until_healthy(server: LiveServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            requests.get(f"{server.url}/health", timeout=5).raise_for_status()
            return
        except requests.RequestException:
            if time.monotonic() > deadline or server.process.poll() is not None:
                raise AssertionError("the server did not come up:\n" + "\n".join(server.lines)) from None
            threading.Event().wait(0.02)


def _kill(process: subprocess.Popen[str]) -> None:
    """With its workers, which would hold the port."""
    main = psutil.Process(process.pid)
    main.suspend()  # it begins no worker meanwhile
    children = main.children(recursive=True)
    for each in (main, *children):
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait(STOP_SECONDS)
    deadline = time.monotonic() + STOP_SECONDS
    while any(_runs(each) for each in children) and time.monotonic() < deadline:
        threading.Event().wait(0.005)


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _kill(process)
