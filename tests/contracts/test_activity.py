"""What every `ActivityLog` does, over each adapter; and what only the one in files can show."""

import os
import signal
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.adapters.activity.files import FileActivity
from server.domain import Event, EventKind, Origin
from server.errors import BadRequest
from server.ports import ActivityLog, EventFilter
from tests.contracts.places import ACTIVITY

ADA, BOB = "a" * 32, "b" * 32
ANY = EventFilter()
NOVEMBER = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
DAY = 86_400


def event(number: int = 0, *, actor: str | None = ADA, concerns: tuple[str, ...] = (), **changes: object) -> Event:
    """Something that happened `number` seconds later."""
    fields: dict[str, object] = {
        "at": NOVEMBER + number,
        "kind": EventKind.UPLOAD,
        "origin": Origin("192.0.2.0/24", "test"),
        "file_id": None,
        "detail": str(number),
    }
    return Event(**{**fields, **changes}, actor=actor, concerns=concerns)  # type: ignore[arg-type]  # some replaced


@pytest.fixture(params=ACTIVITY)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def log(name: str, place: Path) -> ActivityLog:
    return ACTIVITY[name](place)


def details(log: ActivityLog, user_id: str = ADA, wanted: EventFilter = ANY) -> list[str]:
    """All pages together."""
    found: list[str] = []
    before: str | None = None
    while True:
        page = log.page(user_id, wanted, before, 3)
        found += [each.detail for each in page.events]
        if page.next_position is None:
            return found
        before = page.next_position


def test_events_are_newest_first_and_only_those_that_concern_somebody(log: ActivityLog) -> None:
    for number in range(10):
        log.append(event(number, concerns=(BOB,) if number % 2 else ()))
    assert details(log) == [str(number) for number in range(9, -1, -1)]
    assert details(log, BOB) == ["9", "7", "5", "3", "1"]
    assert (log.count(ADA), log.count(BOB), log.count("c" * 32)) == (10, 5, 0)
    assert log.page(ADA, ANY, None, 1).events == [event(9, concerns=(BOB,))]
    assert not list(log.verify())


def test_filters(log: ActivityLog) -> None:
    file_id = uuid.uuid4()
    log.append(event(1, kind=EventKind.DOWNLOAD, file_id=file_id))
    log.append(event(2, file_id=file_id))
    log.append(event(3, kind=EventKind.DOWNLOAD))
    log.append(event(40 * DAY))
    assert details(log, wanted=EventFilter(kind=EventKind.DOWNLOAD)) == ["3", "1"]
    assert details(log, wanted=EventFilter(file_id=file_id)) == ["2", "1"]
    assert details(log, wanted=EventFilter(since=NOVEMBER + 2, until=NOVEMBER + 3)) == ["2"]
    assert details(log, wanted=EventFilter(since=NOVEMBER + DAY)) == [str(40 * DAY)]
    assert details(log, wanted=EventFilter(until=NOVEMBER)) == []


@pytest.mark.parametrize("hostile", ["", "../../x", "2026-11", "2026-11-00000000000x", "9" * 20])
def test_positions_are_checked(log: ActivityLog, hostile: str) -> None:
    with pytest.raises(BadRequest):
        log.page(ADA, ANY, hostile, 3)


def test_a_clock_that_goes_back_keeps_the_order(log: ActivityLog) -> None:
    """What was written later comes first, whatever the clock said."""
    for number, at in enumerate((0, 40 * DAY, -40 * DAY)):
        log.append(event(at, detail=str(number)))
    assert details(log) == ["2", "1", "0"]
    assert not list(log.verify())


def test_many_at_once_make_one_chain(name: str, place: Path) -> None:
    """Eight threads, each with a log of its own over the same place."""
    logs = [ACTIVITY[name](place) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: logs[number % 8].append(event(number)), range(64)))
    log = ACTIVITY[name](place)
    assert sorted(map(int, details(log))) == list(range(64))
    assert not list(log.verify())


def test_whole_months_age_and_the_rest_is_still_a_chain(log: ActivityLog) -> None:
    """A month is kept as long as any day of it is wanted; the newest is always kept."""
    for month in range(4):
        log.append(event(month * 31 * DAY, concerns=(BOB,) if month == 0 else ()))
    log.age(NOVEMBER + 62 * DAY)
    assert details(log) == [str(93 * DAY), str(62 * DAY)]
    assert (log.count(ADA), log.count(BOB)) == (2, 0)
    assert not list(log.verify())
    log.age(NOVEMBER + 10_000 * DAY)
    assert details(log) == [str(93 * DAY)]
    log.append(event(94 * DAY))
    assert not list(log.verify())


