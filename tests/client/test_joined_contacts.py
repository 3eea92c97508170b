"""Contacts of two machines of one person, joined: nothing that either knew is lost, and no key is exchanged."""

from dataclasses import replace
from pathlib import Path

import pytest

from client.local.contact import Contact, EarlierKey, Refused, joint
from client.local.contacts import Contacts
from client.local.paths import Paths
from shared.crypto.identity import Identity
from shared.sealed.errors import FormatError

ONE, OTHER = bytes([1] * 32), bytes([2] * 32)
BOB = Contact(ONE, 3, bytes([3] * 32), first_met=100)


def test_the_newer_card_and_the_older_acquaintance() -> None:
    """Whichever of the two is here; what one of them has checked is checked."""
    newer = replace(BOB, sequence=4, digest=bytes([4] * 32), first_met=200, verified_at=300)
    expected = replace(newer, first_met=100)
    assert joint(BOB, newer) == joint(newer, BOB) == expected
    assert joint(BOB, BOB) == BOB


def test_a_card_that_one_of_them_refused_stays_refused() -> None:
    refused = Refused(OTHER, 0, bytes(32), 150)
    for pair in ((BOB, replace(BOB, refused=refused)), (replace(BOB, refused=refused), BOB)):
        together = joint(*pair)
        assert together is not None
        assert together.refused == refused


def test_a_key_that_one_of_them_has_accepted_since() -> None:
    """It has seen both, and its owner has decided; between keys of which neither knows the other, nobody has."""
    later = Contact(OTHER, 0, bytes([5] * 32), 400, 400, None, (EarlierKey(ONE, 100, None, 400),))
    assert joint(BOB, later) == joint(later, BOB) == later
    assert joint(BOB, replace(later, earlier=())) is None


def test_books_are_joined(tmp_path: Path) -> None:
    """Who is known there is known here; who is known by different keys stays as they were, and is named."""
    here, there = Contacts(Paths(tmp_path / "here")), Contacts(Paths(tmp_path / "there"))
    assert there.packed() is None
    for name in ("bob", "carol"):
        there.meet([Identity.create(f"{name}@example.org", 2048).card])
    other = Identity.create("carol@example.org", 2048)
    here.meet([other.card])
    packed = there.packed()
    assert packed is not None
    assert here.join(packed) == ("carol@example.org",)
    assert here.find("bob@example.org") == there.find("bob@example.org")
    carol = here.find("carol@example.org")
    assert carol is not None
    assert carol.signing_key == other.card.signing_key
    before = here.everybody()
    assert here.join(packed) == ("carol@example.org",)
    for damaged in (b"", b"{}", packed[:-5], packed.replace(b'"sequence":0', b'"sequence":-1')):
        with pytest.raises(FormatError):
            here.join(damaged)
    assert here.everybody() == before
