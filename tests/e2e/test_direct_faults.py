"""Straight to a real store and from there, while addresses expire, the store stutters, and people stop and go on."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from shared.sealed.geometry import DEFAULT_PART_SIZE, sealed_length
from tests.e2e.test_folders import contents, make
from tests.e2e.test_key_changes import send_old_format
from tests.hostile.cheat import Cheat, cheating, edited
from tests.services.s3 import S3Service
from tests.support.cli import finish, wait_until
from tests.support.direct import House, direct_house, events_of, named
from tests.support.line import Line

pytestmark = pytest.mark.slow

PART = sealed_length(DEFAULT_PART_SIZE)
PARTS = 5
SIZE = 38_000_000
SLOW = 20e6
"""Bytes a second: slow enough to do something meanwhile."""
RECORDS = 400_000
"""Bytes of heads and records, with room to spare."""
SLOW_DOWN = (
    b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(SLOW_DOWN), SLOW_DOWN)
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 14\r\nConnection: close\r\n\r\n<h1>403</h1>\r\n"


@pytest.fixture
def house(ceph_s3: S3Service, tmp_path: Path) -> Iterator[House]:
    with direct_house(ceph_s3, tmp_path, s3_verify="full") as house:
        yield house


@pytest.fixture
def content(house: House) -> bytes:
    return _content(house)


def _content(house: House) -> bytes:
    """What Ada has in `a.bin`."""
    data = os.urandom(SIZE)
    (house.ada.cli.folder / "a.bin").write_bytes(data)
    return data


def _received(house: House, file_id: str, *arguments: str) -> bytes:
    return house.bob.cli.ok("get", file_id, *arguments, "-o", "-").out


@pytest.mark.parametrize("options", [(), ("--no-compress",)], ids=["compressed", "plain"])
def test_pipes(house: House, options: tuple[str, ...]) -> None:
    """From a pipe into a pipe: nobody knows how long it is, and nothing of it passes the server."""
    data = os.urandom(70_000_000) + bytes(70_000_000)
    before = house.to_server.passed_up
    events = events_of(house.ada.cli.ok("send", "-", "--to", house.bob.email, *options, "--events", stdin=data))
    assert _received(house, str(events[-1]["file_id"])) == data
    assert house.to_server.passed_up - before < RECORDS
    assert not named(events, "rerouted")


def test_a_folder(house: House) -> None:
    """Large files go straight, small ones in one request; it comes back as it was."""
    files = {
        "large.bin": os.urandom(20_000_000),
        "a/text.txt": b"hello " * 3_000_000,
        "a/small.txt": b"small",
        "medium.bin": os.urandom(900_000),
        "nothing": None,
    }
    make(house.ada.cli.folder / "photos", files)
    before = house.to_store.passed_up
    file_id, told = house.send("photos")
    assert house.to_store.passed_up - before >= 20_000_000
    told += house.get(file_id)
    assert contents(house.bob.cli.folder / "photos") == files
    assert not named(told, "rerouted")


def test_a_file_that_a_script_has_sent(house: House) -> None:
    """Simple uploads come straight from the store, too; through the server where that is blocked, said once."""
    data = os.urandom(3_000_000)
    file_id = send_old_format(house.ada, house.bob, house.server, data)
    before = house.to_store.passed_down
    told = house.get(file_id, "-o", "old.bin")
    assert house.to_store.passed_down - before >= len(data)
    assert not named(told, "rerouted")
    house.block_store()
    told = house.get(file_id, "-o", "again.bin")
    assert len(named(told, "rerouted")) == 1
    for name in ("old.bin", "again.bin"):
        assert (house.bob.cli.folder / name).read_bytes() == data


def test_addresses_expire(ceph_s3: S3Service, tmp_path: Path) -> None:
    """On a slow line most addresses are old before their part has its turn: others are asked for."""
    with direct_house(ceph_s3, tmp_path, s3_url_seconds="3") as house:
        data = _content(house)
        house.to_store.line = Line.of(rate=SLOW / 4)  # twice as long as addresses are good
        file_id, told = house.send("a.bin", "--no-compress")
        assert not named(told, "rerouted")
        house.to_store.line = Line()
        assert _received(house, file_id) == data


def test_the_store_says_that_an_address_has_expired(ceph_s3: S3Service, tmp_path: Path) -> None:
    """Whatever the server says of how long it is good: 403 is answered with another address, not given up."""

    def boast(cheat: Cheat) -> None:
        cheat.lie("POST", "/uploads/[^/]+/part_urls", edited(lambda record: record.update(expires_in=3_600)))

    with direct_house(ceph_s3, tmp_path, s3_url_seconds="3") as house, cheating(house.server) as cheat:
        data = _content(house)
        boast(cheat)
        house.to_store.line = Line.of(rate=SLOW / 4)  # twice as long as addresses are good
        with house.ada.at(cheat.url):
            file_id, told = house.send("a.bin", "--no-compress")
        asked = [each for each in cheat.asked if each.path.endswith("/part_urls")]
        assert len(asked) > 1
        assert not [each for each in cheat.asked if each.method == "PUT" and "/parts/" in each.path]
        assert not named(told, "rerouted")
        house.to_store.line = Line()
        assert _received(house, file_id) == data


def test_a_store_that_asks_for_time(house: House, content: bytes) -> None:
    """503 SlowDown: it is waited for, straight, both ways."""
    house.to_store.answer_instead, house.to_store.trouble_ends_after = BUSY, 4
    file_id, told = house.send("a.bin", "--no-compress")
    assert house.to_store.troubles == 4
    assert "SlowDown" in str(named(told, "waiting"))
    house.to_store.trouble_ends_after = 6
    told += house.get(file_id, "-o", "b.bin")
    assert (house.bob.cli.folder / "b.bin").read_bytes() == content
    assert not named(told, "rerouted")


def test_a_proxy_that_forbids_the_store(house: House, content: bytes) -> None:
    """403 of something in between, which another address does not cure: through the server at once, said once."""
    house.to_store.answer_instead = FORBIDDEN
    file_id, told = house.send("a.bin", "--no-compress")
    told_of_get = house.get(file_id, "-o", "b.bin")
    assert (house.bob.cli.folder / "b.bin").read_bytes() == content
    for events in (told, told_of_get):
        assert ["HTTP 403" in str(event["reason"]) for event in named(events, "rerouted")] == [True]
        assert not named(events, "waiting")


def test_a_store_that_is_gone_midway(house: House, content: bytes) -> None:
    """Parts that it has stay there; the others go through the server."""
    house.to_store.stall_up_after = PART + PART // 2  # of one connection: it stands in its second part
    before = house.to_server.passed_up
    process = house.ada.cli.start("send", "a.bin", "--to", house.bob.email, "--no-compress", "--events")
    wait_until(lambda: _noted(house) >= 1 and house.to_store.stalled >= 1, "a part, and half of another")
    house.block_store()
    house.to_store.break_all()
    told = events_of(finish(process))
    assert len(named(told, "rerouted")) == 1
    assert RECORDS < house.to_server.passed_up - before <= (PARTS - 1) * PART + RECORDS
    file_id = str(told[-1]["file_id"])
    assert _received(house, file_id) == content


def test_a_store_that_is_gone_while_it_is_read(house: House, content: bytes) -> None:
    """What had arrived stays; the rest comes through the server."""
    file_id, _ = house.send("a.bin", "--no-compress")
    house.to_store.line = Line.of(rate=SLOW)
    process = house.bob.cli.start("get", file_id, "-o", "b.bin", "--events")
    part = house.bob.cli.folder / "b.bin.part"
    wait_until(lambda: part.exists() and part.stat().st_blocks * 512 >= DEFAULT_PART_SIZE, "a part")
    before = house.to_server.passed_down
    house.block_store()
    house.to_store.break_all()
    told = events_of(finish(process))
    assert len(named(told, "rerouted")) == 1
    assert house.to_server.passed_down - before <= (PARTS - 1) * PART + RECORDS
    assert (house.bob.cli.folder / "b.bin").read_bytes() == content


@pytest.mark.parametrize(("first", "then"), [((), ()), ((), ("--via-server",)), (("--via-server",), ())])
def test_killed_and_resumed(house: House, content: bytes, first: tuple[str, ...], then: tuple[str, ...]) -> None:
    """kill -9, then on by the same way, or by the other one: what was acknowledged never travels again."""
    arguments = ("send", "a.bin", "--to", house.bob.email, "--no-compress")
    wires = (house.to_store, house.to_server)
    for wire in wires:
        wire.line = Line.of(rate=SLOW)
    process = house.ada.cli.start(*arguments, *first)
    wait_until(lambda: _noted(house) >= 2, "two parts")
    _die(process)
    for wire in wires:
        wire.line = Line()
        wait_until(lambda wire=wire: wire.open_ways == 0, "that nothing is under way any more")  # type: ignore[misc]
    missing, before = PARTS - _noted(house), sum(wire.passed_up for wire in wires)
    result = house.ada.cli.ok(*arguments, "--resume", *then)
    assert "continued at" in result.err
    assert sum(wire.passed_up for wire in wires) - before <= missing * PART + RECORDS
    assert _received(house, result.lines[0]) == content


def test_a_get_that_is_killed_and_resumed(house: House, content: bytes) -> None:
    """Begun straight, gone on with through the server."""
    file_id, _ = house.send("a.bin", "--no-compress")
    house.to_store.line = Line.of(rate=SLOW)
    process = house.bob.cli.start("get", file_id, "-o", "b.bin")
    downloads = house.bob.cli.data / "downloads"
    wait_until(lambda: downloads.is_dir() and _lines(downloads) >= 3, "two parts")
    _die(process)
    before = house.to_server.passed_down
    result = house.bob.cli.ok("get", file_id, "-o", "b.bin", "--via-server")
    assert "continued at" in result.err
    assert house.to_server.passed_down - before <= (PARTS - 2) * PART + RECORDS
    assert (house.bob.cli.folder / "b.bin").read_bytes() == content


def test_bytes_that_reach_the_store_altered(house: House, content: bytes) -> None:
    """The server reads them back, and takes no such part for what was sent: it travels again, alone."""
    house.to_store.flip_up_at, house.to_store.trouble_ends_after = 5_000_000, 1
    before = house.to_server.passed_up
    file_id, told = house.send("a.bin", "--no-compress")
    altered = house.to_store.troubles  # two parts, where both connections had opened by then
    assert 1 <= altered <= 2
    assert altered * PART <= house.to_server.passed_up - before <= altered * PART + RECORDS
    assert named(told, "sending")[-1]["done"] == SIZE
    assert _received(house, file_id) == content


def test_bytes_that_come_from_the_store_altered(house: House, content: bytes) -> None:
    """They are asked for again."""
    file_id, _ = house.send("a.bin", "--no-compress")
    house.to_store.flip_down_at, house.to_store.trouble_ends_after = 3_000_000, house.to_store.troubles + 1
    told = house.get(file_id, "-o", "b.bin")
    assert house.to_store.troubles >= 1
    assert (house.bob.cli.folder / "b.bin").read_bytes() == content
    assert not named(told, "rerouted")


def test_a_line_to_the_store_that_breaks_now_and_then(house: House, content: bytes) -> None:
    """Connections die after a part and a half, in both directions; nothing goes another way for that.

    On the way back those that are open before the first of them dies: of more, one part could meet four in a row.
    """
    house.to_store.cut_up_after = house.to_store.cut_down_after = PART * 3 // 2
    house.to_store.trouble_ends_after = None
    file_id, told = house.send("a.bin", "--no-compress")
    before = house.to_store.troubles
    house.to_store.trouble_ends_after = before + 1
    told += house.get(file_id, "-o", "b.bin")
    assert house.to_store.troubles > before
    assert (house.bob.cli.folder / "b.bin").read_bytes() == content
    assert not named(told, "rerouted")


def _noted(house: House) -> int:
    """Parts of Ada's upload that her journal knows to have arrived."""
    folder = house.ada.cli.data / "uploads"
    journals = list(folder.iterdir()) if folder.is_dir() else []
    return sum(path.read_bytes().count(b'"part":') for path in journals)


def _lines(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.iterdir())


def _die(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    with suppress(ValueError):
        process.communicate()
