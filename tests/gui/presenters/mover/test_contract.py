"""What the queue relies on, whatever its transfers are made of: threads here, a process, or what tests put in place."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from client.actions.person import Person as Signed
from client.errors import NotFound, UntrustedKey
from client.gui.jobs import Job, Jobs, Lane
from client.gui.mover.process import TransferProcess
from client.gui.presenters.queue_work import Outcome, Progress, RealWorks, Try, Works
from client.gui.problem import Kind, Problem
from client.local.contacts import Contacts
from client.local.paths import Paths
from client.local.queue import GetOrder, Queued, QueueFile, SendOrder
from client.local.secrets import nobody_to_ask
from client.local.session import require_session
from client.local.vault import Vault
from shared.crypto.identity import Identity
from tests.gui.clock import FakeClock
from tests.gui.presenters.queue.conftest import FakeWorks
from tests.support.people import PASSPHRASE, Person

pytestmark = pytest.mark.slow
_SIZE = 300_000


@dataclass
class Ends:
    """Of one job: what was heard, and each end that was called."""

    heard: list[Progress] = field(default_factory=list)
    ends: list[Outcome | Problem | None] = field(default_factory=list)
    """None for stopped."""


@dataclass
class Stage:
    """Works of one kind, and somebody for whom they work."""

    works: Works
    fake: FakeWorks | None
    person: Signed
    source: Path
    bob: str
    jobs: Jobs
    clock: FakeClock

    def begin(self, queued: Queued, attempt: Try) -> tuple[Job, Ends]:
        seen, order = Ends(), queued.order
        if isinstance(order, SendOrder):
            work = self.works.send(queued, order, self.person, attempt)
        else:
            work = self.works.get(queued, order, self.person, attempt)
        job = self.jobs.run(
            work,
            done=seen.ends.append,
            failed=seen.ends.append,
            stopped=lambda: seen.ends.append(None),
            heard=lambda event: seen.heard.append(event) if isinstance(event, Progress) else None,
            lane=Lane.TRANSFER,
        )
        return job, seen

    def send(self, attempt: Try) -> tuple[Job, Ends]:
        order = SendOrder(str(self.source), (self.bob,), (), (), 24, None, "", False)
        return self.begin(self._queued(order), attempt)

    def get(self, file_id: str, folder: Path) -> tuple[Job, Ends]:
        return self.begin(self._queued(GetOrder(file_id, str(folder), "", False, "", "")), Try())

    def play(self, attempt: Try, *steps: Progress | Outcome | Exception, contact: str = "") -> None:
        """What a fake does by itself only when it is told to."""
        if self.fake is not None:
            attempt.contact = contact
            for step in steps:
                self.fake.all[-1].then(step)

    def _queued(self, order: SendOrder | GetOrder) -> Queued:
        return Queued.new(self.person.session, order, self.source.name, _SIZE, 0.0)


@pytest.fixture(params=["threads", "process", "fake"])
def stage(request: pytest.FixtureRequest, ada: Person, bob: Person, clock: FakeClock) -> Iterator[Stage]:
    paths = Paths(ada.cli.data)
    fake = FakeWorks()
    makers: dict[str, Callable[[], Works]] = {
        "threads": lambda: RealWorks(QueueFile(paths)),
        "process": lambda: TransferProcess(paths, 0),
        "fake": lambda: fake,
    }
    works = makers[request.param]()
    unlocking = Vault(paths, lambda _prompt, _twice: PASSPHRASE).begin_unlocking(ada.email)
    person = Signed(paths, require_session(paths), nobody_to_ask, unlocking)
    source = ada.cli.folder / "source.bin"
    source.write_bytes(os.urandom(_SIZE))
    jobs = Jobs(clock)
    yield Stage(works, fake if request.param == "fake" else None, person, source, bob.email, jobs, clock)
    jobs.close(3.0)
    works.close()


def test_a_transfer_tells_how_far_it_is_and_ends_once(stage: Stage, bob: Person) -> None:
    """Its last standing is all of it; then comes its outcome, which names the file."""
    attempt = Try()
    _, seen = stage.send(attempt)
    whole = Progress("source.bin", _SIZE, _SIZE)
    stage.play(attempt, whole)
    stage.clock.until(lambda: stage.fake is None or seen.heard)
    stage.play(attempt, Outcome("id", "source.bin", _SIZE))
    stage.clock.until(lambda: seen.ends)
    (end,) = seen.ends
    assert isinstance(end, Outcome)
    assert (end.name, end.size) == ("source.bin", _SIZE)
    assert seen.heard[-1].done == _SIZE
    if stage.fake is None:
        bob.cli.ok("get", end.file_id)
        assert (bob.cli.folder / "source.bin").read_bytes() == stage.source.read_bytes()


def test_a_failure_is_a_problem_that_can_be_told(stage: Stage, ada: Person, tmp_path: Path) -> None:
    """Of its kind, in words."""
    _, seen = stage.get("11111111-1111-4111-8111-111111111111", tmp_path / "in")
    stage.play(Try(), NotFound("there is no such file"))
    stage.clock.until(lambda: seen.ends)
    (end,) = seen.ends
    assert isinstance(end, Problem)
    assert end.kind is Kind.NOT_FOUND
    assert end.what == "It is not there, or it is not for you."


def test_an_untrusted_key_names_whose_it_is(stage: Stage, ada: Person, bob: Person) -> None:
    """So that the row can lead to the contact."""
    Contacts(Paths(ada.cli.data)).accept(Identity.create(bob.email, 2048).card, verified=False)
    attempt = Try()
    _, seen = stage.send(attempt)
    stage.play(attempt, UntrustedKey("another key"), contact=bob.email)
    stage.clock.until(lambda: seen.ends)
    (end,) = seen.ends
    assert isinstance(end, Problem)
    assert end.kind is Kind.UNTRUSTED
    assert attempt.contact == bob.email


def test_what_is_cancelled_ends_as_stopped(stage: Stage) -> None:
    """At its next word, wherever that would be; nothing else follows."""
    attempt = Try()
    job, seen = stage.send(attempt)
    job.cancel()
    stage.clock.until(lambda: seen.ends)
    assert seen.ends == [None]


def test_eight_go_on_side_by_side(stage: Stage, ada: Person) -> None:
    """Each has its own end, and none waits for another's."""
    before = threading.active_count()
    attempts = [Try() for _ in range(8)]
    all_seen = []
    for number, attempt in enumerate(attempts):
        other = replace(stage, source=ada.cli.folder / f"{number}.bin")
        other.source.write_bytes(os.urandom(1_000))
        _, seen = other.send(attempt)
        other.play(attempt, Outcome("id", f"{number}.bin", 1_000))
        all_seen.append(seen)
    stage.clock.until(lambda: all(seen.ends for seen in all_seen))
    names = [end.name for seen in all_seen for end in seen.ends if isinstance(end, Outcome)]
    assert names == [f"{number}.bin" for number in range(8)]
    assert threading.active_count() - before < 40
