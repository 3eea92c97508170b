"""A backup that is taken while clients send, read and delete without pause holds together."""

import json
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.admin.conftest import Operator
from tests.faults.traffic import Client, Traffic
from tests.services.postgres import PostgresServer, postgres, postgres_address
from tests.support.server import LiveServer, live_server
from tests.support.waiting import until

__all__ = ["postgres", "postgres_address"]

CLIENTS = 4
BACKUPS = 4
SECONDS = 120


def backup(server: LiveServer, *options: str) -> dict[str, object]:
    """Taken by the operator's own process, beside the server."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "admin", "backup", "--json", *options],
        env=dict(server.settings),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary: dict[str, object] = json.loads(done.stdout)
    return summary


def finished(clients: list[Client]) -> set[uuid.UUID]:
    """Every file that was answered, and that nobody has asked to delete."""
    return {file_id for client in clients for file_id in list(client.known.finished)}


def rounds(clients: list[Client]) -> int:
    return sum(client.known.rounds for client in clients)


@pytest.mark.slow
def test_backups_of_a_busy_server_are_whole(tmp_path: Path) -> None:
    """Every file that was there from before a backup until after it is in it; nothing in it misses its bytes, index or
    activity; each byte is the one that was sent."""
    for number, (place, files) in enumerate(taken_meanwhile(tmp_path)):
        _check(Operator(tmp_path / f"new{number}"), place, files)


@pytest.mark.slow
def test_backups_of_a_busy_database_are_whole(tmp_path: Path, postgres: PostgresServer, postgres_address: str) -> None:
    """The same with records in PostgreSQL: another database and folder have all of it, and fit together."""
    settings: dict[str, Any] = {"records": "postgres", "database_url": postgres_address}
    for number, (place, files) in enumerate(taken_meanwhile(tmp_path, **settings)):
        address = postgres.database()
        there = Operator(tmp_path / f"new{number}", {"RECORDS": "postgres", "DATABASE_URL": address})
        there.ok("restore", str(place), "--deep")
        with psycopg.connect(address) as connection:
            kept = {row[0] for row in connection.execute("SELECT file_id FROM files")}
            assert {row[0] for row in connection.execute("SELECT file_id FROM listings")} == kept
        assert files <= kept
        assert {uuid.UUID(path.name) for path in (there.folder / "blobs").glob("*/*")} == kept


def taken_meanwhile(tmp_path: Path, **settings: Any) -> list[tuple[Path, set[uuid.UUID]]]:
    """Backups of a server with clients that never rest, and which files each has to hold."""
    promised: list[tuple[Path, set[uuid.UUID]]] = []
    clients = [Client(seed) for seed in range(CLIENTS)]
    with live_server(tmp_path / "data", **settings) as server:
        for number, client in enumerate(clients):
            client.connect(server.url, server.sign_in(f"client-{number}@example.org")["token"])
        traffic = Traffic(clients)
        try:
            until(lambda: len(finished(clients)) >= CLIENTS, "a few files")
            for number in range(BACKUPS):
                before, done = finished(clients), rounds(clients)
                if number == BACKUPS - 1:
                    place = tmp_path / "all.tar"
                    backup(server, "--archive", str(place))
                else:
                    until(lambda: _is_new_second(tmp_path / "kept"), "another second")
                    place = Path(str(backup(server, "--to", str(tmp_path / "kept"))["place"]))
                promised.append((place, before & finished(clients)))
                until(lambda done=done: rounds(clients) > done, "something new")  # type: ignore[misc]
        finally:
            traffic.wait()
    return promised


def _check(there: Operator, place: Path, promised: set[uuid.UUID]) -> None:
    there.ok("restore", str(place), "--deep")
    kept = {uuid.UUID(path.stem) for path in (there.folder / "records" / "files").glob("*/*.json")}
    assert promised <= kept
    assert {uuid.UUID(path.name) for path in (there.folder / "blobs").glob("*/*")} == kept
    shown = {uuid.UUID(path.name[-36:]) for path in (there.folder / "records/index/owned").glob("*/*/*/*/*")}
    assert shown == kept


def _is_new_second(folder: Path) -> bool:
    """Backups are named after seconds."""
    return not (folder / time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime())).exists()
