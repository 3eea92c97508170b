"""Safety numbers: 60 digits that two people compare, made as Signal makes them (iterated SHA-512)."""

import hashlib

ROUNDS = 5_200
_VERSION = b"\0\0"
_GROUPS = 6
_GROUP_BYTES = 5


def safety_number(one: tuple[str, bytes], other: tuple[str, bytes]) -> str:
    """12 groups of five digits for two (email, Ed25519 public key); the same whoever computes it."""
    return " ".join(" ".join(_digits(email, key)) for email, key in sorted((one, other)))


def _digits(email: str, key: bytes) -> list[str]:
    digest = _VERSION + key + email.encode("utf-8")
    for _ in range(ROUNDS):
        digest = hashlib.sha512(digest + key).digest()
    groups = (digest[start : start + _GROUP_BYTES] for start in range(0, _GROUPS * _GROUP_BYTES, _GROUP_BYTES))
    return [f"{int.from_bytes(group, 'big') % 100_000:05d}" for group in groups]


def fingerprint(signing_key: bytes) -> str:
    """A short name for an Ed25519 key, for people: the first 80 bits of its SHA-256 in hex, in groups of four."""
    text = hashlib.sha256(signing_key).hexdigest()[:20]
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
