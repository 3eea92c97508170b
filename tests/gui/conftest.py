"""Two people, wherever a window or a presenter has a server."""

from pathlib import Path

import pytest

from tests.support.people import Person, sign_up
from tests.support.server import LiveServer


@pytest.fixture
def ada(server: LiveServer, tmp_path: Path) -> Person:
    return sign_up("ada", server, tmp_path)


@pytest.fixture
def bob(server: LiveServer, tmp_path: Path) -> Person:
    return sign_up("bob", server, tmp_path)
