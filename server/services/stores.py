"""Every place where bodies of files may lie, and which one takes new files."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from server.domain import Backend, File
from server.errors import NotFound, Unavailable
from server.ports import BlobStore, DirectStore, Records


class Stores:
    """Finds the `BlobStore` that a record names. Each is made when it is first asked for, in the process that asks."""

    def __init__(
        self,
        makers: Mapping[Backend, Callable[[], BlobStore]],
        default: Backend,
        direct: Callable[[], DirectStore] | None = None,
        load: Callable[[], None] = lambda: None,
    ) -> None:
        """`makers`: how to make each store that the settings know of; `default`, where new files go, is among them.

        `direct`: how to make what signs requests of clients for the store in S3; None where they don't reach it.
        `load`: read what they need and what is the same in every process.
        """
        self._makers = makers
        self._made: dict[Backend, BlobStore] = {}
        self._turn = threading.Lock()
        self._make_direct = direct
        self.load = load
        self._made_direct: DirectStore | None = None
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

    def content(self, records: Records, file: File, start: int, stop: int) -> BinaryIO:
        """The body of `file`, as `open_range`; of one that was moved a moment ago, where it lies now.

        Raises `NotFound`, `Unavailable`.
        """
        try:
            return self.of(file.backend).open_range(file.file_id, file.locator, start, stop)
        except NotFound:
            now = records.file(file.file_id)
            if now is None or now.backend is file.backend:
                raise
            return self.of(now.backend).open_range(now.file_id, now.locator, start, stop)

    @property
    def direct(self) -> DirectStore | None:
        """What clients can talk to themselves, of files and uploads in S3; None: nothing."""
        if self._make_direct is None:
            return None
        with self._turn:
            if self._made_direct is None:
                self._made_direct = self._make_direct()
            return self._made_direct

    def each(self) -> Iterator[tuple[Backend, BlobStore]]:
        """Every store that the settings know of, the default one or not."""
        for backend in self._makers:
            yield backend, self.of(backend)
