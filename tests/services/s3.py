"""S3 stores for tests: what every one of them offers, and moto's server, which is quick and believes everything.

moto takes wrong signatures, expired requests and wrong lengths: what is about signing is shown with Ceph.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from server.adapters.blobs.s3_client import S3Clients, S3Target

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCESS_KEY, SECRET_KEY = "testtest", "testtest"


@dataclass(frozen=True)
class S3Service:
    """A running store."""

    url: str
    signs: bool
    """Whether it checks signatures, expiry and lengths."""

    def target(self, bucket: str, **changes: object) -> S3Target:
        """A bucket of it, which need not be there yet."""
        target = S3Target(
            bucket, endpoint=self.url, path_style=True, access_key=ACCESS_KEY, secret_key=SECRET_KEY, read_seconds=20
        )
        return replace(target, **changes)  # type: ignore[arg-type]  # one record, some fields replaced

    @property
    def client(self) -> "S3Client":
        """Of the tests' own."""
        return self.clients.own

    @property
    def clients(self) -> S3Clients:
        """Made once, which takes a while."""
        return _clients(self.url)

    def new_bucket(self, name: str) -> S3Target:
        """A bucket of that name, empty unless it was there."""
        client = self.client
        if name not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=name)
        return self.target(name)

    def settings(self, bucket: str, **changes: str) -> dict[str, str]:
        """Settings of a Sealcase server that keeps files there."""
        return {
            "storage": "s3",
            "s3_bucket": bucket,
            "s3_endpoint": self.url,
            "s3_path_style": "1",
            "s3_access_key": ACCESS_KEY,
            "s3_secret_key": SECRET_KEY,
            **changes,
        }


@cache
def _clients(url: str) -> S3Clients:
    return S3Clients(S3Service(url, signs=True).target(""))


@contextmanager
def moto() -> Iterator[S3Service]:
    """Listens on a free port of 127.0.0.1; everything is in memory."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    _let_moto_know_the_time()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Service(f"http://{host}:{port}", signs=False)
    finally:
        server.stop()


@cache
def _let_moto_know_the_time() -> None:
    """moto says of every multipart upload that it was begun in 2010."""
    from moto.core.responses import ActionResult
    from moto.s3.models import FakeMultipart
    from moto.s3.responses import S3Response

    begun: dict[str, str] = {}
    begin, listed = FakeMultipart.__init__, S3Response.list_multipart_uploads

    def begin_now(self: FakeMultipart, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        begun[self.id] = datetime.now(UTC).isoformat()

    def list_with_times(self: S3Response) -> Any:
        serialized = self.serialized

        def with_times(result: ActionResult) -> Any:
            for upload in result.result["Uploads"]:  # type: ignore[index]
                upload["Initiated"] = begun[upload["UploadId"]]
            return serialized(result)

        self.serialized = with_times  # type: ignore[assignment, method-assign]
        return listed(self)

    FakeMultipart.__init__ = begin_now  # type: ignore[method-assign]
    S3Response.list_multipart_uploads = list_with_times  # type: ignore[method-assign]
