"""Files that move from one storage to another while they are served.

A file is copied, read back and compared with its record's hashes while anybody may read or delete it. Then, under the
file's lock, its record names the new place: that is the moment in which it moves. The old bytes are deleted last. A
crash at any point leaves a file that is whole in one place, and at most a copy of it in the other, which the next run
replaces and housekeeping sweeps away.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from server.domain import Backend, File
from server.errors import Busy, Conflict, ContentDamaged, DigestMismatch, Interrupted, NotFound, Unavailable
from server.ports import BlobStore, Clock, Damaged, Ephemeral, Records, file_key
from server.services.body_parts import BodyPart, body_parts
from server.services.copying import Copying
from server.services.removal import LOCK_SECONDS, swept_later
from server.services.stores import Stores

log = logging.getLogger(__name__)

_BLOCK = 1 << 18


class Outcome(StrEnum):
    """What became of one file."""

    MOVED = "moved"
    GONE = "gone"
    """Deleted or expired meanwhile."""
    BUSY = "busy"
    """Somebody else was at work on it for too long."""
    DAMAGED = "damaged"
    """Its bytes are not what its record says, or its record can't be read: it is left where it is."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One file, done."""

    file_id: UUID
    size: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to move."""

    files: int
    size: int
    uploads: int
    """Unfinished ones, which stay where they are until they are files."""
    damaged: int
    """Records that can't be read, and so stay."""


class Moving:
    """May be killed at any point, and goes on where it was when it is run again."""

    def __init__(self, records: Records, stores: Stores, ephemeral: Ephemeral, clock: Clock) -> None:
        self._records = records
        self._stores = stores
        self._ephemeral = ephemeral
        self._clock = clock
        self._copying = Copying(ephemeral, clock)

    def plan(self, source: Backend) -> Plan:
        """Reads every record, changes nothing."""
        files = size = uploads = damaged = 0
        for file_id in self._records.file_ids():
            try:
                file = self._records.file(file_id)
            except Damaged:
                damaged += 1
                continue
            if file is not None and self._is_in(file, source):
                files, size = files + 1, size + file.size
        for file_id in self._records.upload_ids():
            with suppress(Damaged):
                upload = self._records.upload(file_id)
                uploads += upload is not None and upload.backend is source
        return Plan(files, size, uploads, damaged)

    def move(
        self, source: Backend, target: Backend, tell: Callable[[int], None], *, read_back: bool = True
    ) -> Iterator[Moved]:
        """Move every file that lies in `source`; `tell` hears of bytes that were copied.

        `read_back`: whether a copy is read and hashed before the original goes. Raises `Busy` where a move is under
        way, `StorageFull`, and `Unavailable` where one of the two does not answer: what has moved, has moved.
        """
        old, new = self._stores.of(source), self._stores.of(target)
        with self._ephemeral.lock("moving", 0):
            for file_id in self._records.file_ids():
                try:
                    file = self._records.file(file_id)
                except Damaged:
                    yield Moved(file_id, 0, Outcome.DAMAGED)
                    continue
                if file is not None and self._is_in(file, source):
                    yield Moved(file_id, file.size, self._move(file, old, new, target, tell, read_back=read_back))

    def _move(
        self,
        file: File,
        old: BlobStore,
        new: BlobStore,
        target: Backend,
        tell: Callable[[int], None],
        *,
        read_back: bool,
    ) -> Outcome:
        parts = body_parts(file)
        if parts is None:
            return Outcome.DAMAGED
        try:
            with self._ephemeral.lock(moving_key(file.file_id), LOCK_SECONDS):
                new.check_room(file.size)
                locator = self._copied(file, parts, old, new, target, tell, read_back=read_back)
                return self._switch(file, old, new, target, locator)
        except NotFound:
            return self._not_moved(file, new)
        except Busy:
            return Outcome.BUSY
        except (DigestMismatch, Interrupted, Conflict, ContentDamaged) as error:
            log.error("file %s is not what its record says and was not moved: %s", file.file_id, error)  # noqa: TRY400
            return self._not_moved(file, new)

    def _copied(
        self,
        file: File,
        parts: list[BodyPart],
        old: BlobStore,
        new: BlobStore,
        target: Backend,
        tell: Callable[[int], None],
        *,
        read_back: bool,
    ) -> str | None:
        """The locator of a copy that is whole."""
        resumed = True
        while resumed:
            locator, resumed = self._copying.copy(file, parts, old, new, target, tell)
            if not (read_back or resumed) or _is_whole(file, parts, new, locator):
                return locator
            self._copying.forget(file)
            new.delete(file.file_id)  # of a copy that went on, somebody may have swept away what was there: once more
        raise Unavailable(f"The storage {target.value} gives back other bytes than it was given.")

    def _switch(self, file: File, old: BlobStore, new: BlobStore, target: Backend, locator: str | None) -> Outcome:
        with self._ephemeral.lock(file_key(file.file_id), LOCK_SECONDS):
            current = self._records.file(file.file_id)
            if current is None or _place(current) != _place(file):
                self._copying.forget(file)
                if current is None or current.backend is not target:
                    new.delete(file.file_id)
                return Outcome.GONE
            moved = replace(current, backend=target, locator=locator, revision=current.revision + 1)
            self._records.replace_file(current, moved)
            self._copying.forget(file)
            with swept_later(file.file_id):
                old.delete(file.file_id)
        return Outcome.MOVED

    def _not_moved(self, file: File, new: BlobStore) -> Outcome:
        """Nothing of it stays in the new place."""
        self._copying.forget(file)
        with swept_later(file.file_id):
            new.discard_parts(file.file_id)
        return Outcome.GONE if self._is_gone(file) else Outcome.DAMAGED

    def _is_in(self, file: File, backend: Backend) -> bool:
        return file.backend is backend and not file.expired(self._clock.now())

    def _is_gone(self, file: File) -> bool:
        current = self._records.file(file.file_id)
        return current is None or _place(current) != _place(file)


def moving_key(file_id: UUID) -> str:
    """The lock that whoever copies this file to another storage holds."""
    return f"moving:{file_id}"


def _place(file: File) -> tuple[float, Backend, str | None]:
    """Other bytes, or in another place, where this differs."""
    return file.uploaded_at, file.backend, file.locator


def _is_whole(file: File, parts: list[BodyPart], blobs: BlobStore, locator: str | None) -> bool:
    """Whether the copy is what the record says, byte by byte."""
    if blobs.size(file.file_id, locator) != file.size:
        return False
    with blobs.open_range(file.file_id, locator, 0, file.size) as body:
        for part in parts:
            digest, missing = hashlib.sha256(), part.size
            while missing and (block := body.read(min(_BLOCK, missing))):
                digest.update(block)
                missing -= len(block)
            if missing or digest.digest() != part.digest:
                return False
    return True
