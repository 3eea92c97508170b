"""My own keys: where they stand, new ones, their passphrase, and the RSA key of other tools."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from client.actions.people import NoCard, checked_card, published_card
from client.actions.person import Person
from client.errors import Refused, UntrustedKey
from client.local.key_files import KeyFiles, refuse_key_files, write_key_files
from shared.api.models import SignedCard
from shared.crypto.identity import DEFAULT_RSA_BITS
from shared.crypto.keys import RecipientKey
from shared.sealed.card import Card
from shared.sealed.encoding import b64u


class Standing(Enum):
    """Where the keys of an account are, as far as this machine can tell."""

    MADE = "made"
    """They were made just now, the first of this account."""
    HERE = "here"
    """On this machine, and they are the ones that the server shows to others."""
    ELSEWHERE = "elsewhere"
    """The account has keys, and this machine has not."""
    CHANGED_ELSEWHERE = "changed elsewhere"
    """Another device has changed the encryption keys since."""
    NOT_SHOWN = "not shown"
    """The server shows an older card, or none, and takes no newer one: as if it were restored from an old backup."""
    REPLACED = "replaced"
    """The server shows keys of another signing key than the one here."""


@dataclass(frozen=True, slots=True)
class KeysHere:
    """What is known of the keys on this machine without unlocking them."""

    card: Card
    rsa_bits: int
    kit_ready: bool
    earlier: int
    """Earlier pairs of keys that are kept for reading."""
    begun: bool
    """Whether a change of keys was interrupted."""


def make_known(person: Person, rsa_bits: int = DEFAULT_RSA_BITS) -> Standing:
    """Publishes the card of the keys here; makes keys where the account has none anywhere yet.

    Never makes keys for an account that has some elsewhere: that would lock its owner out of their files, and alarm
    everybody who knows them. Raises what the vault or the network raise.
    """
    vault, email = person.vault, person.email
    published = my_published_card(person)
    if not vault.has(email):
        if published is not None:
            return Standing.ELSEWHERE
        vault.create(email, rsa_bits)
        publish(person, *vault.signed_card_of(email))
        return Standing.MADE
    card, signature = vault.signed_card_of(email)
    if published is not None and card.previous != published.digest:
        if card.signing_key != published.signing_key:
            return Standing.REPLACED
        if card == published or (vault.label(email).begun and published.previous == card.digest):
            return Standing.HERE  # whoever finishes a change that is begun finds it published
        if card.sequence <= published.sequence:
            return Standing.CHANGED_ELSEWHERE
    try:
        publish(person, card, signature)
    except Refused:
        return Standing.NOT_SHOWN
    return Standing.HERE


def make_new_identity(person: Person, rsa_bits: int = DEFAULT_RSA_BITS) -> None:
    """Begins anew where all keys are lost: a new signing key on the card after the last one.

    To others that is a new person, until they have checked. Raises `Refused` where there are keys here.
    """
    refuse_if_keys_are_here(person)
    published = my_published_card(person)
    person.vault.create(person.email, rsa_bits, published)
    publish(person, *person.vault.signed_card_of(person.email))


def refuse_if_keys_are_here(person: Person) -> None:
    """Raises `Refused`: who has keys has lost nothing."""
    if person.vault.has(person.email):
        raise Refused(
            f"there are keys of {person.email} on this machine, so nothing is lost. To replace the keys that files are "
            "sealed for: sealcase key rotate"
        )


def keys_here(person: Person) -> KeysHere:
    """Raises `NotFound` where there are none."""
    card, label = person.vault.card_of(person.email), person.vault.label(person.email)
    bits = RecipientKey.of_card(card).rsa.key_size
    return KeysHere(card, bits, label.kit_ready, label.earlier, label.begun)


def publish(person: Person, card: Card, signature: bytes) -> None:
    """Makes my card known; publishing the same one again changes nothing. Raises `Refused` if it does not follow."""
    person.api.publish_card(SignedCard(card=b64u(card.raw), signature=b64u(signature)))


def my_published_card(person: Person) -> Card | None:
    """The card that the server shows of me to others; it was signed with the key in it. None: there is none."""
    try:
        return checked_card(published_card(person, person.email), person.email)
    except NoCard:
        return None


def my_newest_card(person: Person) -> Card:
    """The published card if it is of my own chain, else the one here.

    Raises `UntrustedKey` where the server shows another person under my address.
    """
    mine = person.vault.card_of(person.email)
    published = my_published_card(person)
    if published is None or published.sequence < mine.sequence:
        return mine
    if published.signing_key != mine.signing_key:
        raise UntrustedKey(OTHERS_SEE_OTHER_KEYS)
    return published


OTHERS_SEE_OTHER_KEYS = (
    "the server shows others a key under your address that is not the one on this machine. If you have made new keys "
    "on another machine, use those: move the old ones away and sign in here again. If you have not, somebody else may "
    "have: tell those who send you files, and ask whoever runs the server."
)


def change_passphrase(person: Person, new_secret: Callable[[], str]) -> None:
    """Locks the keys under another secret. Raises what unlocking raises; then the old one still counts."""
    with person.vault.changing(person.email):
        identity = person.vault.unlock(person.email)
        person.vault.keep(identity, new_secret())


def export_rsa(person: Person, folder: Path, passphrase: str | None, *, force: bool) -> KeyFiles:
    """Writes the RSA key of my identity as `private_key.pem` (mode 0600) and `public_key.pem`.

    Raises `TargetExists`, `FileProblem`, or what unlocking raises.
    """
    refuse_key_files(folder, force=force)
    return write_key_files(folder, person.identity.keys.rsa, passphrase, force=force)
