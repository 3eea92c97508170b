"""`get` never starts over: what has arrived stays through every interruption, and is never fetched again."""

import json
import os
import random
import signal
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.sealed.geometry import DEFAULT_PART_SIZE, MIB, Geometry, sealed_length
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_two_people import send
from tests.support.cli import Cli, Result, finish, tree, wait_until
from tests.support.line import Line
from tests.support.network import Wire, wire_to
from tests.support.server import LiveServer

pytestmark = pytest.mark.slow

SEALED_PART = sealed_length(DEFAULT_PART_SIZE)
_SLOW = 25e6
"""Bytes a second: so slow that a test can tell one part from the next."""
_TALK = 200_000
"""Bytes that answers and their heads take together."""
_KEPT = "b.part, and the same command continues there."


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file on the server, of several parts."""

    file_id: str
    data: bytes
    body_size: int
    """Bytes of the sealed body."""

    @classmethod
    def sent(cls, server: LiveServer, sender: Person, to: Person, data: bytes, *options: str) -> "Parcel":
        file_id = send(sender, "a", data, to.email, options=("--no-pad", *options))
        (sender.cli.folder / "a").unlink()
        (body,) = (path for path in server.data_dir.rglob(file_id) if path.parent.parent.name == "blobs")
        return cls(file_id, data, body.stat().st_size)

    def without(self, parts: Collection[int]) -> int:
        """Bytes that the server may send to somebody who has `parts`."""
        geometry = Geometry.of_body(DEFAULT_PART_SIZE, self.body_size)
        return self.body_size - sum(geometry.sealed_length(part) for part in parts) + _TALK


def random_bytes(parts: float) -> bytes:
    return os.urandom(int(parts * DEFAULT_PART_SIZE))


def text() -> bytes:
    """Compresses to about 4 parts, of which the first holds half a part's worth."""
    return os.urandom(4 * DEFAULT_PART_SIZE - MIB).hex().encode()


@pytest.fixture(scope="module")
def plain(server: LiveServer, _ada: Person, _bob: Person) -> Parcel:
    """4 parts, from ada to bob."""
    return Parcel.sent(server, _ada, _bob, random_bytes(3.5), "--no-compress")


@pytest.fixture(scope="module")
def packed(server: LiveServer, _ada: Person, _bob: Person) -> Parcel:
    """4 parts of compressed text, from ada to bob."""
    return Parcel.sent(server, _ada, _bob, text())


@dataclass(frozen=True, slots=True)
class Getter:
    """Somebody who receives through a wire, and what passes there."""

    person: Person
    wire: Wire

    @property
    def cli(self) -> Cli:
        return self.person.cli

    @property
    def part(self) -> Path:
        return self.cli.folder / "b.part"

    def journals(self) -> list[Path]:
        """Those of what is received in this folder."""
        found = []
        for path in (self.cli.data / "downloads").glob("*"):
            first = path.read_bytes().strip().split(b"\n")[0]
            if first and str(self.cli.folder) in json.loads(first)["target"]:
                found.append(path)
        return found

    def noted(self) -> set[int]:
        """Numbers of the parts that are noted as arrived."""
        lines = b"\n".join(path.read_bytes() for path in self.journals()).split(b"\n")
        return {json.loads(line)["part"] for line in lines if line.startswith(b'{"part"') and line.endswith(b"}")}

    def interrupted(self, parcel: Parcel, stop: int, *options: str) -> Result:
        """`get` that is sent the signal `stop` when two parts have arrived, and others are on their way.

        Nothing more comes then: each of the two connections that it begins with stalls in its second part.
        """
        self.wire.stall_down_after = SEALED_PART + 3 * MIB
        with self.person.at(self.wire.url):
            process = self.cli.start("get", parcel.file_id, "-o", "b", *options)
            wait_until(lambda: len(self.noted()) >= 2 or process.poll() is not None, "two parts")
            process.send_signal(stop)
            result = finish(process)
        self.wire.stall_down_after = None
        wait_until(lambda: self.wire.open_ways == 0, "that nothing of this try is under way any more")
        assert result.code, "it was over before it was stopped"
        assert len(self.noted()) >= 2, result.err
        assert self.part.exists()
        assert not (self.cli.folder / "b").exists()
        return result

    def killed_after(self, parcel: Parcel, size: int) -> Result:
        """`get --force`, killed when the server has sent `size` bytes more, if it is not over before."""
        self.wire.line = Line.of(rate=4 * _SLOW)
        enough = self.wire.passed_down + size
        with self.person.at(self.wire.url):
            process = self.cli.start("get", parcel.file_id, "-o", "b", "--force")
            wait_until(lambda: self.wire.passed_down >= enough or process.poll() is not None, "bytes")
            process.kill()
            return finish(process)

    def get(self, parcel: Parcel, *options: str, **settings: str) -> tuple[Result, int]:
        """`get` on a fast line; how it ended, and the bytes that the server sent."""
        self.wire.line = Line()
        before = self.wire.passed_down
        with self.person.at(self.wire.url):
            result = self.cli.with_settings(**settings)("get", parcel.file_id, "-o", "b", *options)
        return result, self.wire.passed_down - before

    def continues(self, parcel: Parcel) -> None:
        """The next try fetches what is not noted, and nothing else; the file is whole, and nothing else is left."""
        kept = self.noted()
        result, sent = self.get(parcel)
        assert result.code == 0, result.err
        assert "b: continued at" in result.err.replace("a: ", "b: ")
        assert sent <= parcel.without(kept)
        self.has_whole(parcel)

    def has_whole(self, parcel: Parcel) -> None:
        """Byte for byte, and nothing unfinished is left anywhere."""
        assert (self.cli.folder / "b").read_bytes() == parcel.data
        self.has_only("b")

    def has_only(self, *names: str) -> None:
        assert tree(self.cli.folder) == set(names)
        assert not self.journals()


