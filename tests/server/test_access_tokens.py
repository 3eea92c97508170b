"""Personal access tokens: what they may do, for how long, and that they can be taken back."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.server.house import House, Person, code_of, house
from tests.server.samples import sample
from tests.support.server import LiveServer

ALL = ["account", "files:read", "files:write"]


def create(person: Person, *scopes: str, **more: object) -> dict[str, Any]:
    answer = person.ask("POST", "/auth/tokens", json={"name": "backup", "scopes": list(scopes or ALL), **more})
    assert answer.status_code == 201, answer.text
    made = answer.get_json()
    assert isinstance(made, dict)
    return made


def holder(person: Person, made: dict[str, Any]) -> Person:
    """Whoever has that token."""
    return Person(person.http, person.email, person.user_id, made["token"], "")


def listed(person: Person) -> list[dict[str, Any]]:
    found = person.ask("GET", "/auth/tokens").get_json()["tokens"]
    assert isinstance(found, list)
    return found


def test_a_token_is_shown_once_and_stored_hashed(here: House, ada: Person) -> None:
    """It begins with `sct_`; the list has everything but it; the disk has not even its secret part."""
    made = create(ada, "files:read")
    assert re.fullmatch(r"sct_[0-9a-f]{32}_[A-Za-z0-9_-]{43}", made["token"])
    (item,) = listed(ada)
    assert item == {name: value for name, value in made.items() if name != "token"}
    assert (item["name"], item["scopes"], item["last_used_at"]) == ("backup", ["files:read"], None)
    assert item["expires_at"] == int(here.clock.time) + 90 * 86_400
    assert here.kept(made["token"].removeprefix(f"sct_{made['token_id']}_").encode()) == []


def test_a_token_works_like_a_session(here: House, ada: Person) -> None:
    """Within its scopes, and after a restart."""
    script = holder(ada, create(ada))
    thing = sample()
    assert script.send(thing).status_code == 201
    assert ada.ask("GET", f"/files/{thing.file_id}").status_code == 200
    script.http = house(here.settings.data_dir).http
    assert script.ask("GET", f"/files/{thing.file_id}/content").data == thing.body
    assert script.ask("GET", "/account").get_json()["email"] == ada.email


@pytest.mark.parametrize(
    ("scope", "allowed", "refused"),
    [
        ("files:read", [("GET", "/files")], [("GET", "/auth/sessions"), ("POST", "/uploads")]),
        ("files:write", [], [("GET", "/files"), ("GET", "/auth/tokens"), ("DELETE", "/account")]),
        ("account", [("GET", "/auth/sessions"), ("GET", "/auth/tokens")], [("GET", "/files"), ("POST", "/uploads")]),
    ],
)
def test_a_scope_allows_its_own_and_nothing_else(
    ada: Person, scope: str, allowed: list[tuple[str, str]], refused: list[tuple[str, str]]
) -> None:
    """403 with the scope that is missing, before anything of the request is looked at."""
    script = holder(ada, create(ada, scope))
    for method, path in allowed:
        assert script.ask(method, path).status_code == 200
    for method, path in refused:
        answer = script.ask(method, path)
        assert (answer.status_code, code_of(answer)) == (403, "forbidden")
        assert "scope" in answer.get_json()["detail"]


def test_a_token_never_gives_more_than_it_has(ada: Person) -> None:
    """It needs `account` to make tokens at all, and then makes none with more."""
    assert code_of(holder(ada, create(ada, "files:read")).ask("POST", "/auth/tokens", json={})) == "forbidden"
    limited = holder(ada, create(ada, "account", "files:read"))
    child = create(limited, "files:read")
    assert child["scopes"] == ["files:read"]
    body = {"name": "more", "scopes": ["files:read", "files:write"]}
    assert code_of(limited.ask("POST", "/auth/tokens", json=body)) == "forbidden"


def test_a_token_makes_no_session(here: House, ada: Person) -> None:
    """Neither by refresh nor by anything else; nor does it end one."""
    script = holder(ada, create(ada))
    assert code_of(here.http.post("/auth/refresh", json={"refresh_token": script.token})) == "not_signed_in"
    assert code_of(script.ask("POST", "/auth/logout")) == "forbidden"
    assert len(script.ask("GET", "/auth/sessions").get_json()["sessions"]) == 1


def test_a_revoked_token_is_dead(here: House, ada: Person, bob: Person) -> None:
    """At once; by its owner only."""
    made = create(ada)
    script = holder(ada, made)
    assert code_of(bob.ask("DELETE", f"/auth/tokens/{made['token_id']}")) == "not_found"
    assert script.ask("GET", "/files").status_code == 200
    assert ada.ask("DELETE", f"/auth/tokens/{made['token_id']}").status_code == 200
    assert code_of(script.ask("GET", "/files")) == "not_signed_in"
    assert listed(ada) == []
    assert code_of(ada.ask("DELETE", f"/auth/tokens/{made['token_id']}")) == "not_found"


def test_a_token_ends_with_its_time(here: House, ada: Person) -> None:
    """From the very second; null lives until it is revoked."""
    short, endless = create(ada, expires_hours=1), create(ada, expires_hours=None)
    assert endless["expires_at"] is None
    here.clock.time += 3_599
    assert holder(ada, short).ask("GET", "/files").status_code == 200
    here.clock.time += 1
    assert code_of(holder(ada, short).ask("GET", "/files")) == "not_signed_in"
    here.clock.time += 20 * 365 * 86_400
    assert holder(ada, endless).ask("GET", "/files").status_code == 200


def test_last_use_is_known_to_a_few_minutes(here: House, ada: Person) -> None:
    made = create(ada)
    script, began = holder(ada, made), int(here.clock.time)
    script.ask("GET", "/files")
    here.clock.time += 299
    script.ask("GET", "/files")
    assert listed(ada)[0]["last_used_at"] == began
    here.clock.time += 1
    script.ask("GET", "/files")
    assert listed(ada)[0]["last_used_at"] == began + 300


def test_tokens_are_counted(here: House, ada: Person) -> None:
    """A hundred, of which those that ran out make room."""
    for _ in range(100):
        create(ada, "files:read", expires_hours=1)
    assert code_of(ada.ask("POST", "/auth/tokens", json={"name": "x", "scopes": ["files:read"]})) == "conflict"
    here.clock.time += 3_600 - 1
    here.clock.time += 1
    renewed = here.http.post("/auth/refresh", json={"refresh_token": ada.refresh_token}).get_json()
    ada.token = renewed["token"]
    create(ada)
    assert len(listed(ada)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "scopes": ["account"]},
        {"name": "x" * 101, "scopes": ["account"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": ["account"], "expires_hours": 0},
    ],
)
def test_tokens_that_make_no_sense_are_refused(ada: Person, body: dict[str, object]) -> None:
    assert code_of(ada.ask("POST", "/auth/tokens", json=body)) == "invalid"


@pytest.mark.parametrize("token", ["sct_", "sct_x", "sct_" + "0" * 32 + "_" + "A" * 43, "sct_../../etc/passwd_x"])
def test_what_is_no_token_is_refused(here: House, token: str) -> None:
    assert code_of(here.http.get("/files", headers={"Authorization": f"Bearer {token}"})) == "not_signed_in"


def test_revoking_counts_at_once_in_every_worker(live: LiveServer) -> None:
    """Thirty requests on connections of their own, right after it, are all refused."""
    me = {"Authorization": f"Bearer {live.sign_in('scripted@example.org')['token']}"}
    body = {"name": "script", "scopes": ["files:read"]}
    made = requests.post(f"{live.url}/auth/tokens", json=body, headers=me, timeout=30).json()
    script = {"Authorization": f"Bearer {made['token']}"}

    def look(_: int) -> int:
        return requests.get(f"{live.url}/files", headers=script, timeout=30).status_code

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(look, range(30))) == {200}
        requests.delete(f"{live.url}/auth/tokens/{made['token_id']}", headers=me, timeout=30).raise_for_status()
        assert set(pool.map(look, range(30))) == {401}
