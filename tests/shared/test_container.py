"""Records that lie about their lengths are refused before they cost memory."""

import os
import struct
from uuid import uuid4

import pytest

from shared.crypto.container import HEADER, MAGIC, Container
from shared.sealed.errors import FormatError
from shared.sealed.geometry import sealed_length
from shared.sealed.manifest import check_part_hashes, encode_manifest, parts_digest
from tests.shared.sealing import memory_file

HUGE = 1 << 38
"""Of a sparse file: more than any machine would read."""


@pytest.mark.parametrize("lengths", [(0, HUGE // 2), (HUGE // 2, 0), (32 * 10_001, 0), (0, (8 << 20) + 1)])
def test_records_that_are_too_large(lengths: tuple[int, int]) -> None:
    """Hashes of more than 10,000 parts, and a tail of more than 8 MiB, are not even read."""
    footer = struct.pack(">QQ", *lengths) + MAGIC
    with memory_file(HEADER) as file:
        descriptor = file._file.fileno()
        os.truncate(descriptor, HUGE)
        os.pwrite(descriptor, footer, HUGE - len(footer))
        file.size = HUGE
        with pytest.raises(FormatError, match="too large"):
            Container.read(file)


@pytest.mark.parametrize("count", [0, 2, 3])
def test_hash_list_of_another_length(count: int) -> None:
    """One part has one hash, even if the sender's digest was made over another list."""
    hashes = bytes(32 * count)
    manifest = encode_manifest(
        file_id=uuid4(),
        created_at=0,
        sender=None,
        key_commitment=bytes(32),
        part_size=1 << 20,
        body_size=sealed_length(0),
        parts_digest=parts_digest(hashes),
        metadata=bytes(284),
    )
    with pytest.raises(FormatError, match="length"):
        check_part_hashes(manifest, hashes)
