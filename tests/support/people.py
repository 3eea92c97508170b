"""People with an account, keys and a folder, for tests."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from client.local.paths import Paths
from client.local.private_files import write_private
from client.local.secrets import nobody_to_ask
from client.local.vault import Vault
from shared.crypto import vault_file
from shared.crypto.identity import Identity
from shared.sealed import strict_json
from tests.support.cli import Cli
from tests.support.server import LiveServer

PASSPHRASE = "correct horse battery staple"
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, keys and a folder."""

    email: str
    cli: Cli

    @contextmanager
    def at(self, url: str) -> Iterator[None]:
        """For a while, with the session at another address of the same server."""
        path = self.cli.data / "session.json"
        here = change_server(path, url)
        try:
            yield
        finally:
            if path.exists():  # nobody signed out
                change_server(path, here)


def change_server(path: Path, url: str) -> str:
    """In a session, whose tokens may have been renewed meanwhile; returns the address before.

    As a whole: a command that runs meanwhile may read it at any moment.
    """
    record = strict_json.loads_object(path.read_bytes(), 65_536)
    write_private(path, strict_json.dumps({**record, "server": url}))
    return str(record["server"])


def sign_up(name: str, server: LiveServer, folder: Path, email: str | None = None) -> Person:
    """Signs somebody in for the first time; what is theirs lies in `folder`/NAME."""
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
