"""The key log in a database.

An entry, the hashes of the subtrees that it completes, and the signed checkpoint that counts it are one transaction,
under the lock of the checkpoint's row: nothing is ever signed that a power cut could take back.
"""

from collections.abc import Iterator

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from server.adapters.key_log.checking import findings
from server.adapters.key_log.signing import LogSigner
from server.adapters.postgres.database import Database
from server.adapters.postgres.schema import log_checkpoint, log_entries, log_hashes
from server.ports import Damaged, Finding
from shared.sealed import merkle
from shared.sealed.checkpoint import Checkpoint, LogKey, SignedCheckpoint
from shared.sealed.log_entry import LogEntry
from shared.sealed.merkle import GrowingTree, leaf_hash


class PostgresKeyLog:
    """A `KeyLog` in tables, for any number of processes on any number of nodes."""

    def __init__(self, database: Database, signer: LogSigner) -> None:
        """Begins the log where there is none. Raises `Damaged` for one that another key has signed, `Unavailable`."""
        self._db = database
        self._signer = signer
        empty = signer.note(Checkpoint(signer.key.origin, 0, GrowingTree().root()))
        with database.write() as connection:
            begin = insert_or(log_checkpoint).values(single=True, size=0, note=empty)
            connection.execute(begin.on_conflict_do_nothing())
        if self.checkpoint().checkpoint.origin != signer.key.origin:
            raise Damaged("the key log was signed with another key")

    @property
    def key(self) -> LogKey:
        return self._signer.key

    def checkpoint(self) -> SignedCheckpoint:
        with self._db.read() as connection:
            note = connection.scalar(select(log_checkpoint.c.note))
        try:
            return SignedCheckpoint.parse(note or "")
        except ValueError:
            raise Damaged("the key log's checkpoint can't be read") from None

    def append(self, entry: LogEntry) -> int:
        with self._db.write() as connection:
            size: int | None = connection.scalar(select(log_checkpoint.c.size).with_for_update())
            known: int | None = connection.scalar(
                select(log_entries.c.number).where(log_entries.c.digest == entry.digest)
            )
            if known is not None:
                return known
            if size is None:
                raise Damaged("the key log has lost its checkpoint")
            new: dict[int, bytes] = {}

            def subtree(level: int, number: int) -> bytes:
                place = merkle.stored_place(level, number)
                if place in new:
                    return new[place]
                return _whole(connection.scalar(select(log_hashes.c.hash).where(log_hashes.c.place == place)))

            hashes = merkle.completed(size, leaf_hash(entry.raw), subtree)
            new.update(enumerate(hashes, merkle.stored_count(size)))
            note = self._signer.note(Checkpoint(self.key.origin, size + 1, merkle.root(size + 1, subtree)))
            connection.execute(insert(log_entries).values(number=size, tag=entry.tag, digest=entry.digest))
            connection.execute(insert(log_hashes), [{"place": place, "hash": each} for place, each in new.items()])
            connection.execute(update(log_checkpoint).values(size=size + 1, note=note))
            return size

    def index_of(self, digest: bytes) -> int | None:
        with self._db.read() as connection:
            found: int | None = connection.scalar(select(log_entries.c.number).where(log_entries.c.digest == digest))
            return found

    def subtree(self, level: int, number: int) -> bytes:
        place = merkle.stored_place(level, number)
        with self._db.read() as connection:
            return _whole(connection.scalar(select(log_hashes.c.hash).where(log_hashes.c.place == place)))

    def entries(self, start: int, count: int) -> bytes:
        # An entry beyond what a bigint can number is none.
        stop = min(start + count, 2**63 - 1)
        if start >= stop:
            return b""
        query = select(log_entries.c.tag, log_entries.c.digest).where(
            log_entries.c.number >= start, log_entries.c.number < stop
        )
        with self._db.read() as connection:
            return b"".join(row.tag + row.digest for row in connection.execute(query.order_by(log_entries.c.number)))

    def verify(self) -> Iterator[Finding]:
        return findings(self)


def _whole(found: bytes | None) -> bytes:
    if found is None:
        raise Damaged("the key log ends before its checkpoint says")
    return found
