"""Rows of long lists: made by presenters, some at a time; drawn by `client.gui.widgets.Table` as they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from client.gui.jobs import Cancel, Scheduler

Line = TypeVar("Line")
_AT_ONCE = 400
_PAUSE = 0.02
"""Seconds between two slices."""


@dataclass(frozen=True, slots=True)
class Row:
    """`tone` colours its text, beside a word in it that says the same."""

    key: str
    cells: tuple[str, ...]
    tone: str = ""


class RowsInSlices(Generic[Line]):
    """Makes a list's rows, some at a time, so that the window goes on meanwhile; those that are known cost nothing."""

    def __init__(
        self,
        scheduler: Scheduler,
        known: Callable[[Line], Row | None],
        make: Callable[[Line], Row],
        show: Callable[[tuple[Row, ...], bool], None],
    ) -> None:
        """`show` gets the rows that there are, and whether more follow."""
        self._scheduler = scheduler
        self._known = known
        self._make = make
        self._show = show
        self._lines: Sequence[Line] = ()
        self._timer: Cancel | None = None

    def begin(self, lines: Sequence[Line]) -> None:
        """These, in this order."""
        self._lines = lines
        self._go_on()

    def _go_on(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
        rows: list[Row] = []
        made = left_out = 0
        for line in self._lines:
            row = self._known(line)
            if row is None:
                if made >= _AT_ONCE:
                    left_out += 1
                    continue
                made += 1
                row = self._make(line)
            rows.append(row)
        if left_out:
            self._timer = self._scheduler.after(_PAUSE, self._go_on)
        self._show(tuple(rows), left_out > 0)
