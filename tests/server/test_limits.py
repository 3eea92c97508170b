"""How often somebody may ask: by person, by address, in all workers together."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from redis import Redis

from server.adapters.counters.storage import StorageCounter, TableStorage, counter_at
from server.adapters.counters.table import CounterTable
from server.domain import Rate
from server.ports import HitCounter
from server.rates import parse_rates
from server.settings import Settings, SettingsError
from server.wiring import wire
from tests.server.house import House, TurnedClock, code_of, house
from tests.services.redis import redis_server
from tests.support.server import live_server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def strict(tmp_path: Path) -> House:
    """A server with the limits that it has by default."""
    return house(tmp_path / "data", rate_limits=True)


@pytest.mark.parametrize("kind", ["table", "memory"])
def test_counters_count_in_windows(tmp_path: Path, kind: str) -> None:
    """The contract of every `HitCounter`."""
    clock = TurnedClock()
    table = StorageCounter(TableStorage(CounterTable(tmp_path, clock)))
    counter: HitCounter = table if kind == "table" else counter_at("memory://")
    assert [counter.hit("ada", 3_600) for _ in range(3)] == [1, 2, 3]
    assert counter.hit("bob", 3_600) == 1
    assert counter.window("ada").hits == 3
    assert counter.window("nobody").hits == 0
    if kind == "table":
        assert counter.window("ada").ends_at == clock.time + 3_600
        clock.time += 3_600
        assert counter.hit("ada", 3_600) == 1


def test_the_table_survives_a_restart_and_never_grows(tmp_path: Path) -> None:
    """Forty thousand addresses take no more room than one, and the one that was counted much is still known."""
    clock = TurnedClock()
    table = CounterTable(tmp_path, clock)
    size = (tmp_path / "table-1").stat().st_size
    for _ in range(50):
        table.add("busy", 3_600)
    for number in range(40_000):
        table.add(f"address {number}", 3_600)
    assert (tmp_path / "table-1").stat().st_size == size
    assert CounterTable(tmp_path, clock).read("busy") == (50, clock.time + 3_600)


def test_a_table_that_nobody_uses_is_closed(tmp_path: Path) -> None:
    """A process that makes many of them, one after the other, runs out of no handles."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        CounterTable(tmp_path, TurnedClock()).add("ada", 3_600)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


_COUNT = """
import sys
from pathlib import Path
from server.adapters.clock import SystemClock
from server.adapters.counters.table import CounterTable
table = CounterTable(Path(sys.argv[1]), SystemClock())
for _ in range(2_000):
    table.add("shared", 3_600)
"""


def test_no_hit_is_lost_among_processes(tmp_path: Path) -> None:
    """Three processes at once, and eight threads in this one."""
    command = [sys.executable, "-c", _COUNT, str(tmp_path)]
    others = [subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(3)]
    table = CounterTable(tmp_path, TurnedClock(4_000_000_000.0))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: table.add("mine", 3_600), range(2_000)))
    assert [each.wait(60) for each in others] == [0, 0, 0]
    assert table.read("mine")[0] == 2_000
    assert CounterTable(tmp_path, TurnedClock(0.0)).read("shared")[0] == 6_000


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("200 per day; 50 per hour", (Rate(200, 86_400), Rate(50, 3_600))),
        ("5/minute", (Rate(5, 60),)),
        ("10 per 15 minutes", (Rate(10, 900),)),
        ("none", ()),
    ],
)
def test_rates_are_written_in_words(text: str, rates: tuple[Rate, ...]) -> None:
    assert parse_rates(text) == rates


@pytest.mark.parametrize("text", ["", "5", "0 per hour", "5 per year", "-5 per hour", "5 per 0 hours", "5 per hour;"])
def test_rates_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="it must be like"):
        parse_rates(text)


def test_strangers_get_fifty_an_hour(strict: House) -> None:
    """Then 429 with the time to wait, also without a good token; and somebody signed in is not concerned."""
    ada = strict.person("ada@example.org")
    for _ in range(50):
        assert strict.http.get("/files").status_code == 401
    answer = strict.http.get("/files")
    assert code_of(answer) == "too_many"
    assert 0 < int(answer.headers["Retry-After"]) <= 3_601
    assert code_of(strict.http.get("/files", headers={"Authorization": "Bearer guessed"})) == "too_many"
    assert ada.ask("GET", "/files").status_code == 200
    for path in ("/health", "/ready", "/openapi.json"):
        assert strict.http.get(path).status_code == 200
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    assert code_of(strict.http.get("/files", environ_overrides=elsewhere)) == "not_signed_in"
    strict.clock.time += 3_601
    assert code_of(strict.http.get("/files")) == "not_signed_in"


