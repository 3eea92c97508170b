"""Inside the process that moves files: runs what the window says, tells how it goes, and ends when the window does."""

import gc
import os
import threading
import time
from contextlib import suppress
from weakref import WeakValueDictionary

from client.actions.person import Person
from client.api.ending import ended_by
from client.api.throttle import Throttle
from client.gui import jobs
from client.gui.jobs import Job
from client.gui.mover.messages import Cancel, Done, End, Failed, Hello, Limit, Moved, News, Order, Start, Stopped
from client.gui.mover.pipe import Pipe
from client.gui.mover.priority import step_back
from client.gui.presenters.queue_work import Outcome, Progress, RealWorks, Try
from client.gui.problem import problem_of
from client.gui.text import use_language
from client.local.queue import QueueFile, SendOrder
from client.local.secrets import nobody_to_ask
from client.local.vault import Unlocked

_TELL_SECONDS = 0.2
"""As often as the window draws."""
_LAST_SECONDS = 2.0
"""For what is under way to let go of its files, when the window is gone."""


def main() -> None:
    """Speaks with the window by standard input and output, which are nobody else's from then on."""
    pipe: Pipe[Order, News] = Pipe(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nothing, standard)
    step_back()
    hello = pipe.hear()
    if isinstance(hello, Hello):
        Worker(hello, pipe).serve()
    os._exit(0)  # whatever a thread still waits for, nobody wants it any more


class Worker:
    """Any number of transfers at once; how many that are is the window's business."""

    def __init__(self, hello: Hello, pipe: Pipe[Order, News]) -> None:
        use_language(hello.language)
        self._paths = hello.paths
        self._works = RealWorks(QueueFile(hello.paths))
        self._throttle = Throttle(hello.limit)
        self._pipe = pipe
        self._lock = threading.Lock()
        self._jobs: dict[int, Job] = {}
        self._persons: WeakValueDictionary[tuple[str, str, bytes], Person] = WeakValueDictionary()
        """Of transfers that run, which share connections; with the last of them go its keys."""
        self._telling = Telling(pipe)

    def serve(self) -> None:
        """Until the window closes its end of the pipe, or is gone."""
        while (order := self._pipe.hear()) is not None:
            match order:
                case Start():
                    self._begin(order)
                case Cancel(number=number):
                    with self._lock:
                        job = self._jobs.get(number)
                    if job is not None:
                        job.cancel()
                case Limit(bytes_a_second=limit):
                    self._throttle.set_limit(limit)
            del order  # it may hold keys, and the next one may be long in coming
        self._let_go()

    def _begin(self, start: Start) -> None:
        number = start.number
        job = Job(lambda _job, _latest, call: call(), heard=lambda event: self._telling.put(number, event))
        with self._lock:
            self._jobs[number] = job
        threading.Thread(target=self._run, args=(start, job), name=f"transfer {number}", daemon=True).start()

    def _run(self, start: Start, job: Job) -> None:
        end = self._end_of(start, job)
        self._telling.flush()
        with self._lock:
            del self._jobs[start.number]
            is_last = not self._jobs
        if is_last:
            gc.collect()  # a person holds itself through its tokens: its keys go now, not some day
        with suppress(OSError):  # nobody listens any more, which `serve` finds out
            self._pipe.say(end)
        job.over.set()

    def _end_of(self, start: Start, job: Job) -> End:
        attempt = Try(start.invite)
        try:
            with ended_by(job.ending):
                return Done(start.number, self._outcome(start, attempt, job))
        except jobs.Stopped:
            return Stopped(start.number)
        except Exception as error:  # noqa: BLE001  (this is the border at which errors become problems)
            return Stopped(start.number) if job.cancelled else Failed(start.number, problem_of(error), attempt.contact)

    def _outcome(self, start: Start, attempt: Try, job: Job) -> Outcome:
        attempt.keys = None if start.keys is None else start.keys.keys()
        person, order = self._person(start), start.queued.order
        if isinstance(order, SendOrder):
            return self._works.send(start.queued, order, person, attempt)(job)
        return self._works.get(start.queued, order, person, attempt)(job)

    def _person(self, start: Start) -> Person:
        session = start.session
        with self._lock:
            key = (session.server, session.user_id, b"" if start.identity is None else start.identity.card)
            person = self._persons.get(key)
            if person is None:
                unlocked = None if start.identity is None else Unlocked(session.email, start.identity.identity())
                person = Person(self._paths, session, nobody_to_ask, unlocked, self._throttle)
                self._persons[key] = person
            return person

    def _let_go(self) -> None:
        with self._lock:
            running = list(self._jobs.values())
        for job in running:
            job.cancel()
        end = time.monotonic() + _LAST_SECONDS
        for job in running:
            job.over.wait(max(0.0, end - time.monotonic()))


class Telling:
    """Of each transfer the newest standing, for all together, now and then."""

    def __init__(self, pipe: Pipe[Order, News]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._standings: dict[int, Progress] = {}
        self._some = threading.Event()
        threading.Thread(target=self._loop, name="telling", daemon=True).start()

    def put(self, number: int, event: object) -> None:
        if isinstance(event, Progress):
            with self._lock:
                self._standings[number] = event
            self._some.set()

    def flush(self) -> None:
        """Before a last word, so that none follows it."""
        with self._lock, suppress(OSError):
            standings, self._standings = self._standings, {}
            if standings:
                self._pipe.say(Moved(tuple(standings.items())))

    def _loop(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            self.flush()
            time.sleep(_TELL_SECONDS)
