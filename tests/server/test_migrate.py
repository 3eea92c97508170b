"""From JSON files to PostgreSQL: a server's whole folder, killed on the way, and served from there."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from server.__main__ import cli
from server.adapters import durable
from server.adapters.records.json_files import JsonRecords
from server.domain import Terms
from server.keeping import MARKER
from server.moving.move import Move, Moved
from server.settings import SettingsError
from shared.sealed.geometry import MIB
from tests.server.house import House, Person, code_of, house
from tests.server.samples import Sample, sample
from tests.services.postgres import postgres, postgres_address
from tests.support.waiting import until

__all__ = ["postgres", "postgres_address"]

ROOT = Path(__file__).resolve().parents[2]
KINDS = (
    "accounts",
    "terms of accounts",
    "second factors",
    "recovery copies",
    "access tokens",
    "cards",
    "uploads",
    "files",
    "links",
    "drop boxes",
    "reservations",
    "activity",
    "key log",
    "sessions and the like",
)


def environment(folder: Path, address: str) -> dict[str, str]:
    return {"DATABASE_URL": address, "DATA_DIR": str(folder)}


def migrate(folder: Path, address: str, *options: str) -> Result:
    command = ["admin", "migrate", "--from", "json", "--to", "postgres", *options]
    return CliRunner().invoke(cli, command, env=environment(folder, address))


def counts(result: Result) -> dict[str, int]:
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return {line["kind"]: line["count"] for line in lines}


def filled(folder: Path, files: int = 3) -> tuple[House, Person, list[Sample], Sample]:
    """A server with something of most kinds; who has it, the files, and an upload that is half there."""
    here = house(folder, quota_files=10_000)
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    sent = [sample(100 + number) for number in range(files)]
    for each in sent:
        assert ada.send(each, allowed_users=["bob@example.org"]).status_code == 201
        assert bob.ask("GET", f"/files/{each.file_id}/content").data == each.parts[0]
    unfinished = sample(3 * MIB)
    ada.ask("POST", "/uploads", json=unfinished.start())
    ada.put_part(unfinished, 0)
    ada.ask("POST", "/auth/tokens", json={"name": "night\u0000ly", "scopes": ["files:read"]})
    here.wiring.records.put_terms(Terms("c" * 32, disabled_at=5.5))
    return here, ada, sent, unfinished


def test_a_server_moves_with_everything(tmp_path: Path, postgres_address: str) -> None:
    """Counts and hashes are the same; whoever was signed in still is, an upload goes on, the old server only reads."""
    here, ada, sent, unfinished = filled(tmp_path)
    result = migrate(tmp_path, postgres_address, "--json")
    assert result.exit_code == 0, result.output
    found = counts(result)
    assert tuple(found) == KINDS
    assert {kind: found[kind] for kind in ("accounts", "files", "uploads", "access tokens", "terms of accounts")} == {
        "accounts": 2,
        "files": 3,
        "uploads": 1,
        "access tokens": 1,
        "terms of accounts": 1,
    }
    assert "a-secret-of-tests" not in result.output

    until(here.wiring.frozen, "a server that sees that nothing may change")
    assert ada.ask("GET", "/files").status_code == 200
    assert ada.ask("GET", f"/files/{sent[0].file_id}/content").data == sent[0].parts[0]
    refused = ada.ask("DELETE", f"/files/{sent[0].file_id}")
    assert (refused.status_code, code_of(refused)) == (503, "unavailable")
    assert "worked on" in refused.get_json()["detail"]

    moved = house(tmp_path, records="postgres", database_url=postgres_address, quota_files=10_000)
    assert moved.wiring.records.installation_id() == here.wiring.records.installation_id()
    ada.http = moved.http
    assert [each["downloads"] for each in ada.ask("GET", "/files").get_json()["files"]] == [1, 1, 1]
    assert [ada.put_part(unfinished, number).status_code for number in (1, 2)] == [200, 200]
    assert ada.complete(unfinished).status_code == 201
    assert not list(moved.services.inspection.findings(deep=True))
    assert ada.ask("DELETE", f"/files/{sent[0].file_id}").status_code == 200


def test_nothing_is_acknowledged_that_is_not_moved(
    tmp_path: Path, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that has looked for the marker just before it came is waited for."""
    here, ada, _, _ = filled(tmp_path, files=1)
    answers: list[int] = []
    write, run = durable.write, Move.run

    def write_after_a_look(path: Path, data: bytes) -> None:
        assert path.name != MARKER or not here.wiring.frozen()
        write(path, data)

    def run_after_a_request(move: Move, say: Callable[[str], None]) -> Iterator[Moved]:
        answers.append(ada.ask("POST", "/uploads", json=sample().start()).status_code)
        return run(move, say)

    monkeypatch.setattr(durable, "write", write_after_a_look)
    monkeypatch.setattr(Move, "run", run_after_a_request)
    assert migrate(tmp_path, postgres_address).exit_code == 0
    assert answers == [503]


