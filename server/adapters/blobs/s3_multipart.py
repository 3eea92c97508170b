"""Multipart uploads of a bucket: one for each body that comes in parts.

A record names the upload as `staging`. Where that one is gone (a lifecycle rule aborted it, or a part was found altered
when all were put together), another takes its place under the same key and is found by listing, under a lock.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from server.adapters.blobs.s3_client import S3Clients, S3Target
from server.adapters.blobs.s3_errors import UploadGone, told
from server.errors import NotFound
from server.ports import Ephemeral, bare_etag

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import MultipartUploadTypeDef

MIN_PART = 5 << 20
"""Bytes of every part but the last: S3 takes no smaller ones."""
MAX_PARTS = 10_000
_LOCK_SECONDS = 60
_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part as the store has it."""

    size: int
    etag: str
    """Without quotes."""


class Multiparts:
    """Part numbers here are S3's: from 1 on."""

    def __init__(self, clients: S3Clients, target: S3Target, ephemeral: Ephemeral) -> None:
        self._clients = clients
        self._target = target
        self._ephemeral = ephemeral
        self._successors: dict[str, str] = {}

    def create(self, key: str) -> str:
        """Begin another one."""
        with told("create upload"):
            made = self._client.create_multipart_upload(
                Bucket=self._target.bucket,
                Key=key,
                **object_options(self._target),  # type: ignore[arg-type]  # texts of the operator's choice
            )
        return made["UploadId"]

    def current(self, staging: str) -> str:
        """The upload that stands for `staging`, as far as this process knows."""
        return self._successors.get(staging, staging)

    def renew(self, key: str, staging: str) -> str:
        """Another upload in place of the one that is gone: the newest of this key, or a new one."""
        with self._ephemeral.lock(f"s3:{key}", _LOCK_SECONDS):
            found = sorted(self.of_key(key), key=lambda each: each["Initiated"])
            upload_id = found[-1]["UploadId"] if found else self.create(key)
        self.succeed(staging, upload_id)
        return upload_id

    def succeed(self, staging: str, upload_id: str) -> None:
        """Remember which upload stands for `staging`; other processes find it by listing."""
        if len(self._successors) >= _REMEMBERED:
            self._successors.clear()
        self._successors[staging] = upload_id

    def put(self, key: str, upload_id: str, number: int, body: IO[bytes]) -> str:
        """Store one part; returns its ETag. Raises `UploadGone`."""
        with _told("put part"):
            answer = self._client.upload_part(
                Bucket=self._target.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body
            )
        return bare_etag(answer["ETag"])

    def copy(self, key: str, upload_id: str, number: int, start: int, stop: int) -> str:
        """Make a range of the object under `key` a part of an upload under the same key; returns its ETag."""
        with told("copy part"):
            answer = self._client.upload_part_copy(
                Bucket=self._target.bucket,
                Key=key,
                UploadId=upload_id,
                PartNumber=number,
                CopySource={"Bucket": self._target.bucket, "Key": key},
                CopySourceRange=f"bytes={start}-{stop - 1}",
            )
        return bare_etag(answer["CopyPartResult"]["ETag"])

    def parts(self, key: str, upload_id: str) -> dict[int, ListedPart]:
        """What the store has. Raises `UploadGone`."""
        found: dict[int, ListedPart] = {}
        with _told("list parts"):
            pages = self._client.get_paginator("list_parts").paginate(
                Bucket=self._target.bucket, Key=key, UploadId=upload_id
            )
            for page in pages:
                for part in page.get("Parts", []):
                    found[part["PartNumber"]] = ListedPart(part["Size"], bare_etag(part["ETag"]))
        return found

    def check(self, key: str, upload_id: str) -> None:
        """Raises `UploadGone`."""
        with _told("look at upload"):
            self._client.list_parts(Bucket=self._target.bucket, Key=key, UploadId=upload_id, MaxParts=1)

    def complete(self, key: str, upload_id: str, etags: Mapping[int, str]) -> None:
        """Make these parts the object. Raises `UploadGone`, `PartsRefused`."""
        parts = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in sorted(etags.items())]
        with _told("complete upload"):
            self._client.complete_multipart_upload(
                Bucket=self._target.bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": parts},  # type: ignore[typeddict-item]  # checked above, by construction
            )

    def abort(self, key: str, upload_id: str) -> None:
        """Raises `UploadGone`."""
        with _told("abort upload"):
            self._client.abort_multipart_upload(Bucket=self._target.bucket, Key=key, UploadId=upload_id)

    def abort_all(self, key: str) -> None:
        """Every upload of this key."""
        for upload in list(self.of_key(key)):
            with suppress(UploadGone):
                self.abort(key, upload["UploadId"])

    def of_key(self, key: str) -> Iterator["MultipartUploadTypeDef"]:
        """Every upload of exactly this key, in any order."""
        return (upload for upload in self.under(key) if upload["Key"] == key)

    def under(self, prefix: str) -> Iterator["MultipartUploadTypeDef"]:
        """Every upload whose key begins so."""
        with told("list uploads"):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._target.bucket, Prefix=prefix
            )
            for page in pages:
                yield from page.get("Uploads", [])

    @property
    def _client(self) -> "S3Client":
        return self._clients.own


@contextmanager
def _told(operation: str) -> Iterator[None]:
    """As `told`. Some stores (Ceph) say of an upload that is gone that there is no such key."""
    try:
        with told(operation):
            yield
    except NotFound:
        raise UploadGone(operation) from None


def object_options(target: S3Target) -> dict[str, str]:
    """What is said of every object that is made."""
    options = {"ContentType": "application/octet-stream"}
    if target.encryption:
        options["ServerSideEncryption"] = target.encryption
    if target.storage_class:
        options["StorageClass"] = target.storage_class
    return options


def same_etag(one: str, other: str) -> bool:
    """Quotes make no difference, nor does case: some stores change it."""
    return bare_etag(one).lower() == bare_etag(other).lower()
