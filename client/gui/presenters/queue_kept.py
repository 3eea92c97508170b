"""The part of the queue that is on disk: written by one job at a time, so that what is newer never comes first."""

import threading
from contextlib import suppress

from client.errors import ClientError
from client.gui.jobs import Jobs, Scheduler
from client.gui.presenters.notices import Notices
from client.gui.problem import Problem
from client.local.queue import Queued, QueueFile

_AGAIN_SECONDS = 5.0
"""After which what a disk has refused is tried again."""


class Kept:
    """Takes notes on the main thread; a disk that is slow or full never holds that up."""

    def __init__(self, store: QueueFile, jobs: Jobs, scheduler: Scheduler, notices: Notices) -> None:
        self._store = store
        self._jobs = jobs
        self._scheduler = scheduler
        self._notices = notices
        self._puts: dict[str, Queued] = {}
        self._drops: set[str] = set()
        self._gone: set[str] = set()
        self._writing = False
        self._refused = False
        """Whether the last try failed, which was said."""
        self._under_way: tuple[dict[str, Queued], set[str]] = ({}, set())
        """What a job writes, or is about to."""
        self._turn = threading.Lock()
        self._flushed = False

    def save(self, queued: Queued) -> None:
        """As it is now, unless it was forgotten."""
        if queued.key not in self._gone:
            self._puts[queued.key] = queued
            self._write()

    def forget(self, key: str) -> None:
        """For good."""
        self._gone.add(key)
        self._puts.pop(key, None)
        self._drops.add(key)
        self._write()

    def has_forgotten(self, key: str) -> bool:
        return key in self._gone

    def flush(self) -> None:
        """Before the window closes: at once, and here; a job that comes later writes nothing older over it."""
        puts, drops = self._under_way
        with self._turn:
            self._flushed = True
            with suppress(ClientError):  # then what was saved before still stands there
                self._store.change({**puts, **self._puts}.values(), drops | self._drops)
        self._puts.clear()
        self._drops.clear()

    def _write(self) -> None:
        if self._writing or self._flushed or not (self._puts or self._drops):
            return
        self._writing = True
        self._under_way = puts, drops = dict(self._puts), set(self._drops)
        self._puts.clear()
        self._drops.clear()
        self._jobs.run(
            lambda _job: self._change(puts, drops),
            done=lambda _none: self._written(),
            failed=self._failed,
            stopped=self._next,
        )

    def _change(self, puts: dict[str, Queued], drops: set[str]) -> None:
        with self._turn:
            if not self._flushed:
                self._store.change(puts.values(), drops)

    def _written(self) -> None:
        self._refused = False
        self._next()

    def _failed(self, problem: Problem) -> None:
        """Nothing of it is written: it waits for the next try, along with what is newer."""
        if not self._refused:
            self._notices.problem(problem)
        self._refused = True
        puts, drops = self._under_way
        self._puts = {**puts, **self._puts}
        self._drops |= drops
        self._scheduler.after(_AGAIN_SECONDS, self._next)

    def _next(self) -> None:
        self._writing = False
        self._under_way = ({}, set())
        self._write()
