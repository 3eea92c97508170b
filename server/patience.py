"""A connection whose other end has some seconds: for the head of a request, however it drips in (slowloris), and for
every step of a file on its way out."""

import errno
import os
import socket
import struct
import time
from typing import BinaryIO, Self, cast

HEAD_SECONDS = 10.0


class PatientSocket(socket.socket):
    """Blocking reads end after `HEAD_SECONDS` together, as if the sender had left; `settimeout` ends that."""

    _head_ends_at: float | None = None

    @classmethod
    def taking(cls, connection: socket.socket) -> Self:
        """The same connection; `connection` is of no use afterwards."""
        return cls(fileno=connection.detach())

    def setblocking(self, flag: bool) -> None:
        """gunicorn calls this before it reads each head."""
        super().setblocking(flag)
        self._head_ends_at = time.monotonic() + HEAD_SECONDS if flag else None

    def settimeout(self, value: float | None) -> None:
        """The application calls this as soon as it knows the head."""
        super().settimeout(value)
        self._head_ends_at = None

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self._head_ends_at is None:
            return super().recv(size, flags)
        left = self._head_ends_at - time.monotonic()
        if left <= 0:
            return b""
        super().settimeout(left)
        try:
            return super().recv(size, flags)
        except TimeoutError:
            return b""

    def sendfile(self, file: object, offset: int = 0, count: int | None = None) -> int:
        """As `socket.sendfile`, but waiting in the kernel, which ends the wait after the socket's own timeout.

        The library asks after every piece whether the next one may go; that took as long as all the rest of
        a request for 8 MiB. `file` is left where the bytes ended that were handed over. Raises `TimeoutError`, and
        `OSError` for a file that ends early: its reader, who was promised more, would wait for ever.
        """
        timeout, source, sent = self.gettimeout(), cast("BinaryIO", file), 0
        if not timeout or count is None:
            return super().sendfile(source, offset, count)
        super().settimeout(None)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(timeout))
        try:
            while sent < count and (step := os.sendfile(self.fileno(), source.fileno(), offset + sent, count - sent)):
                sent += step
        except BlockingIOError:
            raise TimeoutError("the reader stands still") from None
        finally:
            super().settimeout(timeout)
            source.seek(offset + sent)
        if sent < count:
            raise OSError(errno.EIO, "the file is shorter than it was a moment ago")
        return sent


def _timeval(seconds: float) -> bytes:
    whole = int(seconds)
    return struct.pack("@ll", whole, int((seconds - whole) * 1_000_000))
