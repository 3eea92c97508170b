"""What a client believes of a key log: nothing that was not signed, and nothing that goes back on what it knows."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from client.actions.key_log import LogChanged, follow
from client.local.log_memory import KnownLog, LogMemory
from client.local.paths import Paths
from server.adapters.key_log.files import FileKeyLog
from server.adapters.key_log.signing import LogSigner
from shared.api.models import LogCheckpoint
from shared.sealed import merkle
from shared.sealed.checkpoint import Checkpoint
from shared.sealed.encoding import b64u
from shared.sealed.log_entry import LogEntry

SERVER = "https://sealcase.example"


class Log:
    """A server's log, as it shows it."""

    def __init__(self, folder: Path, seed: bytes = bytes(range(32))) -> None:
        self.signer = LogSigner(seed)
        self.kept = FileKeyLog(folder, self.signer)

    def grow(self, *entries: int) -> None:
        for entry in entries:
            self.kept.append(LogEntry(bytes(32), entry.to_bytes(32)))

    @property
    def answer(self) -> LogCheckpoint:
        return LogCheckpoint(key=self.kept.key.text, checkpoint=self.kept.checkpoint().note)

    def proof_from(self, known: KnownLog) -> list[str]:
        size = self.kept.checkpoint().checkpoint.size
        return [b64u(each) for each in merkle.consistency_proof(known.checkpoint.size, size, self.kept.subtree)]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log(tmp_path / "log")
    log.grow(1, 2, 3)
    return log


def refused(known: KnownLog | None, answer: LogCheckpoint, proof: Sequence[str]) -> str:
    with pytest.raises(LogChanged) as raised:
        follow(known, answer, proof)
    return str(raised.value)


def test_a_log_that_grows_is_followed(log: Log) -> None:
    """From the first look on, which pins its key, however little or much was added."""
    known = follow(None, log.answer, [])
    assert follow(known, log.answer, []) == known
    for entry in range(4, 12):
        log.grow(entry)
        newer = follow(known, log.answer, log.proof_from(known))
        assert (newer.checkpoint.size, newer.key) == (entry, known.key)
        if entry % 3:
            known = newer


def test_what_does_not_follow_is_refused_and_explained(log: Log, tmp_path: Path) -> None:
    """Shorter, as long but another, longer but another, of another key: each with what to do."""
    known = follow(None, log.answer, [])
    for name, entries, words in (
        ("shorter", (1, 2), "went back: it had 3 entries when this machine last looked, and has 2 now"),
        ("as long", (1, 2, 4), "was forked"),
        ("longer", (1, 4, 3, 5), "was forked"),
    ):
        other = Log(tmp_path / name)
        other.grow(*entries)
        said = refused(known, other.answer, other.proof_from(known) if len(entries) > 3 else [])
        assert words in said
        assert "sealcase contacts audit --accept" in said
    other = Log(tmp_path / "other", bytes(32))
    other.grow(1, 2, 3)
    assert "signed with another key" in refused(known, other.answer, [])


def test_proofs_that_are_none_are_refused(log: Log) -> None:
    known = follow(None, log.answer, [])
    log.grow(4, 5)
    proof = log.proof_from(known)
    follow(known, log.answer, proof)
    wrong = ["!"], [b64u(bytes(31))], [b64u(bytes(32))] * 9_999
    for hostile in ([], proof[1:], [*proof, proof[0]], proof[::-1], *wrong):
        refused(known, log.answer, hostile)


def test_answers_that_are_no_log_are_refused(log: Log) -> None:
    """A signature that does not hold, a checkpoint of another log, or neither key nor checkpoint at all."""
    good = log.answer
    checkpoint = log.kept.checkpoint().checkpoint
    forged = Checkpoint(checkpoint.origin, checkpoint.size + 1, checkpoint.root).note(log.kept.key, bytes(64))
    for hostile in (
        LogCheckpoint(key=good.key, checkpoint=forged),
        LogCheckpoint(key=good.key, checkpoint=""),
        LogCheckpoint(key="", checkpoint=good.checkpoint),
        LogCheckpoint(key=LogSigner(bytes(32)).key.text, checkpoint=good.checkpoint),
    ):
        assert "shows a key log that is none" in refused(None, hostile, [])


def test_what_another_command_has_learnt_is_not_forgotten(log: Log, tmp_path: Path) -> None:
    """Of many that remember something newer than the same, one does; nobody takes a checkpoint back unseen."""
    memory = LogMemory(Paths(tmp_path / "home"))
    assert memory.of(SERVER) is None
    known = follow(None, log.answer, [])
    assert memory.replace(SERVER, None, known)
    newer = []
    for entry in range(4, 10):
        log.grow(entry)
        newer.append(follow(known, log.answer, log.proof_from(known)))
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda each: LogMemory(Paths(tmp_path / "home")).replace(SERVER, known, each), newer))
    assert sum(outcomes) == 1
    assert memory.of(SERVER) == newer[outcomes.index(True)]
    accepted = replace(newer[0], accepted=frozenset((bytes(32),)))
    assert memory.replace(SERVER, memory.of(SERVER), accepted)
    assert memory.replace("https://another.example", None, known)
    assert memory.of(SERVER) == accepted
    assert (tmp_path / "home" / "key_logs.json").stat().st_mode & 0o777 == 0o600
