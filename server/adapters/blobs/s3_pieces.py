"""Parts too small for S3: each lies in the bucket as an object of its own until all of them are there.

S3 takes no part below 5 MiB but the last, and it can't put small objects together by itself. So where parts are that
small, the server fetches them again at the end and sends them on in larger ones. They lie in the bucket and not on this
machine, so that an upload goes on at any node.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, TYPE_CHECKING
from uuid import UUID

from server.adapters.blobs.s3_client import S3Clients, S3Target
from server.adapters.blobs.s3_errors import told
from server.adapters.blobs.s3_keys import S3Keys
from server.adapters.blobs.s3_multipart import MAX_PARTS, MIN_PART, Multiparts, object_options
from server.adapters.blobs.s3_reader import S3Reader
from server.adapters.blobs.spool import Spool
from server.domain import Receipt

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

_GROUP = 16 << 20
"""Bytes of small parts that are sent on together, at least."""
_BLOCK = 256 << 10


class Pieces:
    """The small parts of bodies."""

    def __init__(
        self, clients: S3Clients, target: S3Target, keys: S3Keys, multiparts: Multiparts, spool: Spool
    ) -> None:
        self._clients = clients
        self._target = target
        self._keys = keys
        self._multiparts = multiparts
        self._spool = spool

    def put(self, blob_id: UUID, number: int, body: IO[bytes]) -> None:
        """Store one part in place of what was there."""
        with told("put piece"):
            self._client.put_object(
                Bucket=self._target.bucket,
                Key=self._keys.piece(blob_id, number),
                Body=body,
                **object_options(self._target),  # type: ignore[arg-type]
            )

    def sizes(self, blob_id: UUID) -> dict[int, int]:
        """The bytes of each part that is there."""
        prefix = self._keys.pieces(blob_id)
        found: dict[int, int] = {}
        for each in self.listed(prefix):
            name = each["Key"][len(prefix) :]
            if name.isascii() and name.isdigit():
                found[int(name)] = each["Size"]
        return found

    def listed(self, prefix: str) -> Iterator["ObjectTypeDef"]:
        """Every object whose key begins so."""
        with told("list"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._target.bucket, Prefix=prefix)
            for page in pages:
                yield from page.get("Contents", [])

    def assemble(self, blob_id: UUID, parts: Sequence[Receipt]) -> None:
        """Make the object of `parts`, which are all there."""
        key = self._keys.blob(blob_id)
        if len(parts) == 1:
            self._copy(self._keys.piece(blob_id, parts[0].number), key)
            return
        upload_id = self._multiparts.create(key)
        try:
            etags = {
                number: self._send_on(blob_id, key, upload_id, number, group)
                for number, group in enumerate(_groups(parts), 1)
            }
            self._multiparts.complete(key, upload_id, etags)
        except BaseException:
            self._multiparts.abort_all(key)
            raise

    def discard(self, blob_id: UUID) -> None:
        """Remove every part, one request each: `DeleteObjects` needs checksums that not every store knows."""
        for each in list(self.listed(self._keys.pieces(blob_id))):
            with told("delete piece"):
                self._client.delete_object(Bucket=self._target.bucket, Key=each["Key"])

    def changed(self) -> dict[UUID, datetime]:
        """When the newest part of each body came."""
        found: dict[UUID, datetime] = {}
        for each in self.listed(self._keys.staged):
            if (blob_id := self._keys.blob_id(each["Key"])) is not None:
                found[blob_id] = max(found.get(blob_id, each["LastModified"]), each["LastModified"])
        return found

    def _send_on(self, blob_id: UUID, key: str, upload_id: str, number: int, group: Sequence[Receipt]) -> str:
        with self._spool.empty() as file:
            for part in group:
                piece = self._keys.piece(blob_id, part.number)
                with S3Reader(self._client, self._target.bucket, piece, 0, part.size) as reader:
                    while block := reader.read(_BLOCK):
                        file.write(block)
            file.seek(0)
            return self._multiparts.put(key, upload_id, number, file)

    def _copy(self, source: str, key: str) -> None:
        with told("copy"):
            self._client.copy_object(
                Bucket=self._target.bucket,
                Key=key,
                CopySource={"Bucket": self._target.bucket, "Key": source},
                **object_options(self._target),  # type: ignore[arg-type]
            )

    @property
    def _client(self) -> "S3Client":
        return self._clients.own


def _groups(parts: Sequence[Receipt]) -> Iterator[list[Receipt]]:
    """The parts in order, so many together that S3 takes them, and that their number is one that it takes."""
    least = max(MIN_PART, _GROUP, -(-sum(part.size for part in parts) // (MAX_PARTS - 1)))
    group: list[Receipt] = []
    size = 0
    for part in parts:
        group.append(part)
        size += part.size
        if size >= least:
            yield group
            group, size = [], 0
    if group:
        yield group
