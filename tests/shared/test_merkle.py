"""Merkle trees: vectors of Certificate Transparency, and proofs of trees of every shape."""

import hashlib
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sealed import merkle
from shared.sealed.merkle import GrowingTree, leaf_hash

# Leaves and hashes of Certificate Transparency's reference implementation (google/certificate-transparency,
# merkletree/merkle_tree_test), which transparency-dev/merkle and others test against, too.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
SIZES = st.integers(1, 300)


class Kept:
    """A tree as its keeper has it: complete subtrees, one behind the other."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.hashes: list[bytes] = []
        for size, leaf in enumerate(leaves):
            assert len(self.hashes) == merkle.stored_count(size)
            self.hashes += merkle.completed(size, leaf, self.subtree)

    def subtree(self, level: int, number: int) -> bytes:
        return self.hashes[merkle.stored_place(level, number)]


def numbered(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH, word for word from the RFC."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(power for power in accumulate([1] + [2] * 20, lambda a, b: a * b) if power < len(leaves))
    return hashlib.sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


REFERENCE = Kept([leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES])
KEPT = Kept(numbered(300))


def test_roots_are_those_of_the_reference() -> None:
    growing = GrowingTree()
    for size, expected in enumerate(ROOTS):
        assert merkle.root(size, REFERENCE.subtree).hex() == expected
        assert growing.root().hex() == expected
        if size < len(LEAVES):
            growing.add(leaf_hash(bytes.fromhex(LEAVES[size])))


def test_proofs_are_those_of_the_reference() -> None:
    for (index, size), expected in INCLUSION.items():
        assert [each.hex() for each in merkle.inclusion_proof(index, size, REFERENCE.subtree)] == expected
    for (old, new), expected in CONSISTENCY.items():
        assert [each.hex() for each in merkle.consistency_proof(old, new, REFERENCE.subtree)] == expected


@given(SIZES)
def test_a_stored_tree_and_one_read_once_have_the_hash_that_the_rfc_defines(size: int) -> None:
    growing = GrowingTree()
    for leaf in numbered(size):
        growing.add(leaf)
    expected = by_definition(numbered(size))
    assert merkle.root(size, KEPT.subtree) == expected
    assert (growing.root(), growing.size) == (expected, size)


@given(SIZES, st.data())
def test_a_leaf_is_shown_at_its_place_and_nowhere_else(size: int, data: st.DataObject) -> None:
    """With one hash altered, left out, added or exchanged, with another leaf, place, size or root, nothing is shown."""
    index = data.draw(st.integers(0, size - 1))
    leaf, root = numbered(size)[index], merkle.root(size, KEPT.subtree)
    proof = merkle.inclusion_proof(index, size, KEPT.subtree)
    assert merkle.includes(root, size, index, leaf, proof)
    assert not merkle.includes(root, size, index, leaf_hash(b"another"), proof)
    assert not merkle.includes(leaf_hash(b"another"), size, index, leaf, proof)
    other = data.draw(st.integers(-1, size + 1).filter(lambda each: each != index))
    assert not merkle.includes(root, size, other, leaf, proof)
    for broken in _broken(proof, data):
        assert not merkle.includes(root, size, index, leaf, broken)


@given(SIZES, st.data())
def test_a_tree_is_shown_to_begin_with_an_older_one_and_with_no_other(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    old_root, new_root = merkle.root(old, KEPT.subtree), merkle.root(new, KEPT.subtree)
    proof = merkle.consistency_proof(old, new, KEPT.subtree)
    assert merkle.is_consistent(old_root, old, new_root, new, proof)
    assert not merkle.is_consistent(leaf_hash(b"another"), old, new_root, new, proof)
    if old:
        assert not merkle.is_consistent(old_root, old, leaf_hash(b"another"), new, proof)
    assert not merkle.is_consistent(new_root, new + 1, old_root, old, proof)
    for broken in _broken(proof, data):
        assert not merkle.is_consistent(old_root, old, new_root, new, broken)


@given(SIZES, st.lists(st.binary(min_size=32, max_size=32), max_size=12), st.data())
def test_no_proof_at_all_breaks_a_check(size: int, proof: list[bytes], data: st.DataObject) -> None:
    """Whatever a server says is refused without an error."""
    index = data.draw(st.integers(0, size))
    assert not merkle.includes(bytes(32), size, index, leaf_hash(b"x"), proof)
    assert not merkle.is_consistent(bytes(32), index, leaf_hash(b""), size, proof)


def test_proofs_of_huge_trees_are_short() -> None:
    """Of 2^40 leaves, all of them the same, no proof needs more hashes than there are levels."""
    levels = [leaf_hash(b"")]
    for _ in range(41):
        levels.append(merkle.node_hash(levels[-1], levels[-1]))
    size = (1 << 40) + 5

    def subtree(level: int, number: int) -> bytes:
        return levels[level]

    proof = merkle.inclusion_proof(12_345, size, subtree)
    assert len(proof) == 41
    assert merkle.includes(merkle.root(size, subtree), size, 12_345, levels[0], proof)
    assert len(merkle.consistency_proof(3, size, subtree)) <= 42


def _broken(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    broken = [[*proof, bytes(32)], [bytes(32), *proof]]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        broken += [
            proof[:at] + proof[at + 1 :],
            [*proof[:at], leaf_hash(proof[at]), *proof[at + 1 :]],
            [*proof[: at + 1], proof[at], *proof[at + 1 :]],
        ]
    if len(proof) > 1:
        broken.append(proof[::-1])
    return broken


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257])
def test_places_of_subtrees_are_taken_once_each(size: int) -> None:
    places = [
        merkle.stored_place(level, number) for level in range(size.bit_length() + 1) for number in range(size >> level)
    ]
    assert sorted(places) == list(range(merkle.stored_count(size)))
