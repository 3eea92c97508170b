"""The recovery kit: 24 words (BIP-39) that open a copy of the identity when all else is lost.

The words stand for 32 random bytes; on paper the same bytes stand in a QR code. The copy is sealed under a key that
follows from them, and lies at the server, for which it is bytes.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.crypto.errors import Altered, WrongPassphrase
from shared.crypto.identity import Identity, verify_card
from shared.crypto.kdf import KEY_BYTES, hkdf
from shared.crypto.padding import padme
from shared.sealed import strict_json
from shared.sealed.card import Card
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError

if TYPE_CHECKING:
    from mnemonic import Mnemonic

WORDS = 24
FORMAT = "sealcase-recovery/1"
MAX_COPY_BYTES = 256 << 10
_NONCE = 12
_QR = "SEALCASE-KIT-1:"
_CHECK_DIGITS = 8
_SUGGESTIONS = 3
_KEYS = frozenset(("format", "card", "signature", "wrapped", "annex", "memory", "mac"))
_MEMORY_KEYS = frozenset(("contacts", "key_log"))


class NoKit(FormatError):
    """These are not the words of a recovery kit. The message never holds a word."""

    def __init__(self, message: str, position: int | None = None, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.position = position
        """The word that is none, counted from 1."""
        self.suggestions = suggestions
        """Words that look like it: for the person who typed it, at the terminal, and nowhere else."""


def draw_words() -> str:
    """24 fresh words: 32 random bytes and their checksum."""
    return _bip39().to_mnemonic(secrets.token_bytes(KEY_BYTES))


def qr_text(words: str) -> str:
    """What the kit's QR code says: the bytes behind the words in capital hex, and a checksum of them."""
    entropy = _entropy(words)
    return f"{_QR}{entropy.hex().upper()}:{_checksum(entropy)}"


def looks_whole(text: str) -> bool:
    """Whether somebody who types has come to the end: as many words as a kit has, or the text of its QR code."""
    return len(_words_of(text)) >= WORDS or text.strip().upper().startswith(_QR)


def key_of(words: str) -> bytes:
    """The key that the words give, or the text of the QR code. Raises `NoKit`, which names a wrong word by position.

    Case, spaces, line breaks and numbering ("1. abandon") don't matter.
    """
    return hkdf(_entropy(words), b"", b"sealcase/1 recovery")


def wrap(identity: Identity, words: str) -> bytes:
    """Nonce ‖ AES-256-GCM of the private keys, bound to the card."""
    return _wrap(identity, key_of(words))


def unwrap(wrapped: bytes, words: str, card: Card, card_signature: bytes) -> Identity:
    """Raises `NoKit` for words that are no kit, `WrongPassphrase` for another identity's."""
    return _unwrap(wrapped, key_of(words), card, card_signature)


@dataclass(frozen=True, slots=True)
class Copy:
    """An identity as it lies at the server, and what its owner knew of others when it was put there."""

    identity: Identity
    annex: bytes | None
    """What is kept beside it (`shared.crypto.annex`), locked under its own key."""
    contacts: bytes | None = None
    """The file of contacts as it is."""
    key_log: bytes | None = None
    """What is known of the server's key log."""

    def lock(self, key: bytes) -> bytes:
        """Sealed under what `key_of` gives; the server can't put one copy together out of two.

        Without contacts where they are too many for `MAX_COPY_BYTES`.
        """
        whole = self._lock(key)
        if len(whole) <= MAX_COPY_BYTES or self.contacts is None:
            return whole
        return replace(self, contacts=None)._lock(key)

    def _lock(self, key: bytes) -> bytes:
        record: strict_json.JsonObject = {
            "format": FORMAT,
            "card": b64u(self.identity.card.raw),
            "signature": b64u(self.identity.card_signature),
            "wrapped": b64u(_wrap(self.identity, key)),
            "annex": _encoded(self.annex),
            "memory": b64u(self._lock_memory(key)),
        }
        return strict_json.dumps({**record, "mac": b64u(_mac(record, key))})

    @classmethod
    def unlock(cls, raw: bytes, key: bytes) -> "Copy":
        """Raises `FormatError`, `BadSignature`, `BadKey`; `WrongPassphrase` for another kit, `Altered`."""
        record = strict_json.loads_object(raw, MAX_COPY_BYTES, "the recovery copy")
        if record.get("format") != FORMAT:
            raise FormatError(f"the recovery copy is not of format {FORMAT}")
        strict_json.only_keys(record, _KEYS, frozenset(), "the recovery copy")
        signature = unb64u(record["signature"], "signature", 64)
        card = verify_card(unb64u(record["card"], "card"), signature)
        identity = _unwrap(unb64u(record["wrapped"], "wrapped"), key, card, signature)
        others = {name: value for name, value in record.items() if name != "mac"}
        if not hmac.compare_digest(unb64u(record["mac"], "mac", KEY_BYTES), _mac(others, key)):
            raise Altered(
                "these words open the keys, but what is kept beside them was altered, or is that of another copy. "
                "Nothing was changed. Ask whoever runs the server for the whole copy of one day"
            )
        memory = _unlock_memory(unb64u(record["memory"], "memory"), key)
        return cls(identity, _decoded(record, "annex"), _decoded(memory, "contacts"), _decoded(memory, "key_log"))

    def _lock_memory(self, key: bytes) -> bytes:
        """Nonce ‖ AES-256-GCM, filled up with blanks: its length tells little of how many contacts there are."""
        nonce = secrets.token_bytes(_NONCE)
        raw = strict_json.dumps({"contacts": _encoded(self.contacts), "key_log": _encoded(self.key_log)})
        return nonce + AESGCM(_memory_key(key)).encrypt(nonce, raw.ljust(padme(len(raw))), None)


