"""Requests that clients send to the bucket themselves: signed here, for one object, one length and a short time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import UUID

from server.adapters.blobs.s3 import S3Blobs
from server.adapters.blobs.s3_client import S3Clients, S3Target
from server.adapters.blobs.s3_errors import Changed, UploadGone, told
from server.adapters.blobs.s3_multipart import MIN_PART, object_options
from server.errors import Conflict
from server.ports import Incoming, PartPlace, SignedPut

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_COPIES = 8
"""Parts that the store copies at a time."""


class S3Direct:
    """A `DirectStore`."""

    def __init__(self, blobs: S3Blobs, clients: S3Clients, target: S3Target, url_seconds: int) -> None:
        self._blobs = blobs
        self._clients = clients
        self._target = target
        self._url_seconds = url_seconds

    @property
    def bucket(self) -> str:
        return self._target.bucket

    @property
    def url_seconds(self) -> int:
        return self._url_seconds

    def takes(self, full_part: int) -> bool:
        return full_part >= MIN_PART

    def part_puts(self, blob_id: UUID, staging: str, parts: Sequence[PartPlace]) -> list[SignedPut]:
        key = self._blobs.keys.blob(blob_id)
        upload_id = self._alive(key, staging)
        return [
            self._put(
                "upload_part",
                Key=key,
                UploadId=upload_id,
                PartNumber=part.number + 1,
                ContentLength=part.length,
            )
            for part in parts
        ]

    def reopen(self, blob_id: UUID, staging: str, parts: Sequence[PartPlace]) -> dict[int, str]:
        key = self._blobs.keys.blob(blob_id)
        upload_id = self._blobs.multiparts.create(key)

        def copy(part: PartPlace) -> str:
            stop = part.offset + part.length
            return self._blobs.multiparts.copy(key, upload_id, part.number + 1, part.offset, stop)

        with ThreadPoolExecutor(_COPIES) as pool:
            etags = dict(zip((part.number for part in parts), pool.map(copy, parts), strict=True))
        self._blobs.multiparts.succeed(staging, upload_id)
        self._blobs.delete(blob_id)
        return etags

    def content_url(self, blob_id: UUID) -> str:
        with told("sign"):
            return self._clients.signing.generate_presigned_url(
                "get_object",
                Params={"Bucket": self._target.bucket, "Key": self._blobs.keys.blob(blob_id)},
                ExpiresIn=self._url_seconds,
            )

    def incoming_put(self, size: int) -> tuple[str, SignedPut]:
        key = self._blobs.keys.new_incoming()
        return key, self._put("put_object", Key=key, ContentLength=size)

    def incoming(self, key: str) -> Incoming:
        with told("head incoming"):
            answer = self._client.head_object(Bucket=self._target.bucket, Key=key)
        return Incoming(answer["ContentLength"], answer["ETag"])

    def adopt(self, key: str, etag: str, blob_id: UUID) -> None:
        try:
            with told("adopt"):
                self._client.copy_object(
                    Bucket=self._target.bucket,
                    Key=self._blobs.keys.blob(blob_id),
                    CopySource={"Bucket": self._target.bucket, "Key": key},
                    CopySourceIfMatch=etag,
                    MetadataDirective="REPLACE",  # whoever put it there had the say on its type
                    **object_options(self._target),  # type: ignore[arg-type]
                )
        except Changed:
            raise Conflict("The object was written over in this very moment. Say again that it is there.") from None

    def remove_incoming(self, key: str) -> None:
        with told("delete incoming"):
            self._client.delete_object(Bucket=self._target.bucket, Key=key)

    def sweep_incoming(self, before: float) -> None:
        for key, changed_at in self._blobs.list_keys(self._blobs.keys.incoming):
            if changed_at < before:
                self.remove_incoming(key)

    def _alive(self, key: str, staging: str) -> str:
        """The upload for `staging`, or another one where that is gone."""
        upload_id = self._blobs.multiparts.current(staging)
        try:
            self._blobs.multiparts.check(key, upload_id)
        except UploadGone:
            return self._blobs.multiparts.renew(key, staging)
        return upload_id

    def _put(self, operation: str, **parameters: str | int) -> SignedPut:
        with told("sign"):
            url = self._clients.signing.generate_presigned_url(
                operation,
                Params={"Bucket": self._target.bucket, **parameters},
                ExpiresIn=self._url_seconds,
                HttpMethod="PUT",
            )
        return SignedPut(url, {})

    @property
    def _client(self) -> "S3Client":
        return self._clients.own
