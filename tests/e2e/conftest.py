"""Real commands, real key files, one real server for all tests, and people who sign in to it."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from client.actions.offline import generate_key_pair
from client.local.paths import Paths
from client.local.private_files import write_private
from client.local.secrets import nobody_to_ask
from client.local.vault import Vault
from shared.crypto import vault_file
from shared.crypto.identity import Identity
from shared.sealed import strict_json
from tests.support.cli import Cli
from tests.support.server import LiveServer, live_server

PASSPHRASE = "correct horse battery staple"


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


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, keys and a folder."""

    email: str
    cli: Cli

    @contextmanager
    def at(self, url: str) -> Iterator[None]:
        """For a while, with the session at another address of the same server."""
        path = self.cli.data / "session.json"
        here = _change_server(path, url)
        try:
            yield
        finally:
            if path.exists():  # nobody signed out
                _change_server(path, here)


def _change_server(path: Path, url: str) -> str:
    """In a session, whose tokens may have been renewed meanwhile; returns the address before."""
    record = strict_json.loads_object(path.read_bytes(), 65_536)
    path.write_bytes(strict_json.dumps({**record, "server": url}))
    return str(record["server"])


NewPerson = Callable[[str], Person]
_numbers = itertools.count()


def _sign_up(name: str, server: LiveServer, folder: Path, email: str | None = None) -> Person:
    email = email or f"{name}-{next(_numbers)}@example.org"
    secret = folder / f"{name}.passphrase"
    secret.write_text(f"{PASSPHRASE}\n")
    secret.chmod(0o600)
    cli = Cli(folder / name / "work", folder / name / "home", {"SEALCASE_PASSPHRASE_FILE": str(secret)})
    # Keys that cost less time than those `login` would make.
    identity = vault_file.lock(Identity.create(email, 2048), PASSPHRASE, vault_file.Cost(19_456, 2, 1))
    write_private(Vault(Paths(cli.data), nobody_to_ask).path_of(email), identity)
    cli.ok("login", "--server", server.url, "--email", email, "--code", server.request_code(email))
    return Person(email, cli)


@pytest.fixture
def new_person(server: LiveServer, tmp_path: Path) -> NewPerson:
    """Makes people who have just signed in for the first time."""
    return lambda name: _sign_up(name, server, tmp_path)


@pytest.fixture
def sign_up(server: LiveServer, tmp_path: Path) -> NewPerson:
    """Makes the person with a certain address."""
    return lambda email: _sign_up(email.partition("@")[0], server, tmp_path, email)


@pytest.fixture(scope="session")
def _ada(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return _sign_up("ada", server, tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="session")
def _bob(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return _sign_up("bob", server, tmp_path_factory.mktemp("people"))


@pytest.fixture
def ada(_ada: Person, tmp_path: Path) -> Person:
    """Somebody whom all tests share, in a folder of her own; nobody may harm her session or keys."""
    return Person(_ada.email, _ada.cli.at(tmp_path / "ada"))


@pytest.fixture
def bob(_bob: Person, tmp_path: Path) -> Person:
    """Like `ada`."""
    return Person(_bob.email, _bob.cli.at(tmp_path / "bob"))
