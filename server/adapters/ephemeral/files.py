"""Short-lived state as files: one a key, under a hashed name, in one of 256 folders that is locked to change it."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TypeVar

from server.adapters import durable
from server.adapters.turns import alone_within
from server.errors import Busy
from server.ports import Clock, Entry

T = TypeVar("T")

_SHARD_LOCK_SECONDS = 30
_LEFTOVER_SECONDS = 86_400
_KEY = "key-"


class FileEphemeral:
    """An `Ephemeral` in a folder, for any number of processes on one machine.

    A file is the time of its end (Unix seconds) in the first line, then the value.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._values = folder / "values"
        self._locks = folder / "locks"
        self._clock = clock
        durable.make_folder(self._values)
        durable.make_folder(self._locks)

    def get(self, key: str) -> bytes | None:
        return self._read(self._path(key))

    def entry(self, key: str) -> Entry | None:
        """The value with its end, or None where there is none or its time is over."""
        return self._entry(self._path(key))

    def update(self, key: str, change: Callable[[bytes | None], tuple[Entry | None, T]]) -> T:
        path = self._path(key)
        with self._held(path.parent.name):
            entry, result = change(self._read(path))
            if entry is None:
                durable.remove(path)
            else:
                durable.write(path, b"%.6f\n" % entry.expires_at + entry.value)
            return result

    def lock(self, key: str, wait_seconds: float) -> AbstractContextManager[None]:
        return alone_within(self._locks / f"{_KEY}{_hashed(key)}", wait_seconds, vanishing=True)

    def sweep(self) -> None:
        for path in durable.sharded(self._values):
            if self._read(path) is None:
                with self._held(path.parent.name):
                    if self._read(path) is None:  # nobody wrote it anew in between
                        durable.remove(path)
        before = self._clock.now() - _LEFTOVER_SECONDS
        durable.sweep_temporaries(self._values, before)
        self._sweep_locks(before)

    def _sweep_locks(self, before: float) -> None:
        """Whoever is killed lets go of its locks, and leaves their files."""
        for path in self._locks.glob(f"{_KEY}*"):
            with suppress(FileNotFoundError, Busy):
                if path.stat().st_mtime < before:
                    with alone_within(path, 0, vanishing=True):
                        pass

    def _held(self, shard: str) -> AbstractContextManager[None]:
        return alone_within(self._locks / f"shard-{shard}", _SHARD_LOCK_SECONDS)

    def _path(self, key: str) -> Path:
        name = _hashed(key)
        return self._values / name[:2] / name

    def _read(self, path: Path) -> bytes | None:
        entry = self._entry(path)
        return None if entry is None else entry.value

    def _entry(self, path: Path) -> Entry | None:
        with suppress(FileNotFoundError):
            expires_at, _, value = path.read_bytes().partition(b"\n")
            if float(expires_at) > self._clock.now():
                return Entry(value, float(expires_at))
        return None


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
