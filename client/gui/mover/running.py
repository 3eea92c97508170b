"""The process that moves files, while it runs, as the window sees it."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

from client.errors import ClientError
from client.gui import jobs
from client.gui.jobs import Job
from client.gui.mover import WORD
from client.gui.mover.carried import CarriedIdentity, CarriedKeys
from client.gui.mover.messages import Cancel, Done, End, Failed, Hello, Limit, Moved, News, Order, Start, Stopped
from client.gui.mover.pipe import Pipe
from client.gui.mover.priority import CREATION_FLAGS
from client.gui.presenters.queue_work import Outcome, Progress, Try
from client.gui.problem import Told
from client.local.paths import Paths
from client.local.queue import Queued

if TYPE_CHECKING:
    from client.actions.person import Person

_FROM_SOURCE = "import sys; sys.path[:] = sys.argv[2:]; from client.gui.mover.worker import main; main()"


class Interrupted(ClientError):
    """The process has ended, or could not be started. Nothing is lost: the next try goes on where this one stopped."""


class Running:
    """Made by `start`; when it is over, it is over for good."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: Pipe[News, Order]) -> None:
        self._process = process
        self._pipe = pipe
        self._lock = threading.Lock()
        self._calls: dict[int, SimpleQueue[Progress | End | None]] = {}
        self._to_say: SimpleQueue[Order | None] = SimpleQueue()
        self.is_over = False
        self.pid = process.pid

    @classmethod
    def start(cls, paths: Paths, language: str, limit: int, program: Sequence[str] = ()) -> Self:
        """`program`: another one than our own. Raises `Interrupted` where the system has no process for us."""
        try:
            process = subprocess.Popen(  # noqa: S603  (this program itself)
                program or _command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in a terminal is for the window, which ends us in good order
                creationflags=CREATION_FLAGS,
            )
        except OSError as error:
            raise Interrupted(f"The system starts no process that moves files: {error.strerror or error}") from None
        if process.stdin is None or process.stdout is None:
            raise TypeError("a process without the pipes that were asked for")
        running = cls(process, Pipe(process.stdout, process.stdin))
        running._say(Hello(paths, language, limit))
        for work in (running._speak, running._listen):
            threading.Thread(target=work, name=f"mover{work.__name__}", daemon=True).start()
        return running

    def transfer(self, number: int, queued: Queued, person: "Person", attempt: Try, job: Job) -> Outcome:
        """Its outcome. Raises `Interrupted`, `Told` with the problem in which it ended, or `Stopped`."""
        heard: SimpleQueue[Progress | End | None] = SimpleQueue()
        with self._lock:
            if self.is_over:
                raise Interrupted
            self._calls[number] = heard
        stopper = _Stopper(self._to_say, number)
        try:
            self._say(_start(number, queued, person, attempt))
            job.ending.add(stopper)
            return _followed(heard, job, attempt)
        finally:
            with self._lock:
                self._calls.pop(number, None)

    def limit(self, bytes_a_second: int) -> None:
        self._say(Limit(bytes_a_second))

    def end(self, seconds: float) -> None:
        """It hears the end of its pipe; where it does not within `seconds`, it is killed."""
        self._to_say.put(None)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _say(self, order: Order) -> None:
        """Soon, by a thread: the window's own never waits for a full pipe."""
        self._to_say.put(order)

    def _speak(self) -> None:
        try:
            while (order := self._to_say.get()) is not None:
                self._pipe.say(order)
                del order  # it may hold keys, and the next one may be long in coming
        except OSError:  # it is gone, which who listens finds out
            return
        finally:
            with suppress(OSError):
                self._pipe.hang_up()

    def _listen(self) -> None:
        while (news := self._pipe.hear()) is not None:
            if isinstance(news, Moved):
                for number, progress in news.standings:
                    self._tell(number, progress)
            else:
                self._tell(news.number, news)
        with self._lock:
            self.is_over = True
            calls = list(self._calls.values())
        for heard in calls:
            heard.put(None)
        self._to_say.put(None)
        self._process.wait()
        self._pipe.close()

    def _tell(self, number: int, news: Progress | End) -> None:
        with self._lock:
            heard = self._calls.get(number)
        if heard is not None:
            heard.put(news)


class _Stopper:
    """Passes the end of a job on, at most once."""

    def __init__(self, to_say: "SimpleQueue[Order | None]", number: int) -> None:
        self._to_say = to_say
        self._number = number

    def stop(self) -> None:
        self._to_say.put(Cancel(self._number))


def _followed(heard: "SimpleQueue[Progress | End | None]", job: Job, attempt: Try) -> Outcome:
    """Also after it was cancelled: not before it has let go of its files may another one take them up."""
    while True:
        match heard.get():
            case Progress() as progress:
                with suppress(jobs.Stopped):
                    job.report(progress, latest="progress")
            case Done(outcome=outcome):
                return outcome
            case Failed(problem=problem, contact=contact):
                attempt.contact = contact
                raise Told(problem)
            case Stopped():
                raise jobs.Stopped
            case None:
                raise Interrupted


def _start(number: int, queued: Queued, person: "Person", attempt: Try) -> Start:
    return Start(
        number,
        queued,
        person.session,
        None if person.head_start is None else CarriedIdentity.of(person.head_start.identity()),
        None if attempt.keys is None else CarriedKeys.of(attempt.keys),
        attempt.invite,
    )


def _command() -> list[str]:
    """This program once more. From source with the very folders from which we import, whatever folder we are in."""
    if getattr(sys, "frozen", False):
        return [sys.executable, WORD]
    return [sys.executable, "-P", "-c", _FROM_SOURCE, WORD, *filter(None, sys.path)]
