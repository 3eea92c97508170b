"""Errands in threads of this process: mail takes seconds, and how many tells who was written to."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from server.errors import Unavailable

log = logging.getLogger(__name__)

THREADS = 4
MOST_WAITING = 256


class ThreadErrands:
    """Threads start with the first errand, so after the fork; a process that ends regularly finishes its errands."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, "errand")
        self._room = BoundedSemaphore(MOST_WAITING)

    def run_later(self, errand: Callable[[], None]) -> None:
        if not self._room.acquire(blocking=False):
            log.error("%d errands are waiting already; another was refused. Is the mail server slow?", MOST_WAITING)
            raise Unavailable("The server has too much mail to send right now. Try again in a minute.")
        self._pool.submit(self._run, errand)

    def _run(self, errand: Callable[[], None]) -> None:
        try:
            errand()
        except Exception:  # nobody waits for it who could be told
            log.exception("an errand failed")
        finally:
            self._room.release()
