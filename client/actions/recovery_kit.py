"""The recovery kit: made once, renewed with every change of keys; it brings everything back on an empty machine."""

import random
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Literal

from client.actions.keys import my_published_card
from client.actions.move_in import know_others, make_room, move_in, refuse_other_keys
from client.actions.person import Person
from client.errors import ClientError, NotFound, Refused, UntrustedKey
from client.local.log_memory import LogMemory
from client.local.private_files import private_once_done, write_private
from client.local.vault import Vault
from shared.crypto.annex import Annex
from shared.crypto.errors import CryptoError, WrongPassphrase
from shared.crypto.identity import Identity
from shared.crypto.recovery import WORDS, Copy, NoKit, key_of
from shared.sealed.card import Card
from shared.sealed.errors import FormatError

PageForm = Literal["pdf", "png", "text"]
_ASKED_BACK = 3


class OlderCopy(Refused):
    """The copy is older than the keys that others see; nothing was changed."""


class Outcome(Enum):
    """What a restored identity is, compared with the card that the server shows to others."""

    WHOLE = "whole"
    OLDER = "older"
    """The keys were changed after the copy was made: what was sealed since does not open."""


@dataclass(frozen=True, slots=True)
class Restored:
    """Keys that are on this machine again."""

    card: Card
    outcome: Outcome
    contacts: bool
    """Whether contacts came with them, as they were when the copy was made."""
    differing: tuple[str, ...]
    """People whom this machine knew by another key."""


def make_kit(person: Person, words: str, *, checked: bool = True) -> None:
    """From now on `words` bring my keys back; an earlier kit does so no more.

    `checked`: whether its owner has shown that they have the words; if not, `is_unchecked` says so until they do.
    Raises `Refused` where the keys here are not the newest, and what vault or network raise.
    """
    identity = person.identity
    with person.vault.changing(person.email):
        refuse_outdated(person, identity)
        annex = person.vault.annex(identity)
        if annex.begun is not None:
            raise Refused("a change of your keys was interrupted. Finish it first: sealcase key rotate --resume")
        key = key_of(words)
        annex = replace(annex, recovery_key=key, kit_ready=False)
        person.vault.keep_annex(identity, annex)
        if not checked:
            write_private(_unchecked_path(person.vault, person.email), b"")
        person.vault.keep_annex(identity, _store_copy(person, identity, annex, key))
    if checked:
        note_checked(person)


def is_unchecked(vault: Vault, email: str) -> bool:
    """Whether the words of the kit were never asked back: its owner may not have them."""
    return _unchecked_path(vault, email).exists()


def note_checked(person: Person) -> None:
    """Its owner has the words."""
    _unchecked_path(person.vault, person.email).unlink(missing_ok=True)


def asked_back() -> list[int]:
    """Which words to ask for, so that it is known that somebody has them: three positions, from 0, in their order."""
    return sorted(random.SystemRandom().sample(range(WORDS), _ASKED_BACK))


def is_word(words: str, position: int, answer: str) -> bool:
    """Whether that is the word at `position`, from 0; case and blanks around it don't matter."""
    return answer.strip().lower() == words.split()[position]


def save_page(person: Person, words: str, path: Path, form: PageForm) -> None:
    """Writes a kit's page with mode 0600. Raises `FileProblem`."""
    write_private(path, _drawn(person, words, form))


def make_kit_with_page(person: Person, words: str, path: Path, form: PageForm) -> None:
    """Makes the kit, unchecked, and saves its page: a page of an earlier kit stays where this one can't be made.

    Raises what `make_kit` and `save_page` raise.
    """
    with private_once_done(path, _drawn(person, words, form)):
        make_kit(person, words, checked=False)


def words_in_picture(image: Path) -> str:
    """What stands for the words in a photograph of a kit's QR code. Raises `ClientError`, `FileProblem`."""
    from client.local.qr import scan_qr

    for text in scan_qr(image):
        with suppress(NoKit):
            key_of(text)
            return text
    raise ClientError(f"there is no QR code of a recovery kit to be seen in {image}; the words always work, too")


def _drawn(person: Person, words: str, form: PageForm) -> bytes:
    from client.local import kit_page  # pictures are slow to import

    page = kit_page.Page(person.email, person.session.server, words)
    return {"pdf": kit_page.as_pdf, "png": kit_page.as_png, "text": kit_page.as_text}[form](page)


