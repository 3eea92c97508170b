"""The server over PostgreSQL and Redis: how it starts, why it does not, what goes on without one."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from click.testing import CliRunner, Result
from pydantic import SecretStr
from sqlalchemy import inspect

from server.__main__ import cli
from server.adapters.postgres.database import Database
from server.adapters.postgres.schema import REVISIONS, metadata
from server.errors import Busy
from server.keeping import secret_mark
from server.services import housekeeping
from server.settings import Settings, SettingsError
from server.wiring import wire
from shared.sealed.geometry import MIB
from tests.server.house import House, code_of, house
from tests.server.samples import sample
from tests.services.postgres import PostgresServer, postgres, postgres_address
from tests.services.redis import RedisServer, redis_server
from tests.support.postgres import end_lock_connections
from tests.support.waiting import until

__all__ = ["postgres", "postgres_address"]


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """One that a test may stop."""
    with redis_server() as server:
        yield server


def over(folder: Path, address: str, **settings: object) -> House:
    return house(folder, records="postgres", database_url=address, database_connections=4, **settings)


def admin(address: str, folder: Path, *arguments: str) -> Result:
    """An operator's command, in this process."""
    settings = {"DATABASE_URL": address, "RECORDS": "postgres", "DATA_DIR": str(folder)}
    return CliRunner().invoke(cli, ["admin", *arguments], env=settings)


def test_a_file_travels(tmp_path: Path, postgres_address: str) -> None:
    """Sent, listed by both, fetched, counted; the other node knows all of it."""
    here = over(tmp_path, postgres_address)
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    sent = sample(3 * MIB)
    assert ada.send(sent, allowed_users=["bob@example.org"]).status_code == 201
    again = over(tmp_path, postgres_address)
    for person, role in ((ada, "owned"), (bob, "received")):
        person.http = again.http
        listed = person.ask("GET", f"/files?role={role}").get_json()
        assert [each["file_id"] for each in listed["files"]] == [str(sent.file_id)]
    assert bob.ask("GET", f"/files/{sent.file_id}/content").data == b"".join(sent.parts)
    assert ada.ask("GET", "/files").get_json()["files"][0]["downloads"] == 1
    kinds = [event["kind"] for event in ada.ask("GET", "/activity").get_json()["activity"]]
    assert kinds[:2] == ["download", "upload"]
    assert not list(again.services.inspection.findings(deep=True))
    assert ada.ask("DELETE", f"/files/{sent.file_id}").status_code == 200
    assert bob.ask("GET", "/files?role=received").get_json()["files"] == []


def test_the_tables_are_those_of_the_code(postgres_address: str) -> None:
    """Names, types and what may be missing; and the code knows every migration."""
    database = Database(postgres_address)
    with database.read() as connection:
        seen = inspect(connection)
        for table in metadata.sorted_tables:
            columns = {column["name"]: column for column in seen.get_columns(table.name)}
            assert set(columns) == set(table.columns.keys())
            for column in table.columns:
                assert columns[column.name]["nullable"] is column.nullable, column
                mine = column.type.compile(database.engine.dialect)
                assert columns[column.name]["type"].compile(database.engine.dialect) == mine, column
            key = seen.get_pk_constraint(table.name)["constrained_columns"]
            assert key == [column.name for column in table.primary_key.columns]
    config = Config()
    config.set_main_option("script_location", "server.adapters.postgres:migrations")
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS
    database.close()


def test_an_empty_database_is_upgraded_by_command(tmp_path: Path, postgres: PostgresServer) -> None:
    """The server says which command; it may be run again. The address with its password is in no message."""
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty_one")
    address = postgres.address("empty_one")
    with pytest.raises(SettingsError, match="admin db upgrade"):
        wire(Settings(data_dir=tmp_path, records="postgres", database_url=SecretStr(address)))
    status = admin(address, tmp_path, "db", "status", "--json")
    assert (status.exit_code, json.loads(status.stdout)["fits"]) == (1, False)
    first, second = admin(address, tmp_path, "db", "upgrade", "--json"), admin(address, tmp_path, "db", "upgrade")
    assert json.loads(first.stdout) == {"before": None, "after": REVISIONS[-1]}
    assert "already" in second.stdout
    for answer in (status, first, second):
        assert "a-secret-of-tests" not in answer.output + str(answer.exception)
    wire(Settings(data_dir=tmp_path, records="postgres", database_url=SecretStr(address)))


