"""A backup of records in PostgreSQL is of one moment, and goes into another, empty database."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path

import psycopg

from server.adapters.postgres.database import Database
from server.adapters.postgres.dumping import LEFT_OUT, TABLES
from server.adapters.postgres.schema import REVISIONS, metadata
from server.admin.backup.sinks import FolderSink
from server.admin.backup.taking import take
from server.domain import Terms
from tests.admin.conftest import Operator
from tests.admin.test_backup import sent
from tests.server.house import House, Person, code_of, house
from tests.server.linked import link_to
from tests.server.samples import sample
from tests.server.test_boxes import box_of
from tests.services.postgres import PostgresServer, postgres, postgres_address

__all__ = ["postgres", "postgres_address"]


def over(folder: Path, address: str) -> House:
    return house(folder, records="postgres", database_url=address, quota_files=10_000)


def operator_of(folder: Path, address: str) -> Operator:
    return Operator(folder, {"RECORDS": "postgres", "DATABASE_URL": address})


def backed_up(here: House, address: str, folder: Path) -> dict[str, object]:
    """The summary of a backup in a folder of them."""
    (summary,) = operator_of(here.settings.data_dir, address).json("backup", "--to", str(folder))
    return summary


def renamed(folder: Path) -> None:
    """As if the backup there were of last year: names are seconds."""
    (older,) = folder.iterdir()
    older.rename(folder / "2026-01-01T000000Z")


def dumped(address: str) -> dict[str, list[str]]:
    """Every row of every table that is kept, as text."""
    with psycopg.connect(address) as connection:
        return {
            table.name: sorted(str(row) for row in connection.execute(f'SELECT * FROM "{table.name}"'.encode()))
            for table in TABLES
        }


def test_every_table_is_kept_or_left_out_on_purpose() -> None:
    """And each comes behind those that it refers to."""
    assert {*TABLES, *LEFT_OUT} == set(metadata.tables.values())
    assert not set(TABLES) & set(LEFT_OUT)
    for place, table in enumerate(TABLES):
        for key in table.foreign_keys:
            assert key.column.table in TABLES[:place]


def test_all_comes_back(tmp_path: Path, postgres: PostgresServer, postgres_address: str) -> None:
    """Row by row the same; unfinished uploads and sessions do not; what was shared, counted and logged does."""
    here = over(tmp_path / "data", postgres_address)
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    one = sent(ada, bob.email)
    assert bob.ask("GET", f"/files/{one.file_id}/content").data == one.body
    token = ada.ask("POST", "/auth/tokens", json={"name": 'night\u0000ly \\ "', "scopes": ["files:read"]}).get_json()
    links = [link_to(ada, here.http, one) for _ in range(3)]
    box_of(ada, here.http)
    here.wiring.records.put_terms(Terms("c" * 32, disabled_at=1 / 3))
    before = dumped(postgres_address)
    begun = sample()
    ada.ask("POST", "/uploads", json=begun.start())
    ada.put_part(begun, 0)
    summary = backed_up(here, postgres_address, tmp_path / "kept")
    assert (summary["files"], summary["size"], summary["new_size"], summary["database"]) == (
        *(1, len(one.body), len(one.body)),
        REVISIONS[-1],
    )
    other = postgres.database("template0")  # nothing in it at all
    there = operator_of(tmp_path / "new", other)
    there.ok("restore", str(tmp_path / "kept"), "--deep")
    assert dumped(other) == before
    again = over(tmp_path / "new", other)
    assert code_of(Person(again.http, ada.email, ada.user_id, ada.token, "").ask("GET", "/files")) == "not_signed_in"
    bob2, ada2 = again.person(bob.email), again.person(ada.email)
    assert ada2.user_id == ada.user_id
    (row,) = ada2.ask("GET", "/files").get_json()["files"]
    assert (row["file_id"], row["downloads"]) == (str(one.file_id), 1)
    assert bob2.ask("GET", f"/files/{one.file_id}/content").data == one.body
    assert again.http.get("/files", headers={"Authorization": f"Bearer {token['token']}"}).status_code == 200
    assert code_of(ada2.ask("GET", f"/uploads/{begun.file_id}")) == "not_found"
    assert len(ada2.ask("GET", f"/files/{one.file_id}/links").get_json()["links"]) == len(links)
    assert again.wiring.key_log.checkpoint() == here.wiring.key_log.checkpoint()
    again.services.housekeeping.sweep()
    second = sent(ada2, bob.email)
    received = {each["file_id"] for each in bob2.ask("GET", "/files?role=received").get_json()["files"]}
    assert received == {str(one.file_id), str(second.file_id)}
    assert list(again.services.inspection.findings(deep=True)) == []


def test_the_next_one_costs_what_is_new(tmp_path: Path, postgres: PostgresServer, postgres_address: str) -> None:
    """Each is whole; bytes in both are there once; a file sent anew under its old id is not taken for the old one."""
    here = over(tmp_path / "data", postgres_address)
    ada = here.person("ada@example.org")
    first, again, gone = sent(ada), sent(ada), sent(ada)
    backed_up(here, postgres_address, tmp_path / "kept")
    renamed(tmp_path / "kept")
    for each in (again, gone):
        ada.ask("DELETE", f"/files/{each.file_id}")
    here.clock.time += 60
    assert ada.send(again).status_code == 201
    second = sent(ada)
    summary = backed_up(here, postgres_address, tmp_path / "kept")
    assert (summary["files"], summary["new_size"]) == (3, len(again.body) + len(second.body))
    same = sorted((tmp_path / "kept").glob(f"*/blobs/*/{first.file_id}"))
    assert len({path.stat().st_ino for path in same}) == 1 < len(same)
    there = operator_of(tmp_path / "new", postgres.database())
    there.ok("restore", str(tmp_path / "kept"), "--deep")
    assert there.json("stats")[0]["files"] == 3


def test_an_archive_does_the_same(tmp_path: Path, postgres: PostgresServer, postgres_address: str) -> None:
    """Also with secrets kept apart, into a database whose tables are there already."""
    here = over(tmp_path / "data", postgres_address)
    one = sent(here.person("ada@example.org"))
    archive = tmp_path / "all.tar"
    operator_of(here.settings.data_dir, postgres_address).ok("backup", "--without-secrets", "--archive", str(archive))
    other = postgres.database()
    there = operator_of(tmp_path / "new", other)
    there.ok("restore", str(archive), "--secrets", str(here.settings.data_dir / "secrets"))
    got = over(tmp_path / "new", other).person("ada@example.org").ask("GET", f"/files/{one.file_id}/content")
    assert got.data == one.body


def test_what_does_not_fit_is_refused_and_the_database_stays_empty(
    tmp_path: Path, postgres: PostgresServer, postgres_address: str
) -> None:
    """The wrong kind of records, a database in use, a backup that is cut, altered or newer; another secret."""
    here = over(tmp_path / "data", postgres_address)
    sent(here.person("ada@example.org"))
    mine = operator_of(here.settings.data_dir, postgres_address)
    archive = tmp_path / "all.tar"
    mine.ok("backup", "--archive", str(archive))
    backed_up(here, postgres_address, tmp_path / "kept")
    (kept,) = (tmp_path / "kept").iterdir()
    used = operator_of(tmp_path / "a", postgres_address)("restore", str(archive))
    assert "the database is not empty" in used.stderr
    assert "set RECORDS=postgres" in Operator(tmp_path / "b")("restore", str(archive)).stderr
    files = house(tmp_path / "files")
    sent(files.person("eve@example.org"))
    Operator(files.settings.data_dir).ok("backup", "--archive", str(tmp_path / "files.tar"))
    empty = postgres.database()
    assert "RECORDS=json" in operator_of(tmp_path / "c", empty)("restore", str(tmp_path / "files.tar")).stderr
    whole = archive.read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: whole.index(b"backup.json") - 1_000])
    assert "Take another one" in operator_of(tmp_path / "d", empty)("restore", str(tmp_path / "cut.tar")).stderr
    (chunk,) = kept.glob("database/*-files/*.jsonl")
    good = chunk.read_text()
    for number, bad in enumerate(("{", good * 2, "\x80", json.dumps({"file_id": "x"}), '{"file_id": null}')):
        chunk.write_text(bad)
        refused = operator_of(tmp_path / f"e{number}", empty)("restore", str(kept))
        assert "its rows of files can't be read" in refused.stderr, bad
    chunk.write_text(good)
    (kept / "database" / "00-revision").write_text("9999\n")
    assert "newer Sealcase (9999" in operator_of(tmp_path / "f", empty)("restore", str(kept)).stderr
    (kept / "database" / "00-revision").write_text(f"{REVISIONS[-1]}\n")
    assert all(rows == [] for name, rows in dumped(empty).items() if name not in ("event_chain", "installation"))
    (kept / "secrets" / "secret_key").write_text(secrets.token_hex(32))
    stranger = operator_of(tmp_path / "g", empty)("restore", str(kept))
    assert "another SECRET_KEY" in stranger.stderr


def test_a_backup_that_has_lost_rows_is_refused(
    tmp_path: Path, postgres: PostgresServer, postgres_address: str
) -> None:
    """Of whatever table; the database stays empty."""
    here = over(tmp_path / "data", postgres_address)
    sent(here.person("ada@example.org"), here.person("bob@example.org").email)
    backed_up(here, postgres_address, tmp_path / "kept")
    empty = postgres.database()
    for number, chunk in enumerate((tmp_path / "kept").glob("*/database/*/*.jsonl")):
        rows, kind = chunk.read_text(), f"database/{chunk.parent.name.partition('-')[2]}"
        chunk.write_text("".join(rows.splitlines(keepends=True)[:-1]))
        refused = operator_of(tmp_path / f"new{number}", empty)("restore", str(tmp_path / "kept"))
        assert (refused.exit_code, f" {kind}, " in refused.stderr or "do not fit" in refused.stderr) == (1, True), kind
        chunk.write_text(rows)
    operator_of(tmp_path / "new", empty).ok("restore", str(tmp_path / "kept"), "--deep")


def test_what_is_wrong_here_is_found_there(tmp_path: Path, postgres: PostgresServer, postgres_address: str) -> None:
    """A row without bytes does not vanish from sight by being copied."""
    here = over(tmp_path / "data", postgres_address)
    one = sent(here.person("ada@example.org"))
    (here.settings.data_dir / "blobs" / str(one.file_id)[:2] / str(one.file_id)).unlink()
    backed_up(here, postgres_address, tmp_path / "kept")
    done = operator_of(tmp_path / "new", postgres.database())("restore", str(tmp_path / "kept"))
    assert (done.exit_code, "has a record and no bytes" in done.stdout) == (1, True)


class Meddled(FolderSink):
    """A folder, and something that happens just before bytes of a file are taken, once a file."""

    def __init__(self, final: Path, happens: dict[str, Callable[[], object]]) -> None:
        super().__init__(final, None, link=False)
        self._happens = happens

    def body(self, name: str, path: Path, *, like_before: bool) -> int:
        self._happens.pop(name.rpartition("/")[2], lambda: None)()
        return super().body(name, path, like_before=like_before)


def test_what_changes_meanwhile_is_taken_whole_or_left_out(
    tmp_path: Path, postgres: PostgresServer, postgres_address: str
) -> None:
    """Removed, sent anew, moved to another store, shared with somebody: nothing in it misses its other half."""
    here = over(tmp_path / "data", postgres_address)
    ada = here.person("ada@example.org")
    removed, anew, moved, shared, quiet = (sent(ada) for _ in range(5))

    def send_anew() -> None:
        ada.ask("DELETE", f"/files/{anew.file_id}")
        here.clock.time += 60
        assert ada.send(anew).status_code == 201

    def move() -> None:
        with psycopg.connect(postgres_address) as connection:
            connection.execute("UPDATE files SET backend = 's3' WHERE file_id = %s", [moved.file_id])

    def share() -> None:
        done = ada.ask("PATCH", f"/files/{shared.file_id}", json={"added_users": ["bob@example.org"]})
        assert done.status_code == 200

    happens: dict[str, Callable[[], object]] = {
        str(removed.file_id): lambda: ada.ask("DELETE", f"/files/{removed.file_id}"),
        str(anew.file_id): send_anew,
        str(moved.file_id): move,
        str(shared.file_id): share,
    }
    sink = Meddled(tmp_path / "kept", happens)
    summary = take(here.settings.data_dir, sink, with_secrets=True, database=Database(postgres_address))
    sink.finish()
    assert happens == {}
    assert (summary.files, summary.elsewhere, summary.size) == (3, 1, 3 * len(quiet.body))
    other = postgres.database()
    done = operator_of(tmp_path / "new", other)("restore", str(tmp_path / "kept"), "--deep")
    assert f"{moved.file_id}: can't be looked at" in done.stdout
    assert done.stdout.count("file ") == 1
    kept = {moved.file_id, shared.file_id, quiet.file_id}
    with psycopg.connect(other) as connection:
        for table in ("files", "listings", "reservations"):
            assert {row[0] for row in connection.execute(f"SELECT file_id FROM {table}".encode())} == kept
    assert {path.name for path in (tmp_path / "new" / "blobs").glob("*/*")} == {
        str(file_id) for file_id in (shared.file_id, quiet.file_id)
    }
