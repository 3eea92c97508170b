"""One at a time, among all threads and processes of a machine. A holder that dies lets go.

Written on flock itself: a lock is two or three system calls, and every part of an upload takes several.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from server.adapters import durable
from server.errors import Busy

if sys.platform != "win32":
    import fcntl

_FIRST_POLL_SECONDS = 0.001
_LAST_POLL_SECONDS = 0.016
_BUSY = "Somebody else is changing this right now; try again in a moment."


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; whoever else wants it waits, without polling."""
    if sys.platform == "win32":
        from filelock import FileLock  # there is no flock

        with FileLock(path):
            yield
    else:
        descriptor = _opened(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


@contextmanager
def together(path: Path) -> Iterator[None]:
    """Hold the lock file `path` with others like us; who wants it alone waits for all. Windows knows no such lock."""
    if sys.platform == "win32":
        yield
    else:
        descriptor = _opened(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)


@contextmanager
def alone_within(path: Path, seconds: float, *, vanishing: bool = False) -> Iterator[None]:
    """Hold the lock file `path`, waiting at most so long. `vanishing`: it leaves no file. Raises `Busy`."""
    if sys.platform == "win32":
        from filelock import FileLock, Timeout  # Windows does not remove a file that is open

        try:
            lock = FileLock(path).acquire(timeout=seconds, poll_interval=_LAST_POLL_SECONDS)
        except Timeout:
            raise Busy(_BUSY) from None
        with lock:
            yield
    else:
        descriptor = _waited_for(path, seconds)
        try:
            yield
        finally:
            if vanishing:
                with suppress(FileNotFoundError):
                    os.unlink(path)  # noqa: PTH108  # while held: whoever waits notices and takes the new file
            os.close(descriptor)


def _waited_for(path: Path, seconds: float) -> int:
    """The descriptor that holds the lock. Raises `Busy`."""
    ends_at = time.monotonic() + seconds
    pause = _FIRST_POLL_SECONDS
    while (descriptor := _at_once(path)) is None:
        left = ends_at - time.monotonic()
        if left <= 0:
            raise Busy(_BUSY)
        time.sleep(min(pause, left))
        pause = min(2 * pause, _LAST_POLL_SECONDS)
    return descriptor


def _at_once(path: Path) -> int | None:
    """None where somebody else holds it."""
    while True:
        descriptor = _opened(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, descriptor):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # of a file that its last holder has removed in between


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), durable.PRIVATE_FILE)


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether this open file is the one that `path` names now."""
    try:
        named = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(descriptor))
