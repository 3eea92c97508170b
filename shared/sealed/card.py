"""The public card of a person: email and public keys, as exact bytes that their owner signed.

Reading a card here checks its shape only. Whether the signature holds is for clients to find out
(`shared.crypto.identity`); a server that stores cards has no say in it.
"""

import hashlib
from dataclasses import dataclass
from typing import Self

from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

CARD_FORMAT = "sealcase-card/1"
MAX_CARD_BYTES = 16_384
MLKEM_PUBLIC_BYTES = 1_184
_SPKI_BYTES = range(200, 700)

_KEYS = frozenset(("format", "email", "signing_key", "rsa_key", "mlkem_key", "sequence", "previous", "created_at"))


@dataclass(frozen=True, slots=True)
class Card:
    """A card's fields, and `raw`, the bytes that its owner signed."""

    raw: bytes
    email: str
    signing_key: bytes
    """Ed25519 public key, 32 bytes: who the person is."""
    rsa_key: bytes
    """RSA SubjectPublicKeyInfo, DER."""
    mlkem_key: bytes | None
    """ML-KEM-768 public key, 1,184 bytes."""
    sequence: int
    """0 for a person's first card, then one more each time."""
    previous: bytes | None
    """SHA-256 of the previous card's bytes; None for the first."""
    created_at: int

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """The card that `raw` encodes; raises `FormatError`."""
        record = strict_json.loads_object(raw, MAX_CARD_BYTES, "card")
        if record.get("format") != CARD_FORMAT:
            raise FormatError(f"card is not of format {CARD_FORMAT}")
        strict_json.only_keys(record, _KEYS, frozenset(), "card")
        mlkem_key, previous = record["mlkem_key"], record["previous"]
        card = cls(
            raw=raw,
            email=strict_json.text(record, "email", 254),
            signing_key=unb64u(record["signing_key"], "signing_key", 32),
            rsa_key=unb64u(record["rsa_key"], "rsa_key"),
            mlkem_key=None if mlkem_key is None else unb64u(mlkem_key, "mlkem_key", MLKEM_PUBLIC_BYTES),
            sequence=strict_json.integer(record, "sequence"),
            previous=None if previous is None else unb64u(previous, "previous", 32),
            created_at=strict_json.integer(record, "created_at"),
        )
        if len(card.rsa_key) not in _SPKI_BYTES:
            raise FormatError("rsa_key has an impossible length")
        if (card.sequence == 0) != (card.previous is None):
            raise FormatError("a card has a previous one exactly if it is not the first")
        return card

    @property
    def digest(self) -> bytes:
        """SHA-256 of the card's bytes: what the next card names as `previous`."""
        return hashlib.sha256(self.raw).digest()

    @property
    def recipient(self) -> bytes:
        """The 32 bytes that grants to this card carry."""
        return recipient_of(self.rsa_key, self.mlkem_key)


def encode_card(
    *,
    email: str,
    signing_key: bytes,
    rsa_key: bytes,
    mlkem_key: bytes | None,
    sequence: int,
    previous: bytes | None,
    created_at: int,
) -> Card:
    """A new card with the bytes that its owner is about to sign."""
    raw = strict_json.dumps(
        {
            "format": CARD_FORMAT,
            "email": email,
            "signing_key": b64u(signing_key),
            "rsa_key": b64u(rsa_key),
            "mlkem_key": None if mlkem_key is None else b64u(mlkem_key),
            "sequence": sequence,
            "previous": None if previous is None else b64u(previous),
            "created_at": created_at,
        }
    )
    return Card.parse(raw)


def recipient_of(rsa_key: bytes, mlkem_key: bytes | None) -> bytes:
    """SHA-256(ML-KEM public key ‖ RSA SubjectPublicKeyInfo DER), or of the RSA key alone where there is no other."""
    return hashlib.sha256((mlkem_key or b"") + rsa_key).digest()
