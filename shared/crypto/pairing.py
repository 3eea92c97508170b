"""How a new device gets its owner's keys from an old one through a server that may be hostile.

```
    new device                       server                       old device
      1. commitment to 3   ───────────────────────────────▶
                           ◀───────────────────────────────   2. salt ‖ signing key
      3. salt ‖ HPKE keys  ───────────────────────────────▶      fits the commitment?
                six digits of 1, 2 and 3, compared by the person, who confirms on both
                           ◀───────────────────────────────   4. the keys, sealed (RFC 9180), bound to all of it
```
Whoever sits between must fix what it shows to each side before it learns the salt that this side adds, so the digits
on both are the same with a chance of one in a million, once for each time that the person begins (docs/devices.md).
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from shared.crypto.errors import Altered

DIGITS = 6
CODE_DIGITS = 8
_SALT = 32
_SIGNING_KEY = 32
_MLKEM = 1_184
_X25519 = 32
_OPENING = _SALT + _MLKEM + _X25519
_QR = "SEALCASE-DEVICE-1:"
_SITS_BETWEEN = "Nothing was handed over. The server, or somebody on the way to it, has exchanged what the devices say"


@dataclass(frozen=True, slots=True)
class Meeting:
    """All that the two devices have said before they trust each other."""

    email: str
    pairing_id: str
    commitment: bytes
    answer: bytes
    opening: bytes

    @property
    def sender(self) -> bytes:
        """The Ed25519 public key of whoever hands over."""
        return self.answer[_SALT:]

    @property
    def digits(self) -> str:
        """What both show: `123 456`."""
        number = int.from_bytes(self._hash(b"digits")[:8], "big") % 10**DIGITS
        text = f"{number:0{DIGITS}d}"
        return f"{text[:3]} {text[3:]}"

    def seal(self, secret: bytes) -> bytes:
        """For the new device alone, and for this meeting. Raises `Altered` for keys that are none."""
        try:
            mlkem = MLKEM768PublicKey.from_public_bytes(self.opening[_SALT : _SALT + _MLKEM])
            x25519 = X25519PublicKey.from_public_bytes(self.opening[_SALT + _MLKEM :])
            public = hpke.MLKEM768X25519PublicKey(mlkem, x25519)
            return _suite().encrypt(secret, public, info=self._hash(b"keys"))
        except ValueError:
            raise Altered(f"the new device's key is none. {_SITS_BETWEEN}") from None

    def unseal(self, sealed: bytes, private: hpke.MLKEM768X25519PrivateKey) -> bytes:
        """Raises `Altered`."""
        try:
            return _suite().decrypt(sealed, private, info=self._hash(b"keys"))
        except (InvalidTag, ValueError):
            raise Altered(
                "what arrived was not sealed for this device, or was altered on its way; nothing of it was kept"
            ) from None

    def _hash(self, use: bytes) -> bytes:
        fields = (self.email.casefold().encode(), self.pairing_id.encode(), self.commitment, self.answer, self.opening)
        return _hash(b"device " + use, *fields)


@dataclass(frozen=True, slots=True, repr=False)
class NewDevice:
    """A device that waits for keys. Its own were drawn for this one time."""

    pairing_id: str
    private: hpke.MLKEM768X25519PrivateKey
    opening: bytes

    @classmethod
    def draw(cls) -> "NewDevice":
        mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
        public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        private = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        return cls(secrets.token_hex(16), private, secrets.token_bytes(_SALT) + public)

    @property
    def commitment(self) -> bytes:
        return _commitment(self.opening)

    @property
    def code(self) -> str:
        """What the person tells the old device."""
        return code_of(self.commitment)

    def meet(self, email: str, answer: bytes) -> Meeting:
        """Once only: a second answer to the same opening would be a second guess. Raises `Altered`."""
        if len(answer) != _SALT + _SIGNING_KEY:
            raise Altered(f"the other device's answer is none. {_SITS_BETWEEN}")
        return Meeting(email, self.pairing_id, self.commitment, answer, self.opening)


@dataclass(frozen=True, slots=True, repr=False)
class OldDevice:
    """A device that has the keys, and meets one that waits."""

    pairing_id: str
    commitment: bytes
    answer: bytes

    @classmethod
    def draw(cls, pairing_id: str, commitment: bytes, signing_key: bytes) -> "OldDevice":
        """`signing_key`: the public one. The salt is new each time, so nobody can try twice."""
        return cls(pairing_id, commitment, secrets.token_bytes(_SALT) + signing_key)

    def meet(self, email: str, opening: bytes) -> Meeting:
        """Raises `Altered` where the new device, or whoever poses as it, does not say what it had promised."""
        if len(opening) != _OPENING or _commitment(opening) != self.commitment:
            raise Altered(f"the new device's key is not the one that it had announced. {_SITS_BETWEEN}")
        return Meeting(email, self.pairing_id, self.commitment, self.answer, opening)


def code_of(commitment: bytes) -> str:
    """What tells devices that wait from each other: `1234-5678`. It proves nothing."""
    text = f"{int.from_bytes(_hash(b'device code', commitment)[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
    return f"{text[:4]}-{text[4:]}"


def qr_text(commitment: bytes) -> str:
    """The whole commitment, for a camera: whoever has it this way knows the new device's key beyond doubt."""
    return _QR + commitment.hex().upper()


def commitment_in_qr(text: str) -> bytes | None:
    """What `qr_text` was made of; None for another text."""
    if not text.startswith(_QR):
        return None
    try:
        commitment = bytes.fromhex(text.removeprefix(_QR))
    except ValueError:
        return None
    return commitment if len(commitment) == hashlib.sha256().digest_size else None


def chooser(text: str) -> Callable[[bytes], bool]:
    """Whether a commitment is the one whose code somebody typed, however they spaced it."""
    digits = "".join(text.split()).replace("-", "")
    return lambda commitment: code_of(commitment).replace("-", "") == digits


def _suite() -> hpke.Suite:
    """X-Wing in HPKE: it holds as long as either X25519 or ML-KEM does."""
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def _commitment(opening: bytes) -> bytes:
    return _hash(b"device commitment", opening)


def _hash(use: bytes, *fields: bytes) -> bytes:
    """SHA-256 over "sealcase/1 USE" ‖ 0x00 and each field behind its length in 8 bytes."""
    lengths = b"".join(len(field).to_bytes(8, "big") + field for field in fields)
    return hashlib.sha256(b"sealcase/1 " + use + b"\0" + lengths).digest()
