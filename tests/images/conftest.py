"""Images take minutes, so nobody builds them by the way: `make image-test` does."""

import os
from collections.abc import Iterator

import pytest

from tests.images.engine import TAG, Engine

collect_ignore_glob = [] if os.environ.get("SEALCASE_IMAGES") else ["test_*.py"]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """With the image that all tests are about."""
    engine = Engine(tmp_path_factory.mktemp("images"))
    engine.make_base()
    engine.build(TAG)
    yield engine
    engine("rmi", "--all", "--force")
