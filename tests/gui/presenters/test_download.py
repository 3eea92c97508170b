"""The inbox: what is new, what a pasted id stands for, and how far receiving is. With a server of the test's own."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from client.errors import DiskFull, Expired, NotFound, stays
from client.gui.bus import FileReceived
from client.gui.presenters.download import Download
from client.gui.presenters.file_list import Blank
from client.gui.presenters.house import House, LateQueue
from client.gui.presenters.listing import FileLine
from client.gui.presenters.lookup import FoundFile, ids_in
from client.gui.presenters.queue import Queue
from client.gui.presenters.receiving_questions import Wanted
from client.gui.presenters.transfers import GetState, GetStatus
from client.gui.problem import Kind, problem_of
from client.local.contact import Trust
from client.local.seen import Seen
from shared.crypto.errors import WrongKey
from tests.gui.clock import FakeClock
from tests.gui.lines import NOW, line
from tests.gui.presenters.at_home import ListOf, list_them, unlock
from tests.gui.presenters.test_receiving import FakeTransfers

ID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> ListOf:
    return list_them(monkeypatch)


@pytest.fixture
def transfers() -> FakeTransfers:
    return FakeTransfers()


@pytest.fixture
def download(house: House, clock: FakeClock, listed: ListOf, transfers: FakeTransfers, tmp_path: Path) -> Download:
    listed([])
    unlock(house, clock)
    house.change_settings(lambda now: replace(now, download_folder=str(tmp_path / "downloads")))
    return Download(replace(house, late_queue=LateQueue(lambda: cast("Queue", transfers))))


def show(download: Download, clock: FakeClock, listed: ListOf, *lines: FileLine) -> None:
    listed(lines)
    download.shown()
    clock.until(lambda: not download.state.busy)


def tell(transfers: FakeTransfers, state: GetState) -> None:
    for heard in transfers.heard:
        heard(state)


def test_new_is_what_was_not_there_the_last_time(
    download: Download, clock: FakeClock, listed: ListOf, house: House
) -> None:
    """It stays new until the window is closed, and only ids are remembered."""
    Seen(house.paths, "https://files.example.org", "u1").remember([line(1).file_id])
    show(download, clock, listed, line(1), line(2))
    assert [row.cells[-1] for row in download.state.rows] == ["● new", ""]
    assert download.state.count == "2 files, 1 new"
    show(download, clock, listed, line(1), line(2), line(3))
    assert [row.cells[-1] for row in download.state.rows] == ["● new", "● new", ""]
    again = Download(house)
    show(again, clock, listed, line(1), line(2), line(3))
    assert [row.cells[-1] for row in again.state.rows] == ["", "", ""]
    kept = b"".join(path.read_bytes() for path in (house.paths.data / "seen").iterdir())
    assert b"file 1" not in kept
    assert line(1).file_id.encode() in kept


def test_who_signed_is_said_in_words_and_warnings_stand_out(
    download: Download, clock: FakeClock, listed: ListOf
) -> None:
    """Not by colour alone; the chosen one has a sentence."""
    trusts = (Trust.VERIFIED, Trust.UNCHECKED, Trust.CHANGED, Trust.UNSIGNED, Trust.OLD_FORMAT, None)
    show(download, clock, listed, *(line(9 - number, trust=trust) for number, trust in enumerate(trusts)))
    rows = download.state.rows
    assert [row.cells[2] for row in rows] == [
        "✓ verified",
        "not checked",
        "⚠ another key",
        "⚠ unsigned",
        "⚠ unsigned (old format)",
        "not for your keys",
    ]
    assert [row.tone for row in rows][2:5] == ["danger", "danger", "warning"]
    download.choose((rows[2].key,))
    assert download.state.picked is not None
    assert "not the one you know" in download.state.picked.signed


def test_an_altered_file_is_no_file_to_receive(
    download: Download, clock: FakeClock, listed: ListOf, transfers: FakeTransfers
) -> None:
    """It says why."""
    show(download, clock, listed, line(1, name=None, altered=True, trust=None))
    download.choose((line(1).file_id,))
    assert not download.state.can_receive
    assert download.state.picked is not None
    assert "not what its sender sealed" in download.state.picked.signed
    download.receive()
    assert transfers.gets == []


def test_a_batch_is_received_and_followed(
    download: Download, clock: FakeClock, listed: ListOf, transfers: FakeTransfers, house: House, tmp_path: Path
) -> None:
    """Waiting, running with its share, saved: then the file can be opened."""
    show(download, clock, listed, line(1), line(2))
    download.choose(tuple(row.key for row in download.state.rows))
    download.receive()
    clock.until(lambda: len(transfers.gets) == 2)
    one = line(1).file_id
    tell(transfers, GetState(1, one, GetStatus.RUNNING, "Receiving", done=250, total=1_000))
    download.choose((one,))
    state = download.state
    assert (state.can_receive, state.can_cancel, state.can_open) == (False, True, False)
    assert next(row for row in state.rows if row.key == one).cells[-1] == "25%"
    download.cancel()
    assert transfers.cancelled == [1]
    path = tmp_path / "file 1.pdf"
    path.touch()
    tell(transfers, GetState(1, one, GetStatus.DONE, "Saved", done=1_000, total=1_000, path=str(path)))
    house.bus.tell(FileReceived(one, str(path)))
    assert download.state.can_open
    notice = house.notices.state.notices[-1]
    assert (notice.text, notice.action) == ("file 1.pdf is saved.", "Open folder")


def test_a_full_disk_says_that_what_arrived_is_kept_and_goes_on(
    download: Download, clock: FakeClock, listed: ListOf, transfers: FakeTransfers, house: House
) -> None:
    """What happened, whether data is safe, what to do; it can also be given up."""
    error = DiskFull("can't write /x: the disk is full. Make room, then try again. Nothing was left under that name.")
    stays(error, "What has arrived is kept in /x.part, and the same command continues there.")
    problem = problem_of(error)
    assert problem.kind is Kind.DISK_FULL
    show(download, clock, listed, line(1))
    one = line(1).file_id
    download.choose((one,))
    tell(transfers, GetState(7, one, GetStatus.FAILED, "x", problem=problem))
    notice = house.notices.state.notices[-1]
    assert "disk is full" in notice.text
    assert "What has arrived is kept" in notice.text
    assert "DiskFull" in notice.details
    assert download.state.rows[0].cells[-1] == "✕ failed"
    assert download.state.can_retry
    download.retry()
    assert transfers.retried == [7]
    assert download.state.can_cancel
    download.cancel()
    assert transfers.cancelled == [7]


def test_an_old_transfer_does_not_hide_a_newer_one(
    download: Download, clock: FakeClock, listed: ListOf, transfers: FakeTransfers
) -> None:
    """The last try of a file is the one that counts."""
    show(download, clock, listed, line(1))
    one = line(1).file_id
    tell(transfers, GetState(2, one, GetStatus.RUNNING, "Receiving", done=1, total=2))
    tell(transfers, GetState(1, one, GetStatus.CANCELLED, "Cancelled"))
    assert download.state.rows[0].cells[-1] == "50%"


def test_opening_shows_the_file_or_its_folder(
    download: Download,
    clock: FakeClock,
    listed: ListOf,
    transfers: FakeTransfers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    house: House,
) -> None:
    """A double click opens what is here; a file that is gone is said."""
    opened: list[Path] = []
    monkeypatch.setattr("client.local.opening.open_path", opened.append)
    show(download, clock, listed, line(1))
    one = line(1).file_id
    tell(transfers, GetState(1, one, GetStatus.DONE, path=str(tmp_path / "a.pdf")))
    download.open_or_receive(one)
    clock.until(lambda: opened)
    download.open_folder()
    clock.until(lambda: len(opened) == 2)
    assert opened == [tmp_path / "a.pdf", tmp_path]
    monkeypatch.undo()
    download.open_file()
    clock.until(lambda: house.notices.state.notices)
    assert "not there any more" in house.notices.state.notices[0].text


def test_ids_are_found_in_whatever_is_pasted() -> None:
    """In links and whole messages, in capitals, each once; nothing else is taken for one."""
    other = ID.replace("0000", "1111")
    text = f"Hello,\nhttps://x.example/{ID}?a and {ID.upper()} and ({other}). Not 550e8400-e29b-11d4-a716-446655440000."
    assert ids_in(text) == (ID, other)
    assert ids_in("nothing") == ()


def test_a_pasted_id_is_looked_up_before_it_is_received(
    download: Download, clock: FakeClock, transfers: FakeTransfers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sent it and what it is, then Receive."""
    found = FoundFile(Wanted(ID, "a.txt", 3, False, "bob@example.org", Trust.UNCHECKED), "a.txt", "", "", "", "")
    monkeypatch.setattr("client.gui.presenters.download.found_file", lambda *_given: found)
    download.look()
    assert not download.state.looking
    download.type_id("no id at all")
    download.look()
    assert "no id" in download.state.id_error.text
    download.type_id(f" {ID} ")
    assert download.state.id_error.text == ""
    download.look()
    clock.until(lambda: download.state.found)
    assert download.state.can_receive_found
    download.receive_found()
    clock.until(lambda: transfers.gets)
    assert transfers.gets[0].file_id == ID
    download.forget_found()
    assert not download.state.found


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotFound("no such file"), "not there"),
        (Expired("over"), "time is over"),
        (WrongKey(), "key file"),
    ],
)
def test_an_id_that_leads_nowhere_says_why(
    download: Download, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    """What was typed stays, so that it can be mended."""

    def fail(*_given: object) -> FoundFile:
        raise error

    monkeypatch.setattr("client.gui.presenters.download.found_file", fail)
    download.type_id(ID)
    download.look()
    clock.until(lambda: download.state.id_error)
    assert said in download.state.id_error.text
    assert (download.state.id_text, download.state.can_look) == (ID, True)


def test_search_and_sorting_as_in_my_files(download: Download, clock: FakeClock, listed: ListOf) -> None:
    """By sender as well."""
    show(download, clock, listed, line(1, from_email="cy@example.org"), line(2), line(3, expires_at=NOW - 1))
    download.search("CY@")
    assert [row.cells[1] for row in download.state.rows] == ["cy@example.org"]
    assert download.state.count == "1 of 3"
    download.search("zzz")
    assert download.state.blank is Blank.NO_MATCH
    download.show_all()
    download.sort_by("from")
    assert [row.cells[1] for row in download.state.rows][-1] == "cy@example.org"
    assert any(row.cells[-1] == "expired" for row in download.state.rows)


def test_locking_hides_names_and_the_rest_of_the_inbox(
    download: Download, clock: FakeClock, listed: ListOf, house: House
) -> None:
    """Until the passphrase was given again."""
    show(download, clock, listed, line(1))
    house.keys.lock()
    assert (download.state.rows, download.state.blank) == ((), Blank.LOCKED)
