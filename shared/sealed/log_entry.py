"""What the key log says of a card: whose it is, for whoever knows their address, and which one it is.

An address must not be readable in the log, and yet its owner must be able to find every card that was ever logged
under it, whatever the server says. So it is hashed slowly: guessing addresses against the log costs as much as asking
the server for the card of each.
"""

import hashlib
from dataclasses import dataclass
from typing import Self

from shared.sealed.card import Card
from shared.sealed.errors import FormatError

_TAG_BYTES = 32
ENTRY_BYTES = 64
_SCRYPT_COST = 1 << 14
_SCRYPT_BLOCKS = 8
_SCRYPT_MEMORY = 64 << 20
"""The most that OpenSSL may take; it takes 16 MiB."""


def address_tag(email: str, origin: str) -> bytes:
    """What stands in the log of `origin` for an address: scrypt (RFC 7914; N 2^14, r 8, p 1), some 40 ms."""
    return hashlib.scrypt(
        email.casefold().encode(),
        salt=origin.encode(),
        n=_SCRYPT_COST,
        r=_SCRYPT_BLOCKS,
        p=1,
        maxmem=_SCRYPT_MEMORY,
        dklen=_TAG_BYTES,
    )


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry, 64 bytes."""

    tag: bytes
    digest: bytes
    """SHA-256 of the card's bytes."""

    @classmethod
    def of(cls, card: Card, origin: str) -> Self:
        return cls(address_tag(card.email, origin), card.digest)

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Raises `FormatError`."""
        if len(raw) != ENTRY_BYTES:
            raise FormatError(f"an entry of the key log has {len(raw)} bytes instead of {ENTRY_BYTES}")
        return cls(raw[:_TAG_BYTES], raw[_TAG_BYTES:])

    @property
    def raw(self) -> bytes:
        return self.tag + self.digest
