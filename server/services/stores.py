"""Every place where bodies of files may lie, and which one takes new files."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO
from uuid import UUID

from server.domain import Backend, File
from server.errors import ContentDamaged, NotFound, Unavailable
from server.ports import BlobStore, DirectStore, Records

log = logging.getLogger(__name__)

_MOST_TOLD = 1_000
"""Damaged files that a process remembers to have told of."""


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
        self._told: set[UUID] = set()
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

        Raises `NotFound` for one that was deleted a moment ago, `ContentDamaged` where bytes of it are lost,
        `Unavailable`.
        """
        try:
            return self.of(file.backend).open_range(file.file_id, file.locator, start, stop)
        except (NotFound, ContentDamaged):
            now = records.file(file.file_id)
            if now is None or now.uploaded_at != file.uploaded_at:
                raise NotFound("There is no such file.") from None
            if now.backend is not file.backend:
                return self.content(records, now, start, stop)
            self._tell_damaged(file)
            raise ContentDamaged from None

    def _tell_damaged(self, file: File) -> None:
        """To the operator, once for each file."""
        with self._turn:
            if file.file_id in self._told or len(self._told) >= _MOST_TOLD:
                return
            self._told.add(file.file_id)
        log.error(
            "file %s has lost bytes in the storage %s, so nobody can fetch it; look at the disk or bucket, see "
            "`sealcase-server admin verify` for others, and take them from a backup",
            file.file_id,
            file.backend.value,
        )

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
