"""Whether a key log is what its checkpoint says, wherever it is kept."""

from collections.abc import Iterator

from server.ports import Damaged, Finding, KeyLog
from shared.sealed.errors import FormatError
from shared.sealed.log_entry import ENTRY_BYTES, LogEntry
from shared.sealed.merkle import GrowingTree, leaf_hash

_BLOCK_ENTRIES = 4_096


def findings(log: KeyLog) -> Iterator[Finding]:
    """Everything that is wrong with it."""
    try:
        checkpoint = log.checkpoint().checkpoint
        tree = GrowingTree()
        while tree.size < checkpoint.size:
            block = log.entries(tree.size, min(_BLOCK_ENTRIES, checkpoint.size - tree.size))
            if not block:
                raise Damaged("the key log ends before its checkpoint says")  # noqa: TRY301  # one finding, whoever saw it
            for at in range(0, len(block), ENTRY_BYTES):
                yield from _of_entry(log, tree, LogEntry.parse(block[at : at + ENTRY_BYTES]))
    except (Damaged, FormatError, FileNotFoundError) as error:
        yield Finding("key_log", f"can't be read: {error}")
        return
    if tree.root() != checkpoint.root:
        yield Finding("key_log", "has entries that are not those of its checkpoint: something was changed")


def _of_entry(log: KeyLog, tree: GrowingTree, entry: LogEntry) -> Iterator[Finding]:
    index, leaf = tree.size, leaf_hash(entry.raw)
    tree.add(leaf)
    if log.subtree(0, index) != leaf:
        yield Finding(f"key_log entry {index}", "is not the one that was hashed")
    if log.index_of(entry.digest) != index:
        yield Finding(f"key_log entry {index}", "is not found by its card")
