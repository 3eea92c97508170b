"""Whose turn it is in the queue of transfers: a few at a time, the others wait; and what is heard of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.gui.bus import Bus, FileReceived, FileSent
from client.gui.jobs import Cancel, Job, Jobs, Lane, Scheduler
from client.gui.presenters.base import Presenter
from client.gui.presenters.keys import Keys
from client.gui.presenters.notices import Notices, Tone
from client.gui.presenters.queue_kept import Kept
from client.gui.presenters.queue_rows import Moment, QueueState, Row, Status, get_state_of, row_of
from client.gui.presenters.queue_work import Intent, Outcome, Progress, Try, Works
from client.gui.presenters.transfers import GetState
from client.gui.problem import Kind, Problem, problem_of
from client.gui.text import _, ngettext
from client.local.paths import Paths
from client.local.queue import GetOrder, Queued, QueueFile, SendOrder

if TYPE_CHECKING:
    from client.actions.person import Person
    from client.actions.standing import Pace
    from shared.crypto.keys import PrivateKeys

MOST_AT_ONCE = 8
"""Small files wait for answers more than for the line; and one that a line holds up holds up no other."""
_MOST_INTERRUPTIONS = 3
"""So often a transfer goes on by itself when the process that moved it has ended, perhaps because of it."""
_TICK_SECONDS = 1.0
_TELL_SECONDS = 0.03


@dataclass(slots=True)
class Transfer:
    """One transfer, as the main thread knows it."""

    number: int
    moment: Moment
    keys: "PrivateKeys | None" = None
    attempt: Try | None = None
    job: Job | None = None
    pace: "Pace | None" = None
    skipped: int = 0
    unseen: bool = False
    """Whether it is of no interest any more, although it is not over."""
    interrupted: int = 0
    """How often, since somebody wanted it to go on."""

    @property
    def key(self) -> str:
        return self.moment.queued.key

    @property
    def source(self) -> str:
        """What no two transfers may be at work on at the same time."""
        order = self.moment.queued.order
        return order.source if isinstance(order, SendOrder) else order.file_id

    @property
    def is_running(self) -> bool:
        return self.moment.status in (Status.RUNNING, Status.PAUSING, Status.CANCELLING)


class Turns(Presenter[QueueState]):
    """Starts transfers when it is their turn, hears how they are, and shows how they end."""

    def __init__(
        self,
        paths: Paths,
        jobs: Jobs,
        scheduler: Scheduler,
        bus: Bus,
        keys: Keys,
        notices: Notices,
        works: Works,
        most: int = MOST_AT_ONCE,
    ) -> None:
        super().__init__(QueueState())
        self._paths = paths
        self._jobs = jobs
        self._scheduler = scheduler
        self._bus = bus
        self._keys = keys
        self._notices = notices
        self._store = QueueFile(paths)
        self._works = works
        self._most = most
        self._all: dict[str, Transfer] = {}
        self._rows: dict[str, Row] = {}
        self._hearers: list[Callable[[GetState], None]] = []
        self._invited: set[str] = set()
        self._sent: list[str] = []
        """Names of what was sent and not told yet."""
        self._kept = Kept(self._store, jobs, scheduler, notices)
        self._ticking: Cancel | None = None
        self._telling: Cancel | None = None
        self._changed = False
        self._begin()

    def _begin(self) -> None:
        """Once all is there: what was left from the last time, and whom to listen to."""

    # --- turns

    def _fill(self, *, asking: bool = False) -> None:
        """Starts what may start now. `asking`: somebody has just asked for it, who can be asked for a passphrase."""
        waiting = [each for each in self._all.values() if each.moment.status is Status.WAITING]
        locked = not self._keys.state.unlocked
        needy = [each for each in waiting if locked and each.keys is None]
        if needy and asking:
            self._keys.with_keys(lambda _person: self._fill(), self._lock_waiting)
            if not self._keys.state.unlocked:
                waiting = [each for each in waiting if each.keys is not None]
        elif needy:
            self._lock_waiting()
            waiting = [each for each in waiting if each.keys is not None]
        busy = {each.source for each in self._all.values() if each.is_running}
        free = self._most - sum(each.is_running for each in self._all.values())
        for each in waiting:
            if free <= 0:
                break
            if each.moment.status is Status.WAITING and each.source not in busy:
                busy.add(each.source)
                free -= 1
                self._start(each)

    def _start(self, each: Transfer) -> None:
        from client.actions.standing import Pace

        queued = each.moment.queued
        try:
            person = self._keys.person()
        except ClientError as error:
            self._failed(each, problem_of(error))
            return
        invited = queued.order.invited if isinstance(queued.order, SendOrder) else ()
        attempt = Try(tuple(email for email in invited if email not in self._invited), each.keys)
        self._invited.update(attempt.invite)
        each.attempt, each.pace, each.skipped = attempt, Pace(self._scheduler.now()), 0
        each.moment = replace(each.moment, progress=Progress(), speed=0.0, problem=None, contact="", outcome=None)
        self._show_as(each, Status.RUNNING)
        each.job = self._jobs.run(
            self._work(queued, person, attempt),
            done=lambda outcome: self._done(each, outcome),
            failed=lambda problem: self._failed(each, problem),
            stopped=lambda: self._stopped(each),
            heard=lambda progress: self._heard(each, progress),
            lane=Lane.TRANSFER,
        )
        self._tick()

    def _work(self, queued: Queued, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        if isinstance(queued.order, SendOrder):
            return self._works.send(queued, queued.order, person, attempt)
        return self._works.get(queued, queued.order, person, attempt)

    def _heard(self, each: Transfer, progress: object) -> None:
        if not isinstance(progress, Progress) or each.pace is None:
            return
        if progress.skipped > each.skipped:
            each.pace.skip(progress.skipped - each.skipped)
            each.skipped = progress.skipped
        speed = 0.0 if progress.reason else each.pace.rate(self._scheduler.now(), progress.done)
        each.moment = replace(each.moment, progress=progress, speed=speed)
        self._show_row(each)

    def _tick(self) -> None:
        """Rates and times also change while nothing is heard."""
        running = [each for each in self._all.values() if each.moment.status is Status.RUNNING]
        for each in running:
            if each.pace is not None and each.moment.progress.name and not each.moment.progress.reason:
                speed = each.pace.rate(self._scheduler.now(), each.moment.progress.done)
                each.moment = replace(each.moment, speed=speed)
                self._show_row(each)
        if running and self._ticking is None:
            self._ticking = self._scheduler.after(_TICK_SECONDS, self._ticked)

    def _ticked(self) -> None:
        self._ticking = None
        self._tick()

    # --- ends

    def _done(self, each: Transfer, outcome: Outcome) -> None:
        each.job = None
        each.moment = replace(each.moment, outcome=outcome, restored=False)
        if outcome.missing:
            self._kept.save(noted(each.moment))
            self._show_as(each, Status.PARTLY)
        else:
            each.keys = each.attempt = None
            self._kept.forget(each.key)
            self._show_as(each, Status.DONE)
        if isinstance(each.moment.queued.order, SendOrder):
            self._bus.tell(FileSent(outcome.file_id, outcome.name))
            self._sent.append(outcome.name)
        else:
            self._bus.tell(FileReceived(outcome.file_id, outcome.path))
        for trouble in outcome.troubles:
            self._notices.say(trouble, Tone.WARNING)
        self._fill()
        self._say_sent()

    def _say_sent(self) -> None:
        """Once for all that was sent, when nothing more is on its way."""
        if not self._sent or any(each.is_running for each in self._all.values()):
            return
        text = _("“{name}” was sent.").format(name=self._sent[0])
        if len(self._sent) > 1:
            text = ngettext("{count} item was sent.", "{count} items were sent.", len(self._sent))
        self._sent.clear()
        self._notices.say(text, Tone.GOOD)

    def _failed(self, each: Transfer, problem: Problem) -> None:
        attempt, each.job = each.attempt, None
        if attempt is not None:
            self._invited.difference_update(attempt.invite)
        if problem.kind is Kind.INTERRUPTED and each.interrupted < _MOST_INTERRUPTIONS:
            self._go_on_by_itself(each)
            return
        contact = attempt.contact if attempt is not None and problem.kind is Kind.UNTRUSTED else ""
        each.moment = replace(each.moment, problem=problem, contact=contact, speed=0.0)
        self._keep_done(each)
        status = Status.OFFLINE if problem.kind is Kind.OFFLINE else Status.FAILED
        self._show_as(each, status)
        self._kept.save(noted(each.moment))
        self._fill()

    def _go_on_by_itself(self, each: Transfer) -> None:
        """After an interruption that was none of its own, as far as anybody knows."""
        interrupted = each.interrupted + 1
        self._keep_done(each)
        self._wait(each)
        each.interrupted = interrupted
        each.moment = replace(each.moment, interrupted=True)
        self._fill()

    def _stopped(self, each: Transfer) -> None:
        attempt, each.job = each.attempt, None
        if attempt is not None:
            self._invited.difference_update(attempt.invite)
        if attempt is not None and attempt.intent is Intent.CANCEL:
            self._give_up(each)
        else:
            self._paused(each)
        self._fill()

    def _stop(self, each: Transfer, intent: Intent) -> None:
        """It ends at its next word."""
        if each.attempt is not None and each.job is not None:
            each.attempt.intent = intent
            self._show_as(each, Status.PAUSING if intent is Intent.PAUSE else Status.CANCELLING)
            self._kept.save(noted(each.moment))
            each.job.cancel()

    def _paused(self, each: Transfer) -> None:
        self._keep_done(each)
        self._show_as(each, Status.PAUSED)
        self._kept.save(noted(each.moment))

    def _give_up(self, each: Transfer) -> None:
        """Removes what was begun, at the next start if the window closes meanwhile; what can't be removed expires."""
        self._kept.save(noted(each.moment))
        try:
            person = self._keys.person()
        except ClientError:
            self._cancelled(each)
            return
        self._jobs.run(
            self._works.give_up(each.moment.queued, person),
            done=lambda _nothing: self._cancelled(each),
            failed=lambda _problem: self._cancelled(each),
            stopped=lambda: self._cancelled(each),
            lane=Lane.CLEARING,
        )

    def _cancelled(self, each: Transfer) -> None:
        self._notices.say(_("“{name}” was cancelled. Nothing of it stays.").format(name=each.moment.queued.name))
        self._drop(each)
        self._fill()

    def _put_out_of_sight(self, each: Transfer) -> None:
        if each.moment.status is Status.CANCELLING:
            each.unseen = True
            self._rows.pop(each.key, None)
            self._show_all()

    def _keep_done(self, each: Transfer) -> None:
        moment = each.moment
        queued = replace(moment.queued, done=moment.done, size=moment.total)
        each.moment = replace(moment, queued=queued, progress=Progress(), speed=0.0)

    # --- all at once

    def _go_on(self, status: Status) -> None:
        for each in self._all.values():
            if each.moment.status is status:
                self._wait(each)
        self._fill()

    def _lock_waiting(self) -> None:
        for each in self._all.values():
            if each.moment.status is Status.WAITING and each.keys is None:
                self._show_as(each, Status.LOCKED)

    def _wait(self, each: Transfer) -> None:
        each.interrupted = 0
        each.moment = replace(each.moment, problem=None, contact="", restored=False, interrupted=False)
        self._show_as(each, Status.WAITING)

    def _show_as(self, each: Transfer, status: Status) -> None:
        each.moment = replace(each.moment, status=status)
        self._show_row(each)

    def _show_row(self, each: Transfer) -> None:
        if self._all.get(each.key) is not each or each.unseen:
            return
        row = row_of(each.moment)
        if self._rows.get(each.key) == row:
            return
        self._rows[each.key] = row
        self._show_all()
        if isinstance(each.moment.queued.order, GetOrder):
            state = get_state_of(each.number, each.moment)
            for heard in tuple(self._hearers):
                heard(state)

    @property
    def state(self) -> QueueState:
        """Of now. Put together when somebody asks: with hundreds of transfers there are many changes at once."""
        self._settle()
        return super().state

    def _show_all(self) -> None:
        """Whoever watches is told soon, once for all that changes until then."""
        self._changed = True
        if self._telling is None:
            self._telling = self._scheduler.after(_TELL_SECONDS, self._tell)

    def _tell(self) -> None:
        self._telling = None
        self._settle()

    def _settle(self) -> None:
        if not self._changed:
            return
        self._changed = False
        self._show(QueueState(tuple(self._rows.values())))

    def _drop(self, each: Transfer) -> None:
        self._kept.forget(each.key)
        self._hide(each)

    def _hide(self, each: Transfer) -> None:
        self._all.pop(each.key, None)
        self._rows.pop(each.key, None)
        self._show_all()


def noted(moment: Moment) -> Queued:
    problem = moment.problem
    failure = "" if problem is None or moment.status is not Status.FAILED else problem.sentence_and_safety
    cancelled = moment.status is Status.CANCELLING
    return replace(moment.queued, done=moment.done, size=moment.total, failure=failure, cancelled=cancelled)
