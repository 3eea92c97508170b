"""Whether what the server keeps fits together: the chain of activity, the key log, and every record with its bytes."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from uuid import UUID

from server.domain import File
from server.errors import ContentDamaged, NotFound, Unavailable
from server.ports import DAMAGED, ActivityLog, BoxRecords, Clock, Damaged, Finding, KeyLog, LinkRecords, Records
from server.services.body_parts import body_parts
from server.services.stores import Stores

Id = TypeVar("Id")

_BLOCK = 1 << 20


class Inspection:
    """Reads only, and may run beside the server."""

    def __init__(
        self,
        records: Records,
        links: LinkRecords,
        boxes: BoxRecords,
        stores: Stores,
        activity: ActivityLog,
        key_log: KeyLog,
        clock: Clock,
    ) -> None:
        self._records = records
        self._links = links
        self._boxes = boxes
        self._stores = stores
        self._activity = activity
        self._key_log = key_log
        self._clock = clock

    def findings(self, *, deep: bool = False) -> Iterator[Finding]:
        """Everything that is wrong. `deep`: every byte is read and compared with the hashes in the record."""
        yield from self._activity.verify()
        yield from self._key_log.verify()
        for file_id in self._records.file_ids():
            message = self._trouble_of(file_id, deep=deep)
            if message is not None:
                yield Finding(f"file {file_id}", message)
        yield from self._records.verify_people()
        yield from _damaged("upload", self._records.upload_ids(), self._records.upload)
        yield from _damaged("link", self._links.link_ids(), self._links.link)
        yield from _damaged("drop box", self._boxes.box_ids(), self._boxes.box)

    def _trouble_of(self, file_id: UUID, *, deep: bool) -> str | None:
        try:
            file = self._records.file(file_id)
            message = None if file is None else self._trouble(file, deep=deep)
            # A file may have been removed, or moved to another storage, while it was looked at.
            return message if message and self._still_is(file) else None
        except Damaged:
            return DAMAGED

    def _still_is(self, file: File | None) -> bool:
        now = None if file is None else self._records.file(file.file_id)
        return file is not None and now is not None and now.backend is file.backend

    def _trouble(self, file: File, *, deep: bool) -> str | None:
        if file.expired(self._clock.now()):
            return None  # about to be removed, bytes first or last
        try:
            size = self._stores.of(file.backend).size(file.file_id, file.locator)
            if size != file.size:
                return f"has {size} bytes where its record says {file.size}"
            return self._altered(file) if deep else None
        except (NotFound, ContentDamaged):  # the latter where they went while we looked
            return "has a record and no bytes"
        except Unavailable as error:
            return f"can't be looked at: {error}"

    def _altered(self, file: File) -> str | None:
        parts = body_parts(file)
        if parts is None:
            return "has a record whose manifest and part hashes do not fit each other"
        with self._stores.content(self._records, file, 0, file.size) as body:
            for part in parts:
                found, length = hashlib.sha256(), part.size
                while length > 0 and (block := body.read(min(_BLOCK, length))):
                    found.update(block)
                    length -= len(block)
                if found.digest() != part.digest:
                    return f"is altered in part {part.number}"
        return None


def _damaged(name: str, ids: Iterable[Id], read: Callable[[Id], object]) -> Iterator[Finding]:
    for each in ids:
        try:
            read(each)
        except Damaged:
            yield Finding(f"{name} {each}", DAMAGED)
