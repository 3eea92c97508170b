"""The memory of a process and all below it, watched while something else goes on."""

import threading
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

PERIOD = 0.02
"""Seconds between two looks."""
_PROC = Path("/proc")
_KIB = 1_024


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes of several processes together."""

    pss: int = 0
    """Pages that n processes share count 1/n for each: what the family really costs."""
    rss: int = 0
    """Shared pages count once for each process."""


class MemoryWatch:
    """`with MemoryWatch(pid) as watch: ...`; afterwards `watch.peak` is the largest sum seen, of either kind."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self.peak = Usage()

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._done.wait(PERIOD):
            self._look()

    def _look(self) -> None:
        seen = [_usage_of(pid) for pid in _family(self._pid)]
        pss, rss = sum(usage.pss for usage in seen), sum(usage.rss for usage in seen)
        self.peak = Usage(max(self.peak.pss, pss), max(self.peak.rss, rss))


def _family(pid: int) -> list[int]:
    """A process and all its descendants; one that ends meanwhile is left out."""
    try:
        children = [int(child) for task in (_PROC / str(pid) / "task").iterdir() for child in _words(task / "children")]
    except FileNotFoundError:
        return []
    return [pid, *(member for child in children for member in _family(child))]


def _usage_of(pid: int) -> Usage:
    amounts = {"Pss:": 0, "Rss:": 0}
    words = _words(_PROC / str(pid) / "smaps_rollup")
    for name, amount in pairwise(words):
        if name in amounts:
            amounts[name] = int(amount) * _KIB
    return Usage(amounts["Pss:"], amounts["Rss:"])


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
