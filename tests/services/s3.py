"""S3 stores for tests: what every one of them offers, and moto's server, which is quick and believes everything.

moto takes wrong signatures, expired requests and wrong lengths: what is about signing is shown with Ceph.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from server.adapters.blobs.s3_client import S3Target, make_client

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

    def client(self) -> "S3Client":
        return make_client(self.target(""), self.url)

    def new_bucket(self, name: str) -> S3Target:
        """An empty bucket."""
        self.client().create_bucket(Bucket=name)
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


@contextmanager
def moto() -> Iterator[S3Service]:
    """Listens on a free port of 127.0.0.1; everything is in memory."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Service(f"http://{host}:{port}", signs=False)
    finally:
        server.stop()
