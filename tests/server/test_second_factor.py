"""The second factor: set up, asked for, used once, lost, turned off."""

import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
import requests
from werkzeug.test import TestResponse

from tests.server.house import House, Person, code_of
from tests.support.server import live_server, server_environment

ADA = "ada@example.org"


def turn_on(here: House, person: Person) -> tuple[pyotp.TOTP, list[str]]:
    """The app, and the recovery codes."""
    begun = person.ask("POST", "/auth/totp").get_json()
    app = pyotp.TOTP(begun["secret"])
    confirmed = person.ask("PUT", "/auth/totp", json={"code": app.at(int(here.clock.time))})
    assert confirmed.status_code == 200, confirmed.text
    return app, confirmed.get_json()["recovery_codes"]


def login(here: House, totp: str | None = None, code: str | None = None) -> TestResponse:
    """Sign in with a fresh emailed code unless one is given."""
    if code is None:
        here.http.post("/auth/request_otp", json={"email": ADA})
        code = here.mail.codes[ADA][-1]
    body = {"email": ADA, "otp": code} | ({} if totp is None else {"totp": totp})
    return here.http.post("/auth/login", json=body)


def next_code(here: House, app: pyotp.TOTP) -> str:
    """One that was not used yet."""
    here.clock.time += 30
    return app.at(int(here.clock.time))


def wrong(here: House, app: pyotp.TOTP) -> str:
    near = {app.at(int(here.clock.time) + step * 30) for step in range(-3, 4)}
    return next(code for code in (f"{number:06d}" for number in range(10)) if code not in near)


def test_nothing_changes_before_a_first_code(here: House, ada: Person) -> None:
    """Who begins and stops there signs in as before."""
    ada.ask("POST", "/auth/totp")
    assert ada.ask("GET", "/auth/totp").get_json() == {"on": False, "recovery_codes_left": 0}
    assert login(here).status_code == 200


def test_the_address_for_the_app_names_product_and_person(ada: Person) -> None:
    begun = ada.ask("POST", "/auth/totp").get_json()
    assert begun["uri"].startswith("otpauth://totp/Sealcase:ada%40example.org?secret=")
    assert begun["secret"] in begun["uri"]
    assert len(begun["secret"]) == 32


def test_setting_up_needs_a_right_first_code_in_time(here: House, ada: Person) -> None:
    """A telephone with a wrong clock is found out before it locks anybody out."""
    app = pyotp.TOTP(ada.ask("POST", "/auth/totp").get_json()["secret"])
    assert code_of(ada.ask("PUT", "/auth/totp", json={"code": wrong(here, app)})) == "confirmation_refused"
    here.clock.time += 900
    assert code_of(ada.ask("PUT", "/auth/totp", json={"code": app.at(int(here.clock.time))})) == "not_found"


def test_sign_in_asks_for_it(here: House, ada: Person) -> None:
    """401 `second_factor_required` with a right code, which stays good; nothing is told to who has a wrong one."""
    app, _ = turn_on(here, ada)
    here.http.post("/auth/request_otp", json={"email": ADA})
    code = here.mail.codes[ADA][-1]
    guess = f"{(int(code) + 1) % 1_000_000:06d}"
    assert code_of(login(here, code=guess)) == "sign_in_refused"
    asked = login(here, code=code)
    assert (asked.status_code, code_of(asked)) == (401, "second_factor_required")
    assert login(here, next_code(here, app), code).status_code == 200
    assert code_of(login(here, next_code(here, app), code)) == "sign_in_refused"


def test_no_code_is_accepted_twice(here: House, ada: Person) -> None:
    """Neither the one that confirmed, nor one before it; a wrong one leaves the emailed code good."""
    app, _ = turn_on(here, ada)
    used = app.at(int(here.clock.time))
    assert code_of(login(here, used)) == "sign_in_refused"
    assert code_of(login(here, app.at(int(here.clock.time) - 30))) == "sign_in_refused"
    fresh = next_code(here, app)
    assert login(here, fresh, here.mail.codes[ADA][-1]).status_code == 200
    assert code_of(login(here, fresh)) == "sign_in_refused"


