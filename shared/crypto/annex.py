"""What an identity keeps beside its file: encryption keys that it had before, and what a change of keys needs.

One small file, AES-256-GCM under a key that follows from the identity's signing key: whoever unlocked the identity
needs no second passphrase, and a file that came from elsewhere opens only with the identity that wrote it.
"""

import secrets
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.crypto.errors import BadKey
from shared.crypto.identity import Identity, decode_keys, encode_keys, verify_card
from shared.crypto.kdf import KEY_BYTES, hkdf
from shared.crypto.keys import PrivateKeys
from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.strict_json import JsonObject

FORMAT = "sealcase-annex/1"
MAX_ANNEX_BYTES = 160 << 10
_NONCE = 12
_PUBLIC_KEYS = frozenset(("format", "kit", "earlier", "begun", "nonce", "ciphertext"))
_SECRET_KEYS = frozenset(("keys", "recipients", "recovery_key", "next"))
_NEXT_KEYS = frozenset(("keys", "card", "signature"))


@dataclass(frozen=True, slots=True, repr=False)
class Annex:
    """As an identity begins its life, there is nothing in it."""

    earlier: tuple[PrivateKeys, ...] = ()
    """Keys that were replaced and still open files, the newest first."""
    recipients: frozenset[bytes] = frozenset()
    """Of every key that was replaced, also of those that were destroyed since."""
    recovery_key: bytes | None = None
    """What the words of the recovery kit give, so that the next keys can be sealed under them as well."""
    kit_ready: bool = False
    """Whether the server has a copy that was sealed under it."""
    begun: Identity | None = None
    """The identity that a change of keys has begun to make: whether its card is published may be unknown."""

    def with_replaced(self, keys: PrivateKeys) -> "Annex":
        """`keys` are among the earlier ones from now on."""
        names = _recipients_of(keys)
        known = (each for each in self.earlier if _recipients_of(each) != names)
        return replace(self, earlier=(keys.alone, *known), recipients=self.recipients | names)

    def joined(self, other: "Annex") -> "Annex":
        """With the earlier keys of `other`, and what it had begun, behind its own."""
        joined = replace(self, recipients=self.recipients | other.recipients)
        more = (*other.earlier, *(() if other.begun is None else (other.begun.keys,)))
        for keys in more:
            if not any(_recipients_of(each) == _recipients_of(keys) for each in joined.earlier):
                names = joined.recipients | _recipients_of(keys)
                joined = replace(joined, earlier=(*joined.earlier, keys.alone), recipients=names)
        return joined

    def without_earlier_keys(self) -> "Annex":
        """They are destroyed; who they were stays known."""
        return replace(self, earlier=())

    def complete(self, identity: Identity) -> Identity:
        """The identity with all its keys. What is begun opens files as well: others may have got its card already."""
        more = () if self.begun is None else (self.begun.keys,)
        keys = PrivateKeys(identity.keys.rsa, identity.keys.mlkem, (*more, *self.earlier))
        return replace(identity, keys=keys, earlier_recipients=self.recipients)

    def lock(self, signing_key: Ed25519PrivateKey) -> bytes:
        """As a file that only the identity with this signing key opens. Raises `BadKey` where it would be too large."""
        nonce = secrets.token_bytes(_NONCE)
        public: JsonObject = {
            "format": FORMAT,
            "kit": self.kit_ready,
            "earlier": len(self.earlier),
            "begun": self.begun is not None,
            "nonce": b64u(nonce),
        }
        secret: JsonObject = {
            "keys": [encode_keys(each) for each in self.earlier],
            "recipients": [b64u(each) for each in sorted(self.recipients)],
            "recovery_key": None if self.recovery_key is None else b64u(self.recovery_key),
            "next": None if self.begun is None else _encode_begun(self.begun),
        }
        sealed = AESGCM(_key(signing_key)).encrypt(nonce, strict_json.dumps(secret), strict_json.dumps(public))
        raw = strict_json.dumps({**public, "ciphertext": b64u(sealed)})
        if len(raw) > MAX_ANNEX_BYTES:
            raise BadKey(
                "no more earlier keys can be kept; destroy those you have first: sealcase key rotate --destroy-old"
            )
        return raw

    @classmethod
    def unlock(cls, raw: bytes, signing_key: Ed25519PrivateKey) -> "Annex":
        """Raises `FormatError`, or `BadKey` where it was altered or belongs to another identity."""
        record = _parse(raw)
        associated = strict_json.dumps({name: value for name, value in record.items() if name != "ciphertext"})
        nonce, sealed = unb64u(record["nonce"], "nonce", _NONCE), unb64u(record["ciphertext"], "ciphertext")
        try:
            text = AESGCM(_key(signing_key)).decrypt(nonce, sealed, associated)
        except InvalidTag:
            raise BadKey("what is kept beside the identity was altered, or belongs to another one") from None
        secret = strict_json.loads_object(text, MAX_ANNEX_BYTES, "what is kept beside the identity")
        strict_json.only_keys(secret, _SECRET_KEYS, frozenset(), "what is kept beside the identity")
        key = secret["recovery_key"]
        return cls(
            tuple(decode_keys(strict_json.as_object(each, "key")) for each in _array(secret, "keys")),
            frozenset(unb64u(each, "recipient", KEY_BYTES) for each in _array(secret, "recipients")),
            None if key is None else unb64u(key, "recovery_key", KEY_BYTES),
            bool(record["kit"]),
            None if secret["next"] is None else _decode_begun(secret["next"], signing_key),
        )


@dataclass(frozen=True, slots=True)
class Label:
    """What can be read on an annex without its key. Nobody relies on it: it is there for reminders."""

    kit_ready: bool = False
    earlier: int = 0
    """How many earlier pairs of keys are kept."""
    begun: bool = False
    """Whether a change of keys was interrupted."""

    @classmethod
    def read(cls, raw: bytes) -> "Label":
        """Raises `FormatError`."""
        record = _parse(raw)
        return cls(bool(record["kit"]), strict_json.integer(record, "earlier"), bool(record["begun"]))


def _parse(raw: bytes) -> JsonObject:
    record = strict_json.loads_object(raw, MAX_ANNEX_BYTES, "the file beside the identity")
    if record.get("format") != FORMAT:
        raise FormatError(f"the file beside the identity is not of format {FORMAT}")
    strict_json.only_keys(record, _PUBLIC_KEYS, frozenset(), "the file beside the identity")
    return record


def _key(signing_key: Ed25519PrivateKey) -> bytes:
    return hkdf(signing_key.private_bytes_raw(), b"", b"sealcase/1 annex")


def _array(record: JsonObject, name: str) -> list[object]:
    value = record[name]
    if not isinstance(value, list):
        raise FormatError(f"{name} is not an array")
    return value


def _recipients_of(keys: PrivateKeys) -> frozenset[bytes]:
    return frozenset(recipient for _, recipient in keys.alone.recipients())


def _encode_begun(identity: Identity) -> JsonObject:
    signature = b64u(identity.card_signature)
    return {"keys": encode_keys(identity.keys), "card": b64u(identity.card.raw), "signature": signature}


def _decode_begun(value: object, signing_key: Ed25519PrivateKey) -> Identity:
    record = strict_json.as_object(value, "next")
    strict_json.only_keys(record, _NEXT_KEYS, frozenset(), "next")
    signature = unb64u(record["signature"], "signature", 64)
    card = verify_card(unb64u(record["card"], "card"), signature)
    return Identity(signing_key, decode_keys(strict_json.as_object(record["keys"], "keys")), card, signature)
