"""A real S3 store: a Ceph cluster of one node in memory, with its RADOS gateway.

Unlike moto it checks signatures, expiry and lengths. Debian: radosgw ceph-mon ceph-osd ceph-common.
"""

import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.services.s3 import ACCESS_KEY, SECRET_KEY, S3Service
from tests.support.ports import free_port
from tests.support.waiting import until

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool", "radosgw", "radosgw-admin")
SECONDS = 90
_POOLS = (
    ".rgw.root",
    *(f"default.rgw.{name}" for name in ("log", "control", "meta", "buckets.index", "buckets.data", "buckets.non-ec")),
)
_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{monitor_port}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon allow pool delete = true
mon max pg per osd = 1000
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv4 = true
run dir = {folder}
log file = {folder}/log/$name.log
pid file = {folder}/$name.pid
admin socket = {folder}/$name.asok
keyring = {folder}/keyring
crash dir = {folder}/crash
mon data = {folder}/mon
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = {room}
mon data avail crit = 1
mon data avail warn = 2
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {folder}/rgw
rgw dns name = localhost
debug rgw = 1
"""


def missing() -> list[str]:
    """The programs that are not installed here."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@contextmanager
def ceph(folder: Path, room: int = 2 << 30) -> Iterator[S3Service]:
    """A cluster in `folder`, on free ports, for `room` bytes; its processes are stopped at the end, by their ids."""
    cluster = _Cluster(folder, room)
    try:
        cluster.start()
        yield S3Service(f"http://127.0.0.1:{cluster.port}", signs=True)
    finally:
        cluster.stop()


class _Cluster:
    def __init__(self, folder: Path, room: int) -> None:
        self._folder = folder
        self._room = room
        self.port = free_port()
        self._monitor_port = free_port()
        self._fsid = str(uuid.uuid4())

    def start(self) -> None:
        folder, keyring = self._folder, self._folder / "keyring"
        for name in ("mon", "osd", "rgw", "log"):
            (folder / name).mkdir()
        text = _CONFIGURATION.format(
            fsid=self._fsid, folder=folder, port=self.port, monitor_port=self._monitor_port, room=self._room
        )
        (folder / "ceph.conf").write_text(text)
        rights = ("--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *")
        key = ("ceph-authtool", str(keyring), "--gen-key", "-n")
        self._run("ceph-authtool", "--create-keyring", *key[1:], "mon.", "--cap", "mon", "allow *")
        self._run(*key, "client.admin", *rights)
        self._run(*key, "osd.0", "--cap", "mon", "allow profile osd", "--cap", "osd", "allow *")
        address = f"[v2:127.0.0.1:{self._monitor_port}]"
        monmap = str(folder / "monmap")
        self._run("monmaptool", "--create", "--fsid", self._fsid, "--addv", "a", address, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", str(keyring))
        self._run("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        self._run("ceph", "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._run("ceph-osd", "-i", "0")
        for pool in _POOLS:
            self._run("ceph", "osd", "pool", "create", pool, "1")
        until(lambda: "1 up" in self._run("ceph", "osd", "stat"), "a storage daemon that is up", SECONDS)
        keys = (f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}")
        self._run("radosgw-admin", "user", "create", "--uid=t", "--display-name=t", *keys)
        as_root = ("--setuser", "root", "--setgroup", "root") if os.getuid() == 0 else ()
        self._run("radosgw", "-n", "client.admin", "--keyring", str(keyring), *as_root)
        until(lambda: _answers(f"http://127.0.0.1:{self.port}/"), "a gateway that answers", SECONDS)

    def stop(self) -> None:
        pids = [int(path.read_text()) for path in self._folder.glob("*.pid") if path.read_text().strip()]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        with suppress(AssertionError):
            until(lambda: not any(_runs(pid) for pid in pids), "the end of every daemon")
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env={**os.environ, "CEPH_CONF": str(self._folder / "ceph.conf")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
