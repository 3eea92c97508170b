"""One at a time, among all threads and processes of a machine, without polling."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.adapters import durable


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; whoever else wants it waits. A holder that dies lets go."""
    if sys.platform == "win32":
        from filelock import FileLock  # there is no flock

        with FileLock(path):
            yield
    else:
        import fcntl

        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, durable.PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
