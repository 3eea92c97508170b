"""HKDF-SHA-256 (RFC 5869) with 32 bytes out: the only key derivation of the format beside passwords."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def hkdf(key_material: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes derived from `key_material`; `info` names their one use."""
    return HKDF(SHA256(), KEY_BYTES, salt, info).derive(key_material)
