"""compose.scale.yml is brought up without an engine: each service in a room of its own, in the file's order.

Commands, environments, secrets, mounts, read-only roots, users and health checks are the file's (and the Dockerfile's).
What stands in: Debian's PostgreSQL, Redis, nginx and Prometheus for their images, moto for MinIO and its client, this
checkout for our image. All share one network, so a service's name is an address of 127.0.0.0/8 and each listens on its
own; the image's health check, which asks 127.0.0.1, is asked there. Grafana is left out: it can't be installed here.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.docker.compose import ROOT, Service, in_order, services
from tests.support.rooms import Net, Room, lonely_net
from tests.support.waiting import until

NAME = "sealcase.example.org"
GIVEN = {"PUBLIC_URL": f"https://{NAME}", "WORKERS": "1"}
SECONDS = 240
USER = 10_001
_NOBODY = 65_534
_PROMETHEUS = "/etc/prometheus/prometheus.yml"
LEFT_OUT = frozenset(("grafana",))
_ADDRESSES = {"nginx": 1, "server1": 11, "server2": 12, "server3": 13, "migrate": 14, "postgres": 21, "redis": 22}
_ADDRESSES |= {"storage": 23, "bucket": 24, "prometheus": 31}
_MAKE_BUCKET = """
import boto3, pathlib
key, secret = (pathlib.Path(f"/run/secrets/{name}").read_text().strip() for name in ("s3_access_key", "s3_secret_key"))
place = {"endpoint_url": "http://storage:9000", "region_name": "us-east-1"}
store = boto3.client("s3", aws_access_key_id=key, aws_secret_access_key=secret, **place)
store.create_bucket(Bucket="sealcase")
"""
_POSTGRES = """
export PATH=$(ls -d /usr/lib/postgresql/*/bin | tail -1):$PATH
initdb -D $D -U $POSTGRES_USER --pwfile=$POSTGRES_PASSWORD_FILE --auth-host=scram-sha-256 --locale=C.UTF-8 >/dev/null
printf "host all all all scram-sha-256\\n" >> $D/pg_hba.conf
echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D $D postgres >/dev/null
exec postgres -D $D -c listen_addresses=$OWN_ADDRESS -c unix_socket_directories=/tmp
"""


def missing() -> str | None:
    """What keeps all of it from running here; None: nothing."""
    from tests.support import rooms

    if lacking := rooms.missing():
        return lacking
    names = [name for name in ("nginx", "redis-server", "prometheus") if shutil.which(name) is None]
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        names.append("postgresql")
    return f"{', '.join(names)} not installed" if names else None


@dataclass
class Running:
    """What is up."""

    net: Net
    folder: Path
    found: dict[str, Service]
    raw: dict[str, Any]
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    """As services were started."""

    def run(self, name: str, command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
        """Something in the room of a service, to its end."""
        return subprocess.run(
            self.net.inside(self._room(name).command(command)),
            env={**self._environment(name), **environment},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def up(self) -> None:
        """Every service, each when what it waits for is as the file says."""
        for name in in_order(self.found):
            if name in LEFT_OUT:
                continue
            for other, condition in self.found[name].depends_on.items():
                self._wait(other, condition)
            self._start(name)

    def down(self) -> None:
        for name in reversed(self.order):
            if (process := self.processes[name]).poll() is None:
                process.terminate()
                try:
                    process.wait(40)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(20)

    def healthy(self, name: str) -> bool:
        """What its health check says: the file's, or the image's."""
        place = "http://storage:9000/" if name == "storage" else f"http://{name}:5000/ready"
        asked = [sys.executable, "-c", f"import urllib.request as u; u.urlopen({place!r}, timeout=5)"]
        test = self.raw[name].get("healthcheck", {}).get("test", ["CMD", *asked])[1:]
        return self.run(name, asked if name == "storage" else test).returncode == 0

    def _wait(self, name: str, condition: str) -> None:
        process = self.processes[name]
        if condition == "service_completed_successfully":
            assert process.wait(SECONDS) == 0, self.log(name)
        elif condition == "service_healthy":
            until(lambda: process.poll() is not None or self.healthy(name), f"a healthy {name}", SECONDS)
            assert process.poll() is None, self.log(name)

    def _start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                self.net.inside(self._room(name).command(self._command(name))),
                env=self._environment(name),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.order.append(name)

    def _command(self, name: str) -> list[str]:
        given = self.found[name].command
        if self.raw[name]["image"].startswith("sealcase"):
            return [sys.executable, "-m", "server", *(given or ["serve"])]
        return {
            "postgres": ["sh", "-ec", _POSTGRES],
            "redis": given,
            "storage": [sys.executable, "-m", "moto.server", "-H", _address("storage"), "-p", "9000"],
            "bucket": [sys.executable, "-c", _MAKE_BUCKET],
            "nginx": ["nginx", "-g", "daemon off;"],
            "prometheus": [
                "prometheus",
                "--config.file=/etc/prometheus/prometheus.yml",
                "--storage.tsdb.path=/prometheus",
            ],
        }[name]

    def _environment(self, name: str) -> dict[str, str]:
        """The file's and the Dockerfile's, and each service's address in place of "all"."""
        own = {"OWN_ADDRESS": _address(name), "PGHOST": _address(name), "D": "/var/lib/postgresql/data"}
        path = {"PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(ROOT)}
        image = {"PORT": "5000", "DATA_DIR": "/data", "LOG_FORMAT": "json", "PYTHONDONTWRITEBYTECODE": "1"}
        host = {"HOST": _address(name)}
        return {**path, **image, **host, **own, **self.found[name].environment}

    def _room(self, name: str) -> Room:
        row, docker = self.raw[name], self.folder / "docker"
        binds = {"/etc/hosts": self.folder / "hosts"}
        for each in row.get("volumes", []):
            source, target = each.split(":")[:2]
            if source.startswith("."):
                binds[target] = docker / source
            else:
                binds[target] = self.folder / "volumes" / source
                binds[target].mkdir(parents=True, exist_ok=True)
        binds |= {f"/run/secrets/{secret}": docker / "scale/secrets" / secret for secret in row.get("secrets", [])}
        fresh: tuple[str, ...] = ()
        if name == "nginx":
            fresh = ("/etc/nginx", "/var/lib/nginx", "/var/log/nginx")
            binds |= {
                "/etc/nginx/nginx.conf": self.folder / "nginx.conf",
                "/etc/nginx/mime.types": Path("/etc/nginx/mime.types"),
            }
        if name == "prometheus":
            fresh = ("/etc/prometheus",)
        user = {"postgres": _NOBODY}.get(name, USER if row["image"].startswith("sealcase") else None)
        for place in ("/data", "/backups", "/var/lib/postgresql/data"):
            if user is not None and place in binds:
                binds[place].chmod(0o700)  # as a new volume takes after the image's folder
                os.chown(binds[place], user, user)
        return Room(binds, tuple(row.get("tmpfs", ())), fresh, read_only=row.get("read_only", False), user=user)


_NGINX = """
user root; worker_processes 1; pid /run/nginx.pid; error_log /dev/stderr notice;
events { worker_connections 512; }
http { include /etc/nginx/mime.types; default_type application/octet-stream; include /etc/nginx/conf.d/*.conf; }
"""
"""As the image has it, but for the user."""


@contextmanager
def scaled(folder: Path) -> Iterator[Running]:
    """All of compose.scale.yml, after scale-init.sh; stopped at the end."""
    shutil.copytree(ROOT / "docker", folder / "docker", ignore=shutil.ignore_patterns("scale"))
    subprocess.run(["sh", str(folder / "docker/scale-init.sh"), NAME], check=True, capture_output=True, timeout=60)
    hosts = [f"{_address(name)} {name}" for name in _ADDRESSES] + [f"127.0.0.1 localhost {NAME}"]
    (folder / "hosts").write_text("\n".join(hosts) + "\n")
    (folder / "nginx.conf").write_text(_NGINX)
    raw = yaml.safe_load((ROOT / "docker/compose.scale.yml").read_text())["services"]
    with lonely_net() as net:
        running = Running(net, folder, services("compose.scale.yml", GIVEN), raw)
        try:
            running.up()
            yield running
        finally:
            running.down()


def _address(name: str) -> str:
    return f"127.0.0.{_ADDRESSES[name]}"
