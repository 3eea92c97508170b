"""ML-KEM-768 beside RSA-OAEP: the wrapping key holds as long as either of the two does.

The combiner is the one of draft-ietf-lamps-pq-composite-kem (MLKEM768-RSA2048/3072/4096-SHA3-256).
"""

import hashlib
import secrets
import uuid

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.crypto.errors import WrongKey
from shared.crypto.kdf import hkdf
from shared.crypto.rsa_oaep import rsa_decrypt, rsa_encrypt

MLKEM_CIPHERTEXT_BYTES = 1_088
_SHARED_SECRET_BYTES = 32


def combine(mlkem_secret: bytes, rsa_secret: bytes, rsa_ciphertext: bytes, rsa_key: RSAPublicKey) -> bytes:
    """SHA3-256(mlkemSS ‖ rsaSS ‖ rsaCT ‖ RSAPublicKey PKCS#1 DER ‖ label): 32 bytes (composite-kem, section 3.4)."""
    pkcs1 = rsa_key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    label = f"MLKEM768-RSAOAEP{rsa_key.key_size}".encode("ascii")
    return hashlib.sha3_256(mlkem_secret + rsa_secret + rsa_ciphertext + pkcs1 + label).digest()


def wrap(
    secret: bytes, mlkem_key: MLKEM768PublicKey, rsa_key: RSAPublicKey, file_id: uuid.UUID, recipient: bytes
) -> bytes:
    """mlkemCT ‖ rsaCT ‖ AES-KW(K, secret) for the holder of both keys."""
    mlkem_secret, mlkem_ciphertext = mlkem_key.encapsulate()
    rsa_secret = secrets.token_bytes(_SHARED_SECRET_BYTES)
    rsa_ciphertext = rsa_encrypt(rsa_key, rsa_secret)
    shared = combine(mlkem_secret, rsa_secret, rsa_ciphertext, rsa_key)
    return mlkem_ciphertext + rsa_ciphertext + aes_key_wrap(_wrapping_key(shared, file_id, recipient), secret)


def unwrap(
    wrapped: bytes, mlkem_key: MLKEM768PrivateKey, rsa_key: RSAPrivateKey, file_id: uuid.UUID, recipient: bytes
) -> bytes:
    """The secret behind `wrap`; every failure is `WrongKey`."""
    rsa_end = MLKEM_CIPHERTEXT_BYTES + rsa_key.key_size // 8
    mlkem_ciphertext, rsa_ciphertext = wrapped[:MLKEM_CIPHERTEXT_BYTES], wrapped[MLKEM_CIPHERTEXT_BYTES:rsa_end]
    try:
        mlkem_secret = mlkem_key.decapsulate(mlkem_ciphertext)
        shared = combine(mlkem_secret, rsa_decrypt(rsa_key, rsa_ciphertext), rsa_ciphertext, rsa_key.public_key())
        return aes_key_unwrap(_wrapping_key(shared, file_id, recipient), wrapped[rsa_end:])
    except (ValueError, InvalidUnwrap):
        raise WrongKey from None


def _wrapping_key(shared: bytes, file_id: uuid.UUID, recipient: bytes) -> bytes:
    return hkdf(shared, file_id.bytes, b"sealcase/1 wrap\0" + recipient)
