"""The cluster: nginx in front of three gunicorn nodes, each of which can be killed, stopped and started again."""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import requests

from tests.s3.faults import Faults, faults_before
from tests.services.postgres import PostgresServer, postgres_server
from tests.services.redis import RedisServer, redis_server
from tests.services.s3 import moto
from tests.support.ports import free_port
from tests.support.server import LiveServer, server_environment, started
from tests.support.waiting import until

NODES = 3
BUCKET = "cluster"
_NGINX = """
pid {folder}/nginx.pid; error_log {folder}/error.log crit; worker_processes 1; daemon on;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream nodes {{ {nodes} keepalive 32; }}
  server {{
    listen 127.0.0.1:{port}; client_max_body_size 0;
    location / {{
      proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_request_buffering off; proxy_buffering off; proxy_connect_timeout 2s; proxy_read_timeout 60s;
      proxy_next_upstream error timeout; proxy_next_upstream_tries 3;
    }}
  }}
}}
"""


@dataclass
class Node:
    """One server on a port of its own, always the same."""

    environment: Mapping[str, str]
    folder: Path
    lives: int = 0
    server: LiveServer | None = None
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    def start(self) -> None:
        """Ready to answer when this returns."""
        self.server = self._running.enter_context(started(self.environment, self.folder))
        self.lives += 1
        until(self._healthy, f"a node at {self.url}", seconds=90)

    def kill(self) -> None:
        """As a power cut would."""
        if self.server is not None:
            self.server.kill()
        self.stop()

    def stop(self) -> None:
        """In good order: requests that are under way are finished."""
        self._running.close()
        self.server = None

    def _healthy(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/health", timeout=5).status_code == 200
        return False


@dataclass
class Cluster:
    """Everything that runs."""

    url: str
    """Of nginx."""
    nodes: list[Node]
    postgres: PostgresServer
    redis: RedisServer
    database: str
    store: Faults
    """What stands between the nodes and S3."""

    def replace_one_by_one(self) -> None:
        """As an upgrade does it."""
        for node in self.nodes:
            node.stop()
            node.start()


@contextmanager
def cluster(folder: Path, **settings: str) -> Iterator[Cluster]:
    """A cluster over one bucket, each node with a folder of its own, ready to answer; all of it gone at the end."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt install nginx-light")
    with (
        postgres_server() as postgres,
        redis_server() as redis,
        moto() as moto_s3,
        faults_before(moto_s3.url) as store,
        ExitStack() as running,
    ):
        database = postgres.database()
        moto_s3.new_bucket(BUCKET)
        nodes = []
        same = {name: secrets.token_hex(32) for name in ("secret_key", "jwt_secret", "key_log_key")}
        for number in range(NODES):
            data = folder / f"data{number}"
            about = {
                **same,
                **replace(moto_s3, url=store.url).settings(BUCKET),
                "port": str(free_port()),
                "records": "postgres",
                "database_url": database,
                "database_connections": "8",
                "redis_url": redis.address,
                "trusted_proxies": "1",
                "threads": "24",
                "log_level": "WARNING",
                **settings,
            }
            node = Node(server_environment(data, workers="1", **about), data)
            running.callback(node.stop)
            node.start()
            nodes.append(node)
        port = free_port()
        _start_nginx(folder, port, nodes)
        running.callback(_stop_nginx, folder)
        yield Cluster(f"http://127.0.0.1:{port}", nodes, postgres, redis, database, store)


def _start_nginx(folder: Path, port: int, nodes: list[Node]) -> None:
    servers = " ".join(f"server {node.url.removeprefix('http://')} max_fails=1 fail_timeout=1s;" for node in nodes)
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port, nodes=servers))
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _stop_nginx(folder: Path) -> None:
    pid = int((folder / "nginx.pid").read_text())
    subprocess.run(["kill", f"-{signal.SIGTERM.value}", str(pid)], check=False)
