"""Reading from an IPFS node: a stream that asks again, from where it came, when the node lets go of it."""

import io
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError

from server.errors import StoreUnavailable

if TYPE_CHECKING:
    import requests

_TRIES = 3
"""How often a read begins anew without having got a byte."""


class KuboReader(io.RawIOBase):
    """The bytes of one content from `start` up to `stop`: the CID says that they are always the same ones."""

    def __init__(self, opened: "Callable[[int], requests.Response]", start: int, stop: int) -> None:
        """`opened` asks the node for what lies behind a position. Raises `StoreUnavailable`."""
        super().__init__()
        self._opened = opened
        self._position = start
        self._stop = stop
        self._answer: requests.Response | None = None
        self.held = ExitStack()
        """Let go of when the stream is closed."""
        if start < stop:
            self._answer = opened(start)

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """Some bytes, at most `size`; all that are left where it is -1. Raises `StoreUnavailable`."""
        if size is None or size < 0:
            return self.readall() or b""
        wanted = min(size, self._stop - self._position)
        for _ in range(_TRIES):
            if wanted <= 0:
                return b""
            if data := self._some(wanted):
                self._position += len(data)
                return data
            self._drop()
        raise StoreUnavailable("The IPFS node of this server stopped in the middle. Nothing is lost; try again.")

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # of bytes, as every caller here has it
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """What was not read is not fetched: the connection goes."""
        self._drop()
        self.held.close()
        super().close()

    def _some(self, wanted: int) -> bytes:
        """Nothing where the node let go of it."""
        if self._answer is None:
            self._answer = self._opened(self._position)
        try:
            return self._answer.raw.read1(wanted, decode_content=True) or b""
        except (HTTPError, OSError):
            return b""

    def _drop(self) -> None:
        if self._answer is not None:
            self._answer.close()
            self._answer = None
