"""A queue whose works do as the test says, and everything around it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from client.gui.bus import Bus, FileReceived, FileSent, OpenTab, ShowContact
from client.gui.jobs import Job, Jobs
from client.gui.presenters.keys import Keys
from client.gui.presenters.notices import Notices
from client.gui.presenters.queue import NewSend, Queue
from client.gui.presenters.queue_rows import Row, Status
from client.gui.presenters.queue_work import Outcome, Progress, Try
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
AT_ONCE = 3
"""Fewer than the window has, so that some wait."""


Step = Progress | Outcome | Exception | Callable[[Job], None]


class Work:
    """One piece of work that does what the test says next."""

    def __init__(self, queued: Queued, attempt: Try) -> None:
        self.queued, self.attempt = queued, attempt
        self.began = threading.Event()
        self._next = threading.Condition()
        self._steps: list[Step] = []
        self.over = threading.Event()

    def then(self, step: "Step") -> None:
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
                    case None:
                        pass
                    case _:
                        step(job)
        finally:
            self.over.set()


@dataclass
class FakeWorks:
    """Remembers all work that was begun, and what was given up."""

    all: list[Work] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    hold_giving_up: threading.Event | None = None
    """As a server that is long in answering."""

    def send(self, queued: Queued, order: SendOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        work = Work(queued, attempt)
        self.all.append(work)
        return work

    def get(self, queued: Queued, order: GetOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        work = Work(queued, attempt)
        self.all.append(work)
        return work

    def give_up(self, queued: Queued, person: "Person") -> Callable[[Job], None]:
        def work(_job: Job) -> None:
            self.given_up.append(queued.name)
            if self.hold_giving_up is not None:
                self.hold_giving_up.wait(SECONDS)

        return work

    def close(self) -> None:
        return None

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


def room_of(paths: Paths, clock: FakeClock) -> Room:
    bus, jobs, notices, works = Bus(), Jobs(clock), Notices(clock), FakeWorks()
    keys = Keys(paths, Settings, jobs, clock, bus)
    room = Room(
        paths, clock, jobs, bus, keys, notices, works, Queue(paths, jobs, clock, bus, keys, notices, works, AT_ONCE)
    )
    for kind in (FileSent, FileReceived, OpenTab, ShowContact):
        bus.on(kind, room.told.append)
    return room


@pytest.fixture
def locked_room(signed_in: Paths, clock: FakeClock) -> Iterator[Room]:
    """Signed in, with locked keys."""
    room = room_of(signed_in, clock)
    yield room
    room.jobs.close()


@pytest.fixture
def room(locked_room: Room) -> Room:
    """With keys in memory."""
    unlock(locked_room)
    return locked_room


def unlock(room: Room) -> None:
    if not room.keys.state.asking:
        room.keys.with_keys(lambda _person: None)
        room.clock.until(lambda: room.keys.state.asking)
    room.keys.try_passphrase(PASSPHRASE)
    room.clock.until(lambda: room.keys.state.unlocked)


SENT = Outcome("id-1", "a", 1_000, expires_at=1_800_000_000)
