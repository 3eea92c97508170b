"""Paused, continued, cancelled."""

import threading
from dataclasses import replace
from pathlib import Path

from client.gui.presenters.queue_rows import Status
from client.gui.presenters.queue_work import Progress
from client.gui.presenters.transfers import Get
from tests.gui.presenters.queue.conftest import SECONDS, SENT, Room, unlock


def test_pause_and_continue(room: Room) -> None:
    """Paused work stops, keeps its share, gives its place to the next, and continues when it is asked to."""
    room.add("a", "b", "c", "d")
    room.works.of("a").then(Progress("a", 400, 1_000))
    room.clock.until(lambda: room.row("a").share == 0.4)
    room.queue.pause(room.row("a").key)
    assert room.row("a").words == "Pausing …"
    row = room.until("a", Status.PAUSED)
    assert row.words == "Paused: continues where it stopped"
    assert row.share == 0.4
    assert (row.can_pause, row.can_resume, row.can_cancel) == (False, True, True)
    room.until("d", Status.RUNNING)
    assert room.works.given_up == []
    room.queue.resume(row.key)
    assert room.row("a").status is Status.WAITING
    room.works.of("b").then(replace(SENT, name="b"))
    room.until("a", Status.RUNNING)


def test_what_waits_can_be_paused_too(room: Room) -> None:
    """It then lets others go first."""
    room.add("a", "b", "c", "d", "e")
    room.queue.pause(room.row("d").key)
    assert room.row("d").status is Status.PAUSED
    room.works.of("a").then(SENT)
    room.until("e", Status.RUNNING)
    assert room.row("d").status is Status.PAUSED


def test_cancel_removes_what_was_begun(room: Room) -> None:
    """At both ends; the row goes, on disk as well, and it is said."""
    room.add("a")
    room.works.of("a").began.wait(SECONDS)
    room.queue.cancel(room.row("a").key)
    assert room.row("a").words == "Cancelling …"
    room.clock.until(lambda: not room.has("a"))
    assert room.works.given_up == ["a"]
    room.clock.until(lambda: room.on_disk() == [])
    assert any("cancelled" in notice.text for notice in room.notices.state.notices)


def test_a_paused_one_can_be_cancelled(room: Room) -> None:
    """What its journal knows goes as well."""
    room.add("a")
    room.queue.pause(room.row("a").key)
    row = room.until("a", Status.PAUSED)
    room.queue.cancel(row.key)
    room.clock.until(lambda: not room.has("a"))
    assert room.works.given_up == ["a"]


def test_locked_keys_are_asked_for_when_something_is_sent(locked_room: Room) -> None:
    """And what waits begins once they are unlocked."""
    locked_room.add("a")
    locked_room.clock.until(lambda: locked_room.keys.state.asking)
    assert locked_room.works.all == []
    unlock(locked_room)
    locked_room.until("a", Status.RUNNING)


def test_a_closed_dialog_leaves_the_row_waiting_for_the_keys(locked_room: Room) -> None:
    """It says so, offers to unlock, and begins whenever they are unlocked."""
    locked_room.add("a")
    locked_room.clock.until(lambda: locked_room.keys.state.asking)
    locked_room.keys.close_dialog()
    row = locked_room.row("a")
    assert row.status is Status.LOCKED
    assert row.words == "Waiting until your keys are unlocked"
    assert row.can_unlock
    locked_room.queue.unlock()
    locked_room.clock.until(lambda: locked_room.keys.state.asking)
    unlock(locked_room)
    locked_room.until("a", Status.RUNNING)


def test_locking_lets_run_what_runs_and_asks_nobody_out_of_the_blue(room: Room) -> None:
    """The next one waits for the keys, without a dialog that nobody called for."""
    room.add("a", "b", "c", "d")
    room.keys.lock()
    room.works.of("a").then(SENT)
    row = room.until("d", Status.LOCKED)
    assert row.can_unlock
    assert not room.keys.state.asking
    assert room.row("b").status is Status.RUNNING
    unlock(room)
    room.until("d", Status.RUNNING)


def test_what_is_done_with_all_is_done_in_one_direction(room: Room) -> None:
    """Whoever pauses all downloads sees no upload, and does not mean it."""
    room.add("a")
    room.queue.add_get(Get("id-9", Path("/tmp/inbox"), name="b"))
    room.until("b", Status.RUNNING)
    assert room.queue.state.of(sends=False).summary == "1 under way"
    room.queue.pause_all(sends=False)
    room.until("b", Status.PAUSED)
    assert room.row("a").status is Status.RUNNING
    assert not room.queue.state.of(sends=True).can_resume_all
    room.queue.resume_all(sends=True)
    assert room.row("b").status is Status.PAUSED
    room.queue.resume_all(sends=False)
    room.works.of("b").then(replace(SENT, name="b", path="/tmp/inbox/b"))
    assert room.until("b", Status.DONE).words == "Saved as /tmp/inbox/b"
    room.queue.clear_finished(sends=True)
    assert room.has("b")
    room.queue.clear_finished(sends=False)
    assert not room.has("b")


def test_a_cancel_is_seen_at_once_whoever_does_not_answer(room: Room) -> None:
    """A server may be long in coming; the row does not wait for it, and nothing is begun in its place twice."""
    room.add("a", "b", "c", "d")
    hold = threading.Event()
    room.works.hold_giving_up = hold
    room.queue.cancel(room.row("a").key)
    room.clock.advance(1.5)
    assert not room.has("a")
    room.queue.retry_all(sends=True)
    room.queue.resume_all(sends=True)
    room.clock.until(lambda: "a" in room.works.given_up)
    assert not any("cancelled" in notice.text for notice in room.notices.state.notices)
    hold.set()
    room.clock.until(lambda: any("cancelled" in notice.text for notice in room.notices.state.notices))
    room.clock.until(lambda: "a" not in room.on_disk())
