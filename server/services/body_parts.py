"""The parts of a finished file's body, as its record says."""

from dataclasses import dataclass

from server.domain import File
from shared.sealed.errors import FormatError
from shared.sealed.manifest import Manifest

_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One part of a body, in sealed bytes."""

    number: int
    offset: int
    size: int
    digest: bytes
    """SHA-256."""


def body_parts(file: File) -> list[BodyPart] | None:
    """All of them in order; a file without a manifest is one part. None where manifest and hashes do not fit."""
    if file.simple is not None:
        sizes = [file.size]
    else:
        try:
            geometry = Manifest.parse(file.manifest).geometry
        except FormatError:
            return None
        sizes = [geometry.sealed_length(number) for number in range(geometry.part_count)]
    hashes = file.part_hashes
    if len(hashes) != len(sizes) * _DIGEST_BYTES:
        return None
    parts, offset = [], 0
    for number, size in enumerate(sizes):
        digest = hashes[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES]
        parts.append(BodyPart(number, offset, size, digest))
        offset += size
    return parts
