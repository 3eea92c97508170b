"""The server's memory does not grow with the number of its threads."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_THREADS_THAT_ASK = """
import ctypes, sys, threading
from server.heap import one_heap
if "one" in sys.argv:
    one_heap()
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(4)
def ask():
    together.wait()  # ctypes lets go of Python's lock, so they ask at the same time
    libc.malloc(ctypes.c_size_t(1000))
    together.wait()
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
out = libc.fopen(b"/dev/stdout", b"w")
libc.malloc_info(0, ctypes.c_void_p(out))
libc.fflush(ctypes.c_void_p(out))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="about glibc")
@pytest.mark.parametrize("word", ["one", "many"])
def test_threads_share_one_heap(word: str) -> None:
    """Where nobody says so, each has its own."""
    done = subprocess.run(
        [sys.executable, "-c", _THREADS_THAT_ASK, word],
        check=True,
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
    )
    heaps = len(re.findall("<heap nr=", done.stdout))
    assert heaps == 1 if word == "one" else heaps > 1
