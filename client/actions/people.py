"""Other people's keys: fetched as cards, each checked up to the newest, pinned at first contact."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol, Self

from client.actions.person import Person
from client.api.wire import PublishedCard
from client.errors import ClientError, NetworkError, NotFound, NotSignedIn, UntrustedKey
from client.local.boxes import KeptBoxes
from client.local.contact import Contact, Trust
from client.local.names import shown_email
from client.local.session import session_here
from shared.crypto.errors import CryptoError
from shared.crypto.identity import verify_card
from shared.crypto.keys import RecipientKey
from shared.crypto.safety import fingerprint
from shared.sealed.card import Card, recipient_of
from shared.sealed.encoding import unb64u
from shared.sealed.errors import FormatError


class SignedCard(Protocol):
    """A card's exact bytes and its owner's signature over them, both base64url."""

    @property
    def card(self) -> str: ...

    @property
    def signature(self) -> str: ...


class NoCard(NotFound):
    """Nobody with this address has published keys at the server."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody with an account, whose card was checked and pinned."""

    email: str
    user_id: str
    key: RecipientKey
    fingerprint: str
    is_new: bool
    """Whether this is the first time that we see their key."""


def find_recipient(person: Person, email: str) -> Recipient:
    """The keys of `email`. Raises `NoCard`, or `UntrustedKey` if they are not the ones we knew."""
    answer = published_card(person, email)
    card = checked_card(answer, email)
    key = RecipientKey.of_card(card)  # whoever has keys of no use is not met
    is_new = meet(person, answer.user_id, card)
    return Recipient(email, answer.user_id, key, fingerprint(card.signing_key), is_new)


def published_card(person: Person, email: str) -> PublishedCard:
    """What the server says is the card of `email`, not looked at yet. Raises `NoCard`."""
    try:
        return person.api.card_of(email)
    except NotFound:
        raise NoCard(
            f"{email} has no account (or no keys yet) at {person.session.server}. Ask them to sign in there once, "
            "or use a public key file of theirs: --to KEY.pem"
        ) from None


def checked_card(answer: SignedCard, email: str) -> Card:
    """The card, if it is whole, signed by its own key, and of the person we asked for.

    Raises `FormatError`, `BadSignature` or `UntrustedKey`.
    """
    card = verify_card(unb64u(answer.card, "card"), unb64u(answer.signature, "signature", 64))
    if card.email.casefold() != email.casefold():
        raise UntrustedKey(
            f"the server answered with the card of {card.email} when asked for {email}; nothing was sent"
        )
    return card


def meet(person: Person, user_id: str, card: Card) -> bool:
    """Pins a checked card, if all that lead to it can be followed from the one we knew. True at first contact.

    The card must stand in the server's key log (one request). Raises `KeyChanged` (a kind of `UntrustedKey`) if they
    can't be followed, and what `checked_card`, of those in between, and `check_logged` raise.
    """
    known = person.contacts.find(card.email)
    if known is not None and known.digest == card.digest:
        return False
    from client.actions.key_log import check_logged  # whom we send to is mostly known

    chain = _chain_to(person, user_id, card, known)
    if known is None or known.signing_key == card.signing_key:  # else it is refused and remembered, logged or not
        check_logged(person, user_id, card)
    return person.contacts.meet(chain)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to think of the key that signed a file."""

    trust: Trust
    doubt: str = ""
    """Why a stranger could not be met, as a sentence; empty if nothing is wrong."""


class Listed(Protocol):
    """A file, as the server speaks of it."""

    @property
    def from_email(self) -> str: ...

    @property
    def box_id(self) -> str | None: ...


def signer_of(file: Listed, sender: bytes | None) -> bytes | None:
    """Whose key signed a file. Of what was left in a drop box nobody's: a signature there says nothing."""
    return sender if file.box_id is None else None


def judge_file(person: Person, file: Listed, sender: bytes | None) -> Judgement:
    """As `judge`, of a file; what was left in a drop box of mine has no sender, and nobody is looked up for it."""
    if file.box_id is not None:
        return Judgement(Trust.VIA_BOX)
    return judge(person, file.from_email, sender)


