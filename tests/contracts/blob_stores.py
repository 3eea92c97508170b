"""The stores that `test_blobs` runs over: one line each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.adapters.blobs.local import LocalBlobs
from server.ports import BlobStore


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


STORES = [
    pytest.param(Kind(lambda _, folder: LocalBlobs(folder)), id="local"),
]
