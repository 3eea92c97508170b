"""The image as docker/compose.yml runs it: only /data and /tmp can be written, by a user without capabilities."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import yaml

from shared.sealed.geometry import MIB
from tests.images.engine import ROOT, TAG, Engine, missing
from tests.server.samples import sample
from tests.support import rooms
from tests.support.ports import free_port, users_of
from tests.support.rooms import Room
from tests.support.waiting import until

USER = 10_001
SECONDS = 120
LOOK = """
import os, pathlib
for place in ("/", "/etc", "/usr", "/opt/sealcase", "/var", "/home", "/data", "/tmp"):
    print(place, "ro" if os.statvfs(place).f_flag & os.ST_RDONLY else "rw")
for place in ("/data", "/tmp"):
    pathlib.Path(place, "look").write_text("")
print(os.getuid(), pathlib.Path("/proc/self/status").read_text().split("CapEff:")[1].split()[0])
"""
_LACKING = missing() or rooms.missing()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(_LACKING is not None, reason=_LACKING or ""),
]


@dataclass(frozen=True)
class Inside:
    """The image's file system, and who runs there how."""

    room: Room
    environment: dict[str, str]
    url: str
    port: int

    def run(self, *command: str) -> str:
        done = subprocess.run(
            self.room.command(command),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def inside(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    """Its own command, environment, volume and user; read-only and tmpfs as the compose file has them."""
    service = yaml.safe_load((ROOT / "docker" / "compose.yml").read_text())["services"]["server"]
    config, port = engine.config(TAG), free_port()
    folder = tmp_path_factory.mktemp("read_only")
    volume = folder / "data"
    volume.mkdir(mode=0o700)
    os.chown(volume, USER, USER)
    given = dict(each.split("=", 1) for each in config["Env"])  # type: ignore[attr-defined]
    environment = {**given, "HOST": "127.0.0.1", "PORT": str(port)}
    assert config["User"] == f"{USER}:{USER}"
    with engine.container(TAG) as container:
        room = Room(
            binds={"/data": volume},
            tmpfs=tuple(service["tmpfs"]),
            image=Path(engine("mount", container)),
            read_only=service["read_only"],
            user=USER,
        )
        command = room.command([*config["Entrypoint"], *config["Cmd"]])  # type: ignore[misc]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: process.poll() is not None or _ready(url), "a server in the image", SECONDS)
            assert process.poll() is None, (folder / "log").read_text()
            yield Inside(room, environment, url, port)
        finally:
            process.terminate()
            assert process.wait(SECONDS) == 0, "a signal ends it in good order"
            engine("umount", container)


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/ready", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_only_data_and_tmp_can_be_written(inside: Inside) -> None:
    """The kernel says so: not even root could, and nobody here is root."""
    *places, who = inside.run("python", "-c", LOOK).splitlines()
    assert {place.split()[0] for place in places if place.endswith("rw")} == {"/data", "/tmp"}
    assert who == f"{USER} 0000000000000000"
    as_root = Inside(Room(**{**vars(inside.room), "user": None}), inside.environment, inside.url, inside.port)
    refused = as_root.run("sh", "-c", "touch /etc/x 2>&1 || true")
    assert "Read-only file system" in refused


def test_it_is_healthy_there(inside: Inside) -> None:
    assert requests.get(f"{inside.url}/health", timeout=30).json()["product"] == "Sealcase"
    assert users_of(inside.port) == {USER}
    inside.run("python", "-m", "server.health")


def test_a_file_is_sent_and_received(inside: Inside) -> None:
    """In parts, with a code of the operator's; and what lies on the disk is what its records say."""
    code = inside.run("sealcase-server", "admin", "login-code", "ada@example.org")
    with requests.Session() as http:
        http.trust_env = False
        signed_in = http.post(f"{inside.url}/auth/login", json={"email": "ada@example.org", "otp": code}, timeout=60)
        http.headers["Authorization"] = f"Bearer {signed_in.json()['token']}"
        one = sample(3 * MIB)
        http.post(f"{inside.url}/uploads", json=one.start(), timeout=60).raise_for_status()
        for number, part in enumerate(one.parts):
            http.put(f"{inside.url}/uploads/{one.file_id}/parts/{number}", data=part, timeout=60).raise_for_status()
        done = http.post(f"{inside.url}/uploads/{one.file_id}/complete", json=one.completion(), timeout=60)
        assert done.status_code == 201
        assert http.get(f"{inside.url}/files/{one.file_id}/content", timeout=60).content == one.body
    inside.run("sealcase-server", "admin", "verify", "--deep")
