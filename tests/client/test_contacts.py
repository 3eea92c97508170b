"""Pins: whose key was seen first, and what may follow it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis.strategies import DataObject, data, integers, lists, sampled_from

from client.actions.people import KnownKeys, signer_of
from client.errors import FileProblem, NotFound, UntrustedKey
from client.local.contacts import Contacts, KeyChanged, Trust
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
    """Whoever is met is new once, and not checked; the pin survives the process."""
    card = Chain().first()
    assert contacts.meet([card])
    assert not contacts.meet([card])
    contact = Contacts(Paths(tmp_path)).find("ADA@example.org")
    assert contact is not None
    assert contact.signing_key == card.signing_key
    assert contact.trust_in(card.signing_key) is Trust.UNCHECKED


def test_another_key_is_not_trusted(contacts: Contacts) -> None:
    """It does not replace the one that was known, and both are remembered."""
    contacts.meet([Chain().first()])
    for _ in range(2):
        with pytest.raises(KeyChanged, match="is not the one you knew"):
            contacts.meet([Chain(b"x" * 32).first()])
    contact = contacts.find(EMAIL)
    assert contact is not None
    assert contact.signing_key == b"k" * 32
    assert contact.refused is not None
    assert contact.refused.signing_key == b"x" * 32
    assert contact.trust_in(b"x" * 32) is Trust.CHANGED
    assert not contacts.meet([Chain().first()])  # the key that we know is as good as before


def test_a_key_is_accepted_by_its_owners_word(contacts: Contacts) -> None:
    """Then it is the one that is known, not checked even if the old one was; the old one is remembered."""
    old, new = Chain().first(), Chain(b"x" * 32).first()
    contacts.meet([old])
    contacts.accept(old, verified=True)
    with pytest.raises(KeyChanged):
        contacts.meet([new])
    contact = contacts.accept(new, verified=False)
    assert contact == contacts.find(EMAIL)
    assert (contact.signing_key, contact.verified_at, contact.refused) == (b"x" * 32, None, None)
    (earlier,) = contact.earlier
    assert earlier.signing_key == b"k" * 32
    assert earlier.verified_at is not None
    assert contact.trust_in(b"k" * 32) is Trust.CHANGED
    assert not contacts.meet([new])


def test_verified_is_about_the_signing_key(contacts: Contacts) -> None:
    """Newer cards of the same key stay verified; accepting one unseen does not take that away."""
    chain = Chain()
    first = chain.first()
    contacts.meet([first])
    assert contacts.accept(first, verified=True).verified_at is not None
    contacts.meet([chain.after(first)])
    contact = contacts.accept(chain.after(first, created_at=1), verified=False)
    assert contact.trust_in(chain.signing_key) is Trust.VERIFIED
    assert contact.earlier == ()


def test_whose_key_it_is(contacts: Contacts) -> None:
    """Found by the key alone, as files without a server have it; one that is a contact's now comes first."""
    old, new = Chain().first(), Chain(b"x" * 32).first()
    contacts.meet([old])
    assert contacts.owner_of(b"x" * 32) is None
    with pytest.raises(KeyChanged):
        contacts.meet([new])
    for key in (b"k" * 32, b"x" * 32):
        found = contacts.owner_of(key)
        assert found is not None
        assert found == (EMAIL, contacts.find(EMAIL))
    contacts.meet([Chain(b"x" * 32).first(email="aaron@example.org")])
    found = contacts.owner_of(b"x" * 32)
    assert found is not None
    assert found[0] == "aaron@example.org"


def test_who_is_forgotten_is_new_again(contacts: Contacts) -> None:
    card = Chain().first()
    contacts.meet([card])
    contacts.forget("Ada@Example.org")
    assert contacts.everybody() == {}
    with pytest.raises(NotFound, match="none of your contacts"):
        contacts.forget(EMAIL)
    assert contacts.meet([card])


def test_a_chain_may_go_on(contacts: Contacts) -> None:
    """One by one, and over cards that we had not seen, if all of them are shown."""
    chain = Chain()
    first = chain.first()
    second = chain.after(first)
    third = chain.after(second)
    fourth = chain.after(third)
    assert contacts.meet([first])
    assert not contacts.meet([second])
    assert not contacts.meet([first, second, third, fourth])
    contact = contacts.find(EMAIL)
    assert contact is not None
    assert contact.digest == fourth.digest


