"""Opening, in the order that the format demands; a failure at any point leaves nothing under a final name."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path
from typing import Protocol

from shared.crypto.compression import Inflater
from shared.crypto.errors import Altered, Truncated
from shared.crypto.file_key import FileKey
from shared.crypto.fingerprint import PartFingerprint
from shared.crypto.grants import Reader, check_signature, senders_first, unwrap, unwrap_link
from shared.crypto.keys import PrivateKeys
from shared.crypto.link import LinkKeys
from shared.crypto.metadata import Metadata, check_metadata_length, open_metadata
from shared.crypto.part_buffer import PartBuffer
from shared.crypto.parts import STEP, PartOpener
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import Lanes, Progress, each_run, no_progress, nobody_waits, parts_in_order
from shared.sealed.geometry import Geometry
from shared.sealed.grant import Grant
from shared.sealed.manifest import HASH_BYTES, Manifest, check_part_hashes

Write = Callable[[memoryview], None]
"""Takes all of a piece of content, in order."""
Settled = Callable[[int, bytes], None]
"""Told, from any thread, the number of a part that was written and the fingerprint of what is in it."""
_ZEROS = bytes(STEP)
_RUN_BYTES = 64 << 20
"""So many bytes are fetched one after the other by the same thread: asking costs as much as a tenth of a part."""


class SealedBody(Protocol):
    """Where sealed parts come from: a container, or a server."""

    def load(
        self, buffer: PartBuffer, index: int, offset: int, length: int, expected_hash: bytes, then: int = 0
    ) -> None:
        """Loads part `index`, the `length` bytes of the body from `offset` on. Called from several threads.

        The same thread will ask for the `then` bytes behind it, part by part, unless something goes wrong.
        """


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose key was found and whose sender and metadata were checked; its content is still sealed."""

    manifest: Manifest
    metadata: Metadata
    sender: bytes | None
    """The Ed25519 key that signed it; whose that is, is for the caller to know. None: unsigned."""
    file_key: FileKey

    def packed_length(self, index: int) -> int:
        """Bytes of (compressed) content in part `index`; the rest of it is padding."""
        geometry = self.manifest.geometry
        left = self.metadata.packed_size - geometry.plain_offset(index)
        return max(0, min(left, geometry.plain_length(index)))

    def fingerprint(self, index: int) -> PartFingerprint:
        """Takes the (compressed) content in part `index`, as it is kept."""
        return PartFingerprint(self.file_key, self.manifest.file_id, index)


def open_file(
    manifest_bytes: bytes, grants: Sequence[Grant], keys: PrivateKeys | LinkKeys, me: Reader | None = None
) -> Opened:
    """Opening, steps 1 to 4: everything that can be said before a part is read.

    Raises `FormatError`, `WrongKey`, `BadSignature` or `Altered`, in this order.
    """
    # 1. Parse strictly, before any cryptography.
    manifest = Manifest.parse(manifest_bytes)
    check_metadata_length(manifest)
    # 2. My grant gives the file key, to which the manifest committed.
    grants = senders_first(grants, me)
    if isinstance(keys, LinkKeys):
        file_key, grant = unwrap_link(manifest, grants, keys)
    else:
        file_key, grant = unwrap(manifest, grants, keys)
    # 3. The sender signed this manifest, this key, for me.
    sender = check_signature(manifest, grant, grants, me)
    # 4. The metadata's sizes fit each other and the body.
    return Opened(manifest, open_metadata(manifest, file_key), sender, file_key)


def restore_file(
    opened: Opened,
    part_hashes: bytes,
    body: SealedBody,
    target: PositionalFile,
    *,
    lanes: Lanes,
    spool_folder: Path | None = None,
    progress: Progress = no_progress,
) -> None:
    """Opening, steps 5 and 6, into a file: parts in any order, each hash checked before its part is opened.

    Raises `Altered` or `FormatError`; what was written by then must be thrown away by the caller.
    """
    if opened.metadata.compression == "none":
        parts = range(opened.manifest.geometry.part_count)
        restore_parts(
            opened, part_hashes, body, target, parts, lanes=lanes, spool_folder=spool_folder, progress=progress
        )
    else:
        write = target.appender(0)
        restore_stream(opened, part_hashes, body, write, lanes=lanes, spool_folder=spool_folder, progress=progress)


