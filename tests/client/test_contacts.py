"""Pins: whose key was seen first, and what may follow it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from client.errors import FileProblem, UntrustedKey
from client.local.contacts import Contacts
from client.local.paths import Paths
from shared.sealed.card import Card, encode_card

EMAIL = "ada@example.org"


@dataclass(frozen=True, slots=True)
class Chain:
    """Cards of one signing key."""

    signing_key: bytes = b"k" * 32

    def first(self, created_at: int = 0, email: str = EMAIL) -> Card:
        return self._card(0, None, created_at, email)

    def after(self, card: Card, created_at: int = 0) -> Card:
        return self._card(card.sequence + 1, card.digest, created_at, card.email)

    def _card(self, sequence: int, previous: bytes | None, created_at: int, email: str) -> Card:
        return encode_card(
            email=email,
            signing_key=self.signing_key,
            rsa_key=b"r" * 400,
            mlkem_key=None,
            sequence=sequence,
            previous=previous,
            created_at=created_at,
        )


@pytest.fixture
def contacts(tmp_path: Path) -> Contacts:
    return Contacts(Paths(tmp_path))


def test_the_first_card_is_pinned(contacts: Contacts, tmp_path: Path) -> None:
    """Whoever is met is new once; the pin survives the process."""
    card = Chain().first()
    assert contacts.meet(card)
    assert not contacts.meet(card)
    pin = Contacts(Paths(tmp_path)).find("ADA@example.org")
    assert pin is not None
    assert pin.signing_key == card.signing_key


def test_another_key_is_not_trusted(contacts: Contacts) -> None:
    """Nor does it replace the one that was known."""
    contacts.meet(Chain().first())
    with pytest.raises(UntrustedKey, match="is not the one you knew"):
        contacts.meet(Chain(b"x" * 32).first())
    pin = contacts.find(EMAIL)
    assert pin is not None
    assert pin.signing_key == b"k" * 32


def test_a_chain_may_go_on(contacts: Contacts) -> None:
    """One by one, and over cards that we never saw."""
    chain = Chain()
    first = chain.first()
    second = chain.after(first)
    fourth = chain.after(chain.after(second))
    assert contacts.meet(first)
    assert not contacts.meet(second)
    assert not contacts.meet(fourth)
    pin = contacts.find(EMAIL)
    assert pin is not None
    assert pin.digest == fourth.digest


def test_a_chain_never_goes_back_nor_forks(contacts: Contacts) -> None:
    """An earlier card, another of the same number, and one that follows another card than ours."""
    chain = Chain()
    first = chain.first()
    second = chain.after(first)
    contacts.meet(first)
    contacts.meet(second)
    for card in (first, chain.after(first, created_at=1), chain.after(chain.after(chain.first(created_at=1)))):
        with pytest.raises(UntrustedKey, match="does not follow"):
            contacts.meet(card)


def test_people_do_not_mix(contacts: Contacts) -> None:
    contacts.meet(Chain().first())
    assert contacts.meet(Chain(b"x" * 32).first(email="bob@example.org"))
    assert contacts.find("carol@example.org") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"contacts": {"a": 1}}', b'{"contacts": {"a": {}}}'])
def test_a_damaged_file_is_never_an_empty_one(contacts: Contacts, tmp_path: Path, content: bytes) -> None:
    """Forgetting pins silently would let anybody in; the message says which file, and what to do."""
    (tmp_path / "contacts.json").write_bytes(content)
    with pytest.raises(FileProblem, match=r"contacts\.json is damaged"):
        contacts.find(EMAIL)


def test_two_commands_at_once_keep_both_pins(tmp_path: Path) -> None:
    """Twenty people met from four threads, each with its own view of the file: nobody is forgotten."""
    cards = [Chain().first(email=f"{number}@example.org") for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda card: Contacts(Paths(tmp_path)).meet(card), cards))
    assert all(Contacts(Paths(tmp_path)).find(card.email) for card in cards)
