"""Keys that come from elsewhere, out of a recovery copy or from another device, take their place in the vault."""

from dataclasses import dataclass

from client.actions.person import Person
from client.errors import Refused
from client.local.log_memory import LogMemory
from shared.crypto.annex import Annex
from shared.crypto.identity import Identity
from shared.sealed.card import Card


@dataclass(frozen=True, slots=True, repr=False)
class Room:
    """Where they will go: everything that has to be asked for was asked for."""

    secret: str
    here: Identity | None
    """What they take the place of."""


def make_room(person: Person) -> Room:
    """Unlocks the keys that are here, or gets a secret for new ones. Raises what the vault raises."""
    vault, email = person.vault, person.email
    if not vault.has(email):
        return Room(vault.new_secret(email), None)
    unlocking = vault.begin_unlocking(email)
    return Room(unlocking.secret(), unlocking.identity())


def move_in(person: Person, identity: Identity, annex: Annex, room: Room) -> None:
    """A crash leaves what was here, or all that came. Keys that were here are kept for reading.

    The caller holds `vault.changing`. Raises `Refused` where other keys, or ones as new as these, have come meanwhile.
    """
    vault = person.vault
    refuse_other_keys(person, identity.card)
    here = room.here
    if vault.has(person.email) and (here is None or vault.card_of(person.email) != here.card):
        raise Refused("another command has just changed your keys; nothing was done. Try again")
    if here is not None:
        annex = annex.joined(vault.annex(here).with_replaced(here.keys))
    vault.keep_annex(identity, annex)
    vault.keep(identity, room.secret)


def know_others(person: Person, contacts: bytes | None, key_log: bytes | None) -> tuple[str, ...]:
    """Adds what came with the keys: contacts, and what was known of the server's key log.

    Returns those whom this machine knows by another key. Raises `FormatError`, `BadSignature`, `FileProblem`.
    """
    if key_log is not None:
        LogMemory(person.paths).take_over(person.session.server, key_log)
    return () if contacts is None else person.contacts.join(contacts)


def refuse_other_keys(person: Person, card: Card) -> None:
    """Keys that are here are replaced only by newer ones of the same person. Raises `Refused`."""
    if not person.vault.has(person.email):
        return
    here = person.vault.card_of(person.email)
    if here.signing_key != card.signing_key:
        raise Refused(
            f"there are other keys of {person.email} on this machine, and nothing was changed. If you are sure that "
            f"you don't need them, move {person.vault.path_of(person.email)} away first"
        )
    if here.sequence >= card.sequence:
        raise Refused(f"these keys of {person.email} are on this machine already; nothing was changed")