def restore_parts(
    opened: Opened,
    part_hashes: bytes,
    body: SealedBody,
    target: PositionalFile,
    parts: Sequence[int],
    *,
    lanes: Lanes,
    settled: Settled | None = None,
    spool_folder: Path | None = None,
    progress: Progress = no_progress,
    wake: Callable[[], None] = nobody_waits,
) -> None:
    """Opening, step 5, of some parts: what is in them (still compressed, if it is), each at its own offset.

    `settled` is told of each part that was written and holds. Raises what `settled` raises, `Altered` or `FormatError`.
    """
    _check(opened, part_hashes)
    manifest, packed_size = opened.manifest, opened.metadata.packed_size
    geometry = manifest.geometry

    def make_worker() -> Callable[[int, Sequence[int]], None]:
        opener = PartOpener(opened.file_key, manifest.file_id)
        buffer = buffers.enter_context(PartBuffer(geometry.sealed_length(0), spool_folder))

        def work(index: int, then: Sequence[int]) -> None:
            _load(buffer, index, manifest, part_hashes, body, _bytes_behind(geometry, index, then))
            fingerprint = None if settled is None else opened.fingerprint(index)
            offset = geometry.plain_offset(index)
            for piece in opener.pieces(index, buffer.pieces()):
                content = _without_padding(piece, packed_size - offset)
                target.write_at(offset, content)
                if fingerprint:
                    fingerprint.update(content)
                offset += len(piece)
                progress(len(content))
            if settled and fingerprint:
                settled(index, fingerprint.finish())

        return work

    with ExitStack() as buffers:
        each_run(parts, lanes, max(1, _RUN_BYTES // geometry.part_size), make_worker, wake)


def restore_stream(
    opened: Opened,
    part_hashes: bytes,
    body: SealedBody,
    write: Write,
    *,
    lanes: Lanes,
    spool_folder: Path | None = None,
    progress: Progress = no_progress,
    wake: Callable[[], None] = nobody_waits,
) -> None:
    """Opening, steps 5 and 6, in order: into a pipe, or through decompression. Errors as in `restore_file`."""
    _check(opened, part_hashes)
    geometry, metadata = opened.manifest.geometry, opened.metadata
    opener = PartOpener(opened.file_key, opened.manifest.file_id)
    unpack = _Unpacker(metadata, write, progress)

    def use(buffer: PartBuffer, index: int) -> None:
        offset = geometry.plain_offset(index)
        for piece in opener.pieces(index, buffer.pieces()):
            unpack.take(_without_padding(piece, metadata.packed_size - offset))
            offset += len(piece)

    parts_in_order(
        geometry.part_count,
        lanes,
        make_slot=lambda: PartBuffer(geometry.sealed_length(0), spool_folder),
        load=lambda buffer, index: _load(buffer, index, opened.manifest, part_hashes, body),
        use=use,
        wake=wake,
    )
    unpack.finish()


def restore_whole(opened: Opened, part_hashes: bytes, body: bytes, write: Write) -> None:
    """Opening, steps 5 and 6, of a small body that is there already, without threads. Errors as in `restore_file`."""
    _check(opened, part_hashes)
    geometry, left = opened.manifest.geometry, opened.metadata.packed_size
    if len(body) != geometry.body_size:
        raise Truncated(f"the content has {len(body)} bytes instead of {geometry.body_size}")
    unpack = _Unpacker(opened.metadata, write, no_progress)
    opener = PartOpener(opened.file_key, opened.manifest.file_id, min(STEP, len(body)))
    for index in range(geometry.part_count):
        offset = geometry.sealed_offset(index)
        part = memoryview(body)[offset : offset + geometry.sealed_length(index)]
        expected = part_hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES]
        if not hmac.compare_digest(hashlib.sha256(part).digest(), expected):
            raise Altered(f"part {index} is not the one that the sender sealed")
        for piece in opener.pieces(index, (part[start : start + STEP] for start in range(0, len(part), STEP))):
            unpack.take(_without_padding(piece, left))
            left -= len(piece)
    unpack.finish()


def _check(opened: Opened, part_hashes: bytes) -> None:
    """What can be said before a part is read. Raises `Altered` or `FormatError`."""
    opened.metadata.check_inflation()
    check_part_hashes(opened.manifest, part_hashes)


def _load(
    buffer: PartBuffer, index: int, manifest: Manifest, part_hashes: bytes, body: SealedBody, then: int = 0
) -> None:
    offset, length = manifest.geometry.sealed_offset(index), manifest.geometry.sealed_length(index)
    expected = part_hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES]
    body.load(buffer, index, offset, length, expected, then)


def _bytes_behind(geometry: Geometry, index: int, then: Sequence[int]) -> int:
    """Sealed bytes of those of the parts `then` that follow part `index` without a gap."""
    beside = takewhile(lambda pair: pair[0] == pair[1], zip(then, count(index + 1), strict=False))
    return sum(geometry.sealed_length(part) for part, _ in beside)


def _without_padding(piece: memoryview, content_left: int) -> memoryview:
    """The content in a piece of the stored plaintext; what is behind it must be zeros."""
    content = piece[: max(0, content_left)]
    padding = piece[len(content) :]
    if bytes(padding) != _zeros(len(padding)):
        raise Altered("the padding is not empty")
    return content


def _zeros(length: int) -> bytes:
    return _ZEROS if length == len(_ZEROS) else bytes(length)


class _Unpacker:
    """Writes content in order, inflated where it was compressed; counts what it writes."""

    def __init__(self, metadata: Metadata, write: Write, progress: Progress) -> None:
        self._inflater = Inflater(metadata.size) if metadata.compression == "gzip" else None
        self._write = write
        self._progress = progress

    def take(self, packed: memoryview) -> None:
        pieces: Iterable[memoryview | bytes] = self._inflater.update(packed) if self._inflater else (packed,)
        for piece in pieces:
            self._write(memoryview(piece))
            self._progress(len(piece))

    def finish(self) -> None:
        if self._inflater:
            self._inflater.finish()
