"""What was read from disk once, and is good for as long as what is on disk is the same."""

import os
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_Stamp = tuple[int, int, int]
_SETTLED_NS = 100_000_000
"""Two changes within one tick of the file system's clock look like one; after so long there can be no second."""


class StatCache(Generic[T]):
    """Values made from files or folders, for one process; each use costs one stat, which any process's change shows."""

    def __init__(self, load: Callable[[str], T | None], weigh: Callable[[T, int], int], room: int) -> None:
        """`load` reads a path. `weigh(value, bytes on disk)` of all that is kept is at most `room`."""
        self._load = load
        self._weigh = weigh
        self._room = room
        self._kept: dict[str, tuple[_Stamp, T, int]] = {}
        self._weight = 0
        self._changing = threading.Lock()

    def get(self, path: str) -> T | None:
        """What `path` holds now; None where there is no such thing."""
        try:
            found = os.stat(path)  # noqa: PTH116  # a Path would cost more than the stat
        except (FileNotFoundError, NotADirectoryError):
            self._forget(path)
            return None
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        kept = self._kept.get(path)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        value = self._load(path)
        if value is not None and time.time_ns() - found.st_mtime_ns > _SETTLED_NS:
            self._keep(path, stamp, value, self._weigh(value, found.st_size))
        return value

    def _keep(self, path: str, stamp: _Stamp, value: T, weight: int) -> None:
        self._forget(path)
        if weight > self._room // 8:
            return
        with self._changing:
            while self._kept and self._weight + weight > self._room:
                self._weight -= self._kept.pop(next(iter(self._kept)))[2]  # what was read longest ago
            self._weight += weight - self._kept.get(path, (None, None, 0))[2]
            self._kept[path] = (stamp, value, weight)

    def _forget(self, path: str) -> None:
        if path in self._kept:
            with self._changing:
                self._weight -= self._kept.pop(path, (None, None, 0))[2]
