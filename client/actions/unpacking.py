"""Decompression behind a download: parts arrive in any order, and are inflated in theirs as soon as they can be."""

import threading
from collections.abc import Iterable

from client.errors import FileProblem
from shared.crypto.compression import Inflater
from shared.crypto.open import Opened
from shared.crypto.parts import STEP
from shared.crypto.positional import PositionalFile


class Unpacking:
    """Inflates the parts in one file into another. May be shared by threads: whoever brings a part does the work."""

    def __init__(self, opened: Opened, packed: PositionalFile, target: PositionalFile, there: Iterable[int]) -> None:
        """`there` are the parts that are in `packed` already."""
        self._opened = opened
        self._packed = packed
        self._write = target.appender(0)
        self._inflater = Inflater(opened.metadata.size)
        self._buffer = memoryview(bytearray(STEP))
        self._there = set(there)
        self._next = 0
        self._noting = threading.Lock()
        self._inflating = threading.Lock()

    def arrived(self, part: int) -> None:
        """`part` is in its place. Raises `Altered` as soon as the content turns out to be broken or too long."""
        with self._noting:
            self._there.add(part)
        self._go_on()

    def finish(self) -> None:
        """All parts are in their places. Raises `Altered` unless they hold exactly the content that was promised."""
        self._go_on()
        self._inflater.finish()

    def _go_on(self) -> None:
        """Inflates what can be, unless another thread does."""
        while self._can_go_on() and self._inflating.acquire(blocking=False):
            try:
                while self._can_go_on():
                    self._inflate(self._next)
                    self._next += 1
            finally:
                self._inflating.release()

    def _can_go_on(self) -> bool:
        with self._noting:
            return self._next in self._there

    def _inflate(self, part: int) -> None:
        read = self._packed.reader(self._opened.manifest.geometry.plain_offset(part))
        left = self._opened.packed_length(part)
        while left:
            got = read(self._buffer[: min(STEP, left)])
            if not got:
                raise FileProblem("what had arrived was cut by another program while it was decompressed")
            left -= got
            for content in self._inflater.update(self._buffer[:got]):
                self._write(memoryview(content))
