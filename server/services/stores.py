"""Every place where bodies of files may lie, and which one takes new files."""

import threading
from collections.abc import Callable, Iterator, Mapping

from server.domain import Backend
from server.errors import Unavailable
from server.ports import BlobStore


class Stores:
    """Finds the `BlobStore` that a record names. Each is made when it is first asked for, in the process that asks."""

    def __init__(self, makers: Mapping[Backend, Callable[[], BlobStore]], default: Backend) -> None:
        """`makers`: how to make each store that the settings know of; `default`, where new files go, is among them."""
        self._makers = makers
        self._made: dict[Backend, BlobStore] = {}
        self._turn = threading.Lock()
        self.default = default

    def of(self, backend: Backend) -> BlobStore:
        """The store of that name. Raises `Unavailable` where the settings know of none."""
        if (made := self._made.get(backend)) is not None:
            return made
        if backend not in self._makers:
            raise Unavailable(f"The server's settings lack the storage that this lies in ({backend.value}).")
        with self._turn:
            if backend not in self._made:
                self._made[backend] = self._makers[backend]()
            return self._made[backend]

    def each(self) -> Iterator[tuple[Backend, BlobStore]]:
        """Every store that the settings know of, the default one or not."""
        for backend in self._makers:
            yield backend, self.of(backend)
