"""Work that takes time, off the main thread: bounded threads, one queue, and one pump that alone calls back.

A presenter starts a job and gets its end as a call on the main thread: `done` with the result, `failed` with a
`Problem`, or `stopped` where it was cancelled. What runs in a job never touches the window.
"""

import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, Protocol, TypeVar

from client.api.ending import Ending, ended_by
from client.gui.problem import Problem, problem_of

Cancel = Callable[[], None]
Result = TypeVar("Result")
Answer = TypeVar("Answer")

_MOST_CALLS_A_TICK = 64
_TICK_SECONDS = 0.015
_IDLE_TICK_SECONDS = 0.05
_LONGEST_TICK_SECONDS = 0.008
"""A tick ends early rather than hold up the window."""
_SWITCH_SECONDS = 0.0005
"""So soon the main thread gets its turn when jobs calculate: Tk gives it away at every call, a picture has hundreds."""
_NEEDED_SECONDS = 8.0
"""The longest that the end of the program, or of a session, waits for what has to be finished."""


class Scheduler(Protocol):
    """The main thread's clock."""

    def now(self) -> float:
        """Seconds, from any beginning; never goes back."""

    def after(self, seconds: float, call: Callable[[], None]) -> Cancel:
        """Calls once, later, on the main thread; what it returns calls it off."""


class Lane(Enum):
    """Jobs of one kind wait for each other, never for those of another kind. The value is how many run at once."""

    QUICK = ("quick", 6)
    """A question to the server or the disk."""
    TRANSFER = ("transfer", 8)
    """Sending and receiving: as long as it takes. Most of these only wait for the process that does the work."""
    CLEARING = ("clearing", 3)
    """Taking back what was begun: whoever is slow to agree holds up nothing else."""
    PATIENT = ("patient", 3)
    """Waits for somebody: the answer of a person, or of another machine."""

    @property
    def most(self) -> int:
        return self.value[1]


class Stopped(Exception):
    """Raised in a job that was cancelled, at its next word."""


@dataclass(eq=False)
class Question(Generic[Answer]):
    """Something that a job asks a person; it waits until `answer` or `refuse` is called, from the main thread."""

    about: object
    """What is asked, typed by whoever asks."""
    _answered: threading.Event = field(default_factory=threading.Event)
    _answer: list[Answer] = field(default_factory=list)

    def answer(self, value: Answer) -> None:
        self._answer.append(value)
        self._answered.set()

    def refuse(self) -> None:
        """The job ends as if it had been cancelled."""
        self._answered.set()

    def wait(self) -> Answer:
        self._answered.wait()
        if not self._answer:
            raise Stopped
        return self._answer[0]


class Job:
    """One piece of work, seen from both sides."""

    def __init__(
        self,
        post: Callable[["Job", Hashable | None, Callable[[], None]], None],
        heard: Callable[[object], None] | None = None,
        asked: Callable[[Question[object]], None] | None = None,
    ) -> None:
        """`post` brings calls of `heard` and `asked` to where they are wanted."""
        self._post = post
        self._heard = heard
        self._asked = asked
        self._cancelled = threading.Event()
        self.ending = Ending()
        """Of its waiting for the network."""
        self._question: Question[object] | None = None
        self._lock = threading.Lock()
        self.ended = False
        """Known on the main thread."""
        self.needed = False
        """Whether the program waits for it before it ends."""
        self.over = threading.Event()
        """Known in every thread."""

    # --- from the main thread

    def cancel(self) -> None:
        """It ends at its next word to us; it stops waiting for the network; a question to a person is withdrawn."""
        self._cancelled.set()
        self.ending.end()
        with self._lock:
            if self._question is not None:
                self._question.refuse()

    # --- from the job's own thread

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raises `Stopped` if it was cancelled."""
        if self.cancelled:
            raise Stopped

    def report(self, event: object, *, latest: Hashable | None = None) -> None:
        """Tells the presenter. With `latest`, an event of the same name that was not delivered yet is replaced.

        Raises `Stopped` if the job was cancelled.
        """
        self.check()
        if self._heard is not None:
            heard = self._heard
            self._post(self, latest, lambda: heard(event))

    def ask(self, question: Question[Answer]) -> Answer:
        """Waits for a person's answer. Raises `Stopped` where there is none."""
        if self._asked is None:
            raise Stopped
        with self._lock:
            self.check()
            self._question = question  # type: ignore[assignment]  # only ever refused through this name
        asked = self._asked
        self._post(self, None, lambda: asked(question))  # type: ignore[arg-type]
        try:
            return question.wait()
        finally:
            with self._lock:
                self._question = None


