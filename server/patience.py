"""A connection whose sender has some seconds for the head of a request, however it drips in (slowloris)."""

import socket
import time
from typing import Self

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
