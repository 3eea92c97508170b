"""Sockets that wait as long as bytes move, and fail when none has for half a minute.

A timeout of Python's own is the longest time that one whole `sendall` may take: a large body on a slow line would
fail while it moves. Here each byte that leaves or arrives starts the time anew.
"""

import errno
import os
import select
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from client.api.addresses import addresses_of
from client.api.ending import LAST_SECONDS, LOOK_SECONDS, TimeLeft, ending_here

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STALL_SECONDS = 30.0
"""No byte for so long is a failure, not a wait."""
_LOOK_SECONDS = 5.0
_ENCRYPTED_AT_ONCE = 1 << 16
_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)


class Steady(socket.socket):
    """A connected TCP socket. `TimeoutError` after `STALL_SECONDS` without a byte in either direction."""

    stall_seconds = STALL_SECONDS

    @classmethod
    def taking(cls, connection: socket.socket) -> Self:
        """The same connection; `connection` is of no use afterwards."""
        steady = cls(fileno=connection.detach())
        steady.setblocking(False)
        return steady

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        while True:
            _wait_until(self, self.stall_seconds, read=True)
            try:
                return super().recv_into(buffer, nbytes, flags)
            except BlockingIOError:
                continue

    def send_unless_answered(self, data: memoryview) -> bool:
        """Sends all of `data`, unless an answer (or the end) comes before: False then."""
        while data:
            if _wait_until(self, self.stall_seconds, read=True, write=True):
                return False
            try:
                data = data[super().send(data) :]
            except BlockingIOError:
                continue
        return True

    def is_idle(self) -> bool:
        """Whether the connection is open and silent: one that the server closed can be read from."""
        return not _ready(self, 0.0, read=True, write=False)[0]


class Hurried(Steady):
    """What it reads is there within so many seconds, all of it: for a proxy's word before the connection is ours."""

    time_left: TimeLeft

    @classmethod
    def within(cls, seconds: float, connection: socket.socket) -> Self:
        """As `taking`. From now on; reading raises as `TimeLeft.next_look` does."""
        hurried = cls.taking(connection)
        hurried.time_left = TimeLeft(seconds)
        return hurried

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        while not _ready(self, self.time_left.next_look(), read=True, write=False)[0]:
            continue
        return super().recv_into(buffer, nbytes, flags)


def connected(address: tuple[str, int], seconds: float) -> socket.socket:
    """A connection to whichever of the host's addresses takes it, each asked for so long, as is whoever knows them.

    Raises `OSError`, and `ConnectionAbortedError` where the work that it is for has ended meanwhile.
    """
    failure = OSError(f"{address[0]} has no address")
    for family, kind, protocol, _name, place in addresses_of(address, seconds):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            _connect(connection, place, seconds)
            connection.settimeout(seconds)
            return connection
        except OSError as error:
            connection.close()
            if isinstance(error, ConnectionAbortedError):
                raise
            failure = error
    raise failure


def _connect(connection: socket.socket, place: object, seconds: float) -> None:
    time_left = TimeLeft(seconds)
    code = connection.connect_ex(place)  # type: ignore[arg-type]  # as `getaddrinfo` gave it
    while code in _UNDER_WAY:
        if _ready(connection, time_left.next_look(), read=False, write=True)[1]:
            code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


