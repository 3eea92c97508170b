"""An identity: who a person is (Ed25519) and how files reach them (RSA, ML-KEM). And the card that says so."""

import time
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from shared.crypto.errors import BadKey, BadSignature
from shared.crypto.grants import Reader
from shared.crypto.keys import PrivateKeys, check_rsa_numbers, rsa_spki
from shared.crypto.pem import generate_rsa
from shared.sealed import strict_json
from shared.sealed.card import Card, encode_card
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.strict_json import JsonObject

DEFAULT_RSA_BITS = 3072
_ENCRYPTION_KEYS = frozenset(("rsa_key", "mlkem_key"))
_SECRET_KEYS = _ENCRYPTION_KEYS | {"signing_key"}
MAX_SECRET_BYTES = 16_384


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Private keys, and the card that publishes their public halves."""

    signing_key: Ed25519PrivateKey
    keys: PrivateKeys
    card: Card
    card_signature: bytes
    earlier_recipients: frozenset[bytes] = frozenset()
    """Of all encryption keys that were replaced, whether or not they are still at hand (`keys.earlier`)."""

    @classmethod
    def create(cls, email: str, rsa_bits: int = DEFAULT_RSA_BITS, after: Card | None = None) -> "Identity":
        """A new person: new keys, and the first card; or, where somebody lost their keys, the one `after` their last.

        Raises `BadKey` for an RSA size that the format does not know.
        """
        return cls._with_next_card(email, Ed25519PrivateKey.generate(), generate_rsa(rsa_bits), after)

    def renewed(self, rsa: RSAPrivateKey, after: Card) -> "Identity":
        """The same person with new encryption keys, on the card after `after`. It knows of no earlier ones."""
        return self._with_next_card(self.card.email, self.signing_key, rsa, after)

    @classmethod
    def _with_next_card(
        cls, email: str, signing_key: Ed25519PrivateKey, rsa: RSAPrivateKey, after: Card | None
    ) -> "Identity":
        keys = PrivateKeys(rsa, MLKEM768PrivateKey.generate())
        card = encode_card(
            email=email,
            signing_key=signing_key.public_key().public_bytes_raw(),
            rsa_key=rsa_spki(keys.rsa.public_key()),
            mlkem_key=_mlkem_public(keys),
            sequence=0 if after is None else after.sequence + 1,
            previous=None if after is None else after.digest,
            created_at=int(time.time()),
        )
        return cls(signing_key, keys, card, sign_card(card, signing_key))

    @property
    def reader(self) -> Reader:
        """Who I am when a file's signatures are checked."""
        return Reader(self.card.signing_key, self.earlier_recipients)

    def encode_secret(self) -> bytes:
        """The private keys as JSON: Ed25519 seed, RSA PKCS#8 DER, ML-KEM seed, each base64url. Encrypt it at once."""
        signing_key = b64u(self.signing_key.private_bytes_raw())
        return strict_json.dumps({"signing_key": signing_key, **encode_keys(self.keys)})

    @classmethod
    def decode_secret(cls, secret: bytes, card: Card, card_signature: bytes) -> "Identity":
        """The identity whose private keys are `secret`.

        Raises `FormatError` or `BadKey`, also if the public keys, computed again, are not those of the card.
        """
        record = strict_json.loads_object(secret, MAX_SECRET_BYTES, "the private keys")
        strict_json.only_keys(record, _SECRET_KEYS, frozenset(), "the private keys")
        try:
            signing_key = Ed25519PrivateKey.from_private_bytes(unb64u(record["signing_key"], "signing_key", 32))
        except ValueError:
            raise BadKey("the identity holds a damaged private key") from None
        keys = decode_keys({name: record[name] for name in _ENCRYPTION_KEYS})
        identity = cls(signing_key, keys, card, card_signature)
        rsa_key = rsa_spki(keys.rsa.public_key())
        if (signing_key.public_key().public_bytes_raw(), rsa_key, _mlkem_public(keys)) != (
            card.signing_key,
            card.rsa_key,
            card.mlkem_key,
        ):
            raise BadKey("the identity's private keys do not belong to its card: the file was altered")
        return identity


def encode_keys(keys: PrivateKeys) -> JsonObject:
    """Private encryption keys for JSON: RSA PKCS#8 DER, ML-KEM seed. Encrypt it at once."""
    rsa = keys.rsa.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {"rsa_key": b64u(rsa), "mlkem_key": None if keys.mlkem is None else b64u(keys.mlkem.private_bytes_raw())}


def decode_keys(record: JsonObject) -> PrivateKeys:
    """What `encode_keys` wrote. Raises `FormatError` or `BadKey`."""
    strict_json.only_keys(record, _ENCRYPTION_KEYS, frozenset(), "the private keys")
    seed = record["mlkem_key"]
    try:
        rsa = load_der_private_key(unb64u(record["rsa_key"], "rsa_key"), None, unsafe_skip_rsa_key_validation=True)
        mlkem = None if seed is None else MLKEM768PrivateKey.from_seed_bytes(unb64u(seed, "mlkem_key", 64))
    except ValueError:
        raise BadKey("the identity holds a damaged private key") from None
    if not isinstance(rsa, RSAPrivateKey):
        raise BadKey("the identity's RSA key is not RSA")
    check_rsa_numbers(rsa)
    return PrivateKeys(rsa, mlkem)


def sign_card(card: Card, signing_key: Ed25519PrivateKey) -> bytes:
    """Ed25519 over "sealcase/1 card" ‖ 0x00 ‖ the card's bytes."""
    return signing_key.sign(_signed_bytes(card))


def verify_card(raw: bytes, signature: bytes) -> Card:
    """The card, if the key in it signed it. Raises `FormatError` or `BadSignature`.

    Whether that key is the right person's is another question, which pins and safety numbers answer.
    """
    card = Card.parse(raw)
    try:
        Ed25519PublicKey.from_public_bytes(card.signing_key).verify(signature, _signed_bytes(card))
    except (InvalidSignature, ValueError):
        raise BadSignature(f"the card of {card.email} is not signed by its own key: it was altered") from None
    return card


def _signed_bytes(card: Card) -> bytes:
    return b"sealcase/1 card\0" + card.raw


def _mlkem_public(keys: PrivateKeys) -> bytes | None:
    return None if keys.mlkem is None else keys.mlkem.public_key().public_bytes_raw()
