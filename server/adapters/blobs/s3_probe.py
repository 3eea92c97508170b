"""Trying out a bucket: everything that the server and its clients do there, step by step, on objects of its own."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from server.adapters.blobs.s3_advice import Failure, advice, failure_of, refusal
from server.adapters.blobs.s3_client import S3Clients, S3Target
from server.adapters.blobs.s3_multipart import MIN_PART, object_options

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from urllib3 import BaseHTTPResponse

_SECONDS = 20.0
_MOST_SAID = 4_096
"""Bytes of a refusal that are read."""
_WISHED = frozenset(("signed length", "cors"))
"""Steps that files do without."""
_CONTENT = b"Sealcase tries this bucket out and takes this object away again."


@dataclass(frozen=True, slots=True)
class Step:
    """What was tried, and what came of it."""

    name: str
    ok: bool
    needed: bool
    """Whether files can't be kept, or not sent straight to the bucket, without it."""
    message: str
    """What happened instead."""
    fix: str
    """What to do about it."""


class Probe:
    """`steps` may be asked once. Nothing stays behind, as far as the store allows it."""

    def __init__(self, clients: S3Clients, target: S3Target, origin: str, *, direct: bool) -> None:
        """`origin`: of the pages that a browser loads from this server. `direct`: whether clients reach the bucket."""
        self._clients = clients
        self._target = target
        self._origin = origin
        self._direct = direct
        self._key = f"{target.prefix}check/{secrets.token_hex(8)}"
        self._large = f"{self._key}-large"
        self._upload_id: str | None = None

    def steps(self) -> Iterator[Step]:
        """Everything that is worth knowing; what follows from a failure is left out."""
        own: list[tuple[str, Callable[[], None]]] = [
            ("bucket", self._bucket),
            ("put", self._put),
            ("list", self._list),
            ("range", self._range),
            ("copy", self._copy),
            ("multipart", self._multipart),
        ]
        clients: list[tuple[str, Callable[[], None]]] = [
            ("presigned put", self._presigned_put),
            ("signed length", self._signed_length),
            ("presigned get", self._presigned_get),
            ("cors", self._cors),
        ]
        try:
            for name, attempt in own:
                yield (step := self._tried(name, attempt))
                if not step.ok and name in ("bucket", "put"):
                    return
            for name, attempt in clients if self._direct else []:
                yield self._tried(name, attempt, needed=name not in _WISHED)
            yield self._tried("delete", self._delete)
        finally:
            self._clean()

    def _tried(self, name: str, attempt: Callable[[], None], *, needed: bool = True) -> Step:
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            attempt()
        except (Failure, ClientError, BotoCoreError, HTTPError, OSError) as error:
            failure = failure_of(error)
            return Step(name, False, needed, str(failure), advice(name, failure, self._target, self._origin))
        return Step(name, True, needed, "", "")

    def _bucket(self) -> None:
        # Not by HEAD: an answer without a body says nothing of what is wrong.
        self._own.list_objects_v2(Bucket=self._target.bucket, Prefix=self._key, MaxKeys=1)

    def _put(self) -> None:
        self._own.put_object(
            Bucket=self._target.bucket,
            Key=self._key,
            Body=_CONTENT,
            **object_options(self._target),  # type: ignore[arg-type]
        )

    def _list(self) -> None:
        found = self._own.list_objects_v2(Bucket=self._target.bucket, Prefix=self._key).get("Contents", [])
        _expect([each["Key"] for each in found] == [self._key], "an object that is there is not listed")

    def _range(self) -> None:
        answer = self._own.get_object(Bucket=self._target.bucket, Key=self._key, Range="bytes=9-13")
        _expect(answer["Body"].read() == _CONTENT[9:14], "a range was answered with other bytes")

    def _copy(self) -> None:
        etag = self._own.head_object(Bucket=self._target.bucket, Key=self._key)["ETag"]
        self._own.copy_object(
            Bucket=self._target.bucket,
            Key=f"{self._key}-copy",
            CopySource={"Bucket": self._target.bucket, "Key": self._key},
            CopySourceIfMatch=etag,
            MetadataDirective="REPLACE",
            **object_options(self._target),  # type: ignore[arg-type]
        )

    def _multipart(self) -> None:
        bucket, key = self._target.bucket, self._large
        made = self._own.create_multipart_upload(
            Bucket=bucket,
            Key=key,
            **object_options(self._target),  # type: ignore[arg-type]
        )
        upload_id = self._upload_id = made["UploadId"]
        listed = self._own.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", [])
        _expect(upload_id in [each["UploadId"] for each in listed], "an upload that is begun is not listed")
        etags = {
            number: self._own.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)[
                "ETag"
            ]
            for number, body in ((1, bytes(MIN_PART)), (2, b"end"))
        }
        parts = self._own.list_parts(Bucket=bucket, Key=key, UploadId=upload_id).get("Parts", [])
        _expect(
            {each["PartNumber"]: each["ETag"] for each in parts} == etags, "parts are listed otherwise than they came"
        )
        self._own.complete_multipart_upload(
            Bucket=bucket,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in etags.items()]},
        )
        self._upload_id = None
        answer = self._own.get_object(Bucket=bucket, Key=key, Range=f"bytes={MIN_PART - 1}-")
        _expect(answer["Body"].read() == b"\0end", "parts were put together wrongly")
        given_up = self._upload_id = self._own.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        self._own.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=given_up)
        self._upload_id = None

    def _presigned_put(self) -> None:
        answer = self._ask("PUT", self._signed_put(len(_CONTENT)), body=_CONTENT)
        _expect_status(answer, 200)
        _expect("ETag" in answer.headers, "the answer to a PUT has no ETag")

    def _signed_length(self) -> None:
        answer = self._ask("PUT", self._signed_put(len(_CONTENT) + 1), body=_CONTENT)
        _expect(answer.status >= 400, "an object of another length than was signed is taken")

    def _presigned_get(self) -> None:
        answer = self._ask("GET", self._signed_get(), headers={"Range": "bytes=9-13"})
        _expect_status(answer, 206)
        _expect(answer.data == _CONTENT[9:14], "a range was answered with other bytes")

    def _cors(self) -> None:
        for method, url, asked in (("PUT", self._signed_put(1), "content-type"), ("GET", self._signed_get(), "range")):
            headers = {
                "Origin": self._origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": asked,
            }
            answer = self._ask("OPTIONS", url, headers=headers)
            allowed = answer.headers.get("Access-Control-Allow-Origin")
            _expect(answer.status < 300 and allowed in ("*", self._origin), f"browsers may not {method} there")
        answer = self._ask("GET", self._signed_get(), headers={"Origin": self._origin})
        exposed = answer.headers.get("Access-Control-Expose-Headers", "").lower()
        _expect("etag" in exposed, "browsers may not see the ETag")

    def _delete(self) -> None:
        for key in self._keys:
            self._own.delete_object(Bucket=self._target.bucket, Key=key)
        found = self._own.list_objects_v2(Bucket=self._target.bucket, Prefix=self._key).get("Contents", [])
        _expect(not found, "an object that was deleted is still listed")

    def _clean(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        with suppress(ClientError, BotoCoreError):
            if self._upload_id is not None:
                self._own.abort_multipart_upload(Bucket=self._target.bucket, Key=self._large, UploadId=self._upload_id)
            for key in self._keys:
                self._own.delete_object(Bucket=self._target.bucket, Key=key)

    def _signed_put(self, length: int) -> str:
        return self._clients.signing.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._target.bucket, "Key": f"{self._key}-client", "ContentLength": length},
            ExpiresIn=300,
        )

    def _signed_get(self) -> str:
        return self._clients.signing.generate_presigned_url(
            "get_object", Params={"Bucket": self._target.bucket, "Key": self._key}, ExpiresIn=300
        )

    def _ask(
        self, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> "BaseHTTPResponse":
        """As a client does: without the server's own connections."""
        from urllib3 import PoolManager, Timeout

        authorities = self._target.ca_file or None
        with PoolManager(timeout=Timeout(_SECONDS), retries=False, ca_certs=authorities) as pool:
            return pool.request(method, url, body=body, headers=headers or {})

    @property
    def _keys(self) -> tuple[str, ...]:
        return (self._key, f"{self._key}-copy", f"{self._key}-client", self._large)

    @property
    def _own(self) -> "S3Client":
        return self._clients.own


def origin_of(url: str) -> str:
    """What a browser calls the server behind `url`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Failure(otherwise)


def _expect_status(answer: "BaseHTTPResponse", status: int) -> None:
    if answer.status != status:
        raise refusal(answer.status, answer.data[:_MOST_SAID], answer.headers.get("x-amz-bucket-region", ""))