class SteadyTls(ssl.SSLSocket):
    """The same inside TLS; made by a context whose `sslsocket_class` it is."""

    stall_seconds = STALL_SECONDS
    _early = b""
    """The first byte of an answer, read while we were sending."""

    def shake_hands(self, seconds: float) -> None:
        """Begins TLS on a connection that is not blocking. Raises as `connected` does, and `ssl.SSLError`."""
        time_left = TimeLeft(seconds)
        while True:
            try:
                self.do_handshake()
                return
            except ssl.SSLWantReadError:
                _ready(self, time_left.next_look(), read=True, write=False)
            except ssl.SSLWantWriteError:
                _ready(self, time_left.next_look(), read=False, write=True)

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        if self._early:
            memoryview(buffer)[:1], self._early = self._early, b""
            return 1
        return self._patiently(lambda: super(SteadyTls, self).recv_into(buffer, nbytes, flags))

    def send_unless_answered(self, data: memoryview) -> bool:
        """As `Steady.send_unless_answered`. OpenSSL wants what it has begun to send to be offered again as it was."""
        while data:
            some = data[:_ENCRYPTED_AT_ONCE]
            while True:
                if self._has_news() and self._answer_begins():
                    return False
                try:
                    data = data[super().send(some) :]
                    break
                except ssl.SSLWantWriteError:
                    _wait_until(self, self.stall_seconds, read=True, write=True)
                except ssl.SSLWantReadError:
                    _wait_until(self, self.stall_seconds, read=True)
        return True

    def is_idle(self) -> bool:
        """As `Steady.is_idle`; what TLS itself sends between two answers is no answer."""
        return not (self._has_news() and self._answer_begins())

    def _has_news(self) -> bool:
        return _ready(self, 0.0, read=True, write=False)[0]

    def _answer_begins(self) -> bool:
        """Whether what can be read is more than TLS's own messages, such as tickets for a later session."""
        byte = bytearray(1)
        try:
            count = super().recv_into(byte)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        self._early = bytes(byte[:count])
        return True

    def _patiently(self, attempt: Callable[[], int]) -> int:
        while True:
            try:
                return attempt()
            except ssl.SSLWantReadError:
                _wait_until(self, self.stall_seconds, read=True)
            except ssl.SSLWantWriteError:
                _wait_until(self, self.stall_seconds, write=True)


def _wait_until(connection: socket.socket, stall_seconds: float, *, read: bool = False, write: bool = False) -> bool:
    """Waits until one of both is possible; whether that is reading. Raises `TimeoutError` for a stall, and
    `ConnectionAbortedError` where the work that it is for has ended meanwhile.

    A socket takes more only when a good part of what it holds has left, which may be megabytes: on a slow line that
    takes longer than a stall. So bytes that leave meanwhile count, too.
    """
    ending = ending_here()
    if ending is not None and ending.ended_at is not None:
        stall_seconds, ending = min(stall_seconds, LAST_SECONDS), None
    look_seconds = min(LOOK_SECONDS if ending else _LOOK_SECONDS, stall_seconds / 4)
    unsent: int | None = None
    moved_at = time.monotonic()
    while True:
        readable, writable = _ready(connection, look_seconds, read=read, write=write)
        if readable or writable:
            return readable
        if ending is not None and ending.ended_at is not None:
            raise ConnectionAbortedError
        now, before = time.monotonic(), unsent
        unsent = _unsent(connection)
        if before is not None and unsent != before:
            moved_at = now
        elif now - moved_at >= stall_seconds:
            raise TimeoutError


def _ready(connection: socket.socket, seconds: float, *, read: bool, write: bool) -> tuple[bool, bool]:
    """Whether it can be read from, and written to, within `seconds`; a broken connection can be both."""
    if sys.platform == "win32":  # which has no poll, and whose select takes any number of a socket
        asked = [connection] if read else [], [connection] if write else [], [connection] if write else []
        readable, writable, broken = select.select(*asked, seconds)
        return bool(readable), bool(writable or broken)
    looking = select.poll()
    looking.register(connection, (select.POLLIN if read else 0) | (select.POLLOUT if write else 0))
    events = sum(event for _, event in looking.poll(seconds * 1_000))
    broken = bool(events & (select.POLLERR | select.POLLHUP))
    return read and (broken or bool(events & select.POLLIN)), write and (broken or bool(events & select.POLLOUT))


def _unsent(connection: socket.socket) -> int:
    """Bytes that have not arrived at the other side; 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    import fcntl
    import termios

    (count,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0\0\0\0"))
    return int(count)