def test_three_wrong_tries_close_it_for_ten_minutes(here: House, ada: Person) -> None:
    """However many emailed codes are asked for in them; recovery codes count with them."""
    app, recovery = turn_on(here, ada)
    for guess in (wrong(here, app), "aaaaa-aaaaa", wrong(here, app)):
        assert code_of(login(here, guess)) == "sign_in_refused"
    assert code_of(login(here, next_code(here, app))) == "sign_in_refused"
    assert code_of(login(here, recovery[0])) == "sign_in_refused"
    here.clock.time += 600
    assert login(here, next_code(here, app)).status_code == 200


def test_a_recovery_code_replaces_the_app_once(here: House, ada: Person) -> None:
    """However it is typed."""
    _, recovery = turn_on(here, ada)
    assert len(set(recovery)) == 10
    assert login(here, f" {recovery[3].upper().replace('-', ' ')} ").status_code == 200
    assert code_of(login(here, recovery[3])) == "sign_in_refused"
    assert ada.ask("GET", "/auth/totp").get_json() == {"on": True, "recovery_codes_left": 9}


def test_turning_it_off_needs_a_code(here: House, ada: Person) -> None:
    """A session that was left open is not enough."""
    app, recovery = turn_on(here, ada)
    assert code_of(ada.ask("POST", "/auth/totp")) == "conflict"
    assert code_of(ada.ask("DELETE", "/auth/totp", json={"code": wrong(here, app)})) == "confirmation_refused"
    assert ada.ask("DELETE", "/auth/totp", json={"code": recovery[0]}).status_code == 200
    assert login(here).status_code == 200
    assert code_of(ada.ask("DELETE", "/auth/totp", json={"code": recovery[1]})) == "not_found"


def test_recovery_codes_are_not_on_disk_and_the_secret_is_private(here: House, ada: Person) -> None:
    """Codes are hashed under the server's key. The secret is needed as it is: mode 0600."""
    app, recovery = turn_on(here, ada)
    for code in recovery:
        assert here.kept(code.encode()) == here.kept(code.replace("-", "").encode()) == []
    (path,) = here.kept(app.secret.encode())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_one_code_passes_once_however_many_try(tmp_path: Path) -> None:
    """Twelve sign-ins at once over four processes with the same right codes: one succeeds."""
    with live_server(tmp_path, workers=4) as server:
        me = {"Authorization": f"Bearer {server.sign_in(ADA)['token']}"}
        secret = requests.post(f"{server.url}/auth/totp", headers=me, timeout=30).json()["secret"]
        app = pyotp.TOTP(secret)
        confirmed = requests.put(f"{server.url}/auth/totp", headers=me, json={"code": app.now()}, timeout=30)
        recovery = confirmed.json()["recovery_codes"]
        body = {"email": ADA, "otp": server.request_code(ADA), "totp": recovery[0]}

        def try_it(_: int) -> int:
            return requests.post(f"{server.url}/auth/login", json=body, timeout=30).status_code

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(try_it, range(12)))
    assert sorted(answers) == [200] + [401] * 11


def test_the_operator_helps_whoever_lost_everything(here: House, ada: Person) -> None:
    """`admin totp-off EMAIL`, and 1 where there is nothing to turn off."""
    turn_on(here, ada)
    command = [sys.executable, "-m", "server", "admin", "totp-off", ADA]
    environment = server_environment(here.settings.data_dir)
    done = [
        subprocess.run([*command, "--json"], env=environment, capture_output=True, timeout=60, check=False)
        for _ in range(2)
    ]
    assert [each.returncode for each in done] == [0, 1]
    assert json.loads(done[0].stdout) == {"email": ADA, "second_factor": False}
    assert login(here).status_code == 200


@pytest.mark.parametrize("code", ["", "x" * 33])
def test_codes_of_impossible_length_are_refused(ada: Person, code: str) -> None:
    assert code_of(ada.ask("PUT", "/auth/totp", json={"code": code})) == "invalid"
