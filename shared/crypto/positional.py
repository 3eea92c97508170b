"""A file that several threads read or write at their own offsets."""

import os
import threading
from collections.abc import Callable
from io import FileIO


class PositionalFile:
    """An unbuffered file whose position nobody shares: `preadv` and `pwritev`, or a lock where those are missing."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._moving = threading.Lock()
        self._writing = threading.Lock()
        self.size, self.modified_ns = self._stat()
        """Bytes, and nanoseconds since 1970, when the file was opened."""

    @property
    def has_changed(self) -> bool:
        """Whether somebody wrote to the file since it was opened: its size (bytes) or its modification time differs."""
        return self._stat() != (self.size, self.modified_ns)

    def _stat(self) -> tuple[int, int]:
        stat = os.fstat(self._file.fileno())
        return stat.st_size, stat.st_mtime_ns

    def read_at(self, offset: int, view: memoryview) -> int:
        """Fills `view` from `offset` on; returns how many bytes there were, fewer only at the end of the file."""
        filled = 0
        while filled < len(view):
            got = self._read_once(offset + filled, view[filled:])
            if not got:
                break
            filled += got
        return filled

    def write_at(self, offset: int, data: memoryview | bytes) -> None:
        """Writes all of `data` at `offset`. One thread at a time: in the kernel the others would wait spinning."""
        left = memoryview(data)
        with self._writing:
            while len(left):
                written = self._write_once(offset, left)
                offset += written
                left = left[written:]

    def reader(self, offset: int) -> Callable[[memoryview], int]:
        """Reads on from `offset`, one view after the other."""

        def fill(view: memoryview) -> int:
            nonlocal offset
            filled = self.read_at(offset, view)
            offset += filled
            return filled

        return fill

    def appender(self, offset: int) -> Callable[[memoryview], None]:
        """Writes on from `offset`, one piece behind the other."""

        def write(piece: memoryview) -> None:
            nonlocal offset
            self.write_at(offset, piece)
            offset += len(piece)

        return write

    def _read_once(self, offset: int, view: memoryview) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [view], offset)
        with self._moving:
            self._file.seek(offset)
            return self._file.readinto(view) or 0

    def _write_once(self, offset: int, view: memoryview) -> int:
        if hasattr(os, "pwritev"):
            return os.pwritev(self._file.fileno(), [view], offset)
        with self._moving:
            self._file.seek(offset)
            return self._file.write(view) or 0
