"""Three people at one honest server, and a cheat before it. Ada and Bob have met; Eve helps the cheat."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.crypto import vault_file
from shared.crypto.identity import Identity
from tests.demo.leaks import spellings
from tests.hostile.cheat import Cheat, cheating
from tests.hostile.sealed import MARKER, NAME
from tests.support.cli import Cli, tree
from tests.support.people import PASSPHRASE, Person, change_server, sign_up
from tests.support.server import LiveServer, live_server

_OPEN_BOOKS = re.compile(r"sealcase/(contacts\.json|session\.json|.*\.lock)")
"""What a refusal may change at home: whom we know, and who is signed in."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody on a machine of their own, signed in at the cheat."""

    email: str
    cli: Cli
    identity: Identity

    def refuses(self, *arguments: str, code: int, words: str) -> str:
        """A command that must end with that code and those words, write nothing, and print no result."""
        before = self._written()
        result = self.cli(*arguments)
        assert (result.code, words in result.err) == (code, True), f"{result.code}: {result.err}"
        assert not result.out
        assert "\x1b" not in result.err
        assert self._written() == before
        return result.err

    def _written(self) -> set[str]:
        at_home = {name for name in tree(self.cli.home) if not _OPEN_BOOKS.fullmatch(name)}
        return at_home | tree(self.cli.folder)


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom the tests copy; nobody ever acts as one of these."""

    server: LiveServer
    ada: Actor
    bob: Actor
    eve: Actor
    letter: str
    """The id of a file that Ada sent to Bob: MARKER, called NAME."""
    other: str
    """Another one, as long and named as long."""
    answer: str
    """One that Bob sent to Ada."""


@pytest.fixture(scope="session")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    folder = tmp_path_factory.mktemp("cast")
    with live_server(folder / "server", workers=1) as server:
        ada, bob, eve = (_actor(sign_up(name, server, folder)) for name in ("ada", "bob", "eve"))
        letter, other = (_sent(ada, name, data, bob) for name, data in ((NAME, MARKER), (NAME, MARKER[::-1])))
        yield Cast(server, ada, bob, eve, letter, other, _sent(bob, NAME, MARKER, ada))


@pytest.fixture
def cheat(cast: Cast) -> Iterator[Cheat]:
    """At the end, everything that it was ever asked is searched for secrets."""
    with cheating(cast.server) as cheat:
        yield cheat
    assert not leaks(cheat, cast)


@pytest.fixture
def on_stage(cast: Cast, cheat: Cheat, tmp_path: Path) -> Callable[[Actor], Actor]:
    """Gives somebody a machine for this test alone, whose server is the cheat."""

    def enter(original: Actor) -> Actor:
        original.cli.ok("whoami")  # renews a session that ends soon, which two copies could not do
        folder = tmp_path / original.email
        shutil.copytree(original.cli.home, folder / "home")
        cli = Cli(folder / "work", folder / "home", {**original.cli.settings, "SEALCASE_PATIENCE": "1"})
        change_server(cli.data / "session.json", cheat.url)
        return Actor(original.email, cli, original.identity)

    return enter


@pytest.fixture
def ada(cast: Cast, on_stage: Callable[[Actor], Actor]) -> Actor:
    """She knows Bob's key, and has not checked it."""
    return on_stage(cast.ada)


@pytest.fixture
def bob(cast: Cast, on_stage: Callable[[Actor], Actor]) -> Actor:
    """He knows Ada's key, and has not checked it."""
    return on_stage(cast.bob)


@pytest.fixture
def eve(cast: Cast, on_stage: Callable[[Actor], Actor]) -> Actor:
    """Nobody knows her yet."""
    return on_stage(cast.eve)


def leaks(cheat: Cheat, cast: Cast) -> list[str]:
    """Which secrets of Ada and Bob went to the server, in any spelling."""
    secret = {"the content": MARKER[:60], "a name": NAME.encode(), "the passphrase": PASSPHRASE.encode()}
    for who, identity in (("ada", cast.ada.identity), ("bob", cast.bob.identity)):
        rsa = identity.keys.rsa.private_numbers()
        secret[f"{who}'s signing key"] = identity.signing_key.private_bytes_raw()
        secret[f"{who}'s RSA key"] = rsa.p.to_bytes((rsa.p.bit_length() + 7) // 8)
        assert identity.keys.mlkem is not None
        secret[f"{who}'s ML-KEM key"] = identity.keys.mlkem.private_bytes_raw()
    heard = b"\n".join(
        part
        for asked in cheat.asked
        for part in (asked.path.encode(), asked.body, *(value.encode() for value in asked.headers.values()))
    )
    return [what for what, needle in secret.items() if any(each in heard for each in spellings(needle))]


def _actor(person: Person) -> Actor:
    (path,) = (person.cli.data / "identities").glob("*.json")
    return Actor(person.email, person.cli, vault_file.unlock(path.read_bytes(), PASSPHRASE))


def _sent(sender: Actor, name: str, data: bytes, to: Actor) -> str:
    (sender.cli.folder / name).write_bytes(data)
    (file_id,) = sender.cli.ok("send", name, "--to", to.email, "--no-compress").lines
    return file_id
