"""`NAME.sealed`: body, part hashes, manifest and grants in one file, for people without a server.

"SEALCASE" ‖ 0x01 0x0D 0x0A 0x1A ‖ body ‖ part hashes ‖ tail ‖ u64(len(part hashes)) ‖ u64(len(tail)) ‖ "SEALCASE"

The tail comes last, so that a pipe can be sealed as it flows.
"""

import struct
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.crypto.content import Content, SealOptions, Stored, StoredFile, StoredStream
from shared.crypto.errors import Truncated
from shared.crypto.file_key import FileKey
from shared.crypto.keys import RecipientKey
from shared.crypto.part_buffer import PartBuffer
from shared.crypto.parts import Fill, PartSealer
from shared.crypto.positional import PositionalFile
from shared.crypto.seal import Sealed, seal
from shared.crypto.workers import FixedLanes, each_part
from shared.sealed import strict_json
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.geometry import MAX_PARTS
from shared.sealed.grant import Grant, parse_grants
from shared.sealed.manifest import HASH_BYTES, Manifest, check_part_hashes

MAGIC = b"SEALCASE"
HEADER = MAGIC + b"\x01\r\n\x1a"
MAX_TAIL_BYTES = 8 << 20
_LENGTHS = struct.Struct(">QQ")
_FOOTER_BYTES = _LENGTHS.size + len(MAGIC)

Write = Callable[[memoryview], None]


def seal_to_file(
    content: Content,
    to: Sequence[RecipientKey],
    target: PositionalFile,
    signer: Ed25519PrivateKey | None = None,
    options: SealOptions = SealOptions(),  # noqa: B008  (frozen)
    *,
    threads: int,
) -> Sealed:
    """Writes a container to an empty file, several parts at a time where the content allows it."""
    body = _FileBody(target, threads)
    target.write_at(0, HEADER)
    sealed = seal(content, to, body, signer, options)
    target.write_at(len(HEADER) + sealed.manifest.body_size, _end(sealed))
    return sealed


def seal_to_stream(
    content: Content,
    to: Sequence[RecipientKey],
    write: Write,
    signer: Ed25519PrivateKey | None = None,
    options: SealOptions = SealOptions(),  # noqa: B008  (frozen)
) -> Sealed:
    """Writes a container to a pipe, from front to back."""
    write(memoryview(HEADER))
    sealed = seal(content, to, _StreamBody(write), signer, options)
    write(memoryview(_end(sealed)))
    return sealed


@dataclass(frozen=True, slots=True)
class Container:
    """A container that was read: its records, and its body, still sealed (a `SealedBody` for `open`)."""

    manifest: Manifest
    grants: list[Grant]
    part_hashes: bytes
    file: PositionalFile

    @classmethod
    def read(cls, file: PositionalFile) -> "Container":
        """Raises `FormatError` for a file that is no container, `Truncated` for one that was cut."""
        head, footer = bytearray(len(HEADER)), bytearray(_FOOTER_BYTES)
        file.read_at(0, memoryview(head))
        if head != HEADER:
            raise FormatError("this is not a sealed file (it does not begin as one)")
        if file.size < len(HEADER) + _FOOTER_BYTES:
            raise Truncated("the sealed file is cut short: its end is missing")
        file.read_at(file.size - _FOOTER_BYTES, memoryview(footer))
        if footer[_LENGTHS.size :] != MAGIC:
            raise Truncated("the sealed file is cut short, or something was added behind it")
        hashes_length, tail_length = _LENGTHS.unpack(footer[: _LENGTHS.size])
        if tail_length > MAX_TAIL_BYTES or hashes_length > MAX_PARTS * HASH_BYTES:
            raise FormatError("the records at the end of the sealed file are too large")
        records_start = file.size - _FOOTER_BYTES - tail_length - hashes_length
        if records_start < len(HEADER):
            raise FormatError("the records at the end of the sealed file do not fit into it")
        records = bytearray(hashes_length + tail_length)
        file.read_at(records_start, memoryview(records))
        manifest, grants = _parse_tail(bytes(records[hashes_length:]))
        if records_start != len(HEADER) + manifest.body_size:
            raise Truncated("the sealed file does not have the length that its manifest says")
        part_hashes = bytes(records[:hashes_length])
        check_part_hashes(manifest, part_hashes)
        return cls(manifest, grants, part_hashes, file)

    def load(
        self,
        buffer: PartBuffer,
        index: int,
        offset: int,
        length: int,
        expected_hash: bytes,
        then: int = 0,  # noqa: ARG002  (nobody has to be asked for it)
    ) -> None:
        buffer.load(index, length, expected_hash, self.file.reader(len(HEADER) + offset))


class _FileBody:
    """Seals into a file: whole parts by several threads where content can be read at any offset."""

    def __init__(self, target: PositionalFile, threads: int) -> None:
        self._target = target
        self._threads = threads

    def take(self, stored: Stored, file_key: FileKey, file_id: uuid.UUID) -> bytes:
        if isinstance(stored, StoredStream):
            return _StreamBody(self._target.appender(len(HEADER))).take(stored, file_key, file_id)
        return self._take_file(stored, file_key, file_id)

    def _take_file(self, stored: StoredFile, file_key: FileKey, file_id: uuid.UUID) -> bytes:
        geometry = stored.geometry
        hashes = [b""] * geometry.part_count

        def make_worker() -> Callable[[int], None]:
            sealer = PartSealer(file_key, file_id)

            def work(index: int) -> None:
                offset = len(HEADER) + geometry.sealed_offset(index)
                for piece in sealer.pieces(index, geometry.plain_length(index), stored.part(index)):
                    self._target.write_at(offset, piece)
                    offset += len(piece)
                hashes[index] = sealer.digest

            return work

        each_part(range(geometry.part_count), FixedLanes(self._threads), make_worker)
        return b"".join(hashes)


class _StreamBody:
    """Seals one part behind the other."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def take(self, stored: Stored, file_key: FileKey, file_id: uuid.UUID) -> bytes:
        sealer = PartSealer(file_key, file_id)
        hashes = []
        for index, fill in enumerate(_parts(stored)):
            for piece in sealer.pieces(index, stored.part_size, fill):
                self._write(piece)
            hashes.append(sealer.digest)
        return b"".join(hashes)


def _parts(stored: Stored) -> Iterator[Fill]:
    if isinstance(stored, StoredFile):
        for index in range(stored.geometry.part_count):
            yield stored.part(index)
        return
    yield stored.fill
    while stored.has_more:
        yield stored.fill


def _end(sealed: Sealed) -> bytes:
    tail = strict_json.dumps(
        {"manifest": b64u(sealed.manifest.raw), "grants": [grant.to_json() for grant in sealed.grants]}
    )
    return sealed.part_hashes + tail + _LENGTHS.pack(len(sealed.part_hashes), len(tail)) + MAGIC


def _parse_tail(tail: bytes) -> tuple[Manifest, list[Grant]]:
    record = strict_json.loads_object(tail, MAX_TAIL_BYTES, "the sealed file's tail")
    strict_json.only_keys(record, frozenset(("manifest", "grants")), frozenset(), "the sealed file's tail")
    return Manifest.parse(unb64u(record["manifest"], "manifest")), parse_grants(record["grants"])
