"""The stores that `test_blobs` runs over: one line each."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.adapters.blobs.ipfs import IpfsBlobs
from server.adapters.blobs.kubo import Kubo
from server.adapters.blobs.local import LocalBlobs
from server.adapters.blobs.s3 import S3Blobs
from server.adapters.blobs.spool import Spool
from server.adapters.clock import SystemClock
from server.adapters.ephemeral.files import FileEphemeral
from server.multiaddr import rpc_url
from server.ports import BlobStore
from tests.services.ipfs import IpfsNode
from tests.services.s3 import S3Service


@dataclass(frozen=True, slots=True)
class Kind:
    """How a store is made, as often as wanted, over the same empty place of one test."""

    make: Callable[[pytest.FixtureRequest, Path], BlobStore]
    full_part: int = 1_000_000
    """Bytes of every part but the last."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One store in one test; every call of `store` is what another worker process would have."""

    kind: Kind
    request: pytest.FixtureRequest
    folder: Path

    def store(self) -> BlobStore:
        return self.kind.make(self.request, self.folder)


def _s3(fixture: str) -> Callable[[pytest.FixtureRequest, Path], BlobStore]:
    """A store in a bucket of its own for each test."""

    def make(request: pytest.FixtureRequest, folder: Path) -> BlobStore:
        service: S3Service = request.getfixturevalue(fixture)
        bucket = f"contract-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
        target = service.new_bucket(bucket)
        ephemeral = FileEphemeral(folder / "ephemeral", SystemClock())
        return S3Blobs(service.clients, target, ephemeral, Spool(folder / "spool"))

    return make


S3_PART = 5 << 20
"""The smallest part that S3 takes by itself."""


def _in_ipfs(request: pytest.FixtureRequest, folder: Path) -> BlobStore:
    node: IpfsNode = request.getfixturevalue("ipfs")
    return IpfsBlobs(folder, Kubo(rpc_url(node.multiaddr)))


STORES = [
    pytest.param(Kind(lambda _, folder: LocalBlobs(folder)), id="local"),
    pytest.param(Kind(_s3("moto_s3")), id="s3-small-parts", marks=pytest.mark.slow),
    pytest.param(Kind(_s3("moto_s3"), S3_PART), id="s3"),
    pytest.param(Kind(_s3("ceph_s3")), id="ceph-small-parts", marks=pytest.mark.slow),
    pytest.param(Kind(_s3("ceph_s3"), S3_PART), id="ceph", marks=pytest.mark.slow),
    pytest.param(Kind(_in_ipfs), id="ipfs", marks=pytest.mark.slow),
]
