"""Files in IPFS, with real commands, a real server and a real node; and files that move there while they are read."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.services.ipfs import IpfsNode
from tests.support.people import Person, sign_up
from tests.support.server import LiveServer, live_server
from tests.support.waiting import until

pytestmark = pytest.mark.slow
SECONDS = 120


@pytest.fixture
def server(tmp_path: Path, ipfs: IpfsNode) -> Iterator[LiveServer]:
    with live_server(tmp_path / "data", workers=2, **ipfs.settings(ipfs_timeout="5", rate_limits="0")) as running:
        yield running


def admin(server: LiveServer, *arguments: str) -> subprocess.Popen[str]:
    """`sealcase-server admin ...` beside the server."""
    command = [sys.executable, "-m", "server", "admin", *arguments]
    return subprocess.Popen(
        command, env=dict(server.settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def said(command: subprocess.Popen[str]) -> list[dict[str, object]]:
    """The JSON lines of a command that succeeds."""
    out, err = command.communicate(timeout=SECONDS)
    assert command.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()]


def send(sender: Person, recipient: Person, name: str, data: bytes) -> str:
    (sender.cli.folder / name).write_bytes(data)
    (file_id,) = sender.cli.ok("send", name, "--to", recipient.email).lines
    return file_id


def test_send_get_show_and_rm(server: LiveServer, ipfs: IpfsNode, tmp_path: Path) -> None:
    """As with any storage; besides, the owner sees the CID, and is told what deletion can't do."""
    ada, bob = sign_up("ada", server, tmp_path), sign_up("bob", server, tmp_path)
    data = os.urandom(12_000_000)
    file_id = send(ada, bob, "large.bin", data)
    small_id = send(ada, bob, "small.txt", b"hello")
    bob.cli.ok("get", file_id, small_id)
    assert (bob.cli.folder / "large.bin").read_bytes() == data
    assert (bob.cli.folder / "small.txt").read_bytes() == b"hello"
    shown = ada.cli.ok("show", file_id).out.decode()
    record = ada.cli.ok("show", file_id, "--json").json
    assert isinstance(record, dict)
    assert record["storage"] == "ipfs"
    assert str(record["cid"]) in shown
    assert "can't be recalled" in shown
    assert record["cid"] in ipfs.pins()
    assert "ipfs" not in bob.cli.ok("show", file_id, "--json").out.decode()
    removed = ada.cli.ok("rm", file_id, small_id)
    assert removed.err.count("copies that other nodes have made can't be recalled") == 1
    assert record["cid"] not in ipfs.pins()
    assert bob.cli("get", file_id, "--force").code != 0


def test_a_node_that_dies_under_a_transfer(server: LiveServer, ipfs: IpfsNode, tmp_path: Path) -> None:
    """`send` says why it waits, and ends by itself once the node is back."""
    ada, bob = sign_up("ada", server, tmp_path), sign_up("bob", server, tmp_path)
    data = os.urandom(9_000_000)
    (ada.cli.folder / "large.bin").write_bytes(data)
    ipfs.stop()
    try:
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(ada.cli.ok, "send", "large.bin", "--to", bob.email)
            until(lambda: any("does not answer" in line for line in server.lines), "a dead node in the log", SECONDS)
            ipfs.start()
            (file_id,) = sending.result(SECONDS).lines
    finally:
        if ipfs.process is None:
            ipfs.start()
    bob.cli.ok("get", file_id)
    assert (bob.cli.folder / "large.bin").read_bytes() == data


def test_files_move_while_they_are_read_and_deleted(server: LiveServer, ipfs: IpfsNode, tmp_path: Path) -> None:
    """From IPFS to the disk and back, the mover killed again and again, readers and a deleter beside it."""
    ada, bob = sign_up("ada", server, tmp_path), sign_up("bob", server, tmp_path)
    contents = {f"file{number}.bin": os.urandom(3_000_000 + number) for number in range(6)}
    ids = {send(ada, bob, name, data): data for name, data in contents.items()}
    doomed = send(ada, bob, "doomed.bin", os.urandom(2_000_000))
    (plan,) = said(admin(server, "move-blobs", "--from", "ipfs", "--to", "local", "--dry-run", "--json"))
    assert plan["files"] == 7

    def read_all() -> None:
        for file_id, data in ids.items():
            assert bob.cli.ok("get", file_id, "-o", "-").out == data

    for source, target in (("ipfs", "local"), ("local", "ipfs")):
        with ThreadPoolExecutor(2) as pool:
            reading = pool.submit(read_all)
            for lines in (1, 2):
                mover = admin(server, "move-blobs", "--from", source, "--to", target, "--json")
                assert mover.stdout is not None
                for _ in range(lines):
                    mover.stdout.readline()
                mover.send_signal(signal.SIGKILL)
                mover.communicate(timeout=SECONDS)
            if target == "local":
                ada.cli.ok("rm", doomed)
            said(admin(server, "move-blobs", "--from", source, "--to", target, "--json"))
            reading.result(SECONDS)
        read_all()
        for file_id in ids:
            record = ada.cli.ok("show", file_id, "--json").json
            assert isinstance(record, dict)
            assert record["storage"] == target
        blobs = [path for path in (server.data_dir / "blobs").rglob("*") if path.is_file()]
        assert len(blobs) == (len(ids) if target == "local" else 0)
    assert said(admin(server, "verify", "--deep", "--json")) is not None
