"""The body of an answer, as it arrives: straight from the socket into the caller's memory."""

from collections.abc import Callable

from client.api.connections import Reply
from client.api.failures import BROKEN
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