@pytest.fixture
def far(bob: Person, server: LiveServer) -> Iterator[Getter]:
    """Bob, behind a wire."""
    with wire_to(server.url) as wire:
        yield Getter(bob, wire)


@pytest.mark.parametrize("kind", ["plain", "packed"])
def test_after_kill_9(far: Getter, kind: str, request: pytest.FixtureRequest) -> None:
    """Whatever moment it is: what had arrived is taken up, compressed or not."""
    parcel: Parcel = request.getfixturevalue(kind)
    far.interrupted(parcel, signal.SIGKILL)
    far.continues(parcel)


@pytest.mark.parametrize("kind", ["plain", "packed"])
def test_killed_at_random_moments(far: Getter, kind: str, request: pytest.FixtureRequest) -> None:
    """Twelve tries that are killed wherever they are, from the first request to the last rename: nothing is torn."""
    parcel: Parcel = request.getfixturevalue(kind)
    moments, target = random.Random(kind), far.cli.folder / "b"
    for _ in range(12):
        target.unlink(missing_ok=True)
        kept = far.noted() if far.part.exists() else set()
        code = far.killed_after(parcel, moments.randrange(parcel.body_size)).code
        if target.exists():  # perhaps killed between the last rename and its end
            assert target.read_bytes() == parcel.data
        else:
            assert code
            assert kept <= far.noted()
    result, _ = far.get(parcel, "--force")
    assert result.code == 0, result.err
    far.has_whole(parcel)


def test_after_ctrl_c(far: Getter, plain: Parcel) -> None:
    """Exit code 130, and where what has arrived is."""
    result = far.interrupted(plain, signal.SIGINT)
    assert result.code == 130
    assert f"Stopped. What has arrived is kept in {_KEPT}" in result.err
    assert tree(far.cli.folder) == {"b.part"}
    far.continues(plain)


def test_events_of_both_tries(far: Getter, packed: Parcel) -> None:
    """--events tells of the first that it can be continued; the second begins where that came to."""
    first = [json.loads(line) for line in far.interrupted(packed, signal.SIGINT, "--events").lines]
    assert first[0]["event"] == "began"
    assert first[-1]["event"] == "failed"
    assert first[-1]["resumable"] is True
    result, _ = far.get(packed, "--events")
    second = [json.loads(line) for line in result.lines]
    kinds = [event["event"] for event in second]
    assert kinds[0] == "began"
    assert kinds[-2:] == ["verified", "done"]
    resumed = second[kinds.index("resumed")]
    assert 0 < resumed["done"] < resumed["total"] == len(packed.data)
    done = [event["done"] for event in second[kinds.index("resumed") :] if event["event"] == "receiving"]
    assert min(done) >= resumed["done"]
    assert done[-1] == len(packed.data)


