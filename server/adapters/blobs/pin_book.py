"""Which blob is which content of an IPFS node, and what may be unpinned: small files beside what is gathered.

    notes/ab/ID       the blob's CID and size; it is a blob from here on
    intents/ab/ID     about to be added: the node may hold it although there is no note
    holders/ab/CID/ID this blob needs that content; equal blobs share one
    loose/CID         somebody needed it once; unpinned where nobody does
    garbage           something was unpinned, and lies around until the node collects it

Every step is durable before the next one, in an order that leaves content pinned too long rather than too short.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from server.adapters import durable
from server.adapters.turns import alone, alone_within, together

_LOCK_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Note:
    """A blob in IPFS."""

    cid: str
    size: int


class PinBook:
    """For any number of processes on one machine."""

    def __init__(self, folder: Path) -> None:
        self._notes = folder / "notes"
        self._intents = folder / "intents"
        self._holders = folder / "holders"
        self._loose = folder / "loose"
        self._garbage = folder / "garbage"
        self._locks = folder / "locks"
        durable.make_folder(self._loose)
        durable.make_folder(self._locks)

    def note(self, blob_id: UUID) -> Note | None:
        try:
            record = json.loads(_shard(self._notes, blob_id).read_bytes())
        except FileNotFoundError:
            return None
        return Note(record["cid"], record["size"])

    def notes(self) -> Iterator[tuple[UUID, float]]:
        """Every blob, and since when it is one."""
        for path in durable.sharded(self._notes):
            with suppress(ValueError, FileNotFoundError):
                yield UUID(path.name), path.stat().st_mtime

    def intend(self, blob_id: UUID) -> None:
        """From now on the node may hold the blob."""
        durable.touch(_shard(self._intents, blob_id))

    def intended(self, blob_id: UUID) -> bool:
        return _shard(self._intents, blob_id).exists()

    def drop_intent(self, blob_id: UUID) -> None:
        durable.remove(_shard(self._intents, blob_id))

    def hold(self, blob_id: UUID, cid: str) -> None:
        """The content is needed. The caller is alone with it."""
        durable.touch(self._holders_of(cid) / str(blob_id))

    def keep(self, blob_id: UUID, note: Note) -> None:
        """It is a blob."""
        durable.write(_shard(self._notes, blob_id), json.dumps({"cid": note.cid, "size": note.size}).encode())
        self.drop_intent(blob_id)

    def forget(self, blob_id: UUID, cid: str) -> None:
        """It is no blob any more, and needs that content no more."""
        with self.alone(cid):
            durable.touch(self._loose / cid)
            durable.remove(self._holders_of(cid) / str(blob_id))
        durable.remove(_shard(self._notes, blob_id))

    def is_held(self, cid: str) -> bool:
        return bool(durable.names(self._holders_of(cid)))

    def loose(self) -> list[str]:
        """Content that nobody may need any more."""
        return durable.names(self._loose)

    def settle(self, cid: str) -> None:
        """It is held, or unpinned."""
        with suppress(OSError):
            self._holders_of(cid).rmdir()  # where nobody holds it
        durable.remove(self._loose / cid)

    def note_garbage(self) -> None:
        durable.touch(self._garbage)

    def has_garbage(self) -> bool:
        return self._garbage.exists()

    def garbage_is_collected(self) -> None:
        durable.remove(self._garbage)

    def alone(self, cid: str) -> AbstractContextManager[None]:
        """Nobody else pins or unpins it meanwhile."""
        return alone(self._locks / f"pins-{_lock(cid)}")

    def reading(self, cid: str) -> AbstractContextManager[None]:
        """It is not unpinned meanwhile."""
        return together(self._locks / f"readers-{_lock(cid)}")

    def unread(self, cid: str) -> AbstractContextManager[None]:
        """Nobody reads it meanwhile. Raises `Busy` where somebody does."""
        return alone_within(self._locks / f"readers-{_lock(cid)}", 0)

    def _holders_of(self, cid: str) -> Path:
        return self._holders / cid[-2:].lower() / cid


def _shard(root: Path, blob_id: UUID) -> Path:
    """The one place where an id becomes a path here."""
    if not isinstance(blob_id, UUID) or blob_id.version != 4:
        raise ValueError("a blob id is a UUIDv4")
    return root / blob_id.hex[:2] / str(blob_id)


def _lock(cid: str) -> str:
    return hashlib.sha256(cid.encode()).hexdigest()[:_LOCK_DIGITS]
