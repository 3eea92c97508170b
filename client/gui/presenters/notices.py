"""Toasts: short news that goes by itself, some with an undo."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import count

from client.gui.jobs import Cancel, Scheduler
from client.gui.presenters.base import Presenter
from client.gui.problem import Problem
from client.gui.text import _

SECONDS = 6.0
UNDO_SECONDS = 5.0
_MOST = 3
"""At once, where they can make room for each other."""


class Tone(Enum):
    """How it is meant; shown by a word or a sign as well as by a colour."""

    NEWS = "news"
    GOOD = "good"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Notice:
    number: int
    text: str
    tone: Tone
    action: str = ""
    """What its button says; empty for none."""
    details: str = ""
    """For Copy details; empty for none."""


@dataclass(frozen=True, slots=True)
class NoticesState:
    """The newest is last."""

    notices: tuple[Notice, ...] = ()


@dataclass(slots=True)
class _Pending:
    """What happens when a notice goes, or when its button is pressed."""

    timer: Cancel | None
    act: Callable[[], None] | None = None
    go: Callable[[], None] | None = None


class Notices(Presenter[NoticesState]):
    """For all tabs."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(NoticesState())
        self._scheduler = scheduler
        self._numbers = count(1)
        self._pending: dict[int, _Pending] = {}

    def say(self, text: str, tone: Tone = Tone.NEWS, *, action: str = "", act: Callable[[], None] | None = None) -> int:
        """Shows it for a few seconds; its number."""
        return self._add(text, tone, SECONDS, action, act, None, "")

    def problem(self, problem: Problem, what: str = "") -> int:
        """Stays until it is closed: somebody may want to read it twice. `what` says first what it was about."""
        text = f"{what} {problem.sentence_and_safety}".strip()
        return self._add(text, Tone.PROBLEM, None, "", None, None, problem.details)

    def undoable(self, text: str, do: Callable[[], None], undo: Callable[[], None]) -> int:
        """Says that something is done, and does it in five seconds unless it is undone before.

        `do` is also called where the notice is closed, or the window, and before a session ends.
        """
        return self._add(text, Tone.NEWS, UNDO_SECONDS, _("Undo"), undo, do, "")

    def press(self, number: int) -> None:
        """The notice's button."""
        pending = self._remove(number)
        if pending is not None and pending.act is not None:
            pending.act()

    def close(self, number: int) -> None:
        pending = self._remove(number)
        if pending is not None and pending.go is not None:
            pending.go()

    def flush(self) -> None:
        """Before the window closes, or a session ends: what was to be undone no longer can be."""
        for number in [number for number, pending in self._pending.items() if pending.go is not None]:
            self.close(number)

    def _add(
        self,
        text: str,
        tone: Tone,
        seconds: float | None,
        action: str,
        act: Callable[[], None] | None,
        go: Callable[[], None] | None,
        details: str,
    ) -> int:
        self._make_room(tone)
        number = next(self._numbers)
        timer = None if seconds is None else self._scheduler.after(seconds, lambda: self.close(number))
        self._pending[number] = _Pending(timer, act, go)
        self._show(NoticesState((*self.state.notices, Notice(number, text, tone, action, details))))
        return number

    def _make_room(self, tone: Tone) -> None:
        """The oldest news goes; a problem only for another one; what has a button goes by its own time."""
        while len(self.state.notices) >= _MOST:
            silent = [each for each in self.state.notices if not each.action]
            news = [each for each in silent if each.tone is not Tone.PROBLEM]
            going = news or (silent if tone is Tone.PROBLEM else [])
            if not going:
                return
            self._remove(going[0].number)

    def _remove(self, number: int) -> _Pending | None:
        pending = self._pending.pop(number, None)
        if pending is not None and pending.timer is not None:
            pending.timer()
        self._show(NoticesState(tuple(each for each in self.state.notices if each.number != number)))
        return pending
