"""The manifest: names the parts by their hashes and carries the encrypted metadata.

It is signed, hashed, stored and sent as exactly the bytes it was made of; nothing here ever re-encodes one.
"""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Self

from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.geometry import MIB, Geometry

FORMAT = "sealcase/1"
MAX_MANIFEST_BYTES = 1 * MIB
HASH_BYTES = 32

_KEYS = frozenset(
    (
        "format",
        "file_id",
        "created_at",
        "sender",
        "key_commitment",
        "part_size",
        "body_size",
        "parts_digest",
        "metadata",
    )
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest's fields, and `raw`, the bytes that are signed and stored."""

    raw: bytes
    file_id: uuid.UUID
    created_at: int
    """Unix seconds, the sender's clock."""
    sender: bytes | None
    """The sender's Ed25519 public key (32 bytes), or None: anonymous."""
    key_commitment: bytes
    part_size: int
    body_size: int
    parts_digest: bytes
    metadata: bytes
    """Nonce (12 bytes) ‖ AES-256-GCM ciphertext."""

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """The manifest that `raw` encodes; raises `FormatError` for anything unknown, missing or out of range."""
        record = strict_json.loads_object(raw, MAX_MANIFEST_BYTES, "manifest")
        if record.get("format") != FORMAT:
            raise FormatError(f"manifest is not of format {FORMAT}")
        strict_json.only_keys(record, _KEYS, frozenset(), "manifest")
        sender = record["sender"]
        manifest = cls(
            raw=raw,
            file_id=parse_file_id(record["file_id"]),
            created_at=strict_json.integer(record, "created_at"),
            sender=None if sender is None else unb64u(sender, "sender", 32),
            key_commitment=unb64u(record["key_commitment"], "key_commitment", HASH_BYTES),
            part_size=strict_json.integer(record, "part_size"),
            body_size=strict_json.integer(record, "body_size"),
            parts_digest=unb64u(record["parts_digest"], "parts_digest", HASH_BYTES),
            metadata=unb64u(record["metadata"], "metadata"),
        )
        _ = manifest.geometry  # a body size that no content seals to is refused here, at the border
        return manifest

    @property
    def geometry(self) -> Geometry:
        """Where the parts lie, from part and body size."""
        return Geometry.of_body(self.part_size, self.body_size)


def encode_manifest(
    *,
    file_id: uuid.UUID,
    created_at: int,
    sender: bytes | None,
    key_commitment: bytes,
    part_size: int,
    body_size: int,
    parts_digest: bytes,
    metadata: bytes,
) -> Manifest:
    """A new manifest with the bytes that from now on stand for it."""
    raw = strict_json.dumps(
        {
            "format": FORMAT,
            "file_id": str(file_id),
            "created_at": created_at,
            "sender": None if sender is None else b64u(sender),
            "key_commitment": b64u(key_commitment),
            "part_size": part_size,
            "body_size": body_size,
            "parts_digest": b64u(parts_digest),
            "metadata": b64u(metadata),
        }
    )
    return Manifest.parse(raw)


def parse_file_id(value: object) -> uuid.UUID:
    """A UUIDv4 in its canonical text; raises `FormatError` for every other spelling."""
    if isinstance(value, str):
        try:
            parsed = uuid.UUID(value)
        except ValueError:
            parsed = None
        if parsed is not None and parsed.version == 4 and str(parsed) == value:
            return parsed
    raise FormatError("file_id is not a UUIDv4 in lower case with hyphens")


def parts_digest(part_hashes: bytes) -> bytes:
    """SHA-256 over the joined SHA-256 hashes of the sealed parts (32 bytes each)."""
    return hashlib.sha256(part_hashes).digest()


def check_part_hashes(manifest: Manifest, part_hashes: bytes) -> None:
    """Raises `FormatError` unless `part_hashes` is the very list that the manifest names."""
    if len(part_hashes) != HASH_BYTES * manifest.geometry.part_count:
        raise FormatError("the list of part hashes has the wrong length")
    if parts_digest(part_hashes) != manifest.parts_digest:
        raise FormatError("the list of part hashes does not match the manifest")