def test_after_a_shutdown(far: Getter, packed: Parcel) -> None:
    """SIGTERM: exit code 143; what can be made anew from what has arrived does not stay."""
    assert far.interrupted(packed, signal.SIGTERM).code == 143
    assert tree(far.cli.folder) == {"b.part"}
    far.continues(packed)


def test_after_a_power_cut(far: Getter, plain: Parcel) -> None:
    """What was noted, but did not reach the disk, is noticed and fetched again; nothing else is."""
    far.interrupted(plain, signal.SIGKILL)
    lost, *kept = far.noted()
    (journal,) = far.journals()
    with far.part.open("r+b") as part, journal.open("ab") as notes:
        part.seek(lost * DEFAULT_PART_SIZE + MIB)
        part.write(bytes(4_096))
        notes.write(b'\n{"part":3,"finger')
    result, sent = far.get(plain)
    assert result.code == 0, result.err
    assert sent <= plain.without(kept)
    far.has_whole(plain)


def test_after_the_work_file_was_cut(far: Getter, packed: Parcel) -> None:
    """Of a work file that lost its end, the beginning is good."""
    far.interrupted(packed, signal.SIGKILL)
    kept = far.noted()
    os.truncate(far.part, DEFAULT_PART_SIZE + 5)
    result, sent = far.get(packed)
    assert result.code == 0, result.err
    assert sent <= packed.without({0} & kept)
    far.has_whole(packed)


def test_a_work_file_that_was_deleted(far: Getter, plain: Parcel) -> None:
    """Whoever deletes it wants to begin afresh, and need not be told."""
    far.interrupted(plain, signal.SIGKILL)
    far.part.unlink()
    result, _ = far.get(plain)
    assert result.code == 0
    assert "afresh" not in result.err
    assert "continued" not in result.err
    far.has_whole(plain)


def test_the_work_file_of_something_else(far: Getter, plain: Parcel, packed: Parcel) -> None:
    """One that is of another file is begun afresh, with a word; one that nobody knows anything of is somebody's own."""
    far.interrupted(plain, signal.SIGKILL)
    result, _ = far.get(packed)
    assert result.code == 0
    assert "begun afresh: what was in b.part is not known to be of this file" in result.err
    far.has_whole(packed)
    (far.cli.folder / "b").unlink()
    far.part.write_bytes(b"mine")
    result, _ = far.get(plain)
    assert result.code == 1
    assert "b.part is there already, and no work file of Sealcase: it was not touched" in result.err
    assert far.part.read_bytes() == b"mine"
    result, _ = far.get(plain, "--force")
    assert result.code == 0
    assert "begun afresh" in result.err
    far.has_whole(plain)


def test_a_file_that_came_in_between(far: Getter, plain: Parcel) -> None:
    """The name was taken while the file was on its way: nothing is overwritten, and --force fetches nothing again."""
    far.interrupted(plain, signal.SIGKILL)
    (far.cli.folder / "b").write_text("mine")
    result, sent = far.get(plain)
    assert result.code == 1
    assert sent < _TALK
    assert (far.cli.folder / "b").read_text() == "mine"
    kept = far.noted()
    result, sent = far.get(plain, "--force")
    assert result.code == 0
    assert sent <= plain.without(kept)
    far.has_whole(plain)


def test_a_network_that_stays_away(far: Getter, plain: Parcel) -> None:
    """When patience ends: exit code 8, and what has arrived is kept."""
    far.wire.stall_down_after = SEALED_PART + 3 * MIB  # of one connection: it carries one part, and not the next
    with far.person.at(far.wire.url):
        process = far.cli.with_settings(SEALCASE_PATIENCE="1").start("get", plain.file_id, "-o", "b")
        wait_until(lambda: bool(far.noted()), "a part")
        far.wire.stall_down_after, far.wire.cut_down_after = None, 0
        far.wire.break_all()
        result = finish(process)
    assert result.code == 8, result.err
    assert _KEPT in result.err
    far.wire.cut_down_after = None
    far.continues(plain)


BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\nConnection: close\r\n\r\n502\n"
TROUBLES: Mapping[str, tuple[str, int | bytes]] = {
    "cut": ("cut_down_after", 5 * MIB),
    "truncated": ("truncate_down_after", 5 * MIB),
    "altered": ("flip_down_at", 5 * MIB),
    "a bad gateway": ("answer_instead", BAD_GATEWAY),
    "cut requests": ("cut_up_after", 100),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_wire_with_trouble(far: Getter, packed: Parcel, trouble: str) -> None:
    """It goes on by itself, and only the part that suffered travels again."""
    setattr(far.wire, *TROUBLES[trouble])
    far.wire.trouble_ends_after = 3
    result, sent = far.get(packed)
    assert result.code == 0, result.err
    assert far.wire.troubles
    assert sent <= packed.body_size + 3 * SEALED_PART + _TALK
    far.has_whole(packed)


def test_two_at_once(far: Getter, plain: Parcel) -> None:
    """The second is refused, says why, and harms nothing of the first."""
    far.wire.stall_down_after = SEALED_PART + 3 * MIB
    with far.person.at(far.wire.url):
        first = far.cli.start("get", plain.file_id, "-o", "b")
        wait_until(lambda: bool(far.noted()), "a part")
        far.wire.stall_down_after = None
        second = far.cli("get", plain.file_id, "-o", "b")
        far.wire.break_all()
        assert second.code == 1
        assert "another Sealcase is writing b.part right now" in second.err
        assert "continues there" not in second.err
        assert finish(first).code == 0
    far.has_whole(plain)


def test_a_home_that_can_not_be_written_to(new_person: NewPerson, server: LiveServer) -> None:
    """Nothing can be noted there, so nothing can be continued; the file comes all the same."""
    ada = new_person("ada")
    parcel = Parcel.sent(server, ada, ada, random_bytes(1.5), "--no-compress")
    (ada.cli.data / "downloads").write_text("in the way")
    ada.cli.ok("get", parcel.file_id, "-o", "b")
    assert (ada.cli.folder / "b").read_bytes() == parcel.data
    assert tree(ada.cli.folder) == {"b"}


def test_a_last_part_that_the_server_altered(server: LiveServer, ada: Person, far: Getter) -> None:
    """Exit code 6: nothing stays of a file of which a part does not hold, and nothing is offered to be continued."""
    parcel = Parcel.sent(server, ada, far.person, random_bytes(2.5), "--no-compress")
    (body,) = (path for path in server.data_dir.rglob(parcel.file_id) if path.parent.parent.name == "blobs")
    with body.open("r+b") as file:
        file.seek(-1_000, os.SEEK_END)
        file.write(bytes(16))
    result, _ = far.get(parcel)
    assert result.code == 6
    assert "not the one that the sender sealed" in result.err
    assert "continues" not in result.err
    far.has_only()


@pytest.mark.parametrize(("how", "code"), [("expired", 5), ("deleted", 4)])
def test_a_file_that_is_gone_between_two_tries(
    server: LiveServer, ada: Person, far: Getter, how: str, code: int
) -> None:
    """What had arrived of an expired file goes; of one that is not found it is named: another account may have it."""
    parcel = Parcel.sent(server, ada, far.person, random_bytes(3.5), "--no-compress")
    far.interrupted(parcel, signal.SIGKILL)
    if how == "deleted":
        ada.cli.ok("rm", parcel.file_id)
    else:
        (record,) = server.data_dir.rglob(f"{parcel.file_id}.json")
        record.write_text(json.dumps({**json.loads(record.read_bytes()), "expires_at": 1_000_000_000}))
    result, _ = far.get(parcel)
    assert result.code == code
    assert str(far.part) in result.err
    if how == "expired":
        far.has_only()
    else:
        assert tree(far.cli.folder) == {"b.part"}


def test_a_download_limit_counts_it_once(server: LiveServer, new_person: NewPerson, far: Getter) -> None:
    """One download is enough for a file that came in two tries; then it is used up."""
    ada = new_person("ada")
    parcel = Parcel.sent(server, ada, far.person, random_bytes(3.5), "--no-compress", "--downloads", "1")
    far.interrupted(parcel, signal.SIGKILL)
    far.continues(parcel)
    (far.cli.folder / "b").unlink()
    result, _ = far.get(parcel)
    assert result.code == 5
    assert "as often as its owner allowed" in result.err
    far.has_only()
