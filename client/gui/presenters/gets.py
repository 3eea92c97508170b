"""Receives at once what it is asked to, as long as the window is open: `Transfers` in its plainest form."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from client.actions.events import Counted, Done, Event, Receiving, Resumed, Waiting
from client.gui.bus import Bus, FileReceived
from client.gui.jobs import Job, Jobs, Lane
from client.gui.presenters.keys import Keys
from client.gui.presenters.transfers import Get, GetState, GetStatus
from client.gui.problem import Problem
from client.gui.text import _, size

if TYPE_CHECKING:
    from client.actions.folder_outcomes import ReceivedFolder
    from client.actions.person import Person
    from client.actions.receive import Received


@dataclass(slots=True)
class _One:
    """Something that is received, as the main thread knows it."""

    wanted: Get
    state: GetState
    job: Job | None = None
    whole: bool = False
    """Whether `total` is of all files of a folder."""
    files: int = 0
    """Bytes of those files of a folder that are there."""


class Gets:
    """Keeps nothing on disk: what has arrived of a file is found again by whoever receives it anew."""

    def __init__(self, jobs: Jobs, keys: Keys, bus: Bus) -> None:
        self._jobs = jobs
        self._keys = keys
        self._bus = bus
        self._numbers = count(1)
        self._all: dict[int, _One] = {}
        self._watchers: list[Callable[[GetState], None]] = []

    def add_get(self, wanted: Get) -> int:
        number = next(self._numbers)
        self._all[number] = _One(wanted, GetState(number, wanted.file_id, GetStatus.WAITING, total=wanted.size))
        self._start(number)
        return number

    def watch_gets(self, heard: Callable[[GetState], None]) -> Callable[[], None]:
        self._watchers.append(heard)
        for one in self._all.values():
            heard(one.state)
        return lambda: self._watchers.remove(heard) if heard in self._watchers else None

    def retry_get(self, number: int) -> None:
        if self._all[number].state.status in (GetStatus.FAILED, GetStatus.CANCELLED, GetStatus.PAUSED):
            self._start(number)

    def cancel_get(self, number: int) -> None:
        one = self._all[number]
        if one.job is not None and not one.state.status.is_over:
            one.job.cancel()
            self._show(number, status=GetStatus.CANCELLED, words=_("Cancelled"))

    def _start(self, number: int) -> None:
        one = self._all[number]
        one.files, one.whole = 0, False
        self._show(number, status=GetStatus.WAITING, words=_("Waiting"), problem=None, done=0)
        if one.wanted.keys is not None:
            self._run(number, self._keys.person())
        else:
            self._keys.with_keys(lambda person: self._run(number, person), lambda: self._locked(number))

    def _run(self, number: int, person: "Person") -> None:
        wanted = self._all[number].wanted

        def work(job: Job) -> "Received | ReceivedFolder":
            from client.actions.receive_any import receive
            from client.local.outputs import writing

            with writing(wanted.folder):
                wanted.folder.mkdir(parents=True, exist_ok=True)

            def tell(event: Event) -> None:
                latest = f"{type(event).__name__} {event.transfer}" if isinstance(event, Receiving) else None
                job.report(event, latest=latest)

            return receive(person, wanted.file_id, wanted.target, keys=wanted.keys, force=wanted.replace, tell=tell)

        self._show(number, status=GetStatus.RUNNING, words=_("Receiving"))
        self._all[number].job = self._jobs.run(
            work,
            done=lambda result: self._done(number, result),
            failed=lambda problem: self._failed(number, problem),
            stopped=lambda: self._show(number, status=GetStatus.CANCELLED, words=_("Cancelled")),
            heard=lambda event: self._heard(number, event),
            lane=Lane.TRANSFER,
        )

    def _heard(self, number: int, event: object) -> None:
        one = self._all[number]
        match event:
            case Counted():
                one.whole = True
                self._show(number, total=event.size)
            case Receiving() | Resumed() if not one.whole:
                total = event.total if event.total is not None else one.state.total
                self._show(number, done=event.done, total=total, words=_far(event.done, total))
            case Done() if one.whole and event.transfer != one.wanted.file_id:
                one.files += event.size
                self._show(number, done=one.files, words=_far(one.files, one.state.total))
            case Waiting():
                self._show(number, words=_("Waiting: {reason}").format(reason=event.reason))

    def _done(self, number: int, result: "Received | ReceivedFolder") -> None:
        failed = len(getattr(result, "failed", ()))
        words = _("Saved")
        if failed:
            words = _("Saved, but {count} of its files are missing. Receive it again for the rest.").format(
                count=failed
            )
        done = self._all[number].state.total or 0
        self._show(number, status=GetStatus.DONE, words=words, path=str(result.target), done=done)
        self._bus.tell(FileReceived(self._all[number].wanted.file_id, str(result.target)))

    def _failed(self, number: int, problem: Problem) -> None:
        self._show(number, status=GetStatus.FAILED, words=problem.specifics or problem.what, problem=problem)

    def _locked(self, number: int) -> None:
        self._show(number, status=GetStatus.PAUSED, words=_("Your keys are locked"))

    def _show(self, number: int, **changes: object) -> None:
        one = self._all[number]
        state = replace(one.state, **changes)  # type: ignore[arg-type]  # names and types are those of the calls above
        if state != one.state:
            one.state = state
            for heard in tuple(self._watchers):
                heard(state)


def _far(done: int, total: int | None) -> str:
    if total is None:
        return _("Receiving, {done}").format(done=size(done))
    return _("Receiving, {done} of {total}").format(done=size(done), total=size(total))
