"""Merkle trees as certificates are logged in them (RFC 9162, section 2.1): one hash for a list that only grows.

Every function works on 32-byte SHA-256 hashes. Who keeps a tree keeps the hashes of its complete subtrees, each in the
order in which it became complete, and reads a few of them for any proof; who checks a proof needs no tree.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

HASH_BYTES = 32
MAX_PROOF_HASHES = 128
"""More than any tree of fewer than 2^63 leaves can need for a proof."""

Subtree = Callable[[int, int], bytes]
"""The hash of a complete subtree: of the leaves from number * 2^level on, 2^level of them, as (level, number)."""

_EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """What an entry is in the tree."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """What two neighbours are together."""
    return hashlib.sha256(b"\x01" + left + right).digest()


# -- for whoever keeps a tree


def stored_count(size: int) -> int:
    """How many complete subtrees, single leaves among them, a tree of `size` leaves has."""
    return 2 * size - size.bit_count()


def stored_place(level: int, number: int) -> int:
    """Where a complete subtree stands among all of them, in the order in which they became complete."""
    last_leaf = ((number + 1) << level) - 1
    return stored_count(last_leaf) + level


def completed(size: int, leaf: bytes, subtree: Subtree) -> list[bytes]:
    """The subtrees, smallest first, that become complete when `leaf` is put behind `size` others."""
    hashes = [leaf]
    for level in range((size ^ (size + 1)).bit_length() - 1):
        hashes.append(node_hash(subtree(level, (size >> level) - 1), hashes[-1]))
    return hashes


def root(size: int, subtree: Subtree) -> bytes:
    """The hash of the whole tree."""
    return _of_range(0, size, subtree) if size else _EMPTY


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """What it takes to see that a leaf stands at `index` of a tree of `size` leaves; `index` < `size`."""
    return list(_inclusion(index, 0, size, subtree))


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """What it takes to see that a tree of `new` leaves begins with the one of `old`; 0 <= `old` <= `new`."""
    return [] if old in (0, new) else list(_consistency(old, 0, new, subtree, whole=True))


def _inclusion(index: int, start: int, stop: int, subtree: Subtree) -> Iterator[bytes]:
    if stop - start == 1:
        return
    middle = start + _split(stop - start)
    if index < middle:
        yield from _inclusion(index, start, middle, subtree)
        yield _of_range(middle, stop, subtree)
    else:
        yield from _inclusion(index, middle, stop, subtree)
        yield _of_range(start, middle, subtree)


def _consistency(old: int, start: int, stop: int, subtree: Subtree, *, whole: bool) -> Iterator[bytes]:
    """`whole`: whether this range begins where the old tree does, so that its hash is known to whoever checks."""
    if old == stop:
        if not whole:
            yield _of_range(start, stop, subtree)
        return
    middle = start + _split(stop - start)
    if old <= middle:
        yield from _consistency(old, start, middle, subtree, whole=whole)
        yield _of_range(middle, stop, subtree)
    else:
        yield from _consistency(old, middle, stop, subtree, whole=False)
        yield _of_range(start, middle, subtree)


def _of_range(start: int, stop: int, subtree: Subtree) -> bytes:
    """`start` is a multiple of the smallest power of two that is not below the range's length."""
    length = stop - start
    if length & (length - 1) == 0:
        level = length.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _split(length)
    return node_hash(
        subtree(_split(length).bit_length() - 1, start // _split(length)), _of_range(middle, stop, subtree)
    )


def _split(length: int) -> int:
    """The largest power of two below `length`, which is at least 2."""
    return 1 << ((length - 1).bit_length() - 1)


# -- for whoever checks


class GrowingTree:
    """The hash of a list that is read once, from its beginning; in memory are as many hashes as its length has bits."""

    def __init__(self) -> None:
        self._complete: list[bytes] = []
        self.size = 0

    def add(self, leaf: bytes) -> None:
        size, hashed = self.size, leaf
        while size & 1:
            hashed = node_hash(self._complete.pop(), hashed)
            size >>= 1
        self._complete.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        if not self._complete:
            return _EMPTY
        *rest, hashed = self._complete
        for left in reversed(rest):
            hashed = node_hash(left, hashed)
        return hashed


def includes(tree_root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that `leaf` stands at `index` of the tree (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, hashed = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            hashed = node_hash(each, hashed)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            hashed = node_hash(hashed, each)
        number, last = number >> 1, last >> 1
    return last == 0 and hashed == tree_root


def is_consistent(old_root: bytes, old: int, new_root: bytes, new: int, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the new tree begins with the old one (RFC 9162, section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not proof and old_root == _EMPTY
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old_hash = new_hash = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old_hash, new_hash = node_hash(each, old_hash), node_hash(each, new_hash)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, each)
        number, last = number >> 1, last >> 1
    return last == 0 and (old_hash, new_hash) == (old_root, new_root)
