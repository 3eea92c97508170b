"""One file's bytes from storage to storage, part by part; what was copied before a crash is not copied again."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from server.domain import Backend, File, Receipt
from server.errors import Conflict, NotFound
from server.ports import BlobStore, Clock, Entry, Ephemeral, PartPlace
from server.services.body_parts import BodyPart

_NOTE_BYTES = 64 << 20
"""How much is copied between two notes of how far it is."""
_KEPT_SECONDS = 20 * 3_600
"""Shorter than housekeeping leaves alone what belongs to nothing."""


@dataclass(frozen=True, slots=True)
class _Halfway:
    """How far a copy is."""

    target: Backend
    uploaded_at: float
    """Of the file that is copied: another life of the same id is another file."""
    staging: str | None
    parts: int

    def encode(self) -> bytes:
        return json.dumps([self.target.value, self.uploaded_at, self.staging, self.parts]).encode()


class Copying:
    """A part counts as copied when the store says that it is durable, and its hash is the record's."""

    def __init__(self, ephemeral: Ephemeral, clock: Clock) -> None:
        self._ephemeral = ephemeral
        self._clock = clock

    def copy(
        self,
        file: File,
        parts: list[BodyPart],
        old: BlobStore,
        new: BlobStore,
        target: Backend,
        tell: Callable[[int], None],
    ) -> tuple[str | None, bool]:
        """Make the body of `file` a blob of `new`; returns its locator, and whether an earlier copy was gone on with.

        The bytes of that one should be looked at: nobody has kept them from being swept away. `tell` hears of each
        part's bytes. Raises `DigestMismatch` for altered bytes, `ContentDamaged` for lost ones, `NotFound`,
        `StorageFull`, `Unavailable`.
        """
        halfway = self._read(file, target)
        if halfway is not None and not new.exists(file.file_id):  # else nothing is staged any more
            with suppress(NotFound, Conflict):  # the store has let go of it: begin anew
                return self._from(halfway, file, parts, old, new, tell), True
        staging = new.begin(file.file_id, parts[0].size)
        return self._from(_Halfway(target, file.uploaded_at, staging, 0), file, parts, old, new, tell), False

    def forget(self, file: File) -> None:
        """The copy is a file now, or nothing any more."""
        self._ephemeral.update(_key(file), lambda _: (None, None))

    def _from(
        self,
        halfway: _Halfway,
        file: File,
        parts: list[BodyPart],
        old: BlobStore,
        new: BlobStore,
        tell: Callable[[int], None],
    ) -> str | None:
        left, unnoted = parts[halfway.parts :], 0
        start = left[0].offset if left else file.size
        with old.open_range(file.file_id, file.locator, start, file.size) as body:
            for part in left:
                place = PartPlace(part.number, part.offset, part.size)
                new.put_part(file.file_id, halfway.staging, place, _Body(body), part.digest)
                tell(part.size)
                unnoted += part.size
                if unnoted >= _NOTE_BYTES:
                    unnoted = 0
                    self._note(file, _Halfway(halfway.target, file.uploaded_at, halfway.staging, part.number + 1))
        receipts = [Receipt(part.number, part.size, part.digest, time.time()) for part in parts]
        return new.assemble(file.file_id, halfway.staging, receipts)

    def _note(self, file: File, halfway: _Halfway) -> None:
        entry = Entry(halfway.encode(), self._clock.now() + _KEPT_SECONDS)
        self._ephemeral.update(_key(file), lambda _: (entry, None))

    def _read(self, file: File, target: Backend) -> _Halfway | None:
        if (value := self._ephemeral.get(_key(file))) is None:
            return None
        backend, uploaded_at, staging, parts = json.loads(value)
        halfway = _Halfway(Backend(backend), uploaded_at, staging, parts)
        return halfway if (halfway.target, uploaded_at) == (target, file.uploaded_at) else None


class _Body:
    """A `Source` that reads a blob."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body

    def readinto(self, buffer: memoryview, /) -> int:
        block = self._body.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _key(file: File) -> str:
    return f"copying:{file.file_id}"
