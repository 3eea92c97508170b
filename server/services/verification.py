"""Whether what clients sent straight to the store is what they said it is: read back and hashed, a few parts or all.

The server never saw these bytes, and has only the sender's word for their hashes. A wrong one harms the sender's own
readers, who check every part themselves; what is found here is found while the sender can still send it again.
"""

import hashlib
import random
from collections.abc import Sequence
from enum import StrEnum

from server.domain import Backend, Receipt, Upload
from server.ports import BlobStore

SAMPLE_PARTS = 8
SAMPLE_BYTES = 64 << 20
"""A sample ends with the part that reaches so much; it has one part at least."""
_BLOCK = 256 << 10


class Verify(StrEnum):
    """How much of what went straight to the store is read back before it is a file."""

    NONE = "none"
    SAMPLE = "sample"
    FULL = "full"


class Verification:
    """Reads assembled blobs, with constant memory."""

    def __init__(self, mode: Verify) -> None:
        self._mode = mode
        self._random = random.SystemRandom()

    def altered(self, blobs: BlobStore, upload: Upload, parts: Sequence[Receipt]) -> list[int]:
        """The numbers of parts, of those that were looked at, that are not what their receipts say.

        Parts that came through the server were hashed there: they are not looked at, unless clients could have written
        over them and no ETag tells (receipts of earlier versions): then all are. Raises `Unavailable`.
        """
        direct = [part for part in parts if part.direct]
        nameless = [part for part in parts if not part.etag] if _clients_write(upload) else []
        return [part.number for part in (*nameless, *self._chosen(direct)) if not _is_as_said(blobs, upload, part)]

    def _chosen(self, parts: list[Receipt]) -> list[Receipt]:
        if self._mode is Verify.FULL:
            return parts
        if self._mode is Verify.NONE or not parts:
            return []
        chosen: list[Receipt] = []
        for part in self._random.sample(parts, min(SAMPLE_PARTS, len(parts))):
            chosen.append(part)
            if sum(each.size for each in chosen) >= SAMPLE_BYTES:
                break
        return chosen


def _clients_write(upload: Upload) -> bool:
    """Whether parts can go to its store behind the server's back."""
    return upload.backend is Backend.S3 and upload.staging is not None


def _is_as_said(blobs: BlobStore, upload: Upload, part: Receipt) -> bool:
    start = part.number * upload.full_part
    digest = hashlib.sha256()
    with blobs.open_range(upload.file_id, None, start, start + part.size) as body:
        while block := body.read(_BLOCK):
            digest.update(block)
    return digest.digest() == part.digest