class Jobs:
    """Runs jobs; made and called on the main thread."""

    def __init__(self, scheduler: Scheduler) -> None:
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._scheduler = scheduler
        self._calls: deque[_Call] = deque()
        self._lock = threading.Lock()
        self._lanes = {lane: _Threads(lane) for lane in Lane}
        self._open: set[Job] = set()
        self._failure_watchers: list[Callable[[Problem], None]] = []
        self._pumping = False
        self._closed = False
        self._held: list[tuple[Lane, Callable[[], None]]] | None = None

    @property
    def running(self) -> int:
        """Jobs that have not ended, waiting ones included."""
        return len(self._open)

    def on_failure(self, call: Callable[[Problem], None]) -> None:
        """Told of every problem in which a job ended, before its own `failed` is."""
        self._failure_watchers.append(call)

    def run(
        self,
        work: Callable[[Job], Result],
        *,
        done: Callable[[Result], None] | None = None,
        failed: Callable[[Problem], None] | None = None,
        stopped: Callable[[], None] | None = None,
        heard: Callable[[object], None] | None = None,
        asked: Callable[[Question[object]], None] | None = None,
        lane: Lane = Lane.QUICK,
        needed: bool = False,
    ) -> Job:
        """Runs `work(job)` in a thread; exactly one of `done`, `failed`, `stopped` is called at its end.

        `heard` gets what the job reports, `asked` its questions. All calls come on the main thread, in their order.
        `needed`: short, and to be finished even if the window is closed meanwhile.
        """
        job = Job(self._post, heard, asked)
        job.needed = needed
        self._open.add(job)

        def end(call: Callable[[], None]) -> None:
            self._post(job, None, lambda: self._end(job, call))

        def whole() -> None:
            try:
                job.check()
                with ended_by(job.ending):
                    result = work(job)
                job.over.set()
            except Stopped:
                job.over.set()
                end(stopped or _nothing)
            except Exception as error:  # noqa: BLE001  (this is the border at which errors become problems)
                job.over.set()
                if job.cancelled:
                    end(stopped or _nothing)
                    return
                problem = problem_of(error)
                end(lambda: self._fail(problem, failed))
            else:
                end((lambda: done(result)) if done is not None else _nothing)

        if self._held is not None:
            self._held.append((lane, whole))
        else:
            self._lanes[lane].put(whole)
        self._pump_soon()
        return job

    def hold(self) -> None:
        """What is run from now on waits for `release`: while the window is built, nothing takes its processor."""
        self._held = []

    def release(self) -> None:
        held, self._held = self._held or [], None
        for lane, work in held:
            self._lanes[lane].put(work)

    def needed(self) -> Callable[[], None]:
        """For another job to call: waits until all that is needed by now is over, or has had its time."""
        needed = [job for job in self._open if job.needed]

        def wait() -> None:
            end = time.monotonic() + _NEEDED_SECONDS
            for job in needed:
                job.over.wait(max(0.0, end - time.monotonic()))

        return wait

    def close(self, patience: float = 0.0) -> None:
        """Cancels everything but what is needed, for which it waits a moment; nothing is called back any more.

        What is cancelled has `patience` seconds to take back, or to note, what it has half done. Threads that still run
        after that die with the program.
        """
        self._closed = True
        self.release()
        for job in self._open:
            if not job.needed:
                job.cancel()
        began = time.monotonic()
        for job in self._open:
            end = began + (max(_NEEDED_SECONDS, patience) if job.needed else patience)
            job.over.wait(max(0.0, end - time.monotonic()))

    def _fail(self, problem: Problem, failed: Callable[[Problem], None] | None) -> None:
        for watcher in self._failure_watchers:
            watcher(problem)
        if failed is not None:
            failed(problem)

    def _end(self, job: Job, call: Callable[[], None]) -> None:
        job.ended = True
        self._open.discard(job)
        call()

    def _post(self, job: Job, latest: Hashable | None, call: Callable[[], None]) -> None:
        with self._lock:
            if latest is not None:
                for waiting in self._calls:
                    if waiting.job is job and waiting.latest == latest:
                        waiting.call = call
                        return
            self._calls.append(_Call(job, latest, call))

    def _pump_soon(self) -> None:
        if not self._pumping:
            self._pumping = True
            self._scheduler.after(_TICK_SECONDS, self._pump)

    def _pump(self) -> None:
        """Some of the calls that wait; more at the next tick. Nothing ticks while nothing runs."""
        self._pumping = False
        if self._closed:
            return
        began = self._scheduler.now()
        called = 0
        try:
            while called < _MOST_CALLS_A_TICK and self._scheduler.now() - began < _LONGEST_TICK_SECONDS:
                with self._lock:
                    if not self._calls:
                        break
                    call = self._calls.popleft().call
                called += 1
                call()
        finally:
            if (self._open or self._calls) and not self._pumping:
                self._pumping = True
                self._scheduler.after(_TICK_SECONDS if called else _IDLE_TICK_SECONDS, self._pump)


@dataclass(slots=True)
class _Call:
    job: Job
    latest: Hashable | None
    call: Callable[[], None]


class _Threads:
    """Threads of one lane, started when there is work; they never keep the program from ending."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._started = 0

    def put(self, work: Callable[[], None]) -> None:
        self._work.put(work)
        with self._lock:
            if self._idle >= self._work.qsize() or self._started >= self._lane.most:
                return
            self._started += 1
        threading.Thread(target=self._loop, name=f"{self._lane.value[0]} job", daemon=True).start()

    def _loop(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            work = self._work.get()
            with self._lock:
                self._idle -= 1
            work()
            del work  # it may hold keys, and the next one may be long in coming


def _nothing() -> None:
    return None
