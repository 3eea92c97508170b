"""What an owner changes of a file that is there."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.sealed.encoding import b64u
from tests.server.house import House, Person, code_of
from tests.server.samples import GRANT, Sample, sample
from tests.server.test_simple_uploads import upload

BOB, EVE = "bob@example.org", "eve@example.org"


@pytest.fixture
def file(ada: Person) -> Sample:
    """A file of ada's that bob may read."""
    sent = sample()
    assert ada.send(sent, allowed_users=[BOB], expires_hours=2).status_code == 201
    return sent


def patch(person: Person, file: Sample, headers: dict[str, str] | None = None, **change: Any) -> TestResponse:
    return person.ask("PATCH", f"/files/{file.file_id}", json=change, headers=headers or {})


def grant_for(number: int, **fields: object) -> dict[str, object]:
    return {**GRANT, "recipient": b64u(bytes([number]) * 32), **fields}


def test_expiry_moves_both_ways(here: House, ada: Person, file: Sample) -> None:
    """From now on, and housekeeping follows it."""
    here.clock.time += 100
    now = int(here.clock.now())
    assert patch(ada, file, expires_hours=48).get_json()["expires_at"] == now + 48 * 3_600
    here.clock.time += 3 * 3_600
    here.services.housekeeping.remove_expired()
    ada.token = here.person(ada.email).token
    assert patch(ada, file, expires_hours=1).status_code == 200
    here.clock.time += 3_600
    here.services.housekeeping.remove_expired()
    ada.token = here.person(ada.email).token
    assert code_of(ada.ask("GET", f"/files/{file.file_id}")) == "not_found"
    assert not here.kept(file.parts[0][:64])


def test_readers_are_replaced(here: House, ada: Person, bob: Person, file: Sample) -> None:
    """Who is not named any more has the 404 of a stranger, and an empty listing, at once."""
    eve = here.person(EVE)
    changed = patch(ada, file, allowed_users=[EVE, ada.email])
    assert changed.get_json()["allowed_users"] == [eve.user_id]
    path = f"/files/{file.file_id}/content"
    assert (code_of(bob.ask("GET", path)), eve.ask("GET", path).data) == ("not_found", file.body)
    received = {who.email: who.ask("GET", "/files?role=received").get_json()["files"] for who in (bob, eve)}
    assert [len(received[BOB]), len(received[EVE])] == [0, 1]
    assert patch(ada, file, allowed_users=[]).get_json()["allowed_users"] == []
    assert eve.ask("GET", "/files?role=received").get_json()["files"] == []


def test_what_is_not_named_stays(ada: Person, bob: Person, file: Sample) -> None:
    """And null takes the limit of downloads away."""
    before = ada.ask("GET", f"/files/{file.file_id}").get_json()
    limited = patch(ada, file, download_limit=3).get_json()
    assert limited == {**before, "download_limit": 3}
    assert patch(ada, file, expires_hours=2).get_json()["download_limit"] == 3
    assert patch(ada, file).get_json()["download_limit"] == 3
    assert patch(ada, file, download_limit=None).get_json()["download_limit"] is None
    assert bob.ask("GET", f"/files/{file.file_id}").get_json()["download_limit"] is None


def test_nobody_undoes_what_they_have_not_seen(ada: Person, file: Sample) -> None:
    """If-Match holds against every change, and 412 says that there was one."""
    etag = ada.ask("GET", f"/files/{file.file_id}").headers["ETag"]
    assert ada.ask("GET", f"/files/{file.file_id}/metadata").headers["ETag"] == etag
    first = patch(ada, file, {"If-Match": etag}, download_limit=3)
    assert first.status_code == 200
    assert first.headers["ETag"] != etag
    assert code_of(patch(ada, file, {"If-Match": etag}, download_limit=5)) == "precondition_failed"
    for good in (first.headers["ETag"], f'"x", {first.headers["ETag"]}', "*"):
        assert patch(ada, file, {"If-Match": good}, download_limit=3).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"expires_hours": 0}, "expires_hours"),
        ({"expires_hours": 8_761}, "expires_hours"),
        ({"download_limit": 0}, "download_limit"),
        ({"download_limit": "3"}, "download_limit"),
        ({"allowed_users": ["nobody"]}, "allowed_users.0"),
        ({"size": 1}, "(unknown field)"),
    ],
)
def test_a_change_is_checked_field_by_field(ada: Person, file: Sample, change: dict[str, Any], field: str) -> None:
    answer = patch(ada, file, **change)
    assert code_of(answer) == "invalid"
    assert answer.get_json()["errors"][0]["field"] == field


