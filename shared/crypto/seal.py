"""Sealing: from content and recipients to a body, a manifest and grants."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.crypto.content import Content, SealOptions, Stored, describe, store
from shared.crypto.file_key import FileKey
from shared.crypto.grants import grant_to
from shared.crypto.keys import RecipientKey, rsa_spki
from shared.crypto.metadata import Metadata, seal_metadata
from shared.sealed.errors import FormatError
from shared.sealed.grant import MAX_GRANTS, Grant
from shared.sealed.manifest import Manifest, encode_manifest, parts_digest


class Body(Protocol):
    """Where sealed parts go: a container beside the original, or a server."""

    def take(self, stored: Stored, file_key: FileKey, file_id: uuid.UUID) -> bytes:
        """Seals every part of `stored`; returns the SHA-256 of each sealed part, joined in order."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file, apart from its body."""

    manifest: Manifest
    metadata: Metadata
    part_hashes: bytes
    grants: list[Grant]


def seal(
    content: Content,
    to: Sequence[RecipientKey],
    body: Body,
    signer: Ed25519PrivateKey | None = None,
    options: SealOptions = SealOptions(),  # noqa: B008  (frozen)
) -> Sealed:
    """Seals `content` for the holders of the keys `to`; signed by `signer`, or anonymous.

    Raises `SourceChanged` if the content changed meanwhile, and whatever `body` raises.
    """
    recipients = distinct(to)
    # 1. One random key for this file, never used again.
    file_id, file_key = uuid.uuid4(), FileKey.draw()
    # 2. Compress and pad; cut into parts; seal each part alone.
    stored = store(content, options)
    part_hashes = body.take(stored, file_key, file_id)
    return finish(content, stored, part_hashes, file_key, file_id, recipients, signer)


def finish(
    content: Content,
    stored: Stored,
    part_hashes: bytes,
    file_key: FileKey,
    file_id: uuid.UUID,
    recipients: Sequence[RecipientKey],
    signer: Ed25519PrivateKey | None,
) -> Sealed:
    """What is to be said of content whose parts have all been sealed, for `distinct` recipients.

    Raises `SourceChanged` if the content changed since it was opened.
    """
    content.check_unchanged()
    # 3. The manifest names the parts by their hashes and carries the encrypted metadata.
    metadata = describe(content, stored)
    manifest = make_manifest(metadata, stored, part_hashes, file_key, file_id, signer)
    # 4. A grant for each recipient, signed over the manifest.
    grants = [grant_to(recipient, file_key, manifest, signer) for recipient in recipients]
    return Sealed(manifest, metadata, part_hashes, grants)


def make_manifest(
    metadata: Metadata,
    stored: Stored,
    part_hashes: bytes,
    file_key: FileKey,
    file_id: uuid.UUID,
    signer: Ed25519PrivateKey | None,
) -> Manifest:
    """The manifest of parts that have been sealed."""
    body_size, digest = stored.geometry.body_size, parts_digest(part_hashes)
    return encode_manifest(
        file_id=file_id,
        created_at=int(time.time()),
        sender=None if signer is None else signer.public_key().public_bytes_raw(),
        key_commitment=file_key.commitment(file_id),
        part_size=stored.part_size,
        body_size=body_size,
        parts_digest=digest,
        metadata=seal_metadata(metadata, file_key, file_id, stored.part_size, body_size, digest),
    )


def distinct(recipients: Sequence[RecipientKey]) -> list[RecipientKey]:
    """Each recipient once, and nobody by RSA alone whose ML-KEM key is among them as well.

    Raises `FormatError` for more than fit into a file's records.
    """
    with_mlkem = {rsa_spki(key.rsa) for key in recipients if key.mlkem}
    strong = [key for key in recipients if key.mlkem or rsa_spki(key.rsa) not in with_mlkem]
    distinct = list({key.recipient: key for key in strong}.values())
    if len(distinct) > MAX_GRANTS:
        raise FormatError(f"a file can be sealed to at most {MAX_GRANTS} keys, not {len(distinct)}")
    return distinct
