"""PKCS#8 under a passphrase with PBES2 (RFC 8018, section 6.2), at a cost that suits keys at rest.

`cryptography` writes such files with 2,048 rounds of PBKDF2 and offers no more, so the DER is put together here from
its own PBKDF2, AES-CBC and ASN.1. Reading back is `load_pem_private_key`'s, and OpenSSL's.
"""

import base64
import secrets

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.x509 import ObjectIdentifier

ROUNDS = 600_000
_PBES2 = ObjectIdentifier("1.2.840.113549.1.5.13")
_PBKDF2 = ObjectIdentifier("1.2.840.113549.1.5.12")
_HMAC_SHA256 = ObjectIdentifier("1.2.840.113549.2.9")
_AES256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")


@asn1.sequence
class _Prf:
    algorithm: ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class _Pbkdf2Parameters:
    salt: bytes
    iterations: int
    prf: _Prf


@asn1.sequence
class _Kdf:
    algorithm: ObjectIdentifier
    parameters: _Pbkdf2Parameters


@asn1.sequence
class _EncryptionScheme:
    algorithm: ObjectIdentifier
    iv: bytes


@asn1.sequence
class _Pbes2Parameters:
    kdf: _Kdf
    scheme: _EncryptionScheme


@asn1.sequence
class _Algorithm:
    algorithm: ObjectIdentifier
    parameters: _Pbes2Parameters


@asn1.sequence
class _EncryptedPrivateKeyInfo:
    algorithm: _Algorithm
    encrypted: bytes


def encrypt(pkcs8: bytes, passphrase: bytes) -> bytes:
    """PEM `ENCRYPTED PRIVATE KEY` around the DER of a PKCS#8 key."""
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(16)
    key = PBKDF2HMAC(SHA256(), 32, salt, ROUNDS).derive(passphrase)
    padder = PKCS7(128).padder()
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    encrypted = encryptor.update(padder.update(pkcs8) + padder.finalize()) + encryptor.finalize()
    prf = _Prf(algorithm=_HMAC_SHA256, parameters=asn1.Null())
    kdf = _Kdf(algorithm=_PBKDF2, parameters=_Pbkdf2Parameters(salt=salt, iterations=ROUNDS, prf=prf))
    scheme = _EncryptionScheme(algorithm=_AES256_CBC, iv=iv)
    algorithm = _Algorithm(algorithm=_PBES2, parameters=_Pbes2Parameters(kdf=kdf, scheme=scheme))
    return _pem(asn1.encode_der(_EncryptedPrivateKeyInfo(algorithm=algorithm, encrypted=encrypted)))


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der)
    lines = b"\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + lines + b"\n-----END ENCRYPTED PRIVATE KEY-----\n"