def _unchecked_path(vault: Vault, email: str) -> Path:
    return vault.path_of(email).with_suffix(".kit-unchecked")


def refuse_outdated(person: Person, identity: Identity) -> None:
    """Raises `Refused` where another command, or another device, has changed the keys since: its copy must stay."""
    if person.vault.card_of(person.email) != identity.card:
        raise Refused("another command has just changed your keys; nothing was done. Try again")
    published = my_published_card(person)
    if published is not None and published != identity.card and published.sequence >= identity.card.sequence:
        raise Refused(
            "the keys on this machine are not those that the server shows to others; nothing was done. Bring the newer "
            "ones here first: sealcase key restore, or sealcase device add"
        )


def renew_copy(person: Person, identity: Identity, annex: Annex) -> Annex:
    """Stores the identity and what is kept beside it at the server, if there is a kit; no word is needed for that.

    Where another device has made a newer kit, its copy stays, and this device has none any more.
    """
    if annex.recovery_key is None:
        return annex
    if _is_of_another_kit(person, annex.recovery_key):
        return replace(annex, recovery_key=None, kit_ready=False)
    return _store_copy(person, identity, annex, annex.recovery_key)


def _is_of_another_kit(person: Person, key: bytes) -> bool:
    """Whether the copy at the server is somebody's only hope who has other words. What is damaged is nobody's."""
    try:
        Copy.unlock(person.api.recovery_copy(), key)
    except WrongPassphrase:
        return True
    except (NotFound, CryptoError, FormatError):
        return False
    return False


def _store_copy(person: Person, identity: Identity, annex: Annex, key: bytes) -> Annex:
    ready = replace(annex, kit_ready=True)
    beside = replace(ready, begun=None).lock(identity.signing_key)
    contacts, key_log = person.contacts.packed(), LogMemory(person.paths).packed(person.session.server)
    person.api.store_recovery_copy(Copy(identity, beside, contacts, key_log).lock(key))
    return ready


def restore(person: Person, words: str, *, older: bool = False) -> Restored:
    """Brings my keys back from the copy at the server, and locks them under a new passphrase, or the keyring.

    Everything is checked before anything is written: the copy opens with these words alone, its keys are those of its
    card, and the card is of the person that the server shows to others. Raises `NoKit`, `NotFound` without a copy,
    `WrongPassphrase` for another kit or an exchanged copy, `UntrustedKey`; `Refused` where other keys are here;
    `OlderCopy` where it is older than my newest card and `older` does not allow that.
    """
    key = key_of(words)
    try:
        raw = person.api.recovery_copy()
    except NotFound:
        raise NotFound(
            f"the server has no recovery copy of the keys of {person.email}: no kit was made, or the account was new "
            "when it was. Add this machine from another one (sealcase device add), or begin anew (sealcase key new)"
        ) from None
    copy = Copy.unlock(raw, key)
    identity = copy.identity
    annex = Annex() if copy.annex is None else Annex.unlock(copy.annex, identity.signing_key)
    annex = replace(annex, recovery_key=key, kit_ready=True, begun=None)
    outcome = _compared(person, identity.card)
    if outcome is Outcome.OLDER and not older:
        raise OlderCopy(
            "the copy of your keys is older than the keys that others see: what was sealed for you since would not "
            "open. If you have a machine with the newer keys, add this one from there (sealcase device add). To "
            "restore the older ones all the same: --older. Nothing was changed"
        )
    with person.vault.changing(person.email):
        refuse_other_keys(person, identity.card)
        room = make_room(person)
        differing = know_others(person, copy.contacts, copy.key_log)  # keys come last: who is killed can begin again
        move_in(person, identity, annex, room)
    note_checked(person)
    return Restored(identity.card, outcome, copy.contacts is not None, differing)


def _compared(person: Person, card: Card) -> Outcome:
    """Raises `UntrustedKey` for keys of somebody else."""
    if card.email.casefold() != person.email.casefold():
        raise UntrustedKey(f"this is a copy of the keys of {card.email}, not of {person.email}; nothing was changed")
    published = my_published_card(person)
    if published is not None and published.signing_key != card.signing_key:
        raise UntrustedKey(
            "the words are right, but the server shows others a key under your address that is not in this copy. "
            "Either you made new keys after the kit, or somebody has exchanged one of the two. Nothing was changed"
        )
    older = published is not None and published.sequence > card.sequence
    return Outcome.OLDER if older else Outcome.WHOLE
