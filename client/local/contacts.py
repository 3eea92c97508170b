"""Whom this person has met: a pin on everybody's signing key, set at first contact."""

from dataclasses import dataclass
from enum import Enum

from client.errors import FileProblem, UntrustedKey
from client.local.paths import Paths
from client.local.private_files import locked, read_private, write_private
from shared.crypto.safety import fingerprint
from shared.sealed import strict_json
from shared.sealed.card import Card
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

_FORMAT = "sealcase-contacts/1"
_MAX_BYTES = 64 << 20


class Trust(Enum):
    """What is known about the key that signed a file, in words."""

    OWN = "you"
    UNCHECKED = "signed by a key you have not checked"
    CHANGED = "signed, but that key changed"
    UNSIGNED = "unsigned"
    OLD_FORMAT = "unsigned (old format)"


@dataclass(frozen=True, slots=True)
class Pin:
    """The newest card of a person that we have seen."""

    signing_key: bytes
    sequence: int
    digest: bytes
    """SHA-256 of that card's bytes."""


class Contacts:
    """Pins by email address, in one file."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.contacts

    def find(self, email: str) -> Pin | None:
        return self._load().get(email.casefold())

    def meet(self, card: Card) -> bool:
        """Pins a card whose signature was verified; True if this is the first we see of that person.

        Raises `UntrustedKey` if the signing key changed, the sequence goes back, or the chain was forked.
        """
        email = card.email.casefold()
        with locked(self._path):  # two commands that meet somebody at once keep both pins
            pins = self._load()
            known = pins.get(email)
            if known is not None:
                _check_successor(known, card)
                if known.digest == card.digest:
                    return False
            pins[email] = Pin(card.signing_key, card.sequence, card.digest)
            self._save(pins)
        return known is None

    def _load(self) -> dict[str, Pin]:
        raw = read_private(self._path)
        if raw is None:
            return {}
        try:
            record = strict_json.loads_object(raw, _MAX_BYTES, "the contacts file")
            people = strict_json.as_object(record.get("contacts"), "contacts")
            return {email: _parse_pin(strict_json.as_object(pin, "contact")) for email, pin in people.items()}
        except FormatError as error:
            raise FileProblem(
                f"the contacts file {self._path} is damaged ({error}). It says whose keys you know: put back a copy "
                "of it, or move it away to begin anew"
            ) from None

    def _save(self, pins: dict[str, Pin]) -> None:
        people = {
            email: {"signing_key": b64u(pin.signing_key), "sequence": pin.sequence, "card": b64u(pin.digest)}
            for email, pin in pins.items()
        }
        write_private(self._path, strict_json.dumps({"format": _FORMAT, "contacts": people}))


def _parse_pin(record: strict_json.JsonObject) -> Pin:
    return Pin(
        unb64u(record.get("signing_key"), "signing_key", 32),
        strict_json.integer(record, "sequence"),
        unb64u(record.get("card"), "card", 32),
    )


def _check_successor(known: Pin, card: Card) -> None:
    if card.signing_key != known.signing_key:
        raise UntrustedKey(
            f"the key of {card.email} is not the one you knew. It was {fingerprint(known.signing_key)}, the server "
            f"now says {fingerprint(card.signing_key)}. Perhaps they set up Sealcase anew; perhaps somebody sits "
            "between you. Nothing was sent. Ask them in person, or by telephone, before you go on."
        )
    went_back = card.sequence < known.sequence
    forked = card.sequence == known.sequence and card.digest != known.digest
    broken = card.sequence == known.sequence + 1 and card.previous != known.digest
    if went_back or forked or broken:
        raise UntrustedKey(
            f"the server shows a card of {card.email} that does not follow the one you knew. Nothing was sent. "
            "The server may be restored from an old backup, or it may be lying: ask whoever runs it."
        )
