"""The key log in a folder, for any number of processes on one machine.

    entries     64 bytes an entry
    hashes      32 bytes a complete subtree, in the order in which they became complete (`merkle.stored_place`)
    index/ab/   a file a card, named after its digest: the place of its entry
    checkpoint  how many entries count, signed: replacing it is the commit point

What lies behind the size that the checkpoint names was left by a crash, and the next entry takes its place. So nothing
is ever signed that a power cut could take back.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from server.adapters import durable
from server.adapters.key_log.checking import findings
from server.adapters.key_log.signing import LogSigner
from server.adapters.turns import alone
from server.ports import Damaged, Finding
from shared.sealed import merkle
from shared.sealed.checkpoint import Checkpoint, LogKey, SignedCheckpoint
from shared.sealed.log_entry import ENTRY_BYTES, LogEntry
from shared.sealed.merkle import HASH_BYTES, GrowingTree, leaf_hash


class FileKeyLog:
    """A `KeyLog` in files."""

    def __init__(self, folder: Path, signer: LogSigner) -> None:
        """Begins the log where there is none. Raises `Damaged` for one that another key has signed."""
        durable.make_folder(folder)
        self._signer = signer
        self._entries = folder / "entries"
        self._hashes = folder / "hashes"
        self._index = folder / "index"
        self._checkpoint = folder / "checkpoint"
        self._lock = folder / "lock"
        if not self._checkpoint.exists():
            empty = signer.note(Checkpoint(signer.key.origin, 0, GrowingTree().root()))
            durable.create(self._checkpoint, empty.encode())
        if self.checkpoint().checkpoint.origin != signer.key.origin:
            raise Damaged("the key log was signed with another key")

    @property
    def key(self) -> LogKey:
        return self._signer.key

    def checkpoint(self) -> SignedCheckpoint:
        try:
            return SignedCheckpoint.parse(self._checkpoint.read_text(encoding="utf-8"))
        except ValueError:
            raise Damaged("the key log's checkpoint can't be read") from None

    def append(self, entry: LogEntry) -> int:
        with alone(self._lock):
            if (known := self.index_of(entry.digest)) is not None:
                return known
            index = self._size()
            hashes = merkle.completed(index, leaf_hash(entry.raw), self.subtree)
            durable.write(self._place(entry.digest), b"%d\n" % index)
            _put(self._entries, index * ENTRY_BYTES, entry.raw)
            _put(self._hashes, merkle.stored_count(index) * HASH_BYTES, b"".join(hashes))
            root = merkle.root(index + 1, self.subtree)
            note = self._signer.note(Checkpoint(self.key.origin, index + 1, root))
            durable.write(self._checkpoint, note.encode())
            return index

    def index_of(self, digest: bytes) -> int | None:
        try:
            index = int(self._place(digest).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        if index >= self._size():
            return None  # a crash came before the checkpoint
        return index if _read(self._entries, index * ENTRY_BYTES, ENTRY_BYTES).endswith(digest) else None

    def subtree(self, level: int, number: int) -> bytes:
        return _read(self._hashes, merkle.stored_place(level, number) * HASH_BYTES, HASH_BYTES)

    def entries(self, start: int, count: int) -> bytes:
        count = max(0, min(count, self._size() - start))
        return _read(self._entries, start * ENTRY_BYTES, count * ENTRY_BYTES) if count else b""

    def verify(self) -> Iterator[Finding]:
        return findings(self)

    def _size(self) -> int:
        return self.checkpoint().checkpoint.size

    def _place(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._index / name[:2] / name


def _put(path: Path, offset: int, data: bytes) -> None:
    """Durably, in place of whatever a crash has left there."""
    new = not path.exists()
    with durable.private_file(path) as file:
        file.seek(offset)
        durable.write_at_once(file.fileno(), data)
        getattr(os, "fdatasync", os.fsync)(file.fileno())
    if new:
        durable.sync_folder(path.parent)


def _read(path: Path, offset: int, length: int) -> bytes:
    """Raises `Damaged` where there is less."""
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        data = file.read(length)
    if len(data) < length:
        raise Damaged("the key log ends before its checkpoint says")
    return data
