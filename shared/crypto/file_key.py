"""The file key: 32 random bytes that one file, and nothing else, is sealed with."""

import hmac
import secrets
import uuid
from dataclasses import dataclass

from shared.crypto.errors import WrongKey
from shared.crypto.kdf import KEY_BYTES, hkdf


@dataclass(frozen=True, slots=True, repr=False)
class FileKey:
    """A file key, and the keys of one use each that follow from it."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != KEY_BYTES:
            raise WrongKey

    @classmethod
    def draw(cls) -> "FileKey":
        """A fresh file key; never use it for a second file, nor for another version of the same one."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def parts_key(self, file_id: uuid.UUID) -> bytes:
        return hkdf(self.raw, file_id.bytes, b"sealcase/1 parts")

    def metadata_key(self, file_id: uuid.UUID) -> bytes:
        return hkdf(self.raw, file_id.bytes, b"sealcase/1 metadata")

    def commitment(self, file_id: uuid.UUID) -> bytes:
        """What the manifest says of this key: no second key fits the same manifest."""
        return hkdf(self.raw, file_id.bytes, b"sealcase/1 commitment")

    def check_commitment(self, file_id: uuid.UUID, commitment: bytes) -> None:
        """Raises `WrongKey` unless the manifest was made with this key."""
        if not hmac.compare_digest(self.commitment(file_id), commitment):
            raise WrongKey

    def __repr__(self) -> str:
        return "FileKey(...)"
