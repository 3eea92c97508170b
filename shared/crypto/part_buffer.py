"""A sealed part at rest: between its arrival and its opening, or between its sealing and its sending.

A part is opened only after its hash was checked, and one that was sealed from a pipe may have to be sent twice, so it
must wait somewhere: in memory while it is small, else in a nameless temporary file. What was hashed is what is used.
"""

import hashlib
import hmac
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from shared.crypto.errors import Altered, Truncated
from shared.crypto.parts import STEP, Fill

MAX_MEMORY = 16 << 20


class NoSpool(OSError):
    """A part can't wait on disk; `filename` is the folder of temporary files."""


class PartBuffer:
    """Holds one sealed part at a time; reused from part to part. Memory stays below 16 MiB + 1 MiB.

    Without a `spool_folder` of the caller's, `NoSpool` is raised where temporary files can't be written.
    """

    def __init__(self, max_length: int, spool_folder: Path | None = None) -> None:
        """For parts of at most `max_length` sealed bytes; larger ones than fit in memory wait in `spool_folder`."""
        self._spool: IO[bytes] | None = None
        self._folder = spool_folder
        if max_length > MAX_MEMORY + STEP:
            with self._told():
                self._spool = tempfile.TemporaryFile(dir=spool_folder, buffering=0)  # noqa: SIM115  (closed by close)
            max_length = STEP
        self._memory = memoryview(bytearray(max_length))
        self.length = 0
        """Sealed bytes held."""

    def load(self, index: int, length: int, expected_hash: bytes, fill: Fill) -> None:
        """Takes `length` bytes from `fill` and checks them. Raises `Truncated` or `Altered`; then nothing is kept."""
        self._empty()
        digest = hashlib.sha256()
        taken = 0
        while taken < length:
            start = 0 if self._spool else taken
            target = self._memory[start : start + min(STEP, length - taken)]
            filled = fill(target)
            if not filled:
                raise Truncated(f"part {index} ends early")
            digest.update(target[:filled])
            if self._spool:
                self._write(self._spool, target[:filled])
            taken += filled
        if not hmac.compare_digest(digest.digest(), expected_hash):
            raise Altered(f"part {index} is not the one that the sender sealed")
        self.length = length

    def store(self, pieces: Iterable[memoryview]) -> None:
        """Takes a part that was sealed here."""
        self._empty()
        for piece in pieces:
            if self._spool:
                self._write(self._spool, piece)
            else:
                self._memory[self.length : self.length + len(piece)] = piece
            self.length += len(piece)

    def pieces(self) -> Iterator[memoryview]:
        """The part that was loaded or stored last, at most 1 MiB at a time."""
        if not self._spool:
            for start in range(0, self.length, STEP):
                yield self._memory[start : min(start + STEP, self.length)]
            return
        self._spool.seek(0)
        left = self.length
        while left:
            got = self._spool.readinto(self._memory[: min(STEP, left)])  # type: ignore[attr-defined]
            if not got:
                raise Truncated("a temporary file was cut while it was read")
            left -= got
            yield self._memory[:got]

    def _write(self, spool: IO[bytes], data: memoryview) -> None:
        with self._told():
            while len(data):
                data = data[spool.write(data) :]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self._folder is None:
                raise NoSpool(error.errno, error.strerror, tempfile.gettempdir()) from None
            raise

    def _empty(self) -> None:
        self.length = 0
        if self._spool:
            self._spool.seek(0)

    def close(self) -> None:
        if self._spool:
            self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
