"""The encrypted metadata: what a file is called and how large it is, for recipients only."""

import secrets
import struct
import uuid
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.crypto.errors import Altered
from shared.crypto.file_key import FileKey
from shared.crypto.padding import padme
from shared.sealed import strict_json
from shared.sealed.errors import FormatError
from shared.sealed.geometry import MIB
from shared.sealed.manifest import Manifest

BLOCK = 256
"""The metadata's plaintext is padded to a multiple of this, to hide the length of names."""
MAX_METADATA_BYTES = MIB // 2
_NONCE = 12
_TAG = 16
_MOST_INFLATED = 1_032
"""Bytes that deflate can make of one (RFC 1951: 258 of two bits)."""
_REQUIRED = frozenset(
    ("name", "media_type", "size", "packed_size", "stored_size", "modified_at", "compression", "comment")
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What only recipients learn of a file. Sizes in bytes."""

    name: str
    """As the sender called it: never a path to write to before `safe_name` has seen it."""
    media_type: str | None
    size: int
    """Of the content."""
    packed_size: int
    """After compression."""
    stored_size: int
    """After compression and padding."""
    modified_at: int | None
    """Unix seconds."""
    compression: str
    """`none` or `gzip`."""
    comment: str | None
    path: str | None = None
    """Relative POSIX path, for a file of a sent folder."""

    def encode(self) -> bytes:
        record: dict[str, object] = {
            "name": self.name,
            "media_type": self.media_type,
            "size": self.size,
            "packed_size": self.packed_size,
            "stored_size": self.stored_size,
            "modified_at": self.modified_at,
            "compression": self.compression,
            "comment": self.comment,
        }
        if self.path is not None:
            record["path"] = self.path
        try:
            return strict_json.dumps(record)
        except UnicodeEncodeError:  # a name that was not UTF-8 on disk
            raise FormatError("the file's name or comment is not valid Unicode") from None

    @classmethod
    def parse(cls, raw: bytes) -> "Metadata":
        """Raises `FormatError` for anything unknown, missing, of a wrong type or out of range."""
        record = strict_json.loads_object(raw, MAX_METADATA_BYTES, "metadata")
        strict_json.only_keys(record, _REQUIRED, frozenset(("path",)), "metadata")
        compression = strict_json.text(record, "compression", 16)
        if compression not in ("none", "gzip"):
            raise FormatError("the content is compressed in an unknown way")
        return cls(
            name=strict_json.text(record, "name", 4_096),
            media_type=strict_json.optional(record, "media_type", lambda r, k: strict_json.text(r, k, 256)),
            size=strict_json.integer(record, "size"),
            packed_size=strict_json.integer(record, "packed_size"),
            stored_size=strict_json.integer(record, "stored_size"),
            modified_at=strict_json.optional(
                record, "modified_at", lambda r, k: strict_json.integer(r, k, low=-strict_json.MAX_INTEGER)
            ),
            compression=compression,
            comment=strict_json.optional(record, "comment", lambda r, k: strict_json.text(r, k, 65_536)),
            path=strict_json.optional(record, "path", lambda r, k: strict_json.text(r, k, 16_384)),
        )

    def check_sizes(self, manifest: Manifest) -> None:
        """Raises `Altered` unless content, compression, padding, parts and body fit each other."""
        if self.stored_size != manifest.geometry.stored_size:
            raise Altered("the sizes in the metadata do not match the sealed body")
        if self.stored_size not in (self.packed_size, padme(self.packed_size)):
            raise Altered("the padding has a wrong length")
        if self.compression == "none" and self.packed_size != self.size:
            raise Altered("the content's size does not match what is stored")

    def check_inflation(self) -> None:
        """Raises `Altered` for more content than can be in what is compressed: a bomb, known without a part."""
        if self.size > self.packed_size * _MOST_INFLATED:
            raise Altered(f"{self.size} bytes of content can't come of {self.packed_size} compressed ones")


def seal_metadata(
    metadata: Metadata, file_key: FileKey, file_id: uuid.UUID, part_size: int, body_size: int, parts_digest: bytes
) -> bytes:
    """Nonce ‖ AES-256-GCM of the padded JSON, bound to the file, its sizes and its parts."""
    padded = metadata.encode() + b"\x80"
    padded += bytes(-len(padded) % BLOCK)
    nonce = secrets.token_bytes(_NONCE)
    aead = AESGCM(file_key.metadata_key(file_id))
    return nonce + aead.encrypt(nonce, padded, _associated_data(file_id, part_size, body_size, parts_digest))


def check_metadata_length(manifest: Manifest) -> None:
    """Raises `Altered` for metadata that no sealing made; known before any cryptography."""
    padded_length = len(manifest.metadata) - _NONCE - _TAG
    if padded_length < BLOCK or padded_length % BLOCK:
        raise Altered("the metadata has an impossible length")


def open_metadata(manifest: Manifest, file_key: FileKey) -> Metadata:
    """The metadata, with sizes that fit the manifest, of whose length `check_metadata_length` is sure.

    Raises `Altered` or `FormatError`.
    """
    sealed = manifest.metadata
    associated = _associated_data(manifest.file_id, manifest.part_size, manifest.body_size, manifest.parts_digest)
    try:
        padded = AESGCM(file_key.metadata_key(manifest.file_id)).decrypt(sealed[:_NONCE], sealed[_NONCE:], associated)
    except InvalidTag:
        raise Altered("the metadata does not open: it was altered") from None
    unpadded = padded.rstrip(b"\0")
    if not unpadded.endswith(b"\x80") or len(padded) - len(unpadded) >= BLOCK:
        raise Altered("the metadata's padding is wrong")
    metadata = Metadata.parse(unpadded[:-1])
    metadata.check_sizes(manifest)
    return metadata


def _associated_data(file_id: uuid.UUID, part_size: int, body_size: int, parts_digest: bytes) -> bytes:
    return b"sealcase/1 metadata\0" + file_id.bytes + struct.pack(">QQ", part_size, body_size) + parts_digest
