"""What is known of one other person: their key, how far to trust it, and what became of earlier ones."""

from dataclasses import dataclass, replace
from enum import Enum

from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError


class Trust(Enum):
    """What is known about the key that signed a file, in words."""

    OWN = "you"
    VERIFIED = "verified"
    UNCHECKED = "signed by a key you have not checked"
    CHANGED = "signed, but that key changed"
    UNSIGNED = "unsigned"
    VIA_BOX = "unsigned, via your drop box"
    OLD_FORMAT = "unsigned (old format)"


@dataclass(frozen=True, slots=True)
class Refused:
    """A card that did not follow the one we knew; it waits for its owner to be verified, or to be accepted unseen."""

    signing_key: bytes
    sequence: int
    digest: bytes
    seen_at: int
    """Unix seconds, as all times here: when it was first shown to us."""


@dataclass(frozen=True, slots=True)
class EarlierKey:
    """A signing key that was once a contact's, until another was accepted in its place."""

    signing_key: bytes
    first_met: int
    verified_at: int | None
    until: int


@dataclass(frozen=True, slots=True)
class Contact:
    """What we know of a person: the newest of their cards that we have seen, and how far to trust it."""

    signing_key: bytes
    sequence: int
    digest: bytes
    """SHA-256 of that card's bytes."""
    first_met: int
    """When we first saw this signing key."""
    verified_at: int | None = None
    """When its owner was verified; None: not checked."""
    refused: Refused | None = None
    earlier: tuple[EarlierKey, ...] = ()

    @property
    def other_keys(self) -> frozenset[bytes]:
        """Signing keys that were theirs once, or that were shown as theirs and refused."""
        refused = () if self.refused is None else (self.refused.signing_key,)
        return frozenset((*refused, *(key.signing_key for key in self.earlier)))

    def trust_in(self, signer: bytes) -> Trust:
        """What to think of a file that `signer` signed, and that is said to be from this person."""
        if signer != self.signing_key:
            return Trust.CHANGED
        return Trust.UNCHECKED if self.verified_at is None else Trust.VERIFIED


def joint(one: Contact, other: Contact) -> Contact | None:
    """What two devices of mine know of a person together; None where they know different keys."""
    if one.signing_key != other.signing_key:
        if other.signing_key in {key.signing_key for key in one.earlier}:
            return one
        return other if one.signing_key in {key.signing_key for key in other.earlier} else None
    newer = max(one, other, key=lambda each: each.sequence)
    verified = [each.verified_at for each in (one, other) if each.verified_at is not None]
    return replace(
        newer,
        first_met=min(one.first_met, other.first_met),
        verified_at=min(verified, default=None),
        refused=one.refused or other.refused,
        earlier=max(one.earlier, other.earlier, key=len),
    )


def to_json(contact: Contact) -> strict_json.JsonObject:
    """How a contact is kept."""
    refused = contact.refused
    return {
        "signing_key": b64u(contact.signing_key),
        "sequence": contact.sequence,
        "card": b64u(contact.digest),
        "first_met": contact.first_met,
        "verified_at": contact.verified_at,
        "refused": None
        if refused is None
        else {
            "signing_key": b64u(refused.signing_key),
            "sequence": refused.sequence,
            "card": b64u(refused.digest),
            "seen_at": refused.seen_at,
        },
        "earlier": [
            {
                "signing_key": b64u(key.signing_key),
                "first_met": key.first_met,
                "verified_at": key.verified_at,
                "until": key.until,
            }
            for key in contact.earlier
        ],
    }


def parse_contact(record: strict_json.JsonObject) -> Contact:
    """What `to_json` made. Raises `FormatError`."""
    refused = record.get("refused")
    earlier = record.get("earlier")
    if not isinstance(earlier, list):
        raise FormatError("earlier is not an array")
    return Contact(
        unb64u(record.get("signing_key"), "signing_key", 32),
        strict_json.integer(record, "sequence"),
        unb64u(record.get("card"), "card", 32),
        strict_json.integer(record, "first_met"),
        strict_json.optional(record, "verified_at", strict_json.integer),
        None if refused is None else _parsed_refused(strict_json.as_object(refused, "refused")),
        tuple(_parsed_earlier(strict_json.as_object(each, "an earlier key")) for each in earlier),
    )


def _parsed_refused(record: strict_json.JsonObject) -> Refused:
    return Refused(
        unb64u(record.get("signing_key"), "signing_key", 32),
        strict_json.integer(record, "sequence"),
        unb64u(record.get("card"), "card", 32),
        strict_json.integer(record, "seen_at"),
    )


def _parsed_earlier(record: strict_json.JsonObject) -> EarlierKey:
    return EarlierKey(
        unb64u(record.get("signing_key"), "signing_key", 32),
        strict_json.integer(record, "first_met"),
        strict_json.optional(record, "verified_at", strict_json.integer),
        strict_json.integer(record, "until"),
    )
