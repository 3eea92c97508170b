"""Attacks on emailed codes: guessing in parallel, guessing by asking again, finding out who has an account."""

import json
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
import requests

from server.adapters.clock import SystemClock
from server.adapters.ephemeral.files import FileEphemeral
from tests.server.house import House, Person, code_of, house
from tests.services.smtp import smtp_server
from tests.support.server import LiveServer, live_server

ADA = "ada@example.org"
TRIES = 3
ROUNDS = 30
MEASUREMENTS = 3
LEAST_SECONDS = 0.003
"""Differences of medians below this say nothing, on any machine."""


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


def test_enumeration_by_time(tmp_path: Path) -> None:
    """With a mail server that takes its time: medians of interleaved requests differ by no more than noise.

    Other work on the machine can make a difference once; what tells something about an address makes it every time.
    """
    data = tmp_path / "data"
    house(data).person(ADA)
    with smtp_server(tmp_path) as smtp:
        smtp.hold = threading.Event()
        options = smtp.settings(signup="allowlist", signup_allow="example.org")
        with live_server(data, workers=2, **options) as server:
            measured = [differences(server)]
            while max(measured[-1]) >= 1 and len(measured) < MEASUREMENTS:
                measured.append(differences(server))
            assert smtp.mails == []
            smtp.hold.set()
    assert max(measured[-1]) < 1, measured


def differences(server: LiveServer) -> tuple[float, float]:
    """How much the addresses differ in asking and in failing to sign in; from 1 on it is more than noise."""
    emails = {"known": ADA, "unknown": "new@example.org", "blocked": "eve@blocked.example"}
    asked: dict[str, list[float]] = {name: [] for name in emails}
    failed: dict[str, list[float]] = {name: [] for name in emails}
    with requests.Session() as http:
        for number in range(ROUNDS):
            for name in sorted(emails, key=lambda name: hash((name, number))):
                asked[name].append(timed(http, f"{server.url}/auth/request_otp", {"email": emails[name]}))
                body = {"email": emails[name], "otp": "000000"}
                failed[name].append(timed(http, f"{server.url}/auth/login", body))
    return spread(asked), spread(failed)


def spread(times: dict[str, list[float]]) -> float:
    medians = [statistics.median(each) for each in times.values()]
    return (max(medians) - min(medians)) / max(LEAST_SECONDS, 0.3 * min(medians))


def timed(http: requests.Session, url: str, body: dict[str, str]) -> float:
    began = time.perf_counter()
    assert http.post(url, json=body, timeout=60).status_code in (200, 401)
    return time.perf_counter() - began