def _mac(record: strict_json.JsonObject, key: bytes) -> bytes:
    """HMAC-SHA-256 over all other fields of a copy, as JSON."""
    return hmac.digest(hkdf(key, b"", b"sealcase/1 recovery copy"), strict_json.dumps(record), "sha256")


def _unlock_memory(sealed: bytes, key: bytes) -> strict_json.JsonObject:
    try:
        raw = AESGCM(_memory_key(key)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError):
        raise Altered("what the recovery copy knows of others was altered. Nothing was changed") from None
    memory = strict_json.loads_object(raw, MAX_COPY_BYTES, "what the recovery copy knows of others")
    strict_json.only_keys(memory, _MEMORY_KEYS, frozenset(), "what the recovery copy knows of others")
    return memory


def _memory_key(key: bytes) -> bytes:
    return hkdf(key, b"", b"sealcase/1 recovery memory")


def _encoded(content: bytes | None) -> str | None:
    return None if content is None else b64u(content)


def _decoded(record: strict_json.JsonObject, name: str) -> bytes | None:
    return None if record[name] is None else unb64u(record[name], name)


def _wrap(identity: Identity, key: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, identity.encode_secret(), identity.card.raw)


def _unwrap(wrapped: bytes, key: bytes, card: Card, card_signature: bytes) -> Identity:
    try:
        secret = AESGCM(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], card.raw)
    except (InvalidTag, ValueError):
        raise WrongPassphrase("these words do not open this identity") from None
    return Identity.decode_secret(secret, card, card_signature)


def _bip39() -> "Mnemonic":
    from mnemonic import Mnemonic  # slow to import, and most commands need no words

    return Mnemonic("english")


def _entropy(text: str) -> bytes:
    if text.strip().upper().startswith(_QR):
        return _entropy_of_qr(text)
    words = _words_of(text)
    known = _bip39().wordlist
    for position, word in enumerate(words[:WORDS], 1):
        if word not in known:
            raise NoKit(f"word {position} is no word of a recovery kit", position, _similar(word, known))
    if len(words) != WORDS:
        raise NoKit(f"a recovery kit has {WORDS} words, and these are {len(words)}")
    try:
        return bytes(_bip39().to_entropy(words))
    except (ValueError, LookupError):
        raise NoKit(
            "each of these words may stand in a recovery kit, but not all of them together: one is another than in "
            "the kit, or two have changed places"
        ) from None


def _entropy_of_qr(text: str) -> bytes:
    digits, _, check = "".join(text.split()).upper().removeprefix(_QR).partition(":")
    try:
        entropy = bytes.fromhex(digits)
    except ValueError:
        raise NoKit("the text of the QR code is damaged") from None
    if len(entropy) != KEY_BYTES or check != _checksum(entropy):
        raise NoKit("the text of the QR code is damaged, or not all of it is here")
    return entropy


def _checksum(entropy: bytes) -> str:
    return hashlib.sha256(entropy).hexdigest()[:_CHECK_DIGITS].upper()


def _words_of(text: str) -> list[str]:
    """Without the numbers, dots and brackets of a list."""
    return [word for word in re.split(r"[\s\d.,:;()\[\]_-]+", text.lower()) if word]


def _similar(word: str, known: list[str]) -> tuple[str, ...]:
    """BIP-39: the first four letters make a word."""
    from difflib import get_close_matches

    begin = [each for each in known if len(word) > _SUGGESTIONS and each.startswith(word[:4])]
    return tuple(dict.fromkeys([*begin, *get_close_matches(word, known, _SUGGESTIONS)]))[:_SUGGESTIONS]
