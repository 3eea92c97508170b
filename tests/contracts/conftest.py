"""Where the adapters of the contract suites keep what they keep: folders, and services that begin empty."""

from pathlib import Path

import pytest

from tests.contracts.places import DATABASE, REDIS
from tests.services.postgres import postgres, postgres_address
from tests.services.redis import redis, redis_address

__all__ = ["place", "postgres", "postgres_address", "redis", "redis_address"]

_SPAWNING = "_process", "killed_w", "many_workers"
"""In the names of tests that start processes: seconds each, so `make test` does so over files alone."""


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a test whose adapter's `name` says what it needs."""
    name = str(request.getfixturevalue("name"))
    if "postgres" in name:
        (tmp_path / DATABASE).write_text(request.getfixturevalue("postgres_address"))
    if "redis" in name:
        (tmp_path / REDIS).write_text(request.getfixturevalue("redis_address"))
    return tmp_path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long."""
    for item in items:
        service = "[postgres" in item.name or "[redis" in item.name
        if service and any(part in item.name for part in _SPAWNING):
            item.add_marker(pytest.mark.slow)
