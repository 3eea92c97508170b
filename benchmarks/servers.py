"""The servers that files go through: ours, and nginx and rclone with DAV for what people would use instead."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import tools
from benchmarks.processes import Failed, output_of

_START_SECONDS = 30
_STOP_SECONDS = 30

_NGINX_CONF = """\
pid {folder}/nginx.pid;
worker_processes auto;
daemon off;
{user}
events {{ worker_connections 256; }}
http {{
  access_log off;
  sendfile on;
  client_max_body_size 0;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ root {folder}/files; dav_methods PUT DELETE; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    url: str
    pid: int


@contextmanager
def sealcase_server(folder: Path, **settings: str) -> Iterator[Server]:
    """`sealcase-server serve` with its defaults but `settings`, and its data in `folder`."""
    with _served((), folder, settings) as server:
        yield server


@contextmanager
def distant_server(folder: Path, **settings: str) -> Iterator[Server]:
    """One that stands for another machine: it lets what is measured here have the cores first."""
    with _served(("nice", "-n", "10"), folder, settings) as server:
        yield server


@contextmanager
def _served(before: tuple[str, ...], folder: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    folder.mkdir()
    environment = {**server_environment(folder), **settings}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*before, tools.ours("sealcase-server"), "serve"],
            cwd=folder,  # no .env of ours
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with stopped_afterwards(process):
            line = process.stdout.readline() if process.stdout else ""
            url = next((word for word in line.split() if word.startswith("http://")), "")
            if not url:
                raise Failed(f"sealcase-server did not start:\n{(folder / 'log').read_text()}")
            yield Server(url, process.pid)


def login_code(folder: Path, email: str) -> str:
    """A sign-in code, from beside the server over `folder`."""
    server = tools.ours("sealcase-server")
    words = output_of(server, "admin", "login-code", email, environment=server_environment(folder)).split()
    return next(word for word in words if word.isdigit() and len(word) == 6)


def server_environment(folder: Path) -> Mapping[str, str]:
    return {**os.environ, "HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": str(folder / "data"), "LOG_FORMAT": "text"}


@contextmanager
def nginx_dav(folder: Path) -> Iterator[Server]:
    """nginx that takes and gives files by PUT and GET; everything of it lies in `folder`."""
    for part in (folder, folder / "files"):
        part.mkdir()
    port = free_port()
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers could not enter our folder
    config.write_text(_NGINX_CONF.format(folder=folder, port=port, user=user))
    process = subprocess.Popen(
        [tools.peer("nginx"), "-p", folder, "-c", config, "-e", folder / "error.log"], stderr=subprocess.DEVNULL
    )
    with stopped_afterwards(process):
        wait_for(port, process, folder / "error.log")
        yield Server(f"http://127.0.0.1:{port}", process.pid)


@contextmanager
def rclone_dav(folder: Path) -> Iterator[Server]:
    """`rclone serve webdav` with its defaults; everything of it lies in `folder`."""
    for part in (folder, folder / "files"):
        part.mkdir()
    port, log = free_port(), folder / "log"
    command = (tools.peer("rclone"), "serve", "webdav", "--config", folder / "none.conf")
    with log.open("wb") as said:
        process = subprocess.Popen([*command, "--addr", f"127.0.0.1:{port}", folder / "files"], stderr=said)
        with stopped_afterwards(process):
            wait_for(port, process, log)
            yield Server(f"http://127.0.0.1:{port}", process.pid)


@contextmanager
def stopped_afterwards(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until something listens there; raises `Failed` with what it has logged if nothing does."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{process.args!r} did not start:\n{log.read_text() if log.exists() else ''}") from None
            time.sleep(0.02)


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
