"""Safety numbers: 60 digits that two people compare, made as Signal makes them (iterated SHA-512)."""

import hashlib

ROUNDS = 5_200
HALF_DIGITS = 30
_VERSION = b"\0\0"
_GROUP = 5
_QR_PREFIX = "SEALCASE1"

Signer = tuple[str, bytes]
"""Somebody's email and Ed25519 public key."""


def safety_number(one: Signer, other: Signer) -> str:
    """12 groups of five digits; the same whoever of the two computes it."""
    digits = "".join(_half(email, key) for email, key in sorted((one, other)))
    return " ".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))


def safety_code(mine: Signer, theirs: Signer) -> str:
    """What I show as a QR code: the same digits, but mine first. A picture of one's own screen is no proof."""
    return f"{_QR_PREFIX}:{_half(*mine)}:{_half(*theirs)}"


def is_safety_code(text: str) -> bool:
    """Whether `text` looks like what `safety_code` makes."""
    prefix, *halves = text.split(":")
    digits = all(len(half) == HALF_DIGITS and half.isascii() and half.isdigit() for half in halves)
    return prefix == _QR_PREFIX and len(halves) == 2 and digits


def fingerprint(signing_key: bytes) -> str:
    """A short name for an Ed25519 key, for people: the first 80 bits of its SHA-256 in hex, in groups of four."""
    text = hashlib.sha256(signing_key).hexdigest()[:20]
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _half(email: str, key: bytes) -> str:
    """One person's 30 digits, from the first 30 bytes of the last hash."""
    digest = _VERSION + key + email.encode("utf-8")
    for _ in range(ROUNDS):
        digest = hashlib.sha512(digest + key).digest()
    groups = (digest[start : start + _GROUP] for start in range(0, HALF_DIGITS, _GROUP))
    return "".join(f"{int.from_bytes(group, 'big') % 100_000:05d}" for group in groups)
