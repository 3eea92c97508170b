"""Request bodies as a `Source`: straight from the socket into the caller's buffer where gunicorn lets us."""

import socket
from typing import BinaryIO, Protocol, cast

from flask import Request

from server.errors import Interrupted
from server.ports import Source

try:
    from gunicorn.http.errors import ParseException as _BadChunks  # type: ignore[import-untyped]
except ImportError:  # there is no gunicorn on Windows; waitress looks at chunks before we do
    _BadChunks = OSError

UNREADABLE: tuple[type[Exception], ...] = (OSError, _BadChunks)
"""What a body raises that ends early, stalls (`TimeoutError`) or is not framed as HTTP says."""
_LOST = "The body ended early or stalled; nothing of it was kept."


class _Unreader(Protocol):
    def take_buffered(self) -> bytes: ...
    def unread(self, data: bytes) -> None: ...


class _LengthReader(Protocol):
    length: int
    unreader: _Unreader


def source(request: Request) -> Source:
    """The body of `request`, which has a Content-Length. Reading raises `Interrupted` for a sender that is lost."""
    stream = request.environ["wsgi.input"]
    reader = getattr(stream, "reader", None)
    connection = request.environ.get("gunicorn.socket")
    if isinstance(connection, socket.socket) and hasattr(getattr(reader, "unreader", None), "take_buffered"):
        return _SocketSource(connection, cast("_LengthReader", reader))
    return _StreamSource(cast("BinaryIO", stream))


class _StreamSource:
    """Any WSGI server."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readinto(self, buffer: memoryview, /) -> int:
        try:
            data = self._stream.read(len(buffer))
        except UNREADABLE:
            raise Interrupted(_LOST) from None
        buffer[: len(data)] = data
        return len(data)


class _SocketSource:
    """gunicorn: its reader copies every byte several times; this keeps its books and copies none."""

    def __init__(self, connection: socket.socket, reader: _LengthReader) -> None:
        self._connection = connection
        self._reader = reader

    def readinto(self, buffer: memoryview, /) -> int:
        room = buffer[: self._reader.length]
        if not room:
            return 0
        count = self._take_buffered(room)
        if not count:
            try:
                count = self._connection.recv_into(room)
            except OSError:
                raise Interrupted(_LOST) from None
        self._reader.length -= count
        return count

    def _take_buffered(self, room: memoryview) -> int:
        """What arrived together with the headers."""
        data = self._reader.unreader.take_buffered()
        taken = min(len(data), len(room))
        if taken < len(data):
            self._reader.unreader.unread(data[taken:])
        room[:taken] = data[:taken]
        return taken