def test_somebody_forgotten_begins_anew(log: ActivityLog) -> None:
    """The chain keeps the entries, and others see theirs."""
    log.append(event(1, concerns=(BOB,)))
    log.forget_person(ADA)
    assert (details(log), details(log, BOB)) == ([], ["1"])
    log.append(event(2))
    assert details(log) == ["2"]
    assert not list(log.verify())


_WRITER = """
import sys
from pathlib import Path
from tests.contracts.places import ACTIVITY
from tests.contracts.test_activity import BOB, event
log = ACTIVITY[sys.argv[1]](Path(sys.argv[2]))
for number in range(100_000):
    log.append(event(number, concerns=(BOB,)))
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_a_chain(name: str, place: Path) -> None:
    """kill -9 at any moment: everything that was acknowledged is there, and the chain is whole."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    for _ in range(3):
        command = [sys.executable, "-c", _WRITER, name, str(place)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            seen = [int(writer.stdout.readline()) for _ in range(20)]
            writer.send_signal(signal.SIGKILL)
            seen += [int(line) for line in writer.stdout]
        log = ACTIVITY[name](place)
        assert not list(log.verify())
        for user_id in (ADA, BOB):
            newest = [each.detail for each in log.page(user_id, ANY, None, 2).events]
            assert str(seen[-1]) in newest


# -- in files


def chain_of(folder: Path) -> Path:
    return folder / "2026-11.ndjson"


def filled(folder: Path) -> FileActivity:
    log = FileActivity(folder)
    for number in range(5):
        log.append(event(number))
    return log


@pytest.mark.parametrize("line", [0, 2, 4])
def test_a_changed_entry_is_found(tmp_path: Path, line: int) -> None:
    log = filled(tmp_path)
    log.append(event(5))  # each entry is held by the one after it
    lines = chain_of(tmp_path).read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b"192.0.2.0", b"198.51.10")
    chain_of(tmp_path).write_bytes(b"".join(lines))
    assert [each.where for each in log.verify()] == [f"activity/2026-11.ndjson:{line + 2}"]


def test_a_removed_entry_is_found(tmp_path: Path) -> None:
    log = filled(tmp_path)
    lines = chain_of(tmp_path).read_bytes().splitlines(keepends=True)
    chain_of(tmp_path).write_bytes(b"".join(lines[:2] + lines[3:]))
    assert "activity/2026-11.ndjson:3" in [each.where for each in log.verify()]


def test_a_lost_end_is_found(tmp_path: Path) -> None:
    """The indexes know of entries that are there no more."""
    log = filled(tmp_path)
    lines = chain_of(tmp_path).read_bytes().splitlines(keepends=True)
    chain_of(tmp_path).write_bytes(b"".join(lines[:3]))
    assert [each.message for each in log.verify()] == ["knows entries that the log has lost"]


def test_what_is_no_entry_is_found(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with chain_of(tmp_path).open("ab") as file:
        file.write(b"[]\n")
    assert [each.message for each in log.verify()] == ["is no entry"]


@pytest.mark.parametrize("torn", [b"{", b'{"actor":"aaa', b"x" * 10_000])
def test_a_torn_line_is_healed_by_the_next(tmp_path: Path, torn: bytes) -> None:
    log = filled(tmp_path)
    with chain_of(tmp_path).open("ab") as file:
        file.write(torn)
    assert details(log) == ["4", "3", "2", "1", "0"]
    assert not list(log.verify())
    log.append(event(5))
    assert details(log)[0] == "5"
    assert not list(log.verify())


def test_an_index_row_without_its_entry_is_passed_over(tmp_path: Path) -> None:
    """As a crash leaves it between the two; the next entry takes the row's place."""
    log = filled(tmp_path)
    lines = chain_of(tmp_path).read_bytes().splitlines(keepends=True)
    chain_of(tmp_path).write_bytes(b"".join(lines[:-1]))
    assert details(log) == ["3", "2", "1", "0"]
    assert not list(log.verify())
    log.append(event(5))
    assert details(log) == ["5", "3", "2", "1", "0"]
    assert log.count(ADA) == 5
    assert not list(log.verify())
