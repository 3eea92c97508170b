"""`get` where more than the wire breaks: servers that are killed, tokens that end, disks that are full."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from shared.sealed.geometry import DEFAULT_PART_SIZE, MIB
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_two_people import send
from tests.support.cli import finish, wait_until_written
from tests.support.line import Line
from tests.support.network import wire_to
from tests.support.people import sign_up
from tests.support.ports import free_port
from tests.support.server import LiveServer, live_server

_SLOW = 25e6
"""Bytes a second: so slow that a test can do something meanwhile."""


def _random() -> bytes:
    return os.urandom(4 * DEFAULT_PART_SIZE - MIB)


@pytest.mark.slow
def test_a_server_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    """It is waited for, with a word; tokens that it takes no longer are renewed on the way."""
    port, folder = str(free_port()), tmp_path / "data"
    secrets = [f"{age}-0123456789" * 5 for age in ("old", "new")]
    with live_server(folder, workers=1, port=port, jwt_secret=secrets[0]) as server, wire_to(server.url) as wire:
        ada = sign_up("ada", server, tmp_path)
        data = _random()
        file_id = send(ada, "a", data, ada.email, options=("--no-compress",))
        wire.line = Line.of(rate=_SLOW)
        with ada.at(wire.url):
            process = ada.cli.start("get", file_id, "-o", "b")
            wait_until_written(ada.cli.folder / "b.part", 1, process)
            server.kill()
            with live_server(folder, workers=1, port=port, jwt_secret=secrets[1]):
                result = finish(process)
    assert result.code == 0, result.err
    assert (ada.cli.folder / "b").read_bytes() == data


@pytest.mark.slow
def test_a_wire_that_stalls(ada: Person, new_person: NewPerson, server: LiveServer) -> None:
    """Half a minute without a byte is a failure, not a wait: other connections take over."""
    bob = new_person("bob")
    data = _random()
    file_id = send(ada, "a", data, bob.email, options=("--no-compress",))
    with wire_to(server.url) as wire, bob.at(wire.url):
        wire.stall_down_after, wire.trouble_ends_after = 5 * MIB, 2
        result = bob.cli("get", file_id, "-o", "b")
        assert wire.troubles == 2
    assert result.code == 0, result.err
    assert (bob.cli.folder / "b").read_bytes() == data


def _disk_of(size: str, folder: Path, script: str) -> list[str]:
    """Runs a script of the shell in which `folder` is a disk of its own; skips the test where that is not possible."""
    alone = ("unshare", "-m") if sys.platform != "win32" and os.geteuid() == 0 else ("unshare", "-U", "-r", "-m")
    mount = f"mount -t tmpfs -o size={size} none {shlex.quote(str(folder))}"
    try:
        subprocess.run([*alone, "sh", "-c", mount], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here")
    return [*alone, "sh", "-c", f"{mount} && cd {shlex.quote(str(folder))} && {script}", "sh"]


@pytest.mark.parametrize("kind", ["plain", "compressed"])
def test_a_disk_that_is_full(ada: Person, bob: Person, server: LiveServer, kind: str, tmp_path: Path) -> None:
    """It says so, keeps what has arrived, and goes on from there when there is room."""
    data = _random() if kind == "plain" else _random().hex().encode()
    file_id = send(ada, "a", data, bob.email, options=("--no-compress",) if kind == "plain" else ())
    again = 'mount -o remount,size=200m . && "$@"; echo "code $?" >&2; cat b; ls -A >&2'
    inside = _disk_of("20m", bob.cli.folder, f'"$@"; echo "code $?" >&2; ls -A >&2; {again}')
    result = bob.cli("get", file_id, "-o", "b", prefix=tuple(inside))
    before, _, after = result.err.partition("code 1\n")
    assert "the disk is full. Make room, then try again" in before
    assert "What has arrived is kept in b.part, and the same command continues there." in before
    assert after.startswith("b.part\n")
    assert "continued at" in after
    assert after.endswith("code 0\nb\n")
    assert result.out.endswith(data)
