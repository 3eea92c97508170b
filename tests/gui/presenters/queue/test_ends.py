"""How transfers end well, and what can be done then."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from client import errors
from client.gui.bus import FileReceived, FileSent, OpenTab
from client.gui.presenters.queue_rows import Status, Tone
from client.gui.presenters.queue_work import Outcome, Progress
from client.gui.presenters.transfers import Get, GetState, GetStatus
from tests.gui.presenters.queue.conftest import SENT, SESSION, Room

if TYPE_CHECKING:
    from shared.crypto.keys import PrivateKeys


def test_a_sent_file_can_be_shared(room: Room) -> None:
    """Its id, a text for the recipient, and My files; the others hear of it, and the disk forgets it."""
    room.add("a")
    room.works.of("a").then(SENT)
    row = room.until("a", Status.DONE)
    assert row.words.startswith("Sent. Kept until ")
    assert (row.can_share, row.can_clear, row.can_pause, row.can_cancel, row.tone) == (
        True,
        True,
        False,
        False,
        Tone.GOOD,
    )
    assert row.share == 1.0
    text = room.queue.share_text(row.key)
    assert "id-1" in text
    assert SESSION.server in text
    assert FileSent("id-1", "a") in room.told
    room.clock.until(lambda: room.on_disk() == [])
    room.queue.show_files()
    assert OpenTab("files") in room.told


def test_keys_that_a_transfer_was_given_go_at_its_end(room: Room, tmp_path: Path) -> None:
    """Its row stays for as long as somebody likes; one that has failed needs them for the next try."""
    keys = cast("PrivateKeys", object())
    for name in ("a", "b"):
        room.queue.add_get(Get(name, tmp_path, name=name, key_file="key.pem", keys=keys))
    room.works.of("a").then(replace(SENT, path="a"))
    room.works.of("b").then(errors.Refused("not now"))
    room.until("a", Status.DONE)
    room.until("b", Status.FAILED)
    done, failed = room.queue._all.values()
    assert (done.keys, done.attempt) == (None, None)
    assert failed.keys is keys


def test_many_that_were_sent_are_said_once(room: Room) -> None:
    """When nothing more is on its way: a notice for each would only be in the way."""
    room.add("a", "b", "c", "d")
    for name in ("a", "b", "c"):
        room.works.of(name).then(replace(SENT, name=name))
    room.until("d", Status.RUNNING)
    room.clock.until(lambda: all(room.row(name).status is Status.DONE for name in ("a", "b", "c")))
    assert not any("sent" in notice.text for notice in room.notices.state.notices)
    room.works.of("d").then(replace(SENT, name="d"))
    room.until("d", Status.DONE)
    (notice,) = room.notices.state.notices
    assert notice.text == "4 items were sent."


def test_finished_ones_are_cleared(room: Room) -> None:
    """The others stay."""
    room.add("a", "b")
    room.works.of("a").then(SENT)
    room.until("a", Status.DONE)
    assert room.queue.state.can_clear
    room.queue.clear_finished(sends=True)
    assert [row.name for row in room.queue.state.rows] == ["b"]
    assert not room.queue.state.can_clear


def test_who_is_invited_gets_one_mail_however_many_files_there_are(room: Room) -> None:
    """A failed first file leaves the invitation to the next."""
    room.add("a", "b", invited=("eve@example.org",))
    assert room.works.of("a").attempt.invite == ("eve@example.org",)
    assert room.works.of("b").attempt.invite == ()
    room.works.of("a").then(errors.Refused("no"))
    room.until("a", Status.FAILED)
    room.queue.retry(room.row("a").key)
    assert room.works.of("a").attempt.invite == ("eve@example.org",)


def test_what_did_not_work_beside_it_is_said(room: Room) -> None:
    """The file is there all the same."""
    room.add("a")
    room.works.of("a").then(replace(SENT, troubles=("eve@example.org could not be invited.",)))
    row = room.until("a", Status.DONE)
    assert "could not be invited" in row.detail
    assert any("could not be invited" in notice.text for notice in room.notices.state.notices)


def test_a_folder_with_missing_files_can_be_tried_again(room: Room) -> None:
    """It is sent, its id can be shared, and it stays on the list until the rest is there."""
    room.add("photos")
    room.works.of("photos").then(replace(SENT, name="photos", files=8, missing=("x.jpg: can't be read",), left_out=2))
    row = room.until("photos", Status.PARTLY)
    assert row.words == "Sent, but 1 file is missing. Try again to send it."
    assert row.detail == "x.jpg: can't be read"
    assert (row.can_retry, row.can_share, row.can_clear) == (True, True, True)
    room.clock.until(lambda: room.on_disk() == ["photos"])


def test_what_is_received_uses_the_same_queue(room: Room, tmp_path: Path) -> None:
    """`Transfers`: numbers and states for whoever asked, `FileReceived` at the end; places are shared."""
    states: list[GetState] = []
    room.queue.watch_gets(states.append)
    room.add("a", "b", "c")
    number = room.queue.add_get(Get("f-1", tmp_path, name="report.pdf", size=1_000, from_email="bob@example.org"))
    assert states[-1].status is GetStatus.WAITING
    room.works.of("a").then(SENT)
    room.until("report.pdf", Status.RUNNING)
    room.works.of("report.pdf").then(Progress("report.pdf", 500, 1_000))
    room.clock.until(lambda: states[-1].done == 500)
    assert (states[-1].number, states[-1].status, states[-1].file_id) == (number, GetStatus.RUNNING, "f-1")
    assert room.row("report.pdf").whom == "from bob@example.org"
    room.works.of("report.pdf").then(Outcome("f-1", "report.pdf", 1_000, path="/tmp/report.pdf"))
    room.clock.until(lambda: states[-1].status is GetStatus.DONE)
    assert states[-1].path == "/tmp/report.pdf"
    row = room.row("report.pdf")
    assert (row.words, row.can_open, row.can_share) == ("Saved as /tmp/report.pdf", True, False)
    assert FileReceived("f-1", "/tmp/report.pdf") in room.told


def test_gets_are_retried_and_cancelled_by_their_number(room: Room, tmp_path: Path) -> None:
    """As the Download tab does it."""
    states: list[GetState] = []
    number = room.queue.add_get(Get("f-1", tmp_path, name="x"))
    room.queue.watch_gets(states.append)
    room.works.of("x").then(errors.Expired("gone"))
    room.clock.until(lambda: states[-1].status is GetStatus.FAILED)
    assert states[-1].problem is not None
    room.queue.retry_get(number)
    room.until("x", Status.RUNNING)
    room.queue.cancel_get(number)
    room.clock.until(lambda: not room.has("x"))
    assert states[-1].status is GetStatus.CANCELLED
    assert room.works.given_up == ["x"]
    room.queue.retry_get(number)
    room.queue.cancel_get(number)
