"""RSA-OAEP (RFC 8017, section 7.1) with SHA-256, MGF1-SHA-256 and an empty label."""

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from shared.crypto.errors import WrongKey


def rsa_encrypt(key: RSAPublicKey, secret: bytes) -> bytes:
    return key.encrypt(secret, _oaep())


def rsa_decrypt(key: RSAPrivateKey, ciphertext: bytes) -> bytes:
    """The secret; every failure is `WrongKey`, without a hint at what failed (Bleichenbacher, Manger)."""
    try:
        return key.decrypt(ciphertext, _oaep())
    except ValueError:
        raise WrongKey from None


def _oaep() -> OAEP:
    return OAEP(MGF1(SHA256()), SHA256(), None)
