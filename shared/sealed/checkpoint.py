"""Checkpoints: how long the key log is and what it hashes to, signed by its server.

As C2SP says in tlog-checkpoint and signed-note (https://c2sp.org): three lines, an empty one, and a signature of
Ed25519 in a line of its own. Reading one here checks its shape only; `shared.crypto.log_key` checks the signature, and
the server's adapter makes it.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Self

from shared.sealed.errors import FormatError
from shared.sealed.merkle import HASH_BYTES
from shared.sealed.strict_json import MAX_INTEGER

MAX_CHECKPOINT_BYTES = 2_048
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_ORIGIN_DIGITS = 16
_ORIGIN = re.compile(r"sealcase-log/[0-9a-f]{16}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log's Ed25519 public key. The log is called after it, so that no two logs ever share a name."""

    public: bytes

    @property
    def origin(self) -> str:
        return f"sealcase-log/{hashlib.sha256(self.public).hexdigest()[:_ORIGIN_DIGITS]}"

    @property
    def key_id(self) -> bytes:
        """Signed-note's short name of the key."""
        return hashlib.sha256(self.origin.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """As signed-note writes keys down: name, short name, key."""
        return f"{self.origin}+{self.key_id.hex()}+{_b64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `FormatError` for what is no such key, or one under another name than its own."""
        raw = _unb64("".join(text.split("+", 2)[2:]), "the log's key")  # base64 itself may hold a plus
        key = cls(raw[1:])
        if len(raw) != 1 + _KEY_BYTES or raw[:1] != _ED25519 or key.text != text:
            raise FormatError("the log's key is not one of Ed25519 under its own name")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"

    def note(self, key: LogKey, signature: bytes) -> str:
        """The whole checkpoint as it travels."""
        return f"{self.text}\n— {self.origin} {_b64(key.key_id + signature)}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as it came: whether the signature holds is another question."""

    checkpoint: Checkpoint
    key_id: bytes
    signature: bytes
    note: str

    @classmethod
    def parse(cls, note: str) -> Self:
        """The one signature is the log's own. Raises `FormatError` for anything but the one spelling."""
        if len(note.encode()) > MAX_CHECKPOINT_BYTES:
            raise FormatError("the checkpoint is too long")
        lines = note.split("\n")
        if len(lines) != 6 or lines[3] or lines[5]:
            raise FormatError("a checkpoint is three lines, an empty one, and one with a signature")
        origin, size, root, _, signed, _ = lines
        if not _ORIGIN.fullmatch(origin) or not _DECIMAL.fullmatch(size) or int(size) > MAX_INTEGER:
            raise FormatError("the checkpoint names no log, or no size")
        checkpoint = Checkpoint(origin, int(size), _unb64(root, "the checkpoint's hash"))
        prefix = f"— {origin} "
        if len(checkpoint.root) != HASH_BYTES or not signed.startswith(prefix):
            raise FormatError("the checkpoint's hash or signature is none")
        raw = _unb64(signed.removeprefix(prefix), "the checkpoint's signature")
        if len(raw) != _KEY_ID_BYTES + _SIGNATURE_BYTES:
            raise FormatError("the checkpoint's signature is none of Ed25519")
        return cls(checkpoint, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:], note)


def _b64(data: bytes) -> str:
    """Base64 with padding, as notes have it."""
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise FormatError(f"{what} is not base64") from None
    if _b64(data) != text:
        raise FormatError(f"{what} is not canonical base64")
    return data
