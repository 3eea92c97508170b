"""Attacks on refresh tokens: reuse, races, guesses."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.server.house import House, Person, code_of, house
from tests.support.server import live_server


def refresh(here: House, token: str) -> dict[str, str]:
    answer = here.http.post("/auth/refresh", json={"refresh_token": token})
    return answer.get_json() if answer.status_code == 200 else {"code": code_of(answer)}


def test_reuse_of_a_stolen_token_ends_the_session(here: House, ada: Person) -> None:
    """The thief refreshed first; when the owner comes with the same token, both are out, in access and refresh."""
    stolen = refresh(here, ada.refresh_token)
    here.clock.time += 11
    assert refresh(here, ada.refresh_token) == {"code": "not_signed_in"}
    assert refresh(here, stolen["refresh_token"]) == {"code": "not_signed_in"}
    for token in (stolen["token"], ada.token):
        answer = here.http.get("/files", headers={"Authorization": f"Bearer {token}"})
        assert code_of(answer) == "not_signed_in"


def test_reuse_of_a_much_older_token(here: House, ada: Person) -> None:
    """Two generations back is reuse even within the seconds of grace."""
    latest = refresh(here, refresh(here, ada.refresh_token)["refresh_token"])
    assert refresh(here, ada.refresh_token) == {"code": "not_signed_in"}
    assert refresh(here, latest["refresh_token"]) == {"code": "not_signed_in"}


def test_reuse_after_a_restart(here: House, ada: Person) -> None:
    """What was used stays used."""
    refresh(here, ada.refresh_token)
    again = house(here.settings.data_dir)
    again.clock.time = here.clock.time + 11
    assert refresh(again, ada.refresh_token) == {"code": "not_signed_in"}


def test_reuse_ends_one_session_only(here: House, ada: Person) -> None:
    """Somebody with an old token of one session signs nobody out elsewhere."""
    other = here.person(ada.email)
    refresh(here, ada.refresh_token)
    here.clock.time += 11
    assert refresh(here, ada.refresh_token) == {"code": "not_signed_in"}
    assert other.ask("GET", "/files").status_code == 200


def test_a_token_after_logout(here: House, ada: Person) -> None:
    ada.ask("POST", "/auth/logout")
    assert refresh(here, ada.refresh_token) == {"code": "not_signed_in"}


def test_forged_generations_and_sessions(here: House, ada: Person) -> None:
    """Guessing neither refreshes nor ends the session that it names."""
    bob = here.person("bob@example.org")
    session, generation, mac = ada.refresh_token.split(".")
    for guess in (
        f"{session}.1.{mac}",
        f"{session}.-1.{mac}",
        f"{session}.00.{mac}",
        f"{session}.{generation}.{'A' * len(mac)}",
        f"{session}.{generation}.{bob.refresh_token.split('.')[2]}",
        f"{bob.refresh_token.split('.')[0]}.{generation}.{mac}",
        f"{session}.{'9' * 400}.{mac}",
        f"{session}.٠.{mac}",
        f"{ada.refresh_token}.",
        f" {ada.refresh_token}",
        "../../../etc/passwd.0.x",
    ):
        assert refresh(here, guess)["code"] in ("not_signed_in", "invalid")
    assert "token" in refresh(here, ada.refresh_token)


def test_a_race_of_honest_refreshes(tmp_path: Path) -> None:
    """Thirty at once over four processes: all get the same next pair, which works; the session lives."""
    with live_server(tmp_path, workers=4) as server:
        token = server.sign_in("ada@example.org")["refresh_token"]

        def renew(_: int) -> tuple[int, str]:
            body = {"refresh_token": token}
            answer = requests.post(f"{server.url}/auth/refresh", json=body, timeout=30)
            return answer.status_code, answer.json().get("refresh_token", "")

        with ThreadPoolExecutor(30) as pool:
            answers = set(pool.map(renew, range(30)))
        assert len(answers) == 1
        ((status, following),) = answers
        assert status == 200
        body = {"refresh_token": following}
        assert requests.post(f"{server.url}/auth/refresh", json=body, timeout=30).status_code == 200


def test_a_race_of_a_thief_with_a_logout(tmp_path: Path) -> None:
    """Refreshes and a logout at once: once the logout is answered, no token of the session works, old or new."""
    with live_server(tmp_path, workers=4) as server:
        signed_in = server.sign_in("ada@example.org")
        me = {"Authorization": f"Bearer {signed_in['token']}"}

        def renew(_: int) -> dict[str, str]:
            body = {"refresh_token": signed_in["refresh_token"]}
            answer: dict[str, str] = requests.post(f"{server.url}/auth/refresh", json=body, timeout=30).json()
            return answer

        with ThreadPoolExecutor(21) as pool:
            renewed = [pool.submit(renew, number) for number in range(20)]
            pool.submit(requests.post, f"{server.url}/auth/logout", headers=me, timeout=30).result().raise_for_status()
            won = [answer for each in renewed if "token" in (answer := each.result())]
        for answer in won:
            theirs = {"Authorization": f"Bearer {answer['token']}"}
            assert requests.get(f"{server.url}/files", headers=theirs, timeout=30).status_code == 401
            body = {"refresh_token": answer["refresh_token"]}
            assert requests.post(f"{server.url}/auth/refresh", json=body, timeout=30).status_code == 401
