"""Codes, tokens and sessions."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
import requests
from werkzeug.test import TestResponse

from tests.server.house import House, Person, code_of, house
from tests.support.server import LiveServer, live_server

ADA = "ada@example.org"


def ask(here: House) -> str:
    assert here.http.post("/auth/request_otp", json={"email": ADA}).status_code == 200
    return here.mail.codes[ADA][-1]


def login(here: House, code: str, email: str = ADA) -> TestResponse:
    return here.http.post("/auth/login", json={"email": email, "otp": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def refresh(here: House, token: str) -> TestResponse:
    return here.http.post("/auth/refresh", json={"refresh_token": token})


def test_a_code_signs_in_once(here: House) -> None:
    """The first use opens a session and makes the account, the second is refused."""
    code = ask(here)
    assert len(code) == 6
    first = login(here, code)
    assert first.status_code == 200
    assert first.get_json()["expires_in"] == 3600
    assert code_of(login(here, code)) == "sign_in_refused"


def test_an_email_is_the_same_in_every_spelling(here: House) -> None:
    """Upper case makes no other person."""
    first = login(here, ask(here)).get_json()
    second = login(here, ask(here), "ADA@Example.ORG").get_json()
    assert first["user_id"] == second["user_id"]


def test_user_ids_do_not_follow_from_emails_alone(here: House, tmp_path: Path) -> None:
    """Another server, with another secret, calls the same person something else."""
    other = house(tmp_path / "other")
    assert here.person(ADA).user_id != other.person(ADA).user_id


def test_three_wrong_tries_use_a_code_up(here: House) -> None:
    """The fourth try is refused even if it is right."""
    code = ask(here)
    for _ in range(3):
        assert code_of(login(here, wrong(code))) == "sign_in_refused"
    assert code_of(login(here, code)) == "sign_in_refused"


def test_asking_again_gives_no_new_tries(here: House) -> None:
    """Wrong tries are counted for ten minutes, however many codes are asked for in them."""
    for _ in range(3):
        assert code_of(login(here, wrong(ask(here)))) == "sign_in_refused"
    code = ask(here)
    assert code_of(login(here, code)) == "sign_in_refused"
    here.clock.time += 600
    assert login(here, ask(here)).status_code == 200


def test_a_code_expires(here: House) -> None:
    """After ten minutes the code is refused."""
    code = ask(here)
    here.clock.time += 600
    assert code_of(login(here, code)) == "sign_in_refused"


def test_a_new_code_replaces_the_old_one(here: House) -> None:
    """Only the latest code counts."""
    old, new = ask(here), ask(here)
    if old != new:
        assert code_of(login(here, old)) == "sign_in_refused"
    assert login(here, new).status_code == 200


def test_the_operator_gets_a_code_with_all_its_tries(here: House) -> None:
    """Somebody who guesses can't lock out whoever sits at the server."""
    for _ in range(3):
        login(here, wrong(ask(here)))
    assert login(here, here.services.accounts.code_for_operator(ADA)).status_code == 200


def test_what_is_asked_for_tells_nothing(here: House) -> None:
    """The answer is the same for people with and without an account."""
    here.person(ADA)
    known = here.http.post("/auth/request_otp", json={"email": ADA})
    unknown = here.http.post("/auth/request_otp", json={"email": "nobody@example.org"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_no_code_or_token_is_stored(here: House) -> None:
    """Whoever reads the disk can't sign in with what is there."""
    code = ask(here)
    assert here.kept(code.encode()) == []
    body = login(here, code).get_json()
    assert here.kept(body["token"].encode()) == []
    assert here.kept(body["refresh_token"].encode()) == []
    assert here.kept(body["refresh_token"].rpartition(".")[2].encode()) == []


@pytest.mark.parametrize("email", ["nobody", "ada@", "@example.org", "a b@example.org", "ada@exa\nmple.org", "a" * 250])
def test_what_is_no_email_is_refused(here: House, email: str) -> None:
    """With the field's name and without its value."""
    answer = here.http.post("/auth/request_otp", json={"email": email})
    assert code_of(answer) == "invalid"
    assert answer.get_json()["errors"][0]["field"] == "email"
    assert email not in answer.text


def test_logout_ends_access_and_refresh(here: House, ada: Person) -> None:
    """Both tokens are dead with the session, and stay dead after a restart."""
    assert ada.ask("GET", "/files").status_code == 200
    assert ada.ask("POST", "/auth/logout").status_code == 200
    assert code_of(ada.ask("GET", "/files")) == "not_signed_in"
    assert code_of(refresh(here, ada.refresh_token)) == "not_signed_in"
    ada.http = house(here.settings.data_dir).http
    assert code_of(ada.ask("GET", "/files")) == "not_signed_in"


def test_sessions_survive_a_restart(here: House, ada: Person) -> None:
    """A new server over the same folder knows the token."""
    ada.http = house(here.settings.data_dir).http
    assert ada.ask("GET", "/files").status_code == 200


def test_an_access_token_lives_an_hour(here: House, ada: Person) -> None:
    here.clock.time += 3_599
    assert ada.ask("GET", "/files").status_code == 200
    here.clock.time += 1
    answer = ada.ask("GET", "/files")
    assert code_of(answer) == "not_signed_in"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_refresh_tokens_rotate_and_slide(here: House, ada: Person) -> None:
    """Each refresh gives seven more days."""
    token = ada.refresh_token
    for _ in range(3):
        here.clock.time += 6 * 86_400
        answer = refresh(here, token)
        assert answer.status_code == 200
        assert answer.get_json()["refresh_token"] != token
        token = answer.get_json()["refresh_token"]
    here.clock.time += 7 * 86_400
    assert code_of(refresh(here, token)) == "not_signed_in"


def test_a_reused_refresh_token_ends_the_session(here: House, ada: Person) -> None:
    """Whoever stole it, and whoever it was stolen from, has to sign in again."""
    new = refresh(here, ada.refresh_token).get_json()
    here.clock.time += 11
    assert code_of(refresh(here, ada.refresh_token)) == "not_signed_in"
    assert code_of(refresh(here, new["refresh_token"])) == "not_signed_in"
    ada.token = new["token"]
    assert code_of(ada.ask("GET", "/files")) == "not_signed_in"


def test_refreshes_that_cross_both_succeed(here: House, ada: Person) -> None:
    """Within ten seconds the previous token gives the same next one."""
    first = refresh(here, ada.refresh_token).get_json()
    here.clock.time += 10
    second = refresh(here, ada.refresh_token).get_json()
    assert first["refresh_token"] == second["refresh_token"]
    here.clock.time += 3_000
    for token in (first["token"], second["token"]):
        ada.token = token
        assert ada.ask("GET", "/files").status_code == 200
    assert refresh(here, first["refresh_token"]).status_code == 200


def test_garbage_does_not_end_a_session(here: House, ada: Person) -> None:
    """Knowing a session's id is no way to sign its owner out."""
    session, generation, mac = ada.refresh_token.split(".")
    for garbage in (
        f"{session}.{generation}.{mac[::-1]}",
        f"{session}.9.{mac}",
        f"{session}.x",
        session,
        "é",
        "." * 400,
    ):
        assert code_of(refresh(here, garbage)) == "not_signed_in"
    assert refresh(here, ada.refresh_token).status_code == 200


def test_tokens_are_not_each_other(here: House, ada: Person) -> None:
    """A refresh token gives no access, an access token does not refresh."""
    assert code_of(refresh(here, ada.token)) == "not_signed_in"
    ada.token = ada.refresh_token
    assert code_of(ada.ask("GET", "/files")) == "not_signed_in"


def forged(
    here: House, ada: Person, changes: dict[str, object], key: bytes | None = None, algorithm: str = "HS256"
) -> str:
    claims = jwt.decode(ada.token, options={"verify_signature": False}) | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key if key is not None else here.wiring.secrets.jwt_secret, algorithm=algorithm)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"iss": "other"},
        {"type": "refresh"},
        {"type": None},
        {"sid": None},
        {"sid": "0" * 32},
        {"user_id": "0" * 32},
        {"jti": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
    ],
)
def test_every_claim_is_checked(here: House, ada: Person, changes: dict[str, object]) -> None:
    """Even under the right key, a token with another claim or without one is refused."""
    ada.token = forged(here, ada, changes)
    assert code_of(ada.ask("GET", "/files")) == "not_signed_in"