def test_two_hundred_a_day(strict: House) -> None:
    """What an hour refused does not count for the day."""
    for _ in range(4):
        for _ in range(50):
            assert strict.http.get("/files").status_code == 401
        assert strict.http.get("/files").status_code == 429
        strict.clock.time += 3_601
    answer = strict.http.get("/files")
    assert code_of(answer) == "too_many"
    assert int(answer.headers["Retry-After"]) > 3_601


def test_five_codes_an_hour_for_an_address_and_for_an_account(strict: House) -> None:
    """An account's limit holds whoever asks, and is the same for accounts that do not exist."""

    def ask(email: str, address: str) -> int:
        path, overrides = "/auth/request_otp", {"REMOTE_ADDR": address}
        return strict.http.post(path, json={"email": email}, environ_overrides=overrides).status_code

    assert [ask(f"p{number}@example.org", "192.0.2.1") for number in range(6)] == [200] * 5 + [429]
    assert [ask("Victim@example.org", f"192.0.2.{number}") for number in range(10, 16)] == [200] * 5 + [429]


def test_ten_sign_ins_an_hour(strict: House) -> None:
    tries = [strict.http.post("/auth/login", json={"email": "a@b.org", "otp": "000000"}) for _ in range(11)]
    assert [each.status_code for each in tries] == [401] * 10 + [429]


def test_an_address_of_ipv6_is_its_network(strict: House) -> None:
    """Whoever has one has 2^64 of them."""

    def ask(address: str) -> int:
        return strict.http.get("/files", environ_overrides={"REMOTE_ADDR": address}).status_code

    assert {ask(f"2001:db8:1:2::{number:x}") for number in range(1, 51)} == {401}
    assert ask("2001:db8:1:2:ffff::1") == 429
    assert ask("2001:db8:1:3::1") == 401


def test_a_persons_limit_is_theirs(tmp_path: Path) -> None:
    """By person, not by address or token."""
    here = house(tmp_path / "data", rate_limits=True, rate_limit_signed_in="3 per minute")
    ada, bob = here.person("ada@example.org"), here.person("bob@example.org")
    assert [ada.ask("GET", "/files").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert bob.ask("GET", "/files").status_code == 200


def test_uploads_as_json_have_a_limit(strict: House) -> None:
    """Twenty an hour; the same route with bytes has none of its own."""
    ada = strict.person("ada@example.org")
    body = {"filename": "a", "nonce": "", "wrapped_key": "", "ciphertext": "AAAA"}
    statuses = [ada.ask("POST", "/upload", json=body).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    options = {"data": b"x", "content_type": "application/octet-stream"}
    assert ada.ask("POST", "/upload?filename=a&nonce=&wrapped_key=", **options).status_code == 200


def test_memory_of_its_own_in_every_worker_is_refused(tmp_path: Path) -> None:
    """With the reason; one worker may."""
    with pytest.raises(SettingsError, match="every limit would be 4 times as high"):
        wire(Settings(data_dir=tmp_path, workers=4, rate_limit_storage="memory://"))
    wire(Settings(data_dir=tmp_path, workers=1, rate_limit_storage="memory://"))
    with pytest.raises(SettingsError, match="RATE_LIMIT_STORAGE"):
        wire(Settings(data_dir=tmp_path, rate_limit_storage="nonsense://x"))


def test_a_redis_behind_a_socket_and_a_password(tmp_path: Path) -> None:
    """It counts, and keeps codes; an address that is none is refused without being said, for it holds the password."""
    with redis_server() as service:
        with Redis.from_url(service.address) as client:
            client.config_set("requirepass", "a-secret-of-tests")
        address = f"unix://:a-secret-of-tests@{service.socket}"
        here = house(tmp_path, rate_limits=True, redis_url=address)
        assert here.person("ada@example.org").ask("GET", "/files").status_code == 200
        assert [counter_at(address).hit("ada", 3_600) for _ in range(2)] == [1, 2]
    for wrong in ("redsi://:a-secret-of-tests@host", "redis://:a-secret-of-tests@host:port"):
        with pytest.raises(ValueError, match="it must be like") as refused:
            counter_at(wrong)
        assert "a-secret" not in str(refused.value)


def test_all_workers_count_together_and_remember(tmp_path: Path) -> None:
    """Four real workers let exactly fifty in, and not one more after kill -9 and a new start."""
    with live_server(tmp_path, workers=4, rate_limits="1") as server:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: requests.get(f"{server.url}/files", timeout=30), range(80)))
        assert sorted(each.status_code for each in answers) == [401] * 50 + [429] * 30
        server.kill()
    with live_server(tmp_path, workers=2, rate_limits="1") as server:
        assert requests.get(f"{server.url}/files", timeout=30).status_code == 429


def test_limits_that_are_off_are_said_aloud(tmp_path: Path) -> None:
    with live_server(tmp_path, workers=1, rate_limits="0") as server:
        assert any("RATE_LIMITS=0" in line for line in server.lines)
