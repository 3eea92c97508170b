"""The body of an answer, as it arrives: straight from the socket into the caller's memory."""

from collections.abc import Callable

from client.api.connections import Reply
from client.api.failures import BROKEN, Unreachable
from client.errors import NetworkError


class ByteStream:
    """A body of a length that is known; no more than that is read."""

    def __init__(self, reply: Reply, length: int, broken: Callable[[Exception], NetworkError]) -> None:
        """`broken`: what is raised for a connection that breaks."""
        self._reply = reply
        self._left = length
        self._broken = broken

    def read_into(self, view: memoryview) -> int:
        """Fills the front of `view`; 0 at the end. Raises `NetworkError` if the connection breaks."""
        try:
            got = self._reply.read_into(view[: self._left])
            if self._left and not got:
                raise ConnectionError
        except BROKEN as error:
            self._reply.close()
            raise self._broken(error) from None
        self._left -= got
        if not self._left:
            self._reply.close()
        return got

    def close(self) -> None:
        """Whatever has not arrived is not wanted."""
        self._reply.close()


class Content:
    """Some of a file's sealed body; the request is sent at the first read."""

    def __init__(self, ask: Callable[[], ByteStream], is_wanted: Callable[[], bool]) -> None:
        self._ask = ask
        self._is_wanted = is_wanted
        self._stream: ByteStream | None = None

    def read_into(self, view: memoryview) -> int:
        """Fills the front of `view`; 0 at the end. Raises what asking does, `NetworkError` if the connection breaks.

        Once the bytes are no longer wanted, the connection is closed, and `Unreachable` is raised.
        """
        if self._stream is None:
            self._stream = self._ask()
        if not self._is_wanted():
            self._stream.close()
            raise Unreachable("the rest was not wanted any more")
        return self._stream.read_into(view)

    def close(self) -> None:
        """Call it where reading ends early, for whatever reason: the connection is not left to the collector."""
        if self._stream is not None:
            self._stream.close()
