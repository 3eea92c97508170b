"""The last problems of this run, for the diagnostics bundle: what kind, which code, when. No names, no paths."""

import time
from collections import deque
from dataclasses import dataclass

from client.gui.jobs import Jobs
from client.gui.problem import Problem

_MOST = 50


@dataclass(frozen=True, slots=True)
class Trouble:
    at: int
    """Unix seconds."""
    kind: str
    code: str
    request_id: str
    specifics: str
    """The error's own words. May name files and people: told only where the person ticks that."""


class Troubles:
    """Remembers in memory only."""

    def __init__(self, jobs: Jobs) -> None:
        self._last: deque[Trouble] = deque(maxlen=_MOST)
        jobs.on_failure(self.remember)

    def remember(self, problem: Problem) -> None:
        self._last.append(
            Trouble(int(time.time()), problem.kind.value, problem.code, problem.request_id, problem.specifics)
        )

    def all(self) -> tuple[Trouble, ...]:
        """The oldest first."""
        return tuple(self._last)
