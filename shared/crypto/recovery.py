"""The recovery kit: 24 words (BIP-39) that open a copy of the identity when all else is lost."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from mnemonic import Mnemonic

from shared.crypto.errors import WrongPassphrase
from shared.crypto.identity import Identity
from shared.crypto.kdf import KEY_BYTES, hkdf
from shared.sealed.card import Card
from shared.sealed.errors import FormatError

WORDS = 24
_NONCE = 12


def draw_words() -> str:
    """24 fresh words: 32 random bytes and their checksum."""
    return Mnemonic("english").to_mnemonic(secrets.token_bytes(KEY_BYTES))


def wrap(identity: Identity, words: str) -> bytes:
    """Nonce ‖ AES-256-GCM of the private keys, bound to the card."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_key(words)).encrypt(nonce, identity.encode_secret(), identity.card.raw)


def unwrap(wrapped: bytes, words: str, card: Card, card_signature: bytes) -> Identity:
    """Raises `FormatError` for words that are no kit, `WrongPassphrase` for another identity's."""
    key = _key(words)
    try:
        secret = AESGCM(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], card.raw)
    except (InvalidTag, ValueError):
        raise WrongPassphrase("these words do not open this identity") from None
    return Identity.decode_secret(secret, card, card_signature)


def _key(words: str) -> bytes:
    normal = " ".join(words.lower().split())
    if len(normal.split()) != WORDS:
        raise FormatError(f"a recovery kit has {WORDS} words")
    try:
        entropy = bytes(Mnemonic("english").to_entropy(normal))
    except (ValueError, LookupError):
        raise FormatError("these are not the words of a recovery kit: one of them is misspelt or misplaced") from None
    return hkdf(entropy, b"", b"sealcase/1 recovery")
