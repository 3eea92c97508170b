"""The end of the first run: a file sent to oneself, to see that it works."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui import text
from client.gui.bus import FileSent
from client.gui.jobs import Job, Lane
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _

if TYPE_CHECKING:
    from client.actions.person import Person
    from client.actions.send import Sent

_EXPIRES_HOURS = 24 * 7


@dataclass(frozen=True, slots=True)
class FirstFileState:
    name: str = ""
    sending: bool = False
    sent: bool = False
    share: float | None = 0.0
    """How much of it has arrived, 0 to 1."""
    status: str = ""
    error: Failure = FINE

    @property
    def can_choose(self) -> bool:
        return not self.sending


class FirstFile(Presenter[FirstFileState]):
    def __init__(self, house: House, left: Callable[[], None]) -> None:
        super().__init__(FirstFileState())
        self._house = house
        self._left = left
        self._job: Job | None = None

    def begin(self) -> None:
        self.stop()
        self._show(FirstFileState())

    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def send(self, path: Path) -> None:
        if self.state.can_choose:
            self._house.keys.with_keys(lambda person: self._send(person, path))

    def finish(self) -> None:
        self.stop()
        self._left()

    def _send(self, person: "Person", path: Path) -> None:
        self._show(FirstFileState(name=path.name, sending=True, status=_("Sealing …")))

        def work(job: Job) -> "Sent":
            from client.actions.events import Event
            from client.actions.people import find_recipient
            from client.actions.send import send_file

            def tell(event: Event) -> None:
                job.report(event, latest=type(event).__name__)

            me = find_recipient(person, person.email)
            return send_file(person, path, [me], [], expires_hours=_EXPIRES_HOURS, tell=tell)

        self._job = self._house.jobs.run(
            work, done=self._sent, failed=self._failed, heard=self._heard, lane=Lane.TRANSFER
        )

    def _heard(self, event: object) -> None:
        from client.actions.events import Sending, Waiting

        match event:
            case Sending(done=done, total=total) if total:
                status = _("{done} of {total} sent").format(done=text.size(done), total=text.size(total))
                self._show(replace(self.state, share=done / total, status=status))
            case Waiting():
                self._show(replace(self.state, status=_("Waiting for the network. It goes on by itself.")))

    def _sent(self, sent: "Sent") -> None:
        self._job = None
        size, until = text.size(sent.size), text.date(sent.expires_at)
        status = _("{size}, sealed for you alone, kept until {date}.").format(size=size, date=until)
        self._show(FirstFileState(name=sent.name, sent=True, share=1.0, status=status))
        self._house.bus.tell(FileSent(sent.file_id, sent.name))

    def _failed(self, problem: Problem) -> None:
        self._job = None
        self._show(FirstFileState(error=problem.failure_and_safety))
