"""The list of transfers on disk."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from client.local.paths import Paths
from client.local.queue import GetOrder, Queued, QueueFile, SendOrder
from client.local.session import Session

ADA = Session("https://files.example.org", "ada@example.org", "u1", "SECRET-TOKEN", "SECRET-REFRESH", 0)
BOB = replace(ADA, user_id="u2")
SEND = SendOrder(
    "/tmp/böse name {x}.txt", ("bob@example.org",), ("/tmp/k.pem",), ("eve@example.org",), 168, 3, "hi", True, True
)
GET = GetOrder("0" * 8, "/tmp/in", "", False, "bob@example.org", "")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home")


def test_transfers_come_back_as_they_were(paths: Paths) -> None:
    """Both kinds, in their order, for whom they belong to and nobody else."""
    send, get = Queued.new(ADA, SEND, "a", 5, 1.0), Queued.new(ADA, GET, "b", None, 2.0)
    other = Queued.new(BOB, SEND, "c", 5, 3.0)
    QueueFile(paths).change(put=[send, get, other])
    assert QueueFile(paths).of(ADA) == [send, get]
    assert QueueFile(paths).of(BOB) == [other]


def test_lists_of_earlier_versions_are_read(paths: Paths) -> None:
    """They know nothing of mails: none is wanted."""
    QueueFile(paths).change(put=[Queued.new(ADA, SEND, "a", 5, 1.0)])
    path = paths.data / "queue.json"
    record = json.loads(path.read_text())
    del record["transfers"][0]["order"]["notify"]
    path.write_text(json.dumps(record))
    (queued,) = QueueFile(paths).of(ADA)
    assert queued.order == replace(SEND, notify=False)


def test_the_file_is_private_and_holds_no_token(paths: Paths) -> None:
    """Mode 0600; what signs somebody in does not stand in it."""
    QueueFile(paths).change(put=[Queued.new(ADA, SEND, "a", 5, 1.0)])
    path = paths.data / "queue.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "SECRET" not in path.read_text()


def test_what_was_dropped_does_not_come_back(paths: Paths) -> None:
    """A late note about a transfer that is over changes nothing: nothing is sent twice after a crash."""
    queue, send = QueueFile(paths), Queued.new(ADA, SEND, "a", 5, 1.0)
    queue.change(put=[send])
    queue.change(drop=[send.key])
    queue.change(put=[replace(send, done=3)])
    assert QueueFile(paths).of(ADA) == []


def test_what_another_program_has_dropped_does_not_come_back(paths: Paths) -> None:
    """The process that moves files says at once that one is over; the window's late note changes nothing."""
    window, mover, send = QueueFile(paths), QueueFile(paths), Queued.new(ADA, SEND, "a", 5, 1.0)
    window.change(put=[send])
    mover.change(drop=[send.key])
    window.change(put=[replace(send, done=3)])
    assert QueueFile(paths).of(ADA) == []


def test_two_windows_do_not_lose_each_others_transfers(paths: Paths) -> None:
    """Each changes only what it says."""
    one, two = QueueFile(paths), QueueFile(paths)
    first, second = Queued.new(ADA, SEND, "a", 5, 1.0), Queued.new(ADA, GET, "b", 5, 2.0)
    one.change(put=[first])
    two.change(put=[second])
    one.change(put=[replace(first, done=2)])
    assert QueueFile(paths).of(ADA) == [replace(first, done=2), second]


def test_names_that_are_not_utf_8_survive(paths: Paths) -> None:
    """A path is its bytes."""
    send = Queued.new(ADA, replace(SEND, source=os.fsdecode(b"/tmp/\xff.bin")), "a", 5, 1.0)
    QueueFile(paths).change(put=[send])
    assert QueueFile(paths).of(ADA) == [send]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"format": "other"}', b"\xff", b"[" * 100_000])
def test_a_damaged_list_is_an_empty_one(paths: Paths, raw: bytes) -> None:
    """The window opens all the same."""
    paths.data.mkdir()
    (paths.data / "queue.json").write_bytes(raw)
    assert QueueFile(paths).of(ADA) == []


@pytest.mark.parametrize("wrong", [{"key": 5}, {"size": -1}, {"order": None}, {"added_at": True}, {"kind": None}])
def test_a_damaged_transfer_does_not_cost_the_others(paths: Paths, wrong: dict[str, object]) -> None:
    """It alone is left out."""
    send, get = Queued.new(ADA, SEND, "a", 5, 1.0), Queued.new(ADA, GET, "b", None, 2.0)
    QueueFile(paths).change(put=[send, get])
    path = paths.data / "queue.json"
    record = json.loads(path.read_text())
    record["transfers"][0].update(wrong)
    path.write_text(json.dumps(record))
    assert QueueFile(paths).of(ADA) == [get]
