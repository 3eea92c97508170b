"""Attacks on emailed codes: guessing in parallel, guessing by asking again, finding out who has an account."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests

from server.adapters.clock import SystemClock
from server.adapters.ephemeral.files import FileEphemeral
from server.app import app_over
from server.wiring import services
from tests.server.house import House, Person, code_of, house
from tests.services.smtp import smtp_server
from tests.support.server import LiveServer, live_server
from tests.support.waiting import until

ADA = "ada@example.org"
TRIES = 3


@pytest.fixture(scope="module")
def four_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A real server with four processes and no rate limits: the count of tries has to hold alone."""
    with live_server(tmp_path_factory.mktemp("otp"), workers=4) as server:
        yield server


def other_codes(code: str, count: int) -> list[str]:
    """Wrong codes, each another."""
    return [f"{(int(code) + step) % 1_000_000:06d}" for step in range(1, count + 1)]


def login(server: LiveServer, email: str, otp: str) -> int:
    body = {"email": email, "otp": otp}
    return requests.post(f"{server.url}/auth/login", json=body, timeout=60).status_code


def wrong_tries(server: LiveServer, user_id: str) -> int:
    """What the server has counted, read beside it."""
    window = FileEphemeral(server.data_dir / "ephemeral", SystemClock()).get(f"code:sign_in:{user_id}")
    assert window is not None
    return int(json.loads(window)["wrong_tries"])


def test_brute_force_in_parallel_over_four_workers(four_workers: LiveServer) -> None:
    """4 × 100 guesses at once: three are evaluated, then even the right code is refused."""
    user_id = four_workers.sign_in(ADA)["user_id"]
    code = four_workers.request_code(ADA)

    def attack(guesses: list[str]) -> set[int]:
        with ThreadPoolExecutor(25) as pool:
            return set(pool.map(lambda guess: login(four_workers, ADA, guess), guesses))

    guesses = other_codes(code, 400)
    with ThreadPoolExecutor(4) as attackers:
        answers = set().union(*attackers.map(attack, (guesses[start::4] for start in range(4))))
    assert answers == {401}
    assert wrong_tries(four_workers, user_id) == TRIES
    assert login(four_workers, ADA, code) == 401


def test_brute_force_with_the_right_code_among_the_guesses(four_workers: LiveServer) -> None:
    """Behind three wrong ones it is no use, however many send it at once."""
    email = "among@example.org"
    code = four_workers.request_code(email)
    for guess in other_codes(code, TRIES):
        assert login(four_workers, email, guess) == 401
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: login(four_workers, email, code), range(40))) == {401}


def test_brute_force_by_asking_again(four_workers: LiveServer) -> None:
    """New codes, asked for while guessing, bring no new tries."""
    email = "again@example.org"
    code = four_workers.request_code(email)

    def guess_and_ask(number: int) -> int:
        requests.post(f"{four_workers.url}/auth/request_otp", json={"email": email}, timeout=60).raise_for_status()
        return login(four_workers, email, f"{number:06d}")

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(guess_and_ask, range(24)))
    assert login(four_workers, email, four_workers.request_code(email)) == 401
    assert login(four_workers, email, code) == 401


def test_one_code_for_two_sessions(four_workers: LiveServer) -> None:
    """Whoever looks over a shoulder and is as fast: of forty sign-ins with the same right code, one succeeds."""
    email = "shoulder@example.org"
    code = four_workers.request_code(email)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: login(four_workers, email, code), range(40)))
    assert sorted(answers) == [200] + [401] * 39


def test_a_code_of_somebody_else(here: House) -> None:
    """A right code is right for its own address only."""
    here.http.post("/auth/request_otp", json={"email": ADA})
    body = {"email": "eve@example.org", "otp": here.mail.codes[ADA][-1]}
    here.http.post("/auth/request_otp", json={"email": "eve@example.org"})
    if here.mail.codes["eve@example.org"][-1] != body["otp"]:
        assert code_of(here.http.post("/auth/login", json=body)) == "sign_in_refused"


