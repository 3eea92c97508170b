"""Making sure whose key it is: safety numbers compared, changed keys accepted."""

from dataclasses import dataclass
from pathlib import Path

from client.actions.key_log import check_logged
from client.actions.people import checked_card, meet, published_card
from client.actions.person import Person
from client.errors import ClientError, NotFound, UntrustedKey
from client.local.contact import Contact
from client.local.contacts import KeyChanged
from client.local.qr import scan_qr
from shared.crypto.safety import fingerprint, is_safety_code, safety_code, safety_number
from shared.sealed.card import Card

SAFETY_DIGITS = 60


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two people compare: digits that follow from both their keys, and from nothing else."""

    user_id: str
    """Whose card it is, for the server."""
    card: Card
    """The other person's, as the server shows it now; signed by its own key, whoever's that is."""
    known: Contact | None
    """Whom we knew before; None at first contact."""
    changed: bool
    """Whether the card does not follow the one that was known: sending is refused until this is settled."""
    number: str
    """12 groups of five digits."""
    code: str
    """What the other person photographs."""
    code_of_theirs: str
    """What their QR code says, if nobody sits between."""

    @property
    def email(self) -> str:
        return self.card.email

    @property
    def is_other_card(self) -> bool:
        """Whether it is the key that was known, on a card that does not follow: numbers say nothing about that."""
        return self.changed and self.known is not None and self.known.signing_key == self.card.signing_key

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.card.signing_key)


def compare(person: Person, email: str) -> Comparison:
    """What to compare with `email`, whose key is pinned if they are new. Nothing is trusted by it.

    Raises `NotFound`, and `UntrustedKey` for what the server must never show.
    """
    if email.casefold() == person.email.casefold():
        raise ClientError("that is you; compare with the person whom you send files to")
    answer = published_card(person, email)
    card = checked_card(answer, email)
    known = person.contacts.find(email)
    try:
        meet(person, answer.user_id, card)
        changed = False
    except KeyChanged:
        changed = True
    me, them = _signer(person), (card.email.casefold(), card.signing_key)
    number, mine, theirs = safety_number(me, them), safety_code(me, them), safety_code(them, me)
    return Comparison(answer.user_id, card, known, changed, number, mine, theirs)


def known_number(person: Person, email: str, contact: Contact) -> str:
    """The safety number with somebody as we know them, whatever the server says."""
    return safety_number(_signer(person), (email.casefold(), contact.signing_key))


def check_number(comparison: Comparison, number: str) -> None:
    """Compares digits that the other person sent or read out, however they are spaced.

    Raises `ClientError` for what is no safety number, `UntrustedKey` where it is another one.
    """
    digits = "".join(number.split())
    if len(digits) != SAFETY_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise ClientError(f"a safety number has {SAFETY_DIGITS} digits, and this is none. Nothing was changed.")
    if digits != comparison.number.replace(" ", ""):
        raise mismatch(comparison)


def check_scan(comparison: Comparison, picture: Path) -> None:
    """Compares the QR code in a photograph of the other person's screen.

    Raises `FileProblem`, `NotFound` where no such code is in it, `UntrustedKey` where it is another one.
    """
    codes = [text for text in scan_qr(picture) if is_safety_code(text)]
    if not codes:
        raise NotFound(f"there is no safety number in {picture}; photograph the whole code, from straight ahead")
    if comparison.code_of_theirs in codes:
        return
    if comparison.code in codes:
        raise ClientError(
            f"{picture} shows the code of this very machine. Photograph the one that {comparison.email} sees after "
            "`sealcase contacts verify` with your address. Nothing was changed."
        )
    raise mismatch(comparison)


def mismatch(comparison: Comparison) -> UntrustedKey:
    """What to say where numbers differ."""
    return UntrustedKey(
        f"the safety numbers differ: the key that the server shows as that of {comparison.email} is not the one that "
        "they have, or they compared with somebody else. Nothing was changed; send them nothing through this server "
        "until you know why."
    )


def confirm_verified(person: Person, comparison: Comparison) -> None:
    """Takes the key for that of its owner, with whom the numbers were compared.

    Numbers follow from signing keys alone, so they can't tell an owner's old card from the newest. Where the server
    shows another card of a key that was known, only the key is verified, and `UntrustedKey` raised: sending stays
    refused. Raises what `check_logged` raises.
    """
    if comparison.is_other_card:
        person.contacts.verify(comparison.email)
        raise UntrustedKey(
            f"the numbers match: the key is that of {comparison.email}, and is verified. But the card that the server "
            "shows does not follow the one you knew; it may name encryption keys that they gave up, and that somebody "
            "else has. Sending stays refused. Ask them, and whoever runs the server. If you know why, and go on all "
            f"the same: sealcase contacts accept {comparison.email}"
        )
    _take(person, comparison, verified=True)


def confirm_unseen(person: Person, comparison: Comparison) -> None:
    """Takes the card for that of its owner on the word of whoever sits at the keyboard.

    Raises what `check_logged` raises.
    """
    _take(person, comparison, verified=False)


def _take(person: Person, comparison: Comparison, *, verified: bool) -> None:
    if comparison.changed:  # else `compare` has met it
        check_logged(person, comparison.user_id, comparison.card)
    person.contacts.accept(comparison.card, verified=verified)


def _signer(person: Person) -> tuple[str, bytes]:
    return person.email.casefold(), person.vault.card_of(person.email).signing_key
