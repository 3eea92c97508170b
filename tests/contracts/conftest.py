"""Where the adapters of the contract suites keep what they keep: folders, and databases that are made for one test."""

from pathlib import Path

import pytest

from tests.contracts.places import DATABASE
from tests.services.postgres import postgres, postgres_address

__all__ = ["place", "postgres", "postgres_address"]


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a test whose adapter's `name` says what it needs."""
    if "postgres" in str(request.getfixturevalue("name")):
        (tmp_path / DATABASE).write_text(request.getfixturevalue("postgres_address"))
    return tmp_path