def test_only_the_owner_changes_a_file(here: House, bob: Person, file: Sample) -> None:
    """Readers are told so, strangers learn nothing."""
    eve, path = here.person(EVE), f"/files/{file.file_id}"
    calls = [
        ("PATCH", path, {}),
        ("POST", f"{path}/grants", {"grants": [grant_for(1)]}),
        ("DELETE", f"{path}/grants/{GRANT['recipient']}", None),
        ("DELETE", path, None),
    ]
    for method, url, body in calls:
        assert code_of(bob.ask(method, url, json=body)) == "forbidden"
        assert code_of(eve.ask(method, url, json=body)) == "not_found"


def test_grants_are_added_with_their_readers(here: House, ada: Person, file: Sample) -> None:
    """A second one for the same key replaces the first."""
    eve, path = here.person(EVE), f"/files/{file.file_id}/grants"
    added = ada.ask("POST", path, json={"grants": [grant_for(1), grant_for(2)], "allowed_users": [EVE]})
    assert added.status_code == 200, added.text
    assert len(added.get_json()["grants"]) == 3
    assert len(eve.ask("GET", f"/files/{file.file_id}").get_json()["grants"]) == 3
    other = grant_for(1, wrapped_key=b64u(b"\1" * 40))
    replaced = ada.ask("POST", path, json={"grants": [other]}).get_json()["grants"]
    assert len(replaced) == 3
    assert {**other, "by": None} in replaced


@pytest.mark.parametrize("grants", [[], [{**GRANT, "wrapped_key": "AAAA"}], [GRANT, GRANT], [{**GRANT, "type": "new"}]])
def test_grants_are_checked(ada: Person, file: Sample, grants: list[object]) -> None:
    assert code_of(ada.ask("POST", f"/files/{file.file_id}/grants", json={"grants": grants})) == "invalid"


def test_grants_are_taken_away(ada: Person, bob: Person, file: Sample) -> None:
    """With the access of a person, if one is named; never the last."""
    path = f"/files/{file.file_id}/grants"
    ada.ask("POST", path, json={"grants": [grant_for(1)]})
    removed = ada.ask("DELETE", f"{path}/{grant_for(1)['recipient']}?user={BOB}").get_json()
    assert (len(removed["grants"]), removed["allowed_users"]) == (1, [])
    assert code_of(bob.ask("GET", f"/files/{file.file_id}")) == "not_found"
    assert code_of(ada.ask("DELETE", f"{path}/{grant_for(1)['recipient']}")) == "not_found"
    assert code_of(ada.ask("DELETE", f"{path}/{GRANT['recipient']}")) == "conflict"
    assert code_of(ada.ask("DELETE", f"{path}/short")) == "not_found"


def test_a_simple_upload_has_no_grants(ada: Person) -> None:
    file_id = upload(ada).get_json()["file_id"]
    assert code_of(ada.ask("POST", f"/files/{file_id}/grants", json={"grants": [GRANT]})) == "conflict"


def test_changes_are_written_down(here: House, ada: Person, bob: Person, file: Sample) -> None:
    """For the owner and for whom they concern."""
    patch(ada, file, allowed_users=[EVE], download_limit=3)
    ada.ask("DELETE", f"/files/{file.file_id}")

    def kinds(person: Person) -> list[str]:
        return [event["kind"] for event in person.ask("GET", "/activity").get_json()["activity"]]

    assert kinds(ada)[:5] == ["delete", "file_changed", "revoke", "share", "upload"]
    assert "revoke" in kinds(bob)
    assert "delete" in kinds(here.person(EVE))
