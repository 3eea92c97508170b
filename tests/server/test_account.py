"""The end of an account: everything of it is gone, other people's files stay."""

import re
from pathlib import Path

import requests

from tests.server.house import House, Person, code_of
from tests.server.samples import sample
from tests.support.server import live_server

ADA = "ada@example.org"


def deletion_code(here: House, person: Person) -> str:
    assert person.ask("POST", "/account/deletion_code").status_code == 200
    return here.mail.deletion_codes[person.email][-1]


def delete(person: Person, code: str) -> str:
    """`ok`, or the code of the problem."""
    answer = person.ask("DELETE", "/account", json={"otp": code})
    return "ok" if answer.status_code == 200 else code_of(answer)


def test_who_i_am_any_token_may_ask(here: House, ada: Person) -> None:
    account = ada.ask("GET", "/account").get_json()
    assert account == {"user_id": ada.user_id, "email": ADA, "created_at": int(here.clock.time)}


def test_everything_is_gone(here: House, ada: Person, bob: Person) -> None:
    """Files with their bytes, unfinished uploads, card, tokens, sessions, second factor; no file names the address."""
    mine, shared, unfinished, theirs = sample(), sample(), sample(), sample()
    ada.send(mine)
    ada.send(shared, allowed_users=[bob.email])
    ada.ask("POST", "/uploads", json=unfinished.start())
    ada.put_part(unfinished, 0)
    bob.send(theirs, allowed_users=[ADA])
    token = ada.ask("POST", "/auth/tokens", json={"name": "x", "scopes": ["files:read"]}).get_json()["token"]
    other = here.person(ADA)
    ada.ask("POST", "/auth/totp")
    assert delete(ada, deletion_code(here, ada)) == "ok"

    for refused in (ada, other, Person(ada.http, ADA, ada.user_id, token, "")):
        assert code_of(refused.ask("GET", "/files")) == "not_signed_in"
    assert code_of(here.http.post("/auth/refresh", json={"refresh_token": other.refresh_token})) == "not_signed_in"
    for body in (mine.body, shared.body, unfinished.parts[0]):
        assert here.kept(body[:64]) == []
    assert code_of(bob.ask("GET", f"/files/{shared.file_id}")) == "not_found"
    assert bob.ask("GET", "/files?role=owned").get_json()["files"][0]["file_id"] == str(theirs.file_id)
    assert here.kept(ADA.encode()) == []
    left = [path for path in here.settings.data_dir.rglob(f"*{ada.user_id}*") if path.is_file()]
    assert [path for path in left if theirs.file_id.hex not in str(path)] == []


def test_files_of_others_stay_and_come_back_with_the_address(here: House, ada: Person, bob: Person) -> None:
    """Whoever signs up again with that address has a new, empty account, and what was sent to the address."""
    thing = sample()
    ada.send(sample())
    bob.send(thing, allowed_users=[ADA])
    assert delete(ada, deletion_code(here, ada)) == "ok"
    again = here.person(ADA)
    assert [each["file_id"] for each in again.ask("GET", "/files?role=received").get_json()["files"]] == [
        str(thing.file_id)
    ]
    assert again.ask("GET", f"/files/{thing.file_id}/content").data == thing.body


def test_expired_files_go_too(here: House, ada: Person) -> None:
    """Also what housekeeping has not come to yet."""
    thing = sample()
    ada.send(thing, expires_hours=1)
    here.clock.time += 3_600
    ada = here.person(ADA)
    assert delete(ada, deletion_code(here, ada)) == "ok"
    assert here.kept(thing.body[:64]) == []


def test_a_code_for_signing_in_deletes_nothing(here: House, ada: Person) -> None:
    """And the other way round."""
    here.http.post("/auth/request_otp", json={"email": ADA})
    assert delete(ada, here.mail.codes[ADA][-1]) == "confirmation_refused"
    code = deletion_code(here, ada)
    assert code_of(here.http.post("/auth/login", json={"email": ADA, "otp": code})) == "sign_in_refused"
    assert delete(ada, code) == "ok"


def test_three_wrong_codes_and_nothing_is_deleted(here: House, ada: Person) -> None:
    code = deletion_code(here, ada)
    for step in (1, 2, 3):
        assert delete(ada, f"{(int(code) + step) % 1_000_000:06d}") == "confirmation_refused"
    assert delete(ada, code) == "confirmation_refused"
    assert ada.ask("GET", "/files").status_code == 200


def test_an_account_token_can_end_the_account(here: House, ada: Person) -> None:
    """With the code; that is what the scope `account` means."""
    made = ada.ask("POST", "/auth/tokens", json={"name": "x", "scopes": ["account"]}).get_json()
    script = Person(ada.http, ADA, ada.user_id, made["token"], "")
    assert delete(script, deletion_code(here, script)) == "ok"
    assert code_of(script.ask("GET", "/account")) == "not_signed_in"
    assert code_of(ada.ask("GET", "/account")) == "not_signed_in"


def test_it_counts_at_once_in_every_worker(tmp_path: Path) -> None:
    """Over four real processes."""
    with live_server(tmp_path, workers=4) as server:
        me = {"Authorization": f"Bearer {server.sign_in(ADA)['token']}"}
        since = len(server.lines)
        requests.post(f"{server.url}/account/deletion_code", headers=me, timeout=30).raise_for_status()
        code = server.line_with(re.compile(r"Account deletion code for ada@example.org: (\d{6})"), since=since)[1]
        requests.delete(f"{server.url}/account", headers=me, json={"otp": code}, timeout=30).raise_for_status()
        answers = {requests.get(f"{server.url}/account", headers=me, timeout=30).status_code for _ in range(20)}
    assert answers == {401}
