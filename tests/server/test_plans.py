"""Every query behind a route uses an index, at a million files: what people wait for does not grow with the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import event

from benchmarks.synthetic_rows import fill
from server.adapters.postgres.activity import PostgresActivity
from server.adapters.postgres.database import Database
from server.adapters.postgres.records import PostgresRecords
from tests.server.house import House, Person, house
from tests.server.linked import Holder, Linked
from tests.server.samples import sample
from tests.server.test_cards import card, publish
from tests.services.postgres import PostgresServer, postgres

__all__ = ["postgres"]

FILES = 1_000_000
_SMALL_ROWS = 1_000


@contextmanager
def watched(database: Database) -> Iterator[dict[str, Any]]:
    """Every statement that is sent meanwhile, each once, with values that it was sent with."""
    seen: dict[str, Any] = {}

    def note(_: object, __: object, statement: str, parameters: Any, ___: object, many: bool) -> None:
        if parameters and many:
            parameters = parameters[0]
        seen.setdefault(statement, parameters)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def use_everything(here: House, ada: Person, bob: Person) -> None:
    """Every route that asks the database something, by somebody with a twentieth of all files and by somebody new."""
    sent = sample()
    assert ada.send(sent, allowed_users=["bob@example.org"]).status_code == 201
    assert ada.ask("POST", "/uploads", json=sample(part_size=1 << 20).start()).status_code == 201
    first = ada.ask("GET", "/files").get_json()
    assert len(first["files"]) == 50
    for query in (
        "?role=all",
        "?role=received",
        f"?cursor={first['next_cursor']}",
        "?limit=200",
        "?q=bob",
        "?sort=size",
    ):
        assert ada.ask("GET", f"/files{query}").status_code == 200
    path = f"/files/{sent.file_id}"
    for method, rest, body in (
        ("GET", "", None),
        ("GET", "/metadata", None),
        ("PATCH", "", {"expires_hours": 5}),
        ("GET", "/links", None),
    ):
        assert ada.ask(method, path + rest, json=body).status_code == 200, rest
    assert bob.ask("GET", f"{path}/content").data == sent.parts[0]
    link = Linked()
    assert (
        ada.ask("POST", "/links", json=link.body(sent, expires_hours=1, password=False, notify=False)).status_code
        == 201
    )
    assert ada.ask("GET", "/links").status_code == 200
    holder = Holder(here.http, link)
    assert holder.ask("GET", "/open").status_code == 200
    claim = holder.ask("POST", "/claim").get_json()["claim"]
    shown = {"Sealcase-Claim": claim}
    assert holder.ask("GET", f"/files/{sent.file_id}/content", headers=shown).data == sent.parts[0]
    holder.ask("POST", f"/claims/{claim}/done")
    assert ada.ask("DELETE", f"/links/{link.link_id}").status_code == 200
    for query in ("", "?kind=share", "?since=1790000000&until=1790000100", f"?file_id={sent.file_id}"):
        assert ada.ask("GET", f"/activity{query}").status_code == 200
    mine = card(ada.email)
    assert publish(ada, mine) == (201, "")
    assert bob.ask("GET", f"/cards?email={ada.email}").status_code == 200
    assert bob.ask("GET", f"/log/proof/{ada.user_id}/0").status_code in (200, 404)
    token = ada.ask("POST", "/auth/tokens", json={"name": "x", "scopes": ["files:read"]}).get_json()
    for where in ("/auth/tokens", "/auth/sessions", "/stats", "/account", "/totp"):
        ada.ask("GET", where)
    bearer = {"Authorization": f"Bearer {token['token']}"}
    assert here.http.get("/files", headers=bearer).status_code == 200
    here.http.post("/auth/refresh", json={"refresh_token": ada.refresh_token})
    assert ada.ask("DELETE", path).status_code == 200


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_no_query_of_a_route_reads_a_whole_table(tmp_path: Path, postgres: PostgresServer) -> None:
    """As PostgreSQL itself plans each, with a million files, 400,000 rows of activity, and a user with 20,000 files."""
    address = postgres.database()
    here = house(tmp_path, records="postgres", database_url=address, quota_files=10_000_000)
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    fill(address, FILES, ada.user_id, events=FILES // 5)
    database = cast("PostgresRecords", here.wiring.records)._db
    with watched(database) as seen:
        use_everything(here, ada, bob)
        list(zip(range(3), here.wiring.records.due(here.clock.now()), strict=False))
    assert len(seen) >= 50
    with psycopg.connect(address) as connection:
        big = {
            name
            for name, rows in connection.execute("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")
            if rows > _SMALL_ROWS
        }
        assert {"files", "listings", "events", "event_people", "links", "users", "ephemeral", "receipts"} <= big
        assert wrongly_read(connection, "SELECT * FROM files WHERE size = 5", None, big) == ["files"]
        for statement, parameters in seen.items():
            if statement.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
                wrong = wrongly_read(connection, statement, parameters, big)
                assert not wrong, f"{wrong} read whole by: {statement}"
    postgres.drop_made()


def test_aging_looks_at_what_is_old_alone(postgres: PostgresServer) -> None:
    """Nobody appends meanwhile, so it may not walk past all that is newer."""
    address = postgres.database()
    fill(address, _SMALL_ROWS, "a" * 32, events=20 * _SMALL_ROWS)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("UPDATE events SET month = '2026-08' WHERE number <= %s", (2 * _SMALL_ROWS,))
        connection.execute("UPDATE event_chain SET month = '2026-09'")
        connection.execute("ANALYZE")
    september = datetime(2026, 9, 9, tzinfo=UTC).timestamp()
    database = Database(address)
    with watched(database) as seen:
        PostgresActivity(database).age(september)
    looked = [(each, values) for each, values in seen.items() if each.startswith("SELECT events.number")]
    with psycopg.connect(address) as connection:
        assert wrongly_read(connection, *looked[0], {"events"}) == []
    postgres.drop_made()


def wrongly_read(
    connection: psycopg.Connection, statement: str, parameters: dict[str, Any] | None, big: set[str]
) -> list[str]:
    """The big tables that the plan of a statement reads whole."""
    plan = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), parameters).fetchone()
    connection.rollback()
    assert plan is not None
    return [name for name in whole_reads(plan[0][0]["Plan"]) if name in big]


def whole_reads(plan: dict[str, Any]) -> Iterator[str]:
    """The tables that a plan reads from one end to the other."""
    by_condition = "Index Cond" in plan or plan["Node Type"] == "Bitmap Heap Scan"
    if "Relation Name" in plan and "Scan" in plan["Node Type"] and not by_condition:
        yield str(plan["Relation Name"])
    for inner in plan.get("Plans", ()):
        yield from whole_reads(inner)
