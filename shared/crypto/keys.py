"""Keys that a file can be sealed to, and keys that open it."""

from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from shared.crypto.errors import BadKey
from shared.sealed.card import Card, recipient_of
from shared.sealed.grant import GrantType

RSA_BITS = (2048, 3072, 4096)


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """Public keys of one recipient: RSA alone (a PEM file), or with ML-KEM beside it (a card)."""

    rsa: RSAPublicKey
    mlkem: MLKEM768PublicKey | None = None

    def __post_init__(self) -> None:
        check_rsa_size(self.rsa.key_size)

    @classmethod
    def of_card(cls, card: Card) -> "RecipientKey":
        """The encryption keys of a card whose signature was verified before. Raises `BadKey`."""
        try:
            rsa = load_der_public_key(card.rsa_key)
            mlkem = None if card.mlkem_key is None else MLKEM768PublicKey.from_public_bytes(card.mlkem_key)
        except (ValueError, UnsupportedAlgorithm):
            raise BadKey(f"the card of {card.email} holds a damaged key") from None
        if not isinstance(rsa, RSAPublicKey):
            raise BadKey(f"the card of {card.email} holds a key that is not RSA")
        if rsa_spki(rsa) != card.rsa_key:
            raise BadKey(f"the card of {card.email} spells its RSA key in an unusual way: it would name nobody")
        return cls(rsa, mlkem)

    @property
    def grant_type(self) -> GrantType:
        """A recipient with an ML-KEM key never gets a plain RSA grant.

        The one exception is a drop box's page in a browser that lacks ML-KEM; that grant is made there.
        """
        return GrantType.RSA if self.mlkem is None else GrantType.HYBRID

    @property
    def recipient(self) -> bytes:
        """The 32 bytes by which a grant names this key."""
        return recipient_of(rsa_spki(self.rsa), None if self.mlkem is None else self.mlkem.public_bytes_raw())


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKeys:
    """Private keys of one recipient."""

    rsa: RSAPrivateKey
    mlkem: MLKEM768PrivateKey | None = None
    earlier: tuple["PrivateKeys", ...] = ()
    """What the same person had before: it opens, and nothing is sealed to it any more."""

    def recipients(self) -> dict[tuple[GrantType, bytes], "PrivateKeys"]:
        """Every (grant type, recipient) that these keys open. An identity's RSA key works as a plain PEM key too."""
        opens: dict[tuple[GrantType, bytes], PrivateKeys] = {}
        for keys in (*self.earlier, self):
            plain = PrivateKeys(keys.rsa)
            opens[GrantType.RSA, plain.public.recipient] = plain
            if keys.mlkem is not None:
                opens[GrantType.HYBRID, keys.public.recipient] = keys
        return opens

    @property
    def alone(self) -> "PrivateKeys":
        """Without the earlier ones."""
        return PrivateKeys(self.rsa, self.mlkem)

    @property
    def public(self) -> RecipientKey:
        return RecipientKey(self.rsa.public_key(), None if self.mlkem is None else self.mlkem.public_key())


def rsa_spki(key: RSAPublicKey) -> bytes:
    """SubjectPublicKeyInfo, DER."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check_rsa_size(bits: int) -> None:
    """Raises `BadKey` for RSA sizes that the format does not know."""
    if bits not in RSA_BITS:
        raise BadKey(f"an RSA key of {bits} bits can't be used here; {', '.join(map(str, RSA_BITS))} bits can")


def check_rsa_numbers(key: RSAPrivateKey) -> None:
    """Raises `BadKey` unless the private key's numbers belong together (RFC 8017, section 3.2): it was damaged.

    Keys are loaded without the library's own validation, which tests both primes for primality and takes longer than
    opening a hundred megabytes. That test finds keys that somebody made wrong on purpose; who opens a file with a key
    has made that key, or was given it by somebody who can open the file as well.
    """
    numbers = key.private_numbers()
    p, q, d, e, n = numbers.p, numbers.q, numbers.d, numbers.public_numbers.e, numbers.public_numbers.n
    consistent = (
        p * q == n
        and p > 1 < q
        and e > 1
        and e * numbers.dmp1 % (p - 1) == 1
        and e * numbers.dmq1 % (q - 1) == 1
        and d % (p - 1) == numbers.dmp1
        and d % (q - 1) == numbers.dmq1
        and q * numbers.iqmp % p == 1
    )
    if not consistent:
        raise BadKey("the private key is damaged: its numbers do not belong together")
