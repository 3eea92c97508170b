"""What is on disk: after a restart, at the end, and for somebody else."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from client import errors
from client.gui.bus import OpenTab, SignedIn, SignedOut
from client.gui.jobs import Jobs
from client.gui.presenters.notices import Notices
from client.gui.presenters.queue_kept import Kept
from client.gui.presenters.queue_rows import Status
from client.gui.presenters.queue_work import Progress
from client.gui.presenters.transfers import Get
from client.local.paths import Paths
from client.local.queue import Queued, QueueFile
from tests.gui.clock import FakeClock
from tests.gui.presenters.queue.conftest import EMAIL, SECONDS, SESSION, Room, order, room_of, unlock


def test_a_restart_brings_everything_back_paused(room: Room, clock: FakeClock) -> None:
    """After a crash: what ran, what waited and what had failed; nothing begins before somebody says so."""
    room.add("a", "b", "c", "d")
    room.works.of("a").then(Progress("a", 400, 1_000))
    room.works.of("b").then(errors.Refused("the server says no"))
    room.until("b", Status.FAILED)
    room.clock.until(lambda: any(each.failure for each in QueueFile(room.paths).of(SESSION)))
    room.jobs.close()
    again = room_of(room.paths, clock)
    by_name = {row.name: row for row in again.queue.state.rows}
    assert {name: row.status for name, row in by_name.items()} == {
        "a": Status.PAUSED,
        "b": Status.FAILED,
        "c": Status.PAUSED,
        "d": Status.PAUSED,
    }
    assert by_name["a"].words == "Paused: continues where it stopped"
    assert "The server says no" in by_name["b"].detail
    assert again.works.all == []
    (notice,) = again.notices.state.notices
    assert notice.text == "3 transfers of last time are not finished."  # what failed is tried again one by one
    opened: list[OpenTab] = []
    again.bus.on(OpenTab, opened.append)
    again.notices.press(notice.number)
    assert opened == [OpenTab("upload")]
    again.clock.until(lambda: again.keys.state.asking)
    unlock(again)
    again.until("a", Status.RUNNING)
    assert again.row("b").status is Status.FAILED
    again.jobs.close()


def test_what_only_fails_is_not_offered_and_can_be_given_up(room: Room, clock: FakeClock) -> None:
    """A file that its sender has deleted meanwhile, say: it is no reason to be asked at every start."""
    room.queue.add_get(Get("id-9", Path("/tmp/inbox"), name="gone.bin"))
    room.works.of("gone.bin").then(errors.NotFound("There is no such file"))
    room.until("gone.bin", Status.FAILED)
    room.clock.until(lambda: any(each.failure for each in QueueFile(room.paths).of(SESSION)))
    room.jobs.close()
    again = room_of(room.paths, clock)
    row = again.row("gone.bin")
    assert (row.can_retry, row.can_cancel) == (True, True)
    assert again.notices.state.notices == ()
    again.queue.cancel(row.key)
    again.clock.until(lambda: again.on_disk() == [])
    assert again.queue.state.rows == ()
    again.jobs.close()


def test_what_was_cancelled_never_comes_back(room: Room, clock: FakeClock) -> None:
    """Where the window closed before anything could be removed, that is done at the next start, without a question."""
    room.add("a", "b")
    room.works.of("a").began.wait(SECONDS)
    room.queue.cancel(room.row("a").key)
    room.queue.flush()
    room.jobs.close()
    again = room_of(room.paths, clock)
    again.clock.until(lambda: not again.has("a"))
    assert again.works.given_up == ["a"]
    assert again.row("b").status is Status.PAUSED
    assert any("1 transfer of last time" in notice.text for notice in again.notices.state.notices)
    again.clock.until(lambda: [each.name for each in QueueFile(room.paths).of(SESSION)] == ["b"])
    again.jobs.close()


def test_closing_notes_how_far_everything_is(room: Room, clock: FakeClock) -> None:
    """The next window shows it before anything has moved."""
    room.add("a")
    room.works.of("a").then(Progress("a", 400, 1_000))
    room.clock.until(lambda: room.row("a").share == 0.4)
    room.queue.flush()
    room.jobs.close()
    again = room_of(room.paths, clock)
    assert again.row("a").share == 0.4
    assert again.row("a").amount == "400 B of 1.0 KB"
    again.jobs.close()


def test_an_older_note_never_comes_after_the_last(signed_in: Paths, clock: FakeClock) -> None:
    """A job that was about to write when the window closed writes nothing over what was flushed."""
    notices, jobs = Notices(clock), Jobs(clock)
    store = _Late(signed_in)
    kept = Kept(store, jobs, clock, notices)
    queued = Queued.new(SESSION, order("a"), "a", 10, 1.0)
    kept.save(queued)
    assert store.reached.wait(SECONDS)  # the job writes, and is held up
    kept.save(replace(queued, done=4))
    closing = threading.Thread(target=kept.flush)
    closing.start()
    store.go_on.set()
    closing.join(SECONDS)
    kept.save(replace(queued, done=1))
    clock.until(lambda: not jobs.running)
    (found,) = QueueFile(signed_in).of(SESSION)
    assert found.done == 4
    jobs.close()


class _Late(QueueFile):
    """Its first writer is slow."""

    def __init__(self, paths: Paths) -> None:
        super().__init__(paths)
        self.reached, self.go_on = threading.Event(), threading.Event()

    def change(self, put: Iterable[Queued] = (), drop: Iterable[str] = ()) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.go_on.wait(SECONDS)
        super().change(put, drop)


def test_signing_out_hides_them_and_signing_in_brings_them_back(room: Room) -> None:
    """Nobody else sees what I was sending; nothing of it is lost."""
    room.add("a")
    room.works.of("a").began.wait(SECONDS)
    room.clock.until(lambda: room.on_disk() == ["a"])
    room.paths.session.unlink()
    room.bus.tell(SignedOut())
    assert room.queue.state.rows == ()
    room.clock.until(lambda: room.works.of("a").over.is_set())
    replace(SESSION, user_id="u2").save(room.paths)
    room.bus.tell(SignedIn("bob@example.org", SESSION.server))
    assert room.queue.state.rows == ()
    SESSION.save(room.paths)
    room.bus.tell(SignedIn(EMAIL, SESSION.server))
    assert room.row("a").status is Status.PAUSED


def test_what_the_end_of_a_session_has_stopped_goes_on_with_the_next(room: Room) -> None:
    """What it failed by, what ran and what waited; not what somebody had paused, nor what failed for another reason."""
    room.add("a", "b", "c", "d", "e")
    room.queue.pause(room.row("e").key)
    room.works.of("b").then(errors.Refused("the server says no"))
    room.until("b", Status.FAILED)
    room.works.of("a").then(errors.NotSignedIn("your session has ended"))
    assert room.until("a", Status.FAILED).can_sign_in
    room.paths.session.unlink()
    room.bus.tell(SignedOut(EMAIL, SESSION.server))
    assert not room.has("a")
    room.clock.until(lambda: room.jobs.running == 0)  # all has stopped, and is noted
    SESSION.save(room.paths)
    room.bus.tell(SignedIn(EMAIL, SESSION.server))
    unlock(room)
    statuses = {row.name: row.status for row in room.queue.state.rows}
    assert (statuses.pop("b"), statuses.pop("e")) == (Status.FAILED, Status.PAUSED)
    assert set(statuses.values()) == {Status.RUNNING}
    assert [notice.text for notice in room.notices.state.notices] == ["1 transfer of last time is not finished."]


def test_what_a_full_disk_refused_is_written_later(signed_in: Paths, clock: FakeClock) -> None:
    """It is said once; what was noted meanwhile is newer than what was refused."""
    notices, jobs = Notices(clock), Jobs(clock)
    kept = Kept(_Full(signed_in), jobs, clock, notices)
    old, other = (Queued.new(SESSION, order(name), name, 10, 1.0) for name in ("a", "b"))
    for each in (old, other, replace(old, done=1)):
        kept.save(each)
    clock.until(lambda: notices.state.notices and not jobs.running)
    kept.save(replace(old, done=4))
    kept.forget(other.key)
    clock.until(lambda: QueueFile(signed_in).of(SESSION))
    assert [(each.name, each.done) for each in QueueFile(signed_in).of(SESSION)] == [("a", 4)]
    assert len(notices.state.notices) == 1
    jobs.close()


class _Full(QueueFile):
    """There is room only at the third try."""

    tries = 0

    def change(self, put: Iterable[Queued] = (), drop: Iterable[str] = ()) -> None:
        self.tries += 1
        if self.tries < 3:
            raise errors.DiskFull("the disk is full")
        super().change(put, drop)


def test_closing_writes_what_a_full_disk_had_refused(room: Room) -> None:
    """Whether it runs or waits."""
    queue = room.paths.data / "queue.json"
    queue.mkdir()  # nobody can write there
    room.add("a", "b", "c", "d")
    room.queue.pause(room.row("d").key)
    room.clock.until(lambda: room.notices.state.notices)
    queue.rmdir()
    room.queue.flush()
    assert room.on_disk() == ["a", "b", "c", "d"]