def test_only_our_algorithm_and_key_count(here: House, ada: Person) -> None:
    """`none`, another HMAC and another key are refused; so is a changed payload."""
    header, payload, signature = ada.token.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    for token in (
        forged(here, ada, {}, key=b"k" * 64),
        forged(here, ada, {}, algorithm="HS512"),
        f"{none}.{payload}.",
        f"{header}.{payload}x.{signature}",
        "a.b.c",
    ):
        ada.token = token
        assert code_of(ada.ask("GET", "/files")) == "not_signed_in"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "token"])
def test_nobody_gets_in_without_a_bearer_token(here: House, header: str) -> None:
    assert code_of(here.http.get("/files", headers={"Authorization": header})) == "not_signed_in"


def test_parallel_guesses_share_three_tries(live: LiveServer) -> None:
    """Forty guesses at once over three processes: the right code among them is no use after three wrong ones."""
    code = live.request_code(ADA)
    guesses = [f"{(int(code) + step) % 1_000_000:06d}" for step in range(1, 41)]

    def guess(otp: str) -> int:
        return requests.post(f"{live.url}/auth/login", json={"email": ADA, "otp": otp}, timeout=30).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(guess, guesses)) == {401}
    assert guess(code) == 401
    assert guess(live.request_code(ADA)) == 401


def test_one_code_signs_in_once_however_many_try(live: LiveServer) -> None:
    """Twenty logins at once with the right code: one gets a session."""
    code = live.request_code("race@example.org")

    def login_live(_: int) -> int:
        body = {"email": "race@example.org", "otp": code}
        return requests.post(f"{live.url}/auth/login", json=body, timeout=30).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(login_live, range(20)))
    assert answers.count(200) == 1


def test_logout_counts_at_once_in_every_worker(live: LiveServer) -> None:
    """Thirty requests on connections of their own, right after the logout, are all refused."""
    session = live.sign_in("leaver@example.org")
    headers = {"Authorization": f"Bearer {session['token']}"}
    assert requests.get(f"{live.url}/files", headers=headers, timeout=30).status_code == 200
    requests.post(f"{live.url}/auth/logout", headers=headers, timeout=30).raise_for_status()

    def look(_: int) -> int:
        return requests.get(f"{live.url}/files", headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(look, range(30))) == {401}


@pytest.mark.slow
def test_login_code_works_beside_the_server_and_without_it(tmp_path: Path) -> None:
    """`admin login-code` prints a code that the running server takes, and one that a later server takes."""
    with live_server(tmp_path, workers=1) as server:
        body = {"email": ADA, "otp": server.login_code(ADA)}
        first = requests.post(f"{server.url}/auth/login", json=body, timeout=30)
        assert first.status_code == 200
    code = server.login_code(ADA)
    with live_server(tmp_path, workers=1) as server:
        headers = {"Authorization": f"Bearer {first.json()['token']}"}
        assert requests.get(f"{server.url}/files", headers=headers, timeout=30).status_code == 200
        answer = requests.post(f"{server.url}/auth/login", json={"email": ADA, "otp": code}, timeout=30)
        assert answer.status_code == 200
