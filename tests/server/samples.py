"""Files as the server sees them: bytes of the right lengths, a manifest that names them, grants. No cryptography."""

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass, field

from shared.sealed.encoding import b64u
from shared.sealed.geometry import MIB, Geometry
from shared.sealed.manifest import Manifest, encode_manifest, parts_digest

GRANT = {"type": "link", "recipient": b64u(bytes(32)), "wrapped_key": b64u(bytes(40)), "signature": None}


@dataclass(frozen=True)
class Sample:
    """A file ready to be sent."""

    geometry: Geometry
    parts: list[bytes]
    file_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    def manifest(self, **changes: object) -> Manifest:
        """The manifest of these parts; `changes` replace fields of it."""
        hashes = b"".join(hashlib.sha256(part).digest() for part in self.parts)
        fields: dict[str, object] = {
            "file_id": self.file_id,
            "created_at": 1_700_000_000,
            "sender": None,
            "key_commitment": bytes(32),
            "part_size": self.geometry.part_size,
            "body_size": self.geometry.body_size,
            "parts_digest": parts_digest(hashes),
            "metadata": bytes(284),
        }
        return encode_manifest(**(fields | changes))  # type: ignore[arg-type]  # one record, some fields replaced

    def start(self, *, with_size: bool = True) -> dict[str, object]:
        """The body of `POST /uploads`."""
        body_size = self.geometry.body_size if with_size else None
        return {"file_id": str(self.file_id), "part_size": self.geometry.part_size, "body_size": body_size}

    def completion(self, **changes: object) -> dict[str, object]:
        """The body of `POST /uploads/{id}/complete`."""
        return {"manifest": b64u(self.manifest().raw), "grants": [GRANT], **changes}

    def whole(self, **changes: object) -> dict[str, object]:
        """The body of `POST /files`."""
        return {**self.completion(), "ciphertext": base64.b64encode(self.body).decode(), **changes}


def sample(size: int = 100, part_size: int = MIB) -> Sample:
    """A file of `size` plaintext bytes; its sealed parts are random."""
    geometry = Geometry(part_size, size)
    return Sample(geometry, [secrets.token_bytes(geometry.sealed_length(n)) for n in range(geometry.part_count)])