def test_what_changes_behind_its_back_is_found(
    tmp_path: Path, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever kind it is of, nothing is called moved; running it again takes it along."""
    filled(tmp_path, files=1)
    state = Move._state

    def state_and_a_change(move: Move, say: Callable[[str], None]) -> Moved:
        JsonRecords(tmp_path / "records").put_terms(Terms("d" * 32, disabled_at=1.5))
        return state(move, say)

    with monkeypatch.context() as patched:
        patched.setattr(Move, "_state", state_and_a_change)
        result = migrate(tmp_path, postgres_address, "--json")
    assert (result.exit_code, "All is moved" in result.output) == (1, False)
    assert "terms of accounts: something was changed while they were moved" in result.stderr
    with pytest.raises(SettingsError, match="has not finished"):
        house(tmp_path, records="postgres", database_url=postgres_address)
    again = migrate(tmp_path, postgres_address, "--json")
    assert (again.exit_code, counts(again)["terms of accounts"]) == (0, 2)


@pytest.mark.slow
def test_a_move_that_is_killed_goes_on(tmp_path: Path, postgres_address: str) -> None:
    """Killed when some files are there: no server starts on the half, running it again finishes it, once."""
    filled(tmp_path, files=30)
    command = [sys.executable, "-m", "server", "admin", "migrate", "--from", "json", "--to", "postgres"]
    settings = {**os.environ, **environment(tmp_path, postgres_address)}
    with (
        psycopg.connect(postgres_address) as meanwhile,
        subprocess.Popen(command, env=settings, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process,
    ):
        meanwhile.execute("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE")  # it can't write there, and so not finish
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("files: comparing"):
                process.send_signal(signal.SIGKILL)
                break
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("DELETE FROM files WHERE file_id IN (SELECT file_id FROM files LIMIT 20)")
        connection.execute("UPDATE files SET downloads = 99 WHERE file_id IN (SELECT file_id FROM files LIMIT 2)")
    with pytest.raises(SettingsError, match="has not finished"):
        house(tmp_path, records="postgres", database_url=postgres_address)
    result = migrate(tmp_path, postgres_address, "--json")
    assert result.exit_code == 0, result.output
    assert counts(result)["files"] == 30
    moved = house(tmp_path, records="postgres", database_url=postgres_address)
    assert not list(moved.services.inspection.findings())
    again = migrate(tmp_path, postgres_address)
    assert (again.exit_code, "holds records already" in again.output) == (1, True)


def test_a_database_with_something_else_is_left_alone(tmp_path: Path, postgres_address: str) -> None:
    """What the files do not have is found, and nothing is called moved."""
    filled(tmp_path, files=1)
    house(tmp_path, records="postgres", database_url=postgres_address).person("eve@example.org")
    result = migrate(tmp_path, postgres_address)
    assert (result.exit_code, "holds records already" in result.output) == (1, True)
    assert not (tmp_path / MARKER).exists()


def test_a_damaged_record_is_named_and_left(tmp_path: Path, postgres_address: str) -> None:
    _, _, sent, _ = filled(tmp_path, files=2)
    path = tmp_path / "records" / "files" / sent[0].file_id.hex[:2] / f"{sent[0].file_id}.json"
    path.write_text("{")
    result = migrate(tmp_path, postgres_address)
    assert result.exit_code == 1
    assert f"left behind, it can't be read: {sent[0].file_id}" in result.output
    assert "All is moved" in result.output


def test_read_only_serves_what_is_there(tmp_path: Path) -> None:
    """READ_ONLY=1: no change by anybody, no download that has to be counted, no housekeeping."""
    here, ada, sent, _ = filled(tmp_path, files=1)
    frozen = house(tmp_path, read_only=True)
    ada.http = frozen.http
    frozen.clock.time += 600  # when use is noted again
    assert ada.ask("GET", "/files").get_json()["files"][0]["downloads"] == 1
    assert ada.ask("GET", f"/files/{sent[0].file_id}/content").data == sent[0].parts[0]
    for method, path in (("POST", "/uploads"), ("DELETE", f"/files/{sent[0].file_id}"), ("POST", "/auth/request_otp")):
        answer = ada.ask(method, path, json={})
        assert (answer.status_code, code_of(answer)) == (503, "unavailable")
    assert frozen.http.get("/ready").status_code == 200
    assert here.wiring.records.downloads(sent[0].file_id) == 1
