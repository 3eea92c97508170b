"""An identity at rest: one JSON file, AES-256-GCM under a key that Argon2id (RFC 9106) makes of a passphrase."""

import secrets
import threading
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from shared.crypto.errors import NotEnoughMemory, WrongPassphrase
from shared.crypto.identity import Identity, verify_card
from shared.sealed import strict_json
from shared.sealed.card import Card
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.strict_json import JsonObject

FORMAT = "sealcase-identity/1"
MAX_FILE_BYTES = 65_536
_ONE_AT_A_TIME = threading.Lock()
"""OpenSSL has one pool of threads for the lanes; two derivations at once wait in it for each other without end."""
_KEYS = frozenset(("format", "kdf", "memory_kib", "iterations", "lanes", "salt", "nonce", "card", "ciphertext"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What Argon2id spends on each guess. Floors and ceilings are checked before anything is derived."""

    memory_kib: int = 65_536
    iterations: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        within = 19_456 <= self.memory_kib <= 1 << 20 and 2 <= self.iterations <= 10 and 1 <= self.lanes <= 16
        if not within:
            raise FormatError("the cost of guessing the passphrase is out of range: the file was altered")

    def derive(self, passphrase: str, salt: bytes) -> bytes:
        """32 bytes from the passphrase's UTF-8. Raises `NotEnoughMemory`."""
        kdf = Argon2id(salt=salt, length=32, iterations=self.iterations, lanes=self.lanes, memory_cost=self.memory_kib)
        try:
            with _ONE_AT_A_TIME:
                return kdf.derive(passphrase.encode("utf-8"))
        except MemoryError:
            raise NotEnoughMemory(
                f"making a key of the passphrase takes {self.memory_kib >> 10} MiB of memory, and this machine has too "
                "little free. Nothing was changed; close other programs and try again"
            ) from None


def lock(identity: Identity, passphrase: str, cost: Cost = Cost()) -> bytes:
    """The identity as a file that only the passphrase opens. Raises `NotEnoughMemory`."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    public: JsonObject = {
        "format": FORMAT,
        "kdf": "argon2id",
        "memory_kib": cost.memory_kib,
        "iterations": cost.iterations,
        "lanes": cost.lanes,
        "salt": b64u(salt),
        "nonce": b64u(nonce),
        "card": {"card": b64u(identity.card.raw), "signature": b64u(identity.card_signature)},
    }
    aead = AESGCM(cost.derive(passphrase, salt))
    ciphertext = aead.encrypt(nonce, identity.encode_secret(), strict_json.dumps(public))
    return strict_json.dumps({**public, "ciphertext": b64u(ciphertext)})


def unlock(raw: bytes, passphrase: str) -> Identity:
    """The identity in the file.

    Raises `FormatError`, `WrongPassphrase`, `BadSignature`, `BadKey` or `NotEnoughMemory`.
    """
    record = _parse(raw)
    cost = Cost(
        strict_json.integer(record, "memory_kib"),
        strict_json.integer(record, "iterations"),
        strict_json.integer(record, "lanes"),
    )
    salt, nonce = unb64u(record["salt"], "salt", 16), unb64u(record["nonce"], "nonce", 12)
    ciphertext = unb64u(record["ciphertext"], "ciphertext")
    card, signature = _parse_card(record)
    associated = strict_json.dumps({key: value for key, value in record.items() if key != "ciphertext"})
    try:
        secret = AESGCM(cost.derive(passphrase, salt)).decrypt(nonce, ciphertext, associated)
    except InvalidTag:
        raise WrongPassphrase("the passphrase does not open this identity (or its file was altered)") from None
    return Identity.decode_secret(secret, verify_card(card, signature), signature)


def _parse(raw: bytes) -> JsonObject:
    record = strict_json.loads_object(raw, MAX_FILE_BYTES, "the identity file")
    if record.get("format") != FORMAT or record.get("kdf") != "argon2id":
        raise FormatError(f"the identity file is not of format {FORMAT}")
    strict_json.only_keys(record, _KEYS, frozenset(), "the identity file")
    return record


def _parse_card(record: JsonObject) -> tuple[bytes, bytes]:
    signed = strict_json.as_object(record["card"], "card")
    strict_json.only_keys(signed, frozenset(("card", "signature")), frozenset(), "card")
    return unb64u(signed["card"], "card"), unb64u(signed["signature"], "signature", 64)


def card_of(raw: bytes) -> Card:
    """The card of the identity in the file, without unlocking it."""
    return signed_card_of(raw)[0]


def signed_card_of(raw: bytes) -> tuple[Card, bytes]:
    """The same with its signature, which holds."""
    card, signature = _parse_card(_parse(raw))
    return verify_card(card, signature), signature
