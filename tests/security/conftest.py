"""Fixtures of the attack tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.house import House, Person, house
from tests.support.server import LiveServer, live_server


@pytest.fixture
def here(tmp_path: Path) -> House:
    """A server in this process."""
    return house(tmp_path / "data")


@pytest.fixture
def ada(here: House) -> Person:
    return here.person("ada@example.org")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A real server with two worker processes."""
    with live_server(tmp_path_factory.mktemp("live"), workers=2) as server:
        yield server
