"""Plain PEM keys, as other tools make and read them."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from shared.crypto.errors import BadKey, WrongPassphrase
from shared.crypto.keys import PrivateKeys, RecipientKey, check_rsa_numbers, check_rsa_size

MAX_PEM_BYTES = 65_536


def generate_rsa(bits: int) -> RSAPrivateKey:
    """A new RSA key of 2048, 3072 or 4096 bits. Raises `BadKey` for other sizes."""
    check_rsa_size(bits)
    return generate_private_key(65_537, bits)


def encode_private_pem(key: RSAPrivateKey, passphrase: bytes | None) -> bytes:
    """PKCS#8; with a passphrase PBES2: AES-256-CBC under PBKDF2-HMAC-SHA-256 with 600,000 rounds (RFC 8018)."""
    if passphrase is None:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    from shared.crypto import pbes2  # its ASN.1 is slow to import, and only key generation needs it

    return pbes2.encrypt(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), passphrase)


def encode_public_pem(key: RSAPublicKey) -> bytes:
    """SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def is_encrypted_pem(pem: bytes) -> bool:
    """Whether a passphrase must be asked for."""
    return b"ENCRYPTED" in pem


def load_private_pem(pem: bytes, passphrase: bytes | None) -> PrivateKeys:
    """Raises `BadKey` for anything but an RSA private key, `WrongPassphrase` for a wrong or missing one."""
    if is_encrypted_pem(pem) != (passphrase is not None):
        raise WrongPassphrase("the private key needs its passphrase" if passphrase is None else "it has no passphrase")
    try:
        key = load_pem_private_key(pem, passphrase, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: an empty passphrase, or one for an open key
        if passphrase is not None:
            raise WrongPassphrase("the passphrase does not open this private key") from None
        raise BadKey("this is not a PEM private key") from None
    if not isinstance(key, RSAPrivateKey):
        raise BadKey("this private key is not RSA")
    check_rsa_size(key.key_size)
    check_rsa_numbers(key)
    return PrivateKeys(key)


def load_public_pem(pem: bytes) -> RecipientKey:
    """Raises `BadKey` for anything but an RSA public key."""
    if b"PRIVATE KEY" in pem:
        raise BadKey("this is a private key: never give it away; seal to the public_key.pem beside it")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("this is not a PEM public key") from None
    if not isinstance(key, RSAPublicKey):
        raise BadKey("this public key is not RSA")
    return RecipientKey(key)
