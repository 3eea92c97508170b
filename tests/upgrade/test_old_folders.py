"""Every data folder and database that an earlier version left, and the clients of its time, work with this one."""

import gzip
import json
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
import pytest

from server.adapters import data_format
from server.adapters.postgres.schema import REVISIONS
from tests.admin.conftest import Operator
from tests.services.postgres import PostgresServer, postgres
from tests.support.cli import Cli
from tests.support.people import PASSPHRASE
from tests.support.server import live_server
from tests.upgrade.make import CONTENTS, HERE, PEOPLE

__all__ = ["postgres"]
KEPT = sorted(path.name.removesuffix(".tar.gz") for path in HERE.glob("*.tar.gz"))
DATABASES = {"0001": "v1", "0002": "v1"}
"""Of each migration a database, and which folder is the one beside it."""


@dataclass(frozen=True)
class Old:
    """A folder of its time, unpacked, and what is in it."""

    data: Path
    people: dict[str, Cli]
    expected: dict[str, object]
    settings: dict[str, str] = field(default_factory=dict)


@pytest.fixture(params=KEPT)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Old:
    return unpacked(request.param, tmp_path)


@pytest.fixture(params=DATABASES)
def old_database(request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer) -> Iterator[Old]:
    """Its folder has no records: they are in a database as it was then, which nobody has brought up yet."""
    there = unpacked(DATABASES[request.param], tmp_path)
    shutil.rmtree(there.data / "records")
    address = postgres.database("template0")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(gzip.decompress((HERE / f"database-{request.param}.sql.gz").read_bytes()))
    yield replace(there, settings={"RECORDS": "postgres", "DATABASE_URL": address})
    postgres.drop_made()


def unpacked(name: str, tmp_path: Path) -> Old:
    with tarfile.open(HERE / f"{name}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    people = {}
    for name in PEOPLE:
        secret = tmp_path / f"{name}.passphrase"
        secret.write_text(f"{PASSPHRASE}\n")
        secret.chmod(0o600)
        settings = {"SEALCASE_PASSPHRASE_FILE": str(secret)}
        people[name] = Cli(tmp_path / name / "now", tmp_path / name / "home", settings)
    return Old(tmp_path / "data", people, json.loads((tmp_path / "expected.json").read_text()))


def test_there_is_a_folder_of_every_format() -> None:
    assert {f"v{number}" for number in range(1, data_format.CURRENT + 1)} <= set(KEPT)


def test_there_is_a_database_of_every_migration() -> None:
    assert {path.name for path in HERE.glob("*.sql.gz")} == {f"database-{each}.sql.gz" for each in REVISIONS}
    assert set(DATABASES) == set(REVISIONS)


@pytest.mark.slow
def test_all_of_it_is_there_and_opens(old: Old) -> None:
    all_of_it_is_there_and_opens(old)
    assert (old.data / "format").read_text() == f"{data_format.CURRENT}\n"


@pytest.mark.slow
def test_all_of_a_database_is_there_and_opens(old_database: Old) -> None:
    """After `admin db upgrade`, as docs/scaling.md has it."""
    Operator(old_database.data, old_database.settings).ok("db", "upgrade")
    all_of_it_is_there_and_opens(old_database)


def all_of_it_is_there_and_opens(old: Old) -> None:
    """The server starts on it and verifies it; its people sign in with their keys, list, fetch and send."""
    operator = Operator(old.data, old.settings)
    operator.ok("verify", "--deep")
    ada, bob = old.people["ada"], old.people["bob"]
    files = old.expected["files"]
    assert isinstance(files, dict)
    with live_server(old.data, workers=1, **{name.lower(): each for name, each in old.settings.items()}) as server:
        for name, cli in old.people.items():
            code = server.request_code(f"{name}@example.org")
            cli.ok("login", "--server", server.url, "--email", f"{name}@example.org", "--code", code)
        listed = bob.ok("ls", "--received", "--json").out.decode()
        for name, content in CONTENTS.items():
            assert files[name] in listed
            bob.ok("get", files[name])
            assert (bob.folder / name).read_bytes() == content
            ada.ok("get", files[name], "-o", f"own-{name}")
            assert (ada.folder / f"own-{name}").read_bytes() == content
        bob.ok("get", str(old.expected["folder"]))
        assert (bob.folder / "tree" / "inner" / "deep.txt").read_bytes() == b"deep"
        (bob.folder / "answer.txt").write_bytes(b"still here")
        answer = bob.ok("send", "answer.txt", "--to", "ada@example.org").lines[-1]
        ada.ok("get", answer)
        assert (ada.folder / "answer.txt").read_bytes() == b"still here"
        bob.ok("activity")
    operator.ok("verify", "--deep")
    operator.ok("gc")
    operator.ok("backup", "--archive", str(old.data.parent / "kept.tar"))
