"""The queue of transfers, with works that do as they are told."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from client import errors
from client.actions.events import Event
from client.api.failures import QuotaExceeded, Unreachable
from client.gui.bus import Bus, CameOnline, FileReceived, FileSent, OpenTab, ShowContact, SignedIn, SignedOut
from client.gui.jobs import Job, Jobs
from client.gui.presenters.keys import Keys
from client.gui.presenters.notices import Notices
from client.gui.presenters.queue import NewSend, Queue
from client.gui.presenters.queue_kept import Kept
from client.gui.presenters.queue_rows import Row, Status, Tone
from client.gui.presenters.queue_work import Outcome, Progress, Try
from client.gui.presenters.transfers import Get, GetState, GetStatus
from client.local.paths import Paths
from client.local.private_files import write_private
from client.local.queue import GetOrder, Queued, QueueFile, SendOrder
from client.local.secrets import nobody_to_ask
from client.local.session import Session
from client.local.settings import Settings
from client.local.vault import Vault
from shared.crypto import vault_file
from shared.crypto.identity import Identity
from tests.gui.clock import FakeClock

if TYPE_CHECKING:
    from client.actions.person import Person

EMAIL = "ada@example.org"
PASSPHRASE = "correct horse battery staple"
SESSION = Session("https://files.example.org", EMAIL, "u1", "t", "r", 1 << 50)
SECONDS = 30.0


class Work:
    """One piece of work that does what the test says next."""

    def __init__(self, queued: Queued, attempt: Try) -> None:
        self.queued, self.attempt = queued, attempt
        self.began = threading.Event()
        self._next = threading.Condition()
        self._steps: list[Progress | Outcome | Exception] = []
        self.over = threading.Event()

    def then(self, step: Progress | Outcome | Exception) -> None:
        with self._next:
            self._steps.append(step)
            self._next.notify_all()

    def __call__(self, job: Job) -> Outcome:
        self.began.set()
        try:
            while True:
                with self._next:
                    self._next.wait_for(lambda: self._steps or job.cancelled, timeout=0.01)
                    step = self._steps.pop(0) if self._steps else None
                job.check()
                match step:
                    case Progress():
                        job.report(step, latest="progress")
                    case Outcome():
                        return step
                    case Exception():
                        raise step
        finally:
            self.over.set()


@dataclass
class FakeWorks:
    """Remembers all work that was begun, and what was given up."""

    all: list[Work] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    def send(self, queued: Queued, order: SendOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        work = Work(queued, attempt)
        self.all.append(work)
        return work

    def get(self, queued: Queued, order: GetOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        work = Work(queued, attempt)
        self.all.append(work)
        return work

    def give_up(self, queued: Queued, person: "Person") -> Callable[[Job], None]:
        return lambda _job: self.given_up.append(queued.name)

    def of(self, name: str) -> Work:
        return [each for each in self.all if each.queued.name == name][-1]


@dataclass
class Room:
    """A queue and everything around it."""

    paths: Paths
    clock: FakeClock
    jobs: Jobs
    bus: Bus
    keys: Keys
    notices: Notices
    works: FakeWorks
    queue: Queue
    told: list[object] = field(default_factory=list)

    def row(self, name: str) -> Row:
        return next(row for row in self.queue.state.rows if row.name == name)

    def has(self, name: str) -> bool:
        return any(row.name == name for row in self.queue.state.rows)

    def until(self, name: str, status: Status) -> Row:
        self.clock.until(lambda: self.has(name) and self.row(name).status is status)
        return self.row(name)

    def add(self, *names: str, size: int = 1_000, **changes: object) -> None:
        self.queue.add_sends([NewSend(replace(order(name), **changes), name, size) for name in names])  # type: ignore[arg-type]

    def on_disk(self) -> list[str]:
        return [each.name for each in QueueFile(self.paths).of(SESSION)]


def order(name: str) -> SendOrder:
    return SendOrder(f"/tmp/{name}", ("bob@example.org",), (), (), 168, None, "", True)


@pytest.fixture(scope="module")
def locked_keys() -> bytes:
    return vault_file.lock(Identity.create(EMAIL, 2048), PASSPHRASE, vault_file.Cost(19_456, 2, 1))


@pytest.fixture
def signed_in(paths: Paths, locked_keys: bytes) -> Paths:
    SESSION.save(paths)
    write_private(Vault(paths, nobody_to_ask).path_of(EMAIL), locked_keys)
    return paths


def _room(paths: Paths, clock: FakeClock) -> Room:
    bus, jobs, notices, works = Bus(), Jobs(clock), Notices(clock), FakeWorks()
    keys = Keys(paths, Settings, jobs, clock, bus)
    room = Room(paths, clock, jobs, bus, keys, notices, works, Queue(paths, jobs, clock, bus, keys, notices, works))
    for kind in (FileSent, FileReceived, OpenTab, ShowContact):
        bus.on(kind, room.told.append)
    return room


@pytest.fixture
def locked_room(signed_in: Paths, clock: FakeClock) -> Iterator[Room]:
    """Signed in, with locked keys."""
    room = _room(signed_in, clock)
    yield room
    room.jobs.close()


@pytest.fixture
def room(locked_room: Room) -> Room:
    """With keys in memory."""
    _unlock(locked_room)
    return locked_room


def _unlock(room: Room) -> None:
    if not room.keys.state.asking:
        room.keys.with_keys(lambda _person: None)
        room.clock.until(lambda: room.keys.state.asking)
    room.keys.try_passphrase(PASSPHRASE)
    room.clock.until(lambda: room.keys.state.unlocked)


SENT = Outcome("id-1", "a", 1_000, expires_at=1_800_000_000)


def test_three_run_and_the_others_wait_for_their_turn(room: Room) -> None:
    """In the order in which they came; when one ends, the next begins."""
    room.add("a", "b", "c", "d", "e")
    assert [row.status for row in room.queue.state.rows] == [Status.RUNNING] * 3 + [Status.WAITING] * 2
    assert room.row("d").words == "Waiting for its turn"
    room.works.of("b").then(replace(SENT, name="b"))
    room.until("d", Status.RUNNING)
    assert room.row("e").status is Status.WAITING
    assert room.queue.state.summary == "3 under way · 1 waiting · 1 finished"


def test_progress_has_amounts_rate_and_time_left(room: Room) -> None:
    """In words, and as a share for the bar."""
    room.add("a", size=10_000_000)
    work = room.works.of("a")
    work.then(Progress("a", 0, 10_000_000))
    room.clock.until(lambda: room.row("a").words == "Encrypting and sending")
    room.clock.advance(1.0)
    work.then(Progress("a", 2_500_000, 10_000_000))
    room.clock.until(lambda: room.row("a").share == 0.25)
    row = room.row("a")
    assert row.amount == "2.5 MB of 10.0 MB"
    assert row.speed.endswith("MB/s")
    assert row.left.endswith("left")


def test_the_rate_falls_while_nothing_moves(room: Room) -> None:
    """What is shown is not what was true a minute ago."""
    room.add("a", size=10_000_000)
    room.works.of("a").then(Progress("a", 5_000_000, 10_000_000))
    room.clock.until(lambda: room.row("a").speed)
    room.clock.advance(30)
    assert room.row("a").speed == ""


def test_what_was_there_before_does_not_count_as_speed(room: Room) -> None:
    """A continued transfer begins at its share, without a wonderful rate."""
    room.add("a", size=10_000_000)
    room.works.of("a").then(Progress("a", 5_000_000, 10_000_000, skipped=5_000_000))
    room.clock.until(lambda: room.row("a").share == 0.5)
    assert room.row("a").speed == ""
    assert room.row("a").words == "Continuing where it stopped …"


def test_waiting_for_the_network_says_why(room: Room) -> None:
    """And that nobody has to do anything."""
    room.add("a")
    room.works.of("a").then(Progress("a", 10, 1_000, reason="the server can't be reached, or broke off"))
    room.clock.until(lambda: "network" in room.row("a").words)
    row = room.row("a")
    assert row.words == "Waiting for the network: the server can't be reached, or broke off. It goes on by itself."
    assert row.tone is Tone.WARNING
    assert (row.speed, row.left) == ("", "")


def test_a_folder_shows_how_many_of_its_files_are_over(room: Room) -> None:
    """One row for all of it."""
    room.add("photos", size=1_000)
    room.works.of("photos").then(Progress("photos", 500, 1_000, files=10, files_over=4))
    room.clock.until(lambda: "4 of 10 files" in room.row("photos").amount)


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
    room.queue.clear_finished()
    assert [row.name for row in room.queue.state.rows] == ["b"]
    assert not room.queue.state.can_clear


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
    room.queue.retry_all()
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


def test_an_ended_session_goes_on_after_signing_in(room: Room) -> None:
    """The row says so, and nobody has to find it again afterwards."""
    room.add("a")
    room.works.of("a").then(errors.NotSignedIn("your session has ended"))
    row = room.until("a", Status.FAILED)
    assert row.can_sign_in
    room.bus.tell(SignedIn(EMAIL, SESSION.server))
    room.until("a", Status.RUNNING)


def test_locked_keys_are_asked_for_when_something_is_sent(locked_room: Room) -> None:
    """And what waits begins once they are unlocked."""
    locked_room.add("a")
    locked_room.clock.until(lambda: locked_room.keys.state.asking)
    assert locked_room.works.all == []
    _unlock(locked_room)
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
    _unlock(locked_room)
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
    _unlock(room)
    room.until("d", Status.RUNNING)


def test_the_same_file_is_never_sent_twice_at_the_same_time(room: Room) -> None:
    """Two rows for one file take turns: both note what has arrived in the same journal."""
    room.queue.add_sends([NewSend(order("a"), name, 5) for name in ("first", "second")])
    assert [row.status for row in room.queue.state.rows] == [Status.RUNNING, Status.WAITING]
    room.works.of("first").then(replace(SENT, name="first"))
    room.until("second", Status.RUNNING)


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


def test_a_restart_brings_everything_back_paused(room: Room, clock: FakeClock) -> None:
    """After a crash: what ran, what waited and what had failed; nothing begins before somebody says so."""
    room.add("a", "b", "c", "d")
    room.works.of("a").then(Progress("a", 400, 1_000))
    room.works.of("b").then(errors.Refused("the server says no"))
    room.until("b", Status.FAILED)
    room.clock.until(lambda: any(each.failure for each in QueueFile(room.paths).of(SESSION)))
    room.jobs.close()
    again = _room(room.paths, clock)
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
    assert notice.text == "4 transfers of last time are not finished."
    again.notices.press(notice.number)
    again.clock.until(lambda: again.keys.state.asking)
    _unlock(again)
    again.until("a", Status.RUNNING)
    assert again.row("b").status is Status.FAILED
    again.jobs.close()


def test_closing_notes_how_far_everything_is(room: Room, clock: FakeClock) -> None:
    """The next window shows it before anything has moved."""
    room.add("a")
    room.works.of("a").then(Progress("a", 400, 1_000))
    room.clock.until(lambda: room.row("a").share == 0.4)
    room.queue.flush()
    room.jobs.close()
    again = _room(room.paths, clock)
    assert again.row("a").share == 0.4
    assert again.row("a").amount == "400 B of 1.0 KB"
    again.jobs.close()


def test_an_older_note_never_comes_after_the_last(signed_in: Paths, clock: FakeClock) -> None:
    """A job that was about to write when the window closed writes nothing over what was flushed."""
    notices, jobs = Notices(clock), Jobs(clock)
    store = _Late(signed_in)
    kept = Kept(store, jobs, notices)
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


def test_a_disk_that_refuses_is_said_and_stops_nothing(room: Room) -> None:
    """The transfer itself needs no list."""
    (room.paths.data / "queue.json").mkdir()
    room.add("a")
    room.clock.until(lambda: any("queue.json" in notice.text for notice in room.notices.state.notices))
    room.works.of("a").then(SENT)
    room.until("a", Status.DONE)


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
    assert (row.words, row.can_open, row.can_share) == ("Saved", True, False)
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


def test_five_hundred_rows_are_no_burden(room: Room) -> None:
    """Adding and moving them stays quick enough for a window that never waits."""
    import time

    began = time.monotonic()
    room.add(*[f"file-{number}" for number in range(500)])
    room.works.of("file-0").then(Progress("file-0", 5, 10))
    room.clock.until(lambda: room.row("file-0").share == 0.5)
    assert time.monotonic() - began < 5.0
    assert len(room.queue.state.rows) == 500


def test_the_meter_tells_a_transfers_events_as_one_standing() -> None:
    """Of a folder as of a file; it stops the transfer at the next event once it was cancelled."""
    from client.actions.events import Began, Counted, Done, Sending, Waiting
    from client.gui.jobs import Stopped
    from client.gui.presenters.queue_work import Meter

    told: list[Progress] = []

    class Listening(Job):
        def __init__(self) -> None:
            super().__init__(lambda *_arguments: None)

        def report(self, event: object, *, latest: object = None) -> None:
            assert isinstance(event, Progress)
            told.append(event)

    job = Listening()
    meter = Meter(job)
    events: list[Event] = [
        Counted("d", "d", 2, 30),
        Began("d/a", "a", 10),
        Sending("d/a", 10, 10),
        Done("d/a", "1", "a", 10),
        Waiting("d", "no network", 3.0),
    ]
    for event in events:
        meter.tell(event)
    assert (told[-1].name, told[-1].done, told[-1].total, told[-1].files, told[-1].files_over) == ("d", 10, 30, 2, 1)
    assert told[-1].reason == "no network"
    job.cancel()
    with pytest.raises(Stopped):
        meter.tell(Began("d/b", "b", 20))
