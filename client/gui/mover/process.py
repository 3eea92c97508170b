"""Transfers in a process of their own: sealing holds Python's lock, and the window shares that with nobody.

`TransferProcess` is what the queue has transfers made of. The process is started for the first of them, stays while
there is work and a little longer, holds keys only of transfers that run, and ends when its pipe does.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from client.gui.jobs import Job
from client.gui.presenters.queue_work import Outcome, RealWorks, Try
from client.gui.text import language
from client.local.paths import Paths
from client.local.queue import GetOrder, Queued, QueueFile, SendOrder

if TYPE_CHECKING:
    from client.actions.person import Person
    from client.gui.mover.running import Running

_IDLE_SECONDS = 60.0
"""So long the process waits for another transfer: one file after the other need not wait for its start."""
_END_SECONDS = 3.0


class TransferProcess:
    """`Works`. May be shared by threads: each transfer has one here that waits for what the process tells of it."""

    def __init__(self, paths: Paths, limit: int) -> None:
        """`limit`: bytes a second for all transfers together; 0 for none. Nothing is started yet."""
        self._paths = paths
        self._limit = limit
        self._numbers = count(1)
        self._here = RealWorks(QueueFile(paths))
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._users = 0
        self._idle: threading.Timer | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        running = self._running
        return None if running is None or running.is_over else running.pid

    def send(self, queued: Queued, order: SendOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        del order
        return self._work(queued, person, attempt)

    def get(self, queued: Queued, order: GetOrder, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        del order
        return self._work(queued, person, attempt)

    def give_up(self, queued: Queued, person: "Person") -> Callable[[Job], None]:
        """Some questions to the server: no work for another process."""
        return self._here.give_up(queued, person)

    def set_limit(self, bytes_a_second: int) -> None:
        """From now on, also for what is under way."""
        self._limit = bytes_a_second
        if self._running is not None:
            self._running.limit(bytes_a_second)

    def close(self) -> None:
        """Ends the process; what it has half done goes on another time."""
        with self._lock:
            self._closed = True
            self._end()

    def _work(self, queued: Queued, person: "Person", attempt: Try) -> Callable[[Job], Outcome]:
        def work(job: Job) -> Outcome:
            with self._process() as running:
                return running.transfer(next(self._numbers), queued, person, attempt, job)

        return work

    @contextmanager
    def _process(self) -> "Iterator[Running]":
        """The one that runs, or a new one. Raises `Interrupted` where none can be started."""
        with self._lock:
            running = self._started()
            self._users += 1
        try:
            yield running
        finally:
            with self._lock:
                self._users -= 1
                if not self._users and not self._closed:
                    self._idle = threading.Timer(_IDLE_SECONDS, self._end_idle)
                    self._idle.daemon = True
                    self._idle.start()

    def _started(self) -> "Running":
        from client.gui.mover.running import Interrupted, Running  # with the cryptography that a window opens without

        if self._closed:
            raise Interrupted
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._running is None or self._running.is_over:
            self._running = Running.start(self._paths, language(), self._limit)
        return self._running

    def _end_idle(self) -> None:
        with self._lock:
            if not self._users:
                self._end()

    def _end(self) -> None:
        running, self._running = self._running, None
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if running is not None:
            running.end(_END_SECONDS)
