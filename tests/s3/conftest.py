"""A server whose files lie in a bucket of their own for each test: moto's, and Ceph's in `make test-all`."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from server.adapters.blobs.s3_client import S3Clients, S3Target
from tests.server.house import House, Person, house
from tests.services.s3 import S3Service

House_ = Callable[..., House]
MARK = "installation"


@dataclass(frozen=True)
class Bucket:
    """A bucket of a running store, and what is in it."""

    service: S3Service
    name: str

    def keys(self) -> list[str]:
        """Of everything but the mark of its owner."""
        found = self.service.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [each["Key"] for each in found if each["Key"] != MARK]

    def uploads(self) -> list[str]:
        """Keys of multipart uploads that are begun and not over."""
        found = self.service.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])
        return [each["Key"] for each in found]

    def read(self, key: str) -> bytes:
        return self.service.client.get_object(Bucket=self.name, Key=key)["Body"].read()


@cache
def _clients(target: S3Target) -> S3Clients:
    return S3Clients(target)


@pytest.fixture(autouse=True)
def _few_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same ones for every server of these tests: botocore takes its time, and they know of no bucket."""
    monkeypatch.setattr("server.s3_bucket.S3Clients", lambda target: _clients(replace(target, bucket="")))


@pytest.fixture(params=["moto_s3", pytest.param("ceph_s3", marks=pytest.mark.slow)])
def service(request: pytest.FixtureRequest) -> S3Service:
    found: S3Service = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def bucket(service: S3Service) -> Bucket:
    name = f"test-{uuid.uuid4().hex[:16]}"
    service.new_bucket(name)
    return Bucket(service, name)


@pytest.fixture
def build(bucket: Bucket, tmp_path: Path) -> House_:
    """Makes a server over the bucket; again over the same folder for what another process would see."""

    def made(**changes: Any) -> House:
        here = house(tmp_path / "data", **{**bucket.service.settings(bucket.name), **changes})
        here.clock.time = time.time()  # the store has a clock of its own
        return here

    return made


@pytest.fixture
def here(build: House_) -> House:
    return build()


@pytest.fixture
def ada(here: House) -> Person:
    return here.person("ada@example.org")


@pytest.fixture
def bob(here: House) -> Person:
    return here.person("bob@example.org")
