"""Who is signed in where, and ending that from elsewhere."""

from tests.server.house import House, Person, code_of, house

ADA = "ada@example.org"


def sessions(person: Person) -> list[dict[str, object]]:
    answer = person.ask("GET", "/auth/sessions")
    assert answer.status_code == 200, answer.text
    found = answer.get_json()["sessions"]
    assert isinstance(found, list)
    return found


def test_every_session_is_listed_with_where_it_is_from(here: House) -> None:
    """Client and network, not the whole address; the one that asks is marked; no seed, no token."""
    laptop = here.person(ADA)
    here.clock.time += 1_000
    phone = here.person(ADA)
    answer = phone.ask("GET", "/auth/sessions", headers={"User-Agent": "Sealcase"})
    first, second = answer.get_json()["sessions"]
    assert (first["current"], second["current"]) == (True, False)
    assert first["created_at"] == second["created_at"] + 1_000
    assert first["ip_prefix"] == "127.0.0.0/24"
    assert "Werkzeug" in first["client"]
    assert set(first) == {"session_id", "name", "created_at", "last_used_at", "client", "ip_prefix", "current"}
    assert laptop.user_id == phone.user_id


def test_last_use_is_known_to_a_few_minutes(here: House, ada: Person) -> None:
    """Not every request writes."""
    began = int(here.clock.time)
    here.clock.time += 299
    assert sessions(ada)[0]["last_used_at"] == began
    here.clock.time += 1
    sessions(ada)
    assert sessions(ada)[0]["last_used_at"] == began + 300


def test_a_session_is_ended_from_another(here: House) -> None:
    """Access and refresh token are dead at once, and it is listed no more; the other one lives on."""
    lost, mine = here.person(ADA), here.person(ADA)
    other = next(each for each in sessions(mine) if not each["current"])
    assert mine.ask("DELETE", f"/auth/sessions/{other['session_id']}").status_code == 200
    assert code_of(lost.ask("GET", "/files")) == "not_signed_in"
    assert code_of(here.http.post("/auth/refresh", json={"refresh_token": lost.refresh_token})) == "not_signed_in"
    assert [each["current"] for each in sessions(mine)] == [True]


def test_nobody_ends_a_session_of_somebody_else(ada: Person, bob: Person) -> None:
    """And can't tell it from one that there is not."""
    theirs = sessions(ada)[0]["session_id"]
    for session_id in (theirs, "0" * 32):
        assert code_of(bob.ask("DELETE", f"/auth/sessions/{session_id}")) == "not_found"
    assert ada.ask("GET", "/files").status_code == 200


def test_a_session_has_a_name(here: House, ada: Person, bob: Person) -> None:
    """Given at sign-in or later, for its owner's eyes; what can't be seen is left out of it."""
    here.http.post("/auth/request_otp", json={"email": ADA})
    asked = {"email": ADA, "otp": here.mail.codes[ADA][-1], "device": " kitchen\x1b\u202e laptop\n"}
    assert here.http.post("/auth/login", json=asked).status_code == 200
    assert sorted(str(each["name"]) for each in sessions(ada)) == ["", "kitchen laptop"]
    path = f"/auth/sessions/{sessions(ada)[0]['session_id']}"
    assert ada.ask("PATCH", path, json={"name": "office"}).get_json()["name"] == "office"
    assert "office" in {each["name"] for each in sessions(ada)}
    assert code_of(bob.ask("PATCH", path, json={"name": "mine"})) == "not_found"
    assert code_of(ada.ask("PATCH", path, json={"name": "x" * 65})) == "invalid"
    gone = ada.ask("PATCH", f"/auth/sessions/{'0' * 32}", json={"name": "x"})
    assert code_of(gone) == "not_found"


def test_signing_out_takes_a_session_from_the_list(here: House) -> None:
    gone, mine = here.person(ADA), here.person(ADA)
    gone.ask("POST", "/auth/logout")
    assert len(sessions(mine)) == 1


def test_a_refreshed_session_stays_listed(here: House, ada: Person) -> None:
    """The list lives as long as the session slides, also across a restart."""
    for _ in range(3):
        here.clock.time += 6 * 86_400
        pair = here.http.post("/auth/refresh", json={"refresh_token": ada.refresh_token}).get_json()
        ada.token, ada.refresh_token = pair["token"], pair["refresh_token"]
        assert len(sessions(ada)) == 1
    again = house(here.settings.data_dir)
    again.clock.time = here.clock.time
    ada.http = again.http
    assert len(sessions(ada)) == 1


def test_sessions_that_ran_out_are_not_listed(here: House) -> None:
    here.person(ADA)
    here.clock.time += 7 * 86_400
    assert len(sessions(here.person(ADA))) == 1


def test_a_changed_jwt_secret_signs_nobody_out(here: House, ada: Person) -> None:
    """While the one before is named as JWT_SECRET_PREVIOUS; afterwards its tokens are refused."""
    old = here.wiring.secrets.jwt_secret.decode()
    for previous, status in ((old, 200), (None, 401)):
        turned = house(here.settings.data_dir, jwt_secret="n3w" * 20, jwt_secret_previous=previous)
        ada.http = turned.http
        assert ada.ask("GET", "/files").status_code == status
    pair = turned.http.post("/auth/refresh", json={"refresh_token": ada.refresh_token}).get_json()
    ada.token = pair["token"]
    assert ada.ask("GET", "/files").status_code == 200