def test_a_database_that_is_a_moment_late_is_waited_for(
    tmp_path: Path, postgres: PostgresServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is started along with us, and says that it is ready before it lets anybody in."""
    monkeypatch.setattr("server.adapters.postgres.database.START_SECONDS", 60.0)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(postgres.address(), autocommit=True) as connection:
        upgraded = pool.submit(admin, postgres.address("late_one"), tmp_path, "db", "upgrade")
        until(lambda: "waiting for it" in caplog.text, "a word that it is away")
        connection.execute("CREATE DATABASE late_one")
        assert upgraded.result().exit_code == 0


def test_a_database_that_stays_away_is_said_with_what_to_do(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.adapters.postgres.database.START_SECONDS", 0.0)
    address = postgres.address("no_such_database")
    with pytest.raises(SettingsError, match="that PostgreSQL runs"):
        wire(Settings(data_dir=tmp_path, records="postgres", database_url=SecretStr(address)))
    upgraded = admin(address, tmp_path, "db", "upgrade")
    assert "does not let us in" in str(upgraded.exception)
    assert "a-secret-of-tests" not in upgraded.output + str(upgraded.exception)


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path, postgres_address: str) -> None:
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    chosen = Settings(data_dir=tmp_path, records="postgres", database_url=SecretStr(postgres_address))
    with pytest.raises(SettingsError, match=r"newer than this version.*Start the version") as caught:
        wire(chosen)
    assert "a-secret-of-tests" not in str(caught.value)
    refused = admin(postgres_address, tmp_path, "db", "upgrade")
    assert isinstance(refused.exception, SettingsError)
    assert "newer than this version" in str(refused.exception)


def test_housekeeping_outlives_its_connection(
    tmp_path: Path, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever did it holds the lock no more; somebody takes it anew."""
    monkeypatch.setattr(housekeeping, "EXPIRY_SECONDS", 0.01)
    here, other = over(tmp_path, postgres_address), over(tmp_path, postgres_address)
    file, stop = sample(), threading.Event()
    assert here.person("ada@example.org").send(file, expires_hours=1).status_code == 201
    thread = threading.Thread(target=here.services.housekeeping.run, args=(stop,))
    thread.start()
    try:
        until(lambda: not is_free(other, "housekeeping"), "somebody who does it")
        end_lock_connections(postgres_address)
        here.clock.time += 3_600
        until(lambda: not here.kept(file.parts[0][:64]), "another round")
    finally:
        stop.set()
        thread.join(20)


def is_free(here: House, key: str) -> bool:
    try:
        with here.wiring.ephemeral.lock(key, 0):
            return True
    except Busy:
        return False


def test_another_servers_secret_is_refused(tmp_path: Path, postgres_address: str) -> None:
    """Under it, every address would be another user id: the node says so before it serves anybody."""
    over(tmp_path / "one", postgres_address)
    with pytest.raises(SettingsError, match="another SECRET_KEY"):
        over(tmp_path / "two", postgres_address)
    assert re.fullmatch(r"[0-9a-f]{64}", secret_mark(over(tmp_path / "one", postgres_address).wiring.secrets))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://root@localhost/x", "postgresql://"),
        ("not an address", "postgresql://"),
        ("postgresql://sealcase:a-secret-of-tests@127.0.0.1:1/x", "does not answer"),
    ],
)
def test_an_address_of_no_use_is_explained(tmp_path: Path, address: str, words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)) as caught:
        wire(Settings(data_dir=tmp_path, records="postgres", database_url=SecretStr(address)))
    assert "a-secret-of-tests" not in str(caught.value)


def test_a_database_that_is_away_is_said_and_comes_back(tmp_path: Path, postgres: PostgresServer) -> None:
    """503 while it is down, in words for people; the next request after its return is answered."""
    here = over(tmp_path, postgres.database())
    ada = here.person("ada@example.org")
    postgres.stop()
    try:
        answer = ada.ask("GET", "/files")
        assert (answer.status_code, code_of(answer)) == (503, "unavailable")
        assert "safe" in answer.get_json()["detail"]
        assert here.http.get("/ready").status_code == 503
    finally:
        postgres.start()
    assert ada.ask("GET", "/files").status_code == 200
    postgres.drop_made()


def test_without_redis_reads_go_on_and_sign_ins_wait(
    tmp_path: Path, postgres_address: str, own_redis: RedisServer
) -> None:
    """Whoever is signed in reads and sends; codes, sign-ins, sign-outs and renewals are 503 and change nothing."""
    here = over(tmp_path, postgres_address, redis_url=own_redis.address, rate_limits=True)
    ada = here.person("ada@example.org")
    assert here.http.post("/auth/request_otp", json={"email": "bob@example.org"}).status_code == 200
    own_redis.stop()
    assert here.http.get("/ready").status_code == 200
    assert ada.ask("GET", "/files").status_code == 200
    assert ada.send(sample()).status_code == 201
    closed = [
        here.http.post("/auth/request_otp", json={"email": "ada@example.org"}),
        here.http.post("/auth/login", json={"email": "bob@example.org", "otp": here.mail.codes["bob@example.org"][-1]}),
        here.http.post("/auth/refresh", json={"refresh_token": ada.refresh_token}),
        ada.ask("POST", "/auth/logout"),
    ]
    assert [(answer.status_code, code_of(answer)) for answer in closed] == [(503, "unavailable")] * 4
    own_redis.start()  # empty: as after a flush
    until(lambda: ada.ask("POST", "/auth/logout").status_code == 200, "a Redis that is back")
    lost = {"email": "bob@example.org", "otp": here.mail.codes["bob@example.org"][-1]}
    assert code_of(here.http.post("/auth/login", json=lost)) == "sign_in_refused"
    assert ada.ask("GET", "/files").status_code == 401
