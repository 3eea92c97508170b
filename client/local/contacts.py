"""Whom this person has met: a pin on everybody's signing key, set at first contact, and what became of it."""

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from client.errors import FileProblem, NotFound, UntrustedKey
from client.local.contact import Contact, EarlierKey, Refused, joint, parse_contact, to_json
from client.local.contact import Trust as Trust
from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from shared.crypto.safety import fingerprint
from shared.sealed import strict_json
from shared.sealed.card import Card
from shared.sealed.errors import FormatError

_FORMAT = "sealcase-contacts/1"
_MAX_BYTES = 64 << 20
_OR_ACCEPT = "If you know why, and go on all the same: sealcase contacts accept "


class KeyChanged(UntrustedKey):
    """A card does not follow the one that was known. Whoever is asked may say that it is right all the same."""


class Contacts:
    """Contacts by email address, in one file."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.contacts

    def find(self, email: str) -> Contact | None:
        return self._load().get(email.casefold())

    def everybody(self) -> dict[str, Contact]:
        """All contacts by email address, in alphabetical order."""
        return dict(sorted(self._load().items()))

    def owner_of(self, signing_key: bytes) -> tuple[str, Contact] | None:
        """Whose key it is, or was, or was said to be."""
        everybody = self._load().items()
        now = (found for found in everybody if found[1].signing_key == signing_key)
        once = (found for found in everybody if signing_key in found[1].other_keys)
        return next(now, None) or next(once, None)

    def meet(self, chain: Sequence[Card]) -> bool:
        """Pins the last of some cards of one person, whose signatures were verified; True if they are new to us.

        `chain` leads there from the card that we know, or from any before it; from their first one if we know none.
        Raises `KeyChanged` if the signing key changed, the sequence goes back, or the chain was forked or has gaps:
        what was shown is remembered, and what we knew is unchanged. Raises `UntrustedKey` if even the first cards that
        we see of somebody do not fit together.
        """
        card = chain[-1]
        email = card.email.casefold()
        with locked(self._path):  # two commands that meet somebody at once keep both pins
            contacts = self._load()
            known = contacts.get(email)
            if known is None:
                _check_first(chain)
                contacts[email] = Contact(card.signing_key, card.sequence, card.digest, _now())
            elif known.digest == card.digest:
                return False
            elif reason := _why_not(known, chain):
                contacts[email] = replace(known, refused=_refused(known, card))
                self._save(contacts)
                raise KeyChanged(reason)
            else:
                contacts[email] = replace(known, sequence=card.sequence, digest=card.digest)
            self._save(contacts)
        return known is None

    def accept(self, card: Card, *, verified: bool) -> Contact:
        """Pins a card because its owner says so, whatever was known before; the key that it replaces is remembered.

        `verified`: whether the safety numbers were compared. A key that had been verified stays so.
        """
        email, now = card.email.casefold(), _now()
        with locked(self._path):
            contacts = self._load()
            known = contacts.get(email)
            if known is not None and known.signing_key == card.signing_key:
                first_met, verified_at, earlier = known.first_met, known.verified_at, known.earlier
            else:
                first_met, verified_at, earlier = now, None, _with(known, now)
            contacts[email] = Contact(
                card.signing_key,
                card.sequence,
                card.digest,
                first_met,
                now if verified else verified_at,
                None,
                earlier,
            )
            self._save(contacts)
            return contacts[email]

    def verify(self, email: str) -> None:
        """The signing key that is known was compared with its owner; the card that is known stays what it is.

        Raises `NotFound`.
        """
        with locked(self._path):
            contacts = self._load()
            known = contacts.get(email.casefold())
            if known is None:
                raise NotFound(f"{email} is none of your contacts; `sealcase contacts ls` shows them")
            self._save({**contacts, email.casefold(): replace(known, verified_at=_now())})

    def packed(self) -> bytes | None:
        """All of them, for another device of mine; None where nobody is known. Raises `FileProblem`."""
        everybody = self._load()
        return _packed(everybody) if everybody else None

    def join(self, packed: bytes) -> tuple[str, ...]:
        """Adds whom another device of mine knows.

        Returns those whom the two know by different keys: they stay as they are here. Raises `FormatError`.
        """
        theirs = _unpacked(packed)
        with locked(self._path):
            mine = self._load()
            joined = {email: joint(mine[email], each) if email in mine else each for email, each in theirs.items()}
            self._save({**mine, **{email: each for email, each in joined.items() if each is not None}})
        return tuple(sorted(email for email, each in joined.items() if each is None))

    def forget(self, email: str) -> None:
        """Lets go of all that is known of a person: the next card that the server shows is taken as it is.

        Raises `NotFound`.
        """
        with locked(self._path):
            contacts = self._load()
            if contacts.pop(email.casefold(), None) is None:
                raise NotFound(f"{email} is none of your contacts; `sealcase contacts ls` shows them")
            self._save(contacts)

    def _load(self) -> dict[str, Contact]:
        raw = read_private(self._path)
        if raw is None:
            return {}
        try:
            return _unpacked(raw)
        except FormatError as error:
            raise FileProblem(
                f"the contacts file {self._path} is damaged ({error}). It says whose keys you know: put back a copy "
                "of it, or move it away to begin anew"
            ) from None

    def _save(self, contacts: dict[str, Contact]) -> None:
        write_private(self._path, _packed(contacts))


def _packed(contacts: dict[str, Contact]) -> bytes:
    people = {email: to_json(contact) for email, contact in contacts.items()}
    return strict_json.dumps({"format": _FORMAT, "contacts": people})


def _unpacked(raw: bytes) -> dict[str, Contact]:
    """What `_packed` made. Raises `FormatError`."""
    record = strict_json.loads_object(raw, _MAX_BYTES, "the contacts file")
    people = strict_json.as_object(record.get("contacts"), "contacts")
    return {email: parse_contact(strict_json.as_object(each, "contact")) for email, each in people.items()}


def _now() -> int:
    return int(time.time())


def _with(known: Contact | None, now: int) -> tuple[EarlierKey, ...]:
    """The earlier keys of a contact whose key is about to be replaced."""
    if known is None:
        return ()
    return (*known.earlier, EarlierKey(known.signing_key, known.first_met, known.verified_at, now))


def _refused(known: Contact, card: Card) -> Refused:
    """What to remember of a card that was refused; the same one again is no news."""
    if known.refused is not None and known.refused.digest == card.digest:
        return known.refused
    return Refused(card.signing_key, card.sequence, card.digest, _now())


def _check_first(chain: Sequence[Card]) -> None:
    """Raises `UntrustedKey` unless these are all cards of a person whom we don't know, the first one first.

    Somebody who lost their keys goes on with others in the same chain: whose they are is unknown either way.
    """
    first = chain[0]
    if first.sequence != 0 or not all(_follows(card, before) for before, card in pairwise(chain)):
        raise UntrustedKey(
            f"the cards of {chain[-1].email} do not follow one another as they should. Nothing was sent. "
            "The server may be damaged, or it may be lying: ask whoever runs it."
        )


def _why_not(known: Contact, chain: Sequence[Card]) -> str | None:
    """Why the last card of `chain` can't be taken for a newer one of the same person; None if it can."""
    card = chain[-1]
    if card.signing_key != known.signing_key:
        return (
            f"the key of {card.email} is not the one you knew. It was {fingerprint(known.signing_key)}, the server "
            f"now says {fingerprint(card.signing_key)}. Perhaps they set up Sealcase anew; perhaps somebody sits "
            "between you. Nothing was sent. Ask them in person, or by telephone, then compare your safety numbers: "
            f"sealcase contacts verify {card.email}. {_OR_ACCEPT}{card.email}"
        )
    since = [each for each in chain if each.sequence > known.sequence]
    forked = any(each.sequence == known.sequence and each.digest != known.digest for each in chain)
    follows = bool(since) and since[0].sequence == known.sequence + 1 and since[0].previous == known.digest
    whole = all(_follows(each, before) for before, each in pairwise(since))
    same_key = all(each.signing_key == known.signing_key for each in since)
    if follows and whole and same_key and not forked:
        return None
    return (
        f"the server shows a card of {card.email} that does not follow the one you knew. Nothing was sent. "
        "The server may be restored from an old backup, or it may be lying: ask whoever runs it. "
        f"{_OR_ACCEPT}{card.email}"
    )


def _follows(card: Card, before: Card) -> bool:
    return card.sequence == before.sequence + 1 and card.previous == before.digest
