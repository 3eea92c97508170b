"""Bodies of files in an S3 bucket, or in what speaks like one.

Each upload in parts is one multipart upload, so parts come in any order, through any node, and are put together by the
store itself. Parts that S3 would find too small take a way of their own (`s3_pieces`). A part on its way through the
server waits in a nameless file until all of it has come (`spool`).
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING, BinaryIO, cast
from uuid import UUID

from server.adapters.blobs.s3_client import S3Clients, S3Target
from server.adapters.blobs.s3_errors import PartsRefused, UploadGone, told
from server.adapters.blobs.s3_keys import S3Keys
from server.adapters.blobs.s3_multipart import MAX_PARTS, MIN_PART, ListedPart, Multiparts, object_options, same_etag
from server.adapters.blobs.s3_pieces import Pieces
from server.adapters.blobs.s3_reader import S3Reader
from server.adapters.blobs.spool import Spool, check_digest, copy_hashing
from server.domain import Receipt
from server.errors import Conflict, NotFound, StoreUnavailable, TooLarge
from server.ports import Ephemeral, PartPlace, PartsDiffer, Source, StoredPart
from shared.sealed.geometry import MAX_PART_SIZE, MIB

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SPLIT_ABOVE = MAX_PART_SIZE + 16 * MIB
"""Longer ones are no parts of a sealed file but a whole one, which goes on in several."""
_SPLIT = 64 * MIB
_MARK_BYTES = 100


class S3Blobs:
    """A `BlobStore` and `MarkedStore` in a bucket. Memory does not depend on the size of parts or files."""

    def __init__(self, clients: S3Clients, target: S3Target, ephemeral: Ephemeral, spool: Spool) -> None:
        self._clients = clients
        self._target = target
        self._spool = spool
        self.keys = S3Keys(target.prefix)
        self.multiparts = Multiparts(clients, target, ephemeral)
        self._pieces = Pieces(clients, target, self.keys, self.multiparts, spool)

    def begin(self, blob_id: UUID, full_part: int) -> str | None:
        self.delete(blob_id)
        self.discard_parts(blob_id)
        return self.multiparts.create(self.keys.blob(blob_id)) if full_part >= MIN_PART else None

    def put_part(
        self, blob_id: UUID, staging: str | None, place: PartPlace, source: Source, expected: bytes | None = None
    ) -> StoredPart:
        self.keys.blob(blob_id)
        if place.length > SPLIT_ABOVE and not place.number:
            return self._put_split(blob_id, staging, place, source, expected)
        if place.number >= MAX_PARTS:
            raise TooLarge(f"The storage behind this server takes at most {MAX_PARTS} parts.")
        digest = hashlib.sha256()
        with self._spool.empty() as file:
            copy_hashing(source, file, place.number, place.length, digest)
            check_digest(place.number, digest.digest(), expected)
            if staging is None:
                file.seek(0)
                self._pieces.put(blob_id, place.number, file)
                return StoredPart(digest.digest())
            return StoredPart(digest.digest(), self._put(blob_id, staging, place.number + 1, file))

    def assemble(self, blob_id: UUID, staging: str | None, parts: Sequence[Receipt]) -> str | None:
        if staging is None:
            self._assemble_pieces(blob_id, parts)
        else:
            self._complete(blob_id, staging, parts)
        return None

    def put_whole(self, blob_id: UUID, content: bytes) -> str | None:
        with told("put"):
            self._client.put_object(
                Bucket=self._target.bucket,
                Key=self.keys.blob(blob_id),
                Body=content,
                **object_options(self._target),  # type: ignore[arg-type]
            )
        with suppress(StoreUnavailable):  # it is there; what is staged beside it is swept later
            self.discard_parts(blob_id)
        return None

    def open_range(self, blob_id: UUID, locator: str | None, start: int, stop: int) -> BinaryIO:  # noqa: ARG002
        reader = S3Reader(self._client, self._target.bucket, self.keys.blob(blob_id), start, stop)
        return cast("BinaryIO", reader)

    def exists(self, blob_id: UUID) -> bool:
        try:
            self.size(blob_id)
        except NotFound:
            return False
        return True

    def size(self, blob_id: UUID, locator: str | None = None) -> int:  # noqa: ARG002
        with told("head"):
            return self._client.head_object(Bucket=self._target.bucket, Key=self.keys.blob(blob_id))["ContentLength"]

    def delete(self, blob_id: UUID) -> None:
        self._remove(self.keys.blob(blob_id))

    def discard_parts(self, blob_id: UUID, staging: str | None = None) -> None:
        key = self.keys.blob(blob_id)
        if staging is not None:
            with suppress(UploadGone):
                self.multiparts.abort(key, self.multiparts.current(staging))
                return
        self.multiparts.abort_all(key)
        self._pieces.discard(blob_id)

    def reclaim(self) -> None:
        pass  # the store has it back already

    def list_blobs(self) -> Iterator[tuple[UUID, float]]:
        for key, changed_at in self.list_keys(self.keys.blobs):
            if (blob_id := self.keys.blob_id(key)) is not None:
                yield blob_id, changed_at

    def list_keys(self, prefix: str) -> Iterator[tuple[str, float]]:
        """Every object whose key begins so, and when it was last changed."""
        for each in self._pieces.listed(prefix):
            yield each["Key"], each["LastModified"].timestamp()

    def list_staged(self) -> Iterator[tuple[UUID, float]]:
        found = self._pieces.changed()
        for upload in self.multiparts.under(self.keys.blobs):
            if (blob_id := self.keys.blob_id(upload["Key"])) is not None:
                found[blob_id] = max(found.get(blob_id, upload["Initiated"]), upload["Initiated"])
        return ((blob_id, changed.timestamp()) for blob_id, changed in found.items())

    def owner(self) -> UUID | None:
        try:
            with told("get mark"):
                mark = self._client.get_object(Bucket=self._target.bucket, Key=self.keys.mark)["Body"].read(_MARK_BYTES)
        except NotFound:
            return None
        try:
            return UUID(mark.decode("ascii").strip())
        except ValueError:  # somebody else's object
            return UUID(int=0)

    def claim(self, installation_id: UUID) -> None:
        with told("put mark"):
            self._client.put_object(
                Bucket=self._target.bucket,
                Key=self.keys.mark,
                Body=f"{installation_id}\n".encode(),
                **object_options(self._target),  # type: ignore[arg-type]
            )

    def check_room(self, length: int) -> None:
        # Of the bucket nobody knows; a part on its way there needs room here.
        self._spool.check_room(min(length, SPLIT_ABOVE))

    def _put(self, blob_id: UUID, staging: str, number: int, file: IO[bytes]) -> str:
        """Returns the part's ETag."""
        key = self.keys.blob(blob_id)
        file.seek(0)
        try:
            return self.multiparts.put(key, self.multiparts.current(staging), number, file)
        except UploadGone:
            file.seek(0)
            return self.multiparts.put(key, self.multiparts.renew(key, staging), number, file)

    def _put_split(
        self, blob_id: UUID, staging: str | None, place: PartPlace, source: Source, expected: bytes | None
    ) -> StoredPart:
        """A whole file in one part, of any length, as parts of the store's own."""
        if staging is None:
            raise ValueError("the upload was begun for small parts")
        digest = hashlib.sha256()
        for number, length in enumerate(_split(place.length), 1):
            with self._spool.empty() as file:
                copy_hashing(source, file, place.number, length, digest)
                self._put(blob_id, staging, number, file)
        check_digest(place.number, digest.digest(), expected)
        return StoredPart(digest.digest())

    def _complete(self, blob_id: UUID, staging: str, parts: Sequence[Receipt]) -> None:
        key = self.keys.blob(blob_id)
        try:
            self._complete_with(key, self.multiparts.current(staging), parts)
        except (UploadGone, PartsDiffer) as error:
            # Put together before, perhaps; a part that came again since then lies in an upload of its own.
            if not self.exists(blob_id):
                if isinstance(error, PartsDiffer):
                    raise
                self._complete_with(key, self.multiparts.renew(key, staging), parts)
        self._check_same(blob_id, parts)

    def _complete_with(self, key: str, upload_id: str, parts: Sequence[Receipt]) -> None:
        stored = self.multiparts.parts(key, upload_id)
        if differing := _differing(parts, stored):
            raise PartsDiffer(differing)
        etags = {number: stored[number].etag for number, _ in _numbered(parts)}
        try:
            self.multiparts.complete(key, upload_id, etags)
        except PartsRefused:  # one was written over in this very moment
            raise PartsDiffer(_differing(parts, self.multiparts.parts(key, upload_id))) from None

    def _assemble_pieces(self, blob_id: UUID, parts: Sequence[Receipt]) -> None:
        found = self._pieces.sizes(blob_id)
        differing = [part.number for part in parts if found.get(part.number) != part.size]
        if not found or (differing and self.exists(blob_id)):  # put together before; removing the pieces was cut short
            self._check_same(blob_id, parts)
            return
        if differing:
            raise PartsDiffer(differing)
        self._pieces.assemble(blob_id, parts)
        with suppress(StoreUnavailable):
            self._pieces.discard(blob_id)

    def _check_same(self, blob_id: UUID, parts: Sequence[Receipt]) -> None:
        if self.size(blob_id) != sum(part.size for part in parts):
            raise Conflict("The file was put together with another size.")

    def _remove(self, key: str) -> None:
        with told("delete"):
            self._client.delete_object(Bucket=self._target.bucket, Key=key)

    @property
    def _client(self) -> "S3Client":
        return self._clients.own


def _split(length: int) -> list[int]:
    """The lengths of the parts in which so many bytes go on."""
    each = max(_SPLIT, -(-length // (MAX_PARTS - 1)))
    return [min(each, length - start) for start in range(0, length, each)]


def _numbered(parts: Sequence[Receipt]) -> list[tuple[int, int]]:
    """S3's number and the length of every part of the store's that belongs to these."""
    if len(parts) == 1 and parts[0].size > SPLIT_ABOVE:
        return list(enumerate(_split(parts[0].size), 1))
    return [(part.number + 1, part.size) for part in parts]


def _differing(parts: Sequence[Receipt], stored: dict[int, ListedPart]) -> list[int]:
    """The numbers of parts that the store does not have as their receipts say."""
    if len(parts) == 1 and parts[0].size > SPLIT_ABOVE:
        whole = all(number in stored and stored[number].size == length for number, length in _numbered(parts))
        return [] if whole else [0]
    return [part.number for part in parts if not _is(part, stored.get(part.number + 1))]


def _is(part: Receipt, stored: ListedPart | None) -> bool:
    if stored is None or stored.size != part.size:
        return False
    return not part.etag or same_etag(part.etag, stored.etag)
