"""What went wrong: said, kept, and tried again."""

import pytest

from client import errors
from client.api.failures import QuotaExceeded, Unreachable
from client.gui.bus import CameOnline, OpenTab, ShowContact
from client.gui.mover.running import Interrupted
from client.gui.presenters.queue_rows import Status, Tone
from client.gui.presenters.queue_work import Progress
from tests.gui.presenters.queue.conftest import SECONDS, SENT, Room, unlock

FAILURES = [
    (QuotaExceeded("your share is used up"), "Your share is used up.", "Delete files"),
    (errors.FileProblem("there is no file /tmp/a"), "There is no file /tmp/a.", "Check that it exists"),
    (errors.Expired("its time is over"), "Its time is over.", "Ask its sender"),
    (errors.Refused("too large"), "Too large.", "Read the reason"),
    (ValueError("inside"), "Something went wrong inside Sealcase.", "copy the details"),
]


@pytest.mark.parametrize(("error", "what", "then"), FAILURES)
def test_a_failure_says_what_happened_and_what_to_do(room: Room, error: Exception, what: str, then: str) -> None:
    """In plain words, with details to copy; it can be tried again or given up, and is there after a restart."""
    room.add("a")
    room.works.of("a").then(error)
    row = room.until("a", Status.FAILED)
    assert row.words == "Not sent"
    assert what in row.detail
    assert then in row.detail
    assert row.copyable
    assert "inside" not in row.detail.replace("inside Sealcase", "")
    assert (row.can_retry, row.can_cancel, row.can_resume, row.tone) == (True, True, False, Tone.DANGER)
    room.clock.until(lambda: room.on_disk() == ["a"])


def test_what_has_arrived_is_said_to_be_kept(room: Room) -> None:
    """Where the next try continues."""
    error = errors.NetworkError("it broke off")
    errors.stays(error, "40% of it has arrived")
    room.add("a")
    room.works.of("a").then(error)
    assert "next try continues there" in room.until("a", Status.FAILED).detail


def test_all_that_failed_are_tried_again_at_once(room: Room) -> None:
    """And nothing else."""
    room.add("a", "b", "c")
    for name in ("a", "b"):
        room.works.of(name).then(errors.Refused("no"))
        room.until(name, Status.FAILED)
    assert room.queue.state.can_retry_all
    room.queue.retry_all(sends=True)
    assert [row.status for row in room.queue.state.rows] == [Status.RUNNING] * 3
    assert len(room.works.all) == 5
    assert not room.queue.state.can_retry_all


def test_a_key_that_changed_stops_the_row_and_leads_to_the_contact(room: Room) -> None:
    """With plain words; nothing is sent until somebody has decided."""
    room.add("a")
    work = room.works.of("a")
    work.attempt.contact = "bob@example.org"
    work.then(errors.UntrustedKey("the key of bob@example.org is another one"))
    row = room.until("a", Status.FAILED)
    assert "bob@example.org" in row.detail
    assert "Nothing was sent to it" in row.detail
    assert row.can_show_contact
    room.queue.show_contact(row.key)
    assert room.told[-2:] == [OpenTab("settings"), ShowContact("bob@example.org")]


def test_without_a_server_it_waits_and_goes_on_by_itself(room: Room) -> None:
    """No dialog, no failure: when the server is back, so is the transfer."""
    room.add("a")
    room.works.of("a").then(Unreachable("no connection"))
    row = room.until("a", Status.OFFLINE)
    assert row.words == "Waiting for the server. It goes on by itself."
    room.bus.tell(CameOnline())
    assert room.row("a").status is Status.RUNNING
    assert len(room.works.all) == 2


def test_a_disk_that_refuses_is_said_and_stops_nothing(room: Room) -> None:
    """The transfer itself needs no list."""
    (room.paths.data / "queue.json").mkdir()
    room.add("a")
    room.clock.until(lambda: any("queue.json" in notice.text for notice in room.notices.state.notices))
    room.works.of("a").then(SENT)
    room.until("a", Status.DONE)


def test_an_interruption_is_no_failure(room: Room) -> None:
    """The process that moved it has ended: the row says so, keeps its share, and goes on by itself."""
    room.add("a")
    room.works.of("a").then(Progress("a", 400, 1_000))
    room.clock.until(lambda: room.row("a").share == 0.4)
    first = room.works.of("a")
    first.then(Interrupted())
    room.clock.until(lambda: room.works.of("a") is not first)
    room.works.of("a").then(Progress("a", 400, 1_000, skipped=400))
    room.clock.until(lambda: room.row("a").words == "Continuing where it stopped …")
    row = room.row("a")
    assert row.status is Status.RUNNING
    assert row.detail == "It was interrupted, and goes on where it stopped."
    room.works.of("a").then(SENT)
    assert room.until("a", Status.DONE).detail == ""


def test_what_is_interrupted_again_and_again_waits_for_somebody(room: Room) -> None:
    """It may be the very reason; it keeps what has arrived, and can be tried again as often as somebody likes."""
    room.add("a", "b")
    tries = 0
    while room.row("a").status is not Status.FAILED:
        tries += 1
        work = room.works.of("a")
        work.then(Interrupted())
        room.clock.until(lambda work=work: room.works.of("a") is not work or room.row("a").status is Status.FAILED)  # type: ignore[misc]
    assert tries == 4
    row = room.row("a")
    assert row.can_retry
    assert "The part of Sealcase that moves files has stopped." in row.detail
    assert "the next try continues there" in row.detail
    assert room.row("b").status is Status.RUNNING
    room.queue.retry(row.key)
    room.until("a", Status.RUNNING)


def test_an_interruption_waits_for_keys_that_were_locked_meanwhile(room: Room) -> None:
    """It needs them again, and asks nobody out of the blue."""
    room.add("a")
    room.works.of("a").began.wait(SECONDS)
    room.keys.lock()
    room.works.of("a").then(Interrupted())
    row = room.until("a", Status.LOCKED)
    assert row.can_unlock
    assert not room.keys.state.asking
    unlock(room)
    room.until("a", Status.RUNNING)