def judge(person: Person, email: str, sender: bytes | None) -> Judgement:
    """What we know of the key that signed a file which the server says is from `email`; asks for their card if need be.

    Whoever is unknown is met; a key that is not the one we knew is remembered, so that sending to it is refused. A
    guest asks nobody: what the server of a link says about people is worth as much as the link's address.
    """
    if person.is_guest:
        return Judgement(KnownKeys.of_guest(person).trust_in(email, sender))
    known = KnownKeys.of(person)
    if sender is None or known.has(email, sender) or shown_email(email) != email:  # what is no address is nobody's
        return Judgement(known.trust_in(email, sender))
    try:
        answer = person.api.card_of(email)
        meet(person, answer.user_id, checked_card(answer, email))
    except (NetworkError, NotSignedIn):
        raise
    except NotFound:
        return Judgement(known.trust_in(email, sender))
    except (ClientError, CryptoError, FormatError) as error:
        if email.casefold() in known.contacts:
            return Judgement(Trust.CHANGED)
        return Judgement(known.trust_in(email, sender), str(error))
    return Judgement(KnownKeys.of(person).trust_in(email, sender))


def cards_of(person: Person, user_id: str) -> list[Card]:
    """What somebody has published, each card signed by its own key; nothing if that does not hold.

    Raises `NetworkError`, `NotSignedIn`.
    """
    try:
        cards = person.api.card_history(user_id)
        email = Card.parse(unb64u(cards[0].card, "card")).email if cards else ""
        return [checked_card(each, email) for each in cards]
    except (NetworkError, NotSignedIn):
        raise
    except (ClientError, CryptoError, FormatError):
        return []


def recipients_of(cards: Iterable[Card]) -> frozenset[bytes]:
    """What names the keys on some cards in grants."""
    return frozenset(name for card in cards for name in (card.recipient, recipient_of(card.rsa_key, None)))


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """Whose keys are known on this machine, read once for many files."""

    mine: bytes
    contacts: Mapping[str, Contact]
    boxes: Callable[[], Mapping[str, str]] = dict
    """What I call my drop boxes, by id; read when the first file that was left in one is met."""

    @classmethod
    def of(cls, person: Person) -> Self:
        mine = person.vault.card_of(person.email).signing_key
        return cls(mine, person.contacts.everybody(), cache(partial(KeptBoxes(person.paths).names, person.session)))

    @classmethod
    def of_guest(cls, person: Person) -> Self:
        """What is known on this machine, whether or not somebody is signed in here."""
        session = session_here(person.paths)
        mine = person.vault.card_of(session.email).signing_key if session and person.vault.has(session.email) else b""
        return cls(mine, person.contacts.everybody())

    def trust_in(self, email: str, sender: bytes | None) -> Trust:
        """What we know of the key that signed a file from `email`; whoever is no contact is as good as unchecked."""
        if sender is None:
            return Trust.UNSIGNED
        if sender == self.mine:
            return Trust.OWN
        contact = self.contacts.get(email.casefold())
        if contact is None:
            return Trust.CHANGED if self._is_a_contacts(sender) else Trust.UNCHECKED
        return contact.trust_in(sender)

    def trust_of(self, file: Listed, sender: bytes | None) -> Trust:
        """The same, of a file; what was left in a drop box has no sender."""
        if file.box_id is not None:
            return Trust.VIA_BOX
        return self.trust_in(file.from_email, sender)

    def sender_of(self, file: Listed) -> str:
        """Whom a file is from, according to the server: an address, or what I call the drop box that it was left in."""
        if file.box_id is None:
            return file.from_email
        return self.boxes().get(file.box_id, "made on another machine")

    def _is_a_contacts(self, sender: bytes) -> bool:
        """Whether we know whose key it is: then it is not that of somebody without a card."""
        return any(contact.signing_key == sender for contact in self.contacts.values())

    def has(self, email: str, sender: bytes) -> bool:
        """Whether it is my own key, or the one that we know `email` by."""
        contact = self.contacts.get(email.casefold())
        return sender == self.mine or (contact is not None and contact.signing_key == sender)


def _chain_to(person: Person, user_id: str, card: Card, known: Contact | None) -> Sequence[Card]:
    """The cards that lead to `card` from the known one, or from the first; asked for only where some are missing."""
    newest_known = -1 if known is None else known.sequence
    if card.sequence <= newest_known + 1:
        return (card,)
    history = [checked_card(each, card.email) for each in person.api.card_history(user_id)]
    return (*(each for each in history if each.sequence < card.sequence), card)
