"""Real commands, real key files, one real server for all tests, and people who sign in to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from client.actions.offline import generate_key_pair
from tests.support.cli import Cli
from tests.support.people import PASSPHRASE as PASSPHRASE
from tests.support.people import Person as Person
from tests.support.people import sign_up as sign_up_as
from tests.support.server import LiveServer, live_server


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """A key pair as PEM files, without a passphrase."""

    private: Path
    public: Path


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Commands in an empty folder, of somebody who has never used Sealcase."""
    return Cli(tmp_path / "work", tmp_path / "home")


def _key_files(folder: Path) -> KeyFiles:
    pair = generate_key_pair(folder, 2048, None, force=False)
    return KeyFiles(pair.private_key, pair.public_key)


@pytest.fixture(scope="session")
def ada_keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    return _key_files(tmp_path_factory.mktemp("ada"))


@pytest.fixture(scope="session")
def bob_keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    return _key_files(tmp_path_factory.mktemp("bob"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server with several workers, for all tests: each brings people of its own."""
    with live_server(tmp_path_factory.mktemp("server") / "data", workers=2) as server:
        yield server


NewPerson = Callable[[str], Person]


@pytest.fixture
def new_person(server: LiveServer, tmp_path: Path) -> NewPerson:
    """Makes people who have just signed in for the first time."""
    return lambda name: sign_up_as(name, server, tmp_path)


@pytest.fixture
def sign_up(server: LiveServer, tmp_path: Path) -> NewPerson:
    """Makes the person with a certain address."""
    return lambda email: sign_up_as(email.partition("@")[0], server, tmp_path, email)


@pytest.fixture(scope="session")
def _ada(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return sign_up_as("ada", server, tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="session")
def _bob(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return sign_up_as("bob", server, tmp_path_factory.mktemp("people"))


@pytest.fixture
def ada(_ada: Person, tmp_path: Path) -> Person:
    """Somebody whom all tests share, in a folder of her own; nobody may harm her session or keys."""
    return Person(_ada.email, _ada.cli.at(tmp_path / "ada"))


@pytest.fixture
def bob(_bob: Person, tmp_path: Path) -> Person:
    """Like `ada`."""
    return Person(_bob.email, _bob.cli.at(tmp_path / "bob"))
