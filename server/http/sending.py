"""Bytes of a file on their way out, and word back to the service of how far they got.

What is "handed over" here is in the kernel's hands or a proxy's: it took them from us, and the connection was whole.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO, Protocol

from flask import Request

from server.errors import ContentDamaged
from server.services.downloads import Delivery

BLOCK = 1 << 18
_WATCHED_BLOCK = 1 << 16
"""A block has to leave within the time that a connection may stand still: slow readers are readers too."""

Piece = tuple[bytes, int]
"""Bytes to send, and the position in the file that the reader has reached with them."""


METER = "sealcase.sent"
"""Where a request's environment has what counts bytes that were handed over, if anything does."""


class _Wrapper(Protocol):
    def __call__(self, file: "_Sendfile", block: int) -> Iterator[bytes]: ...


def body(request: Request, delivery: Delivery) -> Iterator[bytes]:
    """The bytes of `delivery`: by sendfile where gunicorn can and nobody has to know how they are getting on."""
    delivery = counted(request, delivery)
    wrapper: _Wrapper | None = request.environ.get("wsgi.file_wrapper")
    if wrapper is not None and "gunicorn.socket" in request.environ and _can_sendfile(delivery):
        return wrapper(_Sendfile(delivery), BLOCK)
    return Pieces(delivery, _blocks(delivery))


def counted(request: Request, delivery: Delivery) -> Delivery:
    """The same, with its bytes counted where anybody wants to know."""
    count: Callable[[int], None] | None = request.environ.get(METER)
    if count is None:
        return delivery

    def ended(position: int) -> None:
        count(position - delivery.start)
        delivery.ended(position)

    return replace(delivery, ended=ended)


class Pieces:
    """An iterable of bytes for a WSGI server: whoever asks for the next piece has handed over the one before."""

    def __init__(self, delivery: Delivery, pieces: Iterator[Piece]) -> None:
        self._delivery = delivery
        self._pieces = pieces
        self._reached = self._next = delivery.start
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._reached = self._next
        if self._delivery.moved is not None:
            self._delivery.moved()
        try:
            piece, self._next = next(self._pieces)
        except StopIteration:
            self.close()
            raise
        return piece

    def close(self) -> None:
        """Called by the WSGI server whatever happened."""
        if not self._closed:
            self._closed = True
            self._delivery.content.close()
            self._delivery.ended(self._reached)


class _Sendfile:
    """What gunicorn's file wrapper needs of a file. `socket.sendfile` ends with a seek to where it came."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._reached = delivery.start
        self._closed = False

    def fileno(self) -> int:
        return self._delivery.content.fileno()

    def seek(self, position: int) -> int:
        self._reached = position
        return self._delivery.content.seek(position)

    def read(self, size: int) -> bytes:
        """Where sendfile is not possible; whoever reads on has handed over what was read before."""
        content = self._delivery.content
        self._reached = min(content.tell(), self._delivery.stop)
        return content.read(min(size, self._delivery.stop - self._reached))

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._delivery.content.close()
            self._delivery.ended(self._reached)


def read_blocks(content: BinaryIO, start: int, stop: int, size: int) -> Iterator[Piece]:
    """The bytes from `start` to `stop` in blocks of `size`, each with the position behind it.

    Raises `ContentDamaged` where they end before: the connection has to end too, or its reader waits for ever.
    """
    position = start
    while position < stop:
        if not (block := content.read(min(size, stop - position))):
            raise ContentDamaged
        position += len(block)
        yield block, position


def _can_sendfile(delivery: Delivery) -> bool:
    """Bytes that come from elsewhere pass through our hands."""
    return delivery.moved is None and isinstance(delivery.content, io.FileIO)


def _blocks(delivery: Delivery) -> Iterator[Piece]:
    size = BLOCK if delivery.moved is None else _WATCHED_BLOCK
    return read_blocks(delivery.content, delivery.start, delivery.stop, size)
