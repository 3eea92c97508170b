"""What every `KeyLog` does, over each adapter; and what only the one in files can show."""

import hashlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from server.adapters import durable
from server.adapters.key_log.files import FileKeyLog
from server.adapters.key_log.signing import LogSigner
from server.ports import Damaged, KeyLog
from shared.crypto.log_key import verified_checkpoint
from shared.sealed import merkle
from shared.sealed.log_entry import ENTRY_BYTES, LogEntry
from shared.sealed.merkle import GrowingTree, leaf_hash
from tests.contracts.places import KEY_LOGS, SEED


def entry(number: int) -> LogEntry:
    return LogEntry(b"tag".ljust(32), hashlib.sha256(str(number).encode()).digest())


def entries(log: KeyLog) -> list[LogEntry]:
    raw = log.entries(0, 1_000)
    return [LogEntry.parse(raw[at : at + ENTRY_BYTES]) for at in range(0, len(raw), ENTRY_BYTES)]


def folder_log(folder: Path) -> FileKeyLog:
    return FileKeyLog(folder / "key_log", LogSigner(SEED))


@pytest.fixture(params=KEY_LOGS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def log(name: str, place: Path) -> KeyLog:
    return KEY_LOGS[name](place)


def is_whole(log: KeyLog) -> bool:
    """Whether the signed checkpoint is that of the entries."""
    tree = GrowingTree()
    for each in entries(log):
        tree.add(leaf_hash(each.raw))
    checkpoint = verified_checkpoint(log.checkpoint().note, log.key)
    return (checkpoint.size, checkpoint.root) == (tree.size, tree.root()) and not list(log.verify())


def test_an_empty_log_has_a_checkpoint(log: KeyLog) -> None:
    assert log.checkpoint().checkpoint.size == 0
    assert is_whole(log)
    assert log.entries(0, 10) == b""
    assert log.index_of(bytes(32)) is None


def test_entries_stay_in_their_order_and_each_card_stands_there_once(log: KeyLog) -> None:
    for number in range(20):
        assert log.append(entry(number)) == number
        assert log.append(entry(number // 2)) == number // 2
        assert is_whole(log)
    assert entries(log) == [entry(number) for number in range(20)]
    assert log.index_of(entry(13).digest) == 13
    assert log.index_of(entry(20).digest) is None
    assert log.entries(18, 10) == entry(18).raw + entry(19).raw
    assert log.entries(20, 10) == log.entries(1 << 50, 10) == b""


def test_every_older_checkpoint_leads_to_the_newest(log: KeyLog) -> None:
    seen = [log.checkpoint().checkpoint]
    for number in range(17):
        log.append(entry(number))
        seen.append(log.checkpoint().checkpoint)
    newest = seen[-1]
    for old in seen:
        proof = merkle.consistency_proof(old.size, newest.size, log.subtree)
        assert merkle.is_consistent(old.root, old.size, newest.root, newest.size, proof)
    for index in range(newest.size):
        proof = merkle.inclusion_proof(index, newest.size, log.subtree)
        assert merkle.includes(newest.root, newest.size, index, leaf_hash(entry(index).raw), proof)


def _append(name: str, place: Path, first: int) -> None:
    log = KEY_LOGS[name](place)
    for number in range(first, first + 12):
        log.append(entry(number))


def test_many_workers_write_one_log(name: str, place: Path) -> None:
    """Three processes, and the threads of a fourth; most cards come from two of them."""
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_append, args=(name, place, 6 * n)) for n in range(3)]
    for worker in workers:
        worker.start()
    log = KEY_LOGS[name](place)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(log.append, map(entry, range(24))))
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert is_whole(log)
    assert sorted(each.digest for each in entries(log)) == sorted(entry(number).digest for number in range(24))


class PowerCut(BaseException):
    """Nothing more is written."""


def _cut_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """From now on, everything ends in front of the write number `step`; returns how many there were."""
    done = 0

    def counted(original: Callable[..., None]) -> Callable[..., None]:
        def write(*arguments: object) -> None:
            nonlocal done
            if done == step:
                raise PowerCut
            done += 1
            original(*arguments)

        return write

    monkeypatch.setattr(durable, "write", counted(durable.write))
    monkeypatch.setattr(durable, "write_at_once", counted(durable.write_at_once))
    return lambda: done


@pytest.mark.parametrize("size", [0, 3])
def test_a_crash_before_any_write_leaves_a_whole_log(size: int, tmp_path: Path) -> None:
    """The entry is in it or not; what a crash has left is in nobody's way, and no checkpoint is taken back."""
    cuts = 0
    for step in range(10):
        log = folder_log(tmp_path / str(step))
        for number in range(size):
            log.append(entry(number))
        with pytest.MonkeyPatch.context() as monkeypatch:
            done = _cut_at(step, monkeypatch)
            try:
                log.append(entry(100))
            except PowerCut:
                cuts += 1
            else:
                assert done() == step
                break
        assert is_whole(log)
        assert log.checkpoint().checkpoint.size == size
        assert log.index_of(entry(100).digest) is None
        assert log.append(entry(101)) == size  # takes the place
        assert log.append(entry(100)) == size + 1
        assert is_whole(log)
    assert cuts == 4


def _append_and_tell(name: str, place: Path, first: int, told: Connection) -> None:
    log = KEY_LOGS[name](place)
    for number in range(first, first + 100_000):
        log.append(entry(number))
        told.send((number, log.checkpoint().note))


def test_a_killed_worker_leaves_a_whole_log(name: str, place: Path) -> None:
    """kill -9 at any moment: what was acknowledged is there, and every checkpoint that was seen leads on."""
    log, seen = KEY_LOGS[name](place), []
    for attempt in range(4):
        ours, theirs = multiprocessing.Pipe(duplex=False)
        arguments = (name, place, attempt * 100_000, theirs)
        writer = multiprocessing.get_context("spawn").Process(target=_append_and_tell, args=arguments)
        writer.start()
        theirs.close()
        seen += [ours.recv() for _ in range(3 + attempt)]
        writer.kill()
        with suppress(EOFError, OSError):  # a message was torn
            while True:
                seen.append(ours.recv())
        writer.join()
        assert is_whole(log)
    newest = log.checkpoint().checkpoint
    for number, note in seen:
        assert log.index_of(entry(number).digest) is not None
        old = verified_checkpoint(note, log.key)
        proof = merkle.consistency_proof(old.size, newest.size, log.subtree)
        assert merkle.is_consistent(old.root, old.size, newest.root, newest.size, proof)


def test_a_log_of_another_key_is_refused(tmp_path: Path) -> None:
    """Going on under another key would look to everybody like another log."""
    folder_log(tmp_path).append(entry(0))
    with pytest.raises(Damaged):
        FileKeyLog(tmp_path / "key_log", LogSigner(bytes(32)))


@pytest.mark.parametrize("name", ["entries", "hashes", "checkpoint"])
def test_damage_is_found(name: str, tmp_path: Path) -> None:
    log = folder_log(tmp_path)
    for number in range(5):
        log.append(entry(number))
    path = tmp_path / "key_log" / name
    genuine = path.read_bytes()
    for damaged in (bytes([genuine[0] ^ 1]) + genuine[1:], genuine[:-40], b""):
        path.write_bytes(damaged)
        assert list(log.verify()), damaged
    path.write_bytes(genuine)
    assert not list(log.verify())