@pytest.mark.parametrize(
    "otp", ["", " ", "0", "１２３４５６", "12345", "1234567", "000000\x00", "*", "%", "true", "null"]
)
def test_codes_that_are_none(here: House, otp: str) -> None:
    """Other digits, wildcards, shorter and longer ones."""
    here.http.post("/auth/request_otp", json={"email": ADA})
    answer = here.http.post("/auth/login", json={"email": ADA, "otp": otp})
    assert code_of(answer) in ("sign_in_refused", "invalid")


@pytest.mark.parametrize("otp", [123456, None, True, ["123456"], {"$ne": ""}])
def test_codes_of_other_types(here: House, otp: object) -> None:
    assert code_of(here.http.post("/auth/login", json={"email": ADA, "otp": otp})) == "invalid"


def test_enumeration_by_body(tmp_path: Path) -> None:
    """Known, unknown and blocked addresses get the same status, body and headers, when asking and when failing."""
    house(tmp_path).person(ADA)
    closed = house(tmp_path, signup="closed")
    for path, body in (("/auth/request_otp", {}), ("/auth/login", {"otp": "000000"})):
        answers = []
        for email in (ADA, "nobody@example.org", "another@blocked.example"):
            answer = closed.http.post(path, json={"email": email, **body})
            text = answer.get_json() | {"request_id": ""}
            headers = {name: value for name, value in answer.headers if name != "X-Request-Id"}
            answers.append((answer.status_code, text, headers))
        assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 401


def test_enumeration_by_the_second_factor(here: House, ada: Person) -> None:
    """Whether an account has one is told only to whoever has the emailed code."""
    secret = ada.ask("POST", "/auth/totp").get_json()["secret"]
    ada.ask("PUT", "/auth/totp", json={"code": pyotp.TOTP(secret).at(int(here.clock.time))})
    for email in (ADA, "nobody@example.org"):
        here.http.post("/auth/request_otp", json={"email": email})
        guess = other_codes(here.mail.codes[email][-1], 1)[0]
        for more in ({}, {"totp": "000000"}):
            answer = here.http.post("/auth/login", json={"email": email, "otp": guess, **more})
            assert code_of(answer) == "sign_in_refused"


class Watched:
    """A part of the server that notes what is asked of it."""

    def __init__(self, part: object, asked: list[str]) -> None:
        self._part = part
        self._asked = asked

    def __getattr__(self, name: str) -> object:
        self._asked.append(f"{type(self._part).__name__}.{name}")
        return getattr(self._part, name)


class Later:
    """`Errands` that nobody has done yet."""

    def run_later(self, errand: Callable[[], None]) -> None:
        pass


def test_enumeration_by_time(tmp_path: Path) -> None:
    """The same is done, step by step, for every address before it is answered; so it takes as long."""
    house(tmp_path).person(ADA)
    here = house(tmp_path, signup="allowlist", signup_allow="example.org")
    asked: list[str] = []
    parts: dict[str, Any] = {
        name: Watched(getattr(here.wiring, name), asked)
        for name in ("records", "ephemeral", "mailer", "hits", "activity")
    }
    everything = services(here.settings, replace(here.wiring, errands=Later(), **parts))
    http = app_over(everything, here.settings).test_client()

    def steps(path: str, **body: str) -> list[str]:
        asked.clear()
        assert http.post(path, json=body).status_code in (200, 401)
        return list(asked)

    emails = (ADA, "new@example.org", "eve@blocked.example")
    for path, body in (("/auth/request_otp", {}), ("/auth/login", {"otp": "none"}), ("/auth/login", {"otp": "000000"})):
        known, unknown, blocked = (steps(path, email=email, **body) for email in emails)
        assert known == unknown == blocked
        assert known


def test_nobody_waits_for_the_mail_server(tmp_path: Path) -> None:
    """It holds every mail back; all are answered, whoever they are."""
    data = tmp_path / "data"
    house(data).person(ADA)
    with smtp_server(tmp_path) as smtp:
        smtp.hold = threading.Event()
        options = smtp.settings(signup="allowlist", signup_allow="example.org")
        with live_server(data, workers=2, **options) as server:
            for email in (ADA, "new@example.org", "eve@blocked.example"):
                answer = requests.post(f"{server.url}/auth/request_otp", json={"email": email}, timeout=60)
                assert answer.status_code == 200
            assert smtp.mails == []
            smtp.hold.set()
            until(lambda: len(smtp.mails) == 2, "the mails")
