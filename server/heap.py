"""How the C library keeps memory: one heap a process, and large blocks given back at once.

glibc gives threads heaps of their own, eight for each processor, and keeps what is freed in each of them; and once a
large block was freed, it takes the next ones from there, too. Python's lock lets one thread at a time ask for memory
anyway. On machines with another C library nothing is done.
"""

import ctypes
import sys
from contextlib import suppress

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
"""malloc.h"""
_LARGE = 512 << 10


def one_heap() -> None:
    """For this process and those that it forks; to be said before there are threads."""
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):  # no glibc: musl has one heap anyway
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        for option, value in ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LARGE)):
            mallopt(option, value)
