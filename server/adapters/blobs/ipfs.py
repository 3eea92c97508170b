"""Bodies of files in IPFS: gathered on this disk, then added to a node and pinned there.

What is deleted is unpinned and collected at our node. Copies that other nodes have made can't be recalled.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from server.adapters.blobs.kubo import Kubo, is_cid
from server.adapters.blobs.kubo_reader import KuboReader
from server.adapters.blobs.local import LocalBlobs
from server.adapters.blobs.pin_book import Note, PinBook
from server.domain import Receipt
from server.errors import Busy, Conflict, ContentDamaged, NotFound, StoreUnavailable
from server.ports import PartPlace, Source, StoredPart

log = logging.getLogger(__name__)

_ADD_TRIES = 3
_REST_FACTOR = 10.0
"""Collecting garbage costs the node a look at all that it has: at most a tenth of the time is spent on it."""


class IpfsBlobs:
    """A `BlobStore` on an IPFS node. Its locators are CIDs."""

    def __init__(self, folder: Path, node: Kubo, free_floor: int = 0, *, collect: bool = True) -> None:
        """`collect`: whether the node is told to collect garbage after deletions, or does so when it likes."""
        self._node = node
        self._gathered = LocalBlobs(folder, free_floor)
        self._book = PinBook(folder)
        self._collect = collect
        self._rests_until = 0.0

    def begin(self, blob_id: UUID, full_part: int) -> str | None:
        self.delete(blob_id)
        self.discard_parts(blob_id)
        return self._gathered.begin(blob_id, full_part)

    def put_part(
        self, blob_id: UUID, staging: str | None, place: PartPlace, source: Source, expected: bytes | None = None
    ) -> StoredPart:
        return self._gathered.put_part(blob_id, staging, place, source, expected)

    def assemble(self, blob_id: UUID, staging: str | None, parts: Sequence[Receipt]) -> str | None:  # noqa: ARG002
        size = sum(part.size for part in parts)
        if (note := self._book.note(blob_id)) is not None:
            if note.size != size:
                raise Conflict("The file was put together with another size.")
            self._book.drop_intent(blob_id)
            self._gathered.discard_parts(blob_id)
            return note.cid
        with self._gathered.open_staged(blob_id, size) as body:
            cid = self._publish(blob_id, body, size)
        self._gathered.discard_parts(blob_id)
        return cid

    def put_whole(self, blob_id: UUID, content: bytes) -> str | None:
        staging = self.begin(blob_id, len(content))
        try:
            part = self.put_part(blob_id, staging, PartPlace(0, 0, len(content)), _Whole(content))
            return self.assemble(blob_id, staging, [Receipt(0, len(content), part.digest, time.time())])
        except BaseException:
            with suppress(StoreUnavailable):
                self.discard_parts(blob_id)
            raise

    def open_range(self, blob_id: UUID, locator: str | None, start: int, stop: int) -> BinaryIO:
        note = self._book.note(blob_id)
        if note is None:
            if locator is None or not is_cid(locator):
                raise NotFound("There is no such file.")
            _check_reaches(self._node.size(locator), stop)
            return self._node.cat(locator, start, stop)  # only its record knows it: `size` adopts it
        _check_reaches(note.size, stop)
        with ExitStack() as held:
            held.enter_context(self._book.reading(note.cid))
            if self._book.note(blob_id) is None:  # it was unpinned before we held it
                raise NotFound("There is no such file.")
            reader = cast("KuboReader", self._node.cat(note.cid, start, stop))
            reader.held = held.pop_all()
        return cast("BinaryIO", reader)

    def exists(self, blob_id: UUID) -> bool:
        return self._book.note(blob_id) is not None

    def size(self, blob_id: UUID, locator: str | None = None) -> int:
        if (note := self._book.note(blob_id)) is not None:
            return note.size
        if locator is None or not is_cid(locator):
            raise NotFound("There is no such file.")
        return self._adopt(blob_id, locator).size

    def delete(self, blob_id: UUID) -> None:
        if (note := self._book.note(blob_id)) is None:
            return
        self._book.forget(blob_id, note.cid)
        with suppress(StoreUnavailable, Busy):  # `reclaim` comes back to it
            self._unpin(note.cid)

    def discard_parts(self, blob_id: UUID, staging: str | None = None) -> None:
        if self._book.intended(blob_id):
            self._forget_added(blob_id)
            self._book.drop_intent(blob_id)
        self._gathered.discard_parts(blob_id, staging)

    def reclaim(self) -> None:
        for cid in self._book.loose():
            with suppress(Busy):  # somebody reads it to its end
                self._unpin(cid)
        if self._collect and self._book.has_garbage() and time.monotonic() >= self._rests_until:
            self._collect_garbage()

    def list_blobs(self) -> Iterator[tuple[UUID, float]]:
        return self._book.notes()

    def list_staged(self) -> Iterator[tuple[UUID, float]]:
        return self._gathered.list_staged()

    def check_room(self, length: int) -> None:
        self._gathered.check_room(length)

    def _adopt(self, blob_id: UUID, cid: str) -> Note:
        """A blob that only its record knows, as after a restored backup; the node may have it from other nodes."""
        note = Note(cid, self._node.size(cid))
        with self._book.alone(cid):
            self._book.hold(blob_id, cid)
            if not self._node.is_pinned(cid):
                self._node.pin(cid)
            self._book.keep(blob_id, note)
        return note

    def _publish(self, blob_id: UUID, body: BinaryIO, size: int) -> str:
        """Add and pin; afterwards it is a blob."""
        self._book.intend(blob_id)
        for _ in range(_ADD_TRIES):
            cid = self._node.add(body, size)
            with self._book.alone(cid):
                self._book.hold(blob_id, cid)
                if self._node.is_pinned(cid):  # the last of its equals may have been deleted a moment ago
                    self._book.keep(blob_id, Note(cid, size))
                    return cid
        raise StoreUnavailable("The IPFS node of this server does not keep what it is given. Try again.")

    def _forget_added(self, blob_id: UUID) -> None:
        """An add was begun, and nobody knows how it ended: let go of what it may have left at the node."""
        if self._book.note(blob_id) is not None:
            return
        try:
            with self._gathered.open_staged(blob_id) as body:
                cid = self._node.add(body, body.seek(0, 2), only_hash=True)
        except NotFound:
            return
        self._book.forget(blob_id, cid)

    def _unpin(self, cid: str) -> None:
        """Where nobody needs it. Raises `Busy`, `StoreUnavailable`."""
        with self._book.alone(cid), self._book.unread(cid):
            if not self._book.is_held(cid):
                self._node.unpin(cid)
                self._book.note_garbage()
            self._book.settle(cid)

    def _collect_garbage(self) -> None:
        began = time.monotonic()
        self._book.garbage_is_collected()  # what is unpinned from here on is for the next time
        try:
            self._node.collect_garbage()
        except BaseException:
            self._book.note_garbage()
            raise
        ended = time.monotonic()
        self._rests_until = ended + _REST_FACTOR * (ended - began)
        log.info("the IPFS node has collected what was deleted, in %.1f seconds", ended - began)


def _check_reaches(size: int, stop: int) -> None:
    if size < stop:
        raise ContentDamaged


class _Whole:
    """A `Source` of bytes that are there already."""

    def __init__(self, content: bytes) -> None:
        self._left = memoryview(content)

    def readinto(self, buffer: memoryview, /) -> int:
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