def test_a_chain_never_goes_back_forks_nor_has_gaps(contacts: Contacts) -> None:
    """An earlier card, another of the same number, one that follows another card than ours, one that follows none."""
    chain = Chain()
    first = chain.first()
    second = chain.after(first)
    other = chain.first(created_at=1)
    third = chain.after(second)
    fourth = chain.after(third)
    contacts.meet([first])
    contacts.meet([second])
    strange = Chain(b"x" * 32).after(second)
    for cards in (
        [first],
        [chain.after(first, created_at=1)],
        [chain.after(chain.after(other))],
        [fourth],
        [third, chain.after(fourth)],
        [other, chain.after(other), third],
        [strange, chain.after(strange)],
    ):
        with pytest.raises(KeyChanged, match="does not follow"):
            contacts.meet(cards)
    assert not contacts.meet([first, second, third, fourth])


def test_a_stranger_shows_all_their_cards(contacts: Contacts) -> None:
    """Who is met late must have a chain from the first card on; new keys in it are no news to us."""
    chain, other = Chain(), Chain(b"x" * 32)
    first = chain.first()
    second = other.after(first)
    third = other.after(second)
    for cards in ([third], [second, third], [first, third], [chain.first(created_at=1), second, third]):
        with pytest.raises(UntrustedKey, match="do not follow one another"):
            contacts.meet(cards)
    assert contacts.everybody() == {}
    assert contacts.meet([first, second, third])


@settings(max_examples=60)
@given(data())
def test_what_is_met_is_one_chain(data: DataObject) -> None:
    """Whatever a server shows: the pin only ever moves forward along cards of one key that name one another."""
    chains = (Chain(), Chain(b"x" * 32))
    cards = [chains[0].first(), chains[1].first(), chains[0].first(created_at=1)]
    for _ in range(6):
        cards.append(data.draw(sampled_from(chains)).after(data.draw(sampled_from(cards)), data.draw(integers(0, 1))))
    with TemporaryDirectory() as folder:
        contacts = Contacts(Paths(Path(folder)))
        contacts.meet([cards[0]])
        before = contacts.find(EMAIL)
        for shown in data.draw(lists(lists(sampled_from(cards), min_size=1, max_size=4), max_size=6)):
            try:
                contacts.meet(shown)
            except UntrustedKey:
                after = contacts.find(EMAIL)
                assert before is not None
                assert after is not None
                assert replace(after, refused=before.refused) == before
            before = contacts.find(EMAIL)
            assert before is not None
            assert before.signing_key == cards[0].signing_key
            assert _ancestors(before.digest, cards)[-1] == cards[0].digest


def _ancestors(digest: bytes, cards: list[Card]) -> list[bytes]:
    """The digests of a card and of all that it follows."""
    by_digest = {card.digest: card for card in cards}
    found = [digest]
    while (previous := by_digest[found[-1]].previous) is not None:
        assert by_digest[previous].signing_key == by_digest[digest].signing_key
        found.append(previous)
    return found


def test_people_do_not_mix(contacts: Contacts) -> None:
    contacts.meet([Chain().first()])
    assert contacts.meet([Chain(b"x" * 32).first(email="bob@example.org")])
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
        assert all(pool.map(lambda card: Contacts(Paths(tmp_path)).meet([card]), cards))
    assert all(Contacts(Paths(tmp_path)).find(card.email) for card in cards)


@dataclass(frozen=True, slots=True)
class Left:
    """A file that was left in a drop box."""

    from_email: str = EMAIL
    box_id: str | None = "B" * 43


@pytest.mark.parametrize(
    "signer", [None, b"m" * 32, b"k" * 32, b"x" * 32], ids=["none", "mine", "a contact", "anybody"]
)
def test_what_was_left_in_a_drop_box_is_from_nobody(contacts: Contacts, signer: bytes | None) -> None:
    """Whoever signed it: the box's address is all that it takes to put any signature there."""
    contacts.meet([Chain().first()])
    known = KnownKeys(b"m" * 32, contacts.everybody())
    assert known.trust_of(Left(), signer) is Trust.VIA_BOX
    assert signer_of(Left(), signer) is None
    assert signer_of(Left(box_id=None), signer) == signer
