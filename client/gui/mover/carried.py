"""Unlocked keys as bytes, for the pipe between two processes of the same person. Never to be written anywhere else."""

from dataclasses import dataclass, replace
from typing import Self

from shared.crypto.identity import Identity, decode_keys, encode_keys
from shared.crypto.keys import PrivateKeys
from shared.sealed import strict_json
from shared.sealed.card import Card

_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True, repr=False)
class CarriedKeys:
    """Private encryption keys in the clear: the current ones, then all earlier ones."""

    texts: tuple[bytes, ...]

    @classmethod
    def of(cls, keys: PrivateKeys) -> Self:
        return cls(tuple(strict_json.dumps(encode_keys(each)) for each in (keys, *keys.earlier)))

    def keys(self) -> PrivateKeys:
        """Raises `FormatError` or `BadKey` for what `of` did not write."""
        current, *earlier = (
            decode_keys(strict_json.loads_object(text, _MOST_BYTES, "the private keys")) for text in self.texts
        )
        return PrivateKeys(current.rsa, current.mlkem, tuple(earlier))


@dataclass(frozen=True, slots=True, repr=False)
class CarriedIdentity:
    """Somebody's identity in the clear."""

    secret: bytes
    card: bytes
    card_signature: bytes
    keys: CarriedKeys
    earlier_recipients: frozenset[bytes]

    @classmethod
    def of(cls, identity: Identity) -> Self:
        return cls(
            identity.encode_secret(),
            identity.card.raw,
            identity.card_signature,
            CarriedKeys.of(identity.keys),
            identity.earlier_recipients,
        )

    def identity(self) -> Identity:
        """Raises `FormatError` or `BadKey` for what `of` did not write."""
        identity = Identity.decode_secret(self.secret, Card.parse(self.card), self.card_signature)
        return replace(identity, keys=self.keys.keys(), earlier_recipients=self.earlier_recipients)
