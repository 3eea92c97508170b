"""Fixtures of the attack tests."""

from pathlib import Path

import pytest

from tests.server.house import House, Person, house


@pytest.fixture
def here(tmp_path: Path) -> House:
    """A server in this process."""
    return house(tmp_path / "data")


@pytest.fixture
def ada(here: House) -> Person:
    return here.person("ada@example.org")
