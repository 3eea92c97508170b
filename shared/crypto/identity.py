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

DEFAULT_RSA_BITS = 3072
_SECRET_KEYS = frozenset(("signing_key", "rsa_key", "mlkem_key"))
MAX_SECRET_BYTES = 16_384


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Private keys, and the card that publishes their public halves."""

    signing_key: Ed25519PrivateKey
    keys: PrivateKeys
    card: Card
    card_signature: bytes

    @classmethod
    def create(cls, email: str, rsa_bits: int = DEFAULT_RSA_BITS) -> "Identity":
        """A new person: new keys, and the first card of a new chain."""
        signing_key = Ed25519PrivateKey.generate()
        keys = PrivateKeys(generate_rsa(rsa_bits), MLKEM768PrivateKey.generate())
        card = encode_card(
            email=email,
            signing_key=signing_key.public_key().public_bytes_raw(),
            rsa_key=rsa_spki(keys.rsa.public_key()),
            mlkem_key=_mlkem_public(keys),
            sequence=0,
            previous=None,
            created_at=int(time.time()),
        )
        return cls(signing_key, keys, card, sign_card(card, signing_key))

    @property
    def reader(self) -> Reader:
        """Who I am when a file's signatures are checked."""
        return Reader(self.card.signing_key, frozenset())

    def encode_secret(self) -> bytes:
        """The private keys as JSON: Ed25519 seed, RSA PKCS#8 DER, ML-KEM seed, each base64url. Encrypt it at once."""
        rsa = self.keys.rsa.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        mlkem = self.keys.mlkem
        return strict_json.dumps(
            {
                "signing_key": b64u(self.signing_key.private_bytes_raw()),
                "rsa_key": b64u(rsa),
                "mlkem_key": None if mlkem is None else b64u(mlkem.private_bytes_raw()),
            }
        )

    @classmethod
    def decode_secret(cls, secret: bytes, card: Card, card_signature: bytes) -> "Identity":
        """The identity whose private keys are `secret`.

        Raises `FormatError` or `BadKey`, also if the public keys, computed again, are not those of the card.
        """
        record = strict_json.loads_object(secret, MAX_SECRET_BYTES, "the private keys")
        strict_json.only_keys(record, _SECRET_KEYS, frozenset(), "the private keys")
        mlkem_seed = record["mlkem_key"]
        try:
            signing_key = Ed25519PrivateKey.from_private_bytes(unb64u(record["signing_key"], "signing_key", 32))
            rsa = load_der_private_key(unb64u(record["rsa_key"], "rsa_key"), None, unsafe_skip_rsa_key_validation=True)
            mlkem = None
            if mlkem_seed is not None:
                mlkem = MLKEM768PrivateKey.from_seed_bytes(unb64u(mlkem_seed, "mlkem_key", 64))
        except ValueError:
            raise BadKey("the identity holds a damaged private key") from None
        if not isinstance(rsa, RSAPrivateKey):
            raise BadKey("the identity's RSA key is not RSA")
        check_rsa_numbers(rsa)
        identity = cls(signing_key, PrivateKeys(rsa, mlkem), card, card_signature)
        public = (signing_key.public_key().public_bytes_raw(), rsa_spki(rsa.public_key()), _mlkem_public(identity.keys))
        if public != (card.signing_key, card.rsa_key, card.mlkem_key):
            raise BadKey("the identity's private keys do not belong to its card: the file was altered")
        return identity


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
