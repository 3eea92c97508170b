"""What a monitoring system sees: counts of all workers together, nothing of anybody, and nothing for strangers."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from server.adapters.metrics.prometheus import PrometheusMeter, State
from server.errors import Unavailable
from server.services.backlog import Backlog
from shared.sealed.geometry import MIB
from tests.server.house import House, code_of, house
from tests.server.samples import sample
from tests.support.server import LiveServer, live_server
from tests.support.waiting import until

TOKEN = "a token of the tests, longer than 32 bytes"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("metrics") / "data", workers=2, metrics="1") as server:
        yield server


def scraped(server: LiveServer, **options: object) -> dict[tuple[str, ...], float]:
    """Every sample: its name, then its labels' values in the order of their names."""
    answer = requests.get(f"{server.url}/metrics", timeout=30, **options)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return {
        (each.name, *(value for _, value in sorted(each.labels.items()))): each.value
        for family in text_string_to_metric_families(answer.text)
        for each in family.samples
    }


def test_all_workers_count_together(server: LiveServer) -> None:
    """Requests, bytes, parts, downloads, problems and what storage takes; labels name routes, never anybody."""
    ada = {"Authorization": f"Bearer {server.sign_in('ada@example.org')['token']}"}
    one = sample(3 * MIB)
    requests.post(f"{server.url}/uploads", json=one.start(), headers=ada, timeout=30).raise_for_status()
    for number, part in enumerate(one.parts):
        url = f"{server.url}/uploads/{one.file_id}/parts/{number}"
        requests.put(url, data=part, headers=ada, timeout=30).raise_for_status()
    assert scraped(server)[("sealcase_uploads_open",)] == 1
    done = requests.post(f"{server.url}/uploads/{one.file_id}/complete", json=one.completion(), headers=ada, timeout=30)
    assert done.status_code == 201
    for _ in range(20):  # each on a connection of its own, so both workers get some
        requests.get(f"{server.url}/files/{one.file_id}/content", headers=ada, timeout=30).raise_for_status()
    requests.get(f"{server.url}/nowhere", timeout=30)
    found = scraped(server)
    assert found[("sealcase_requests_total", "GET", "/files/{file_id}/content", "200")] == 20
    assert found[("sealcase_requests_total", "GET", "other", "404")] == 1
    assert found[("sealcase_parts_total",)] == len(one.parts)
    assert found[("sealcase_received_bytes_total",)] > len(one.body)
    until(lambda: scraped(server)[("sealcase_sent_bytes_total",)] == 20 * len(one.body), "every byte counted")
    until(lambda: scraped(server)[("sealcase_events_total", "download")] == 20, "every download counted")
    assert found[("sealcase_problems_total", "not_found")] == 1
    assert found[("sealcase_blob_seconds_count", "put_part", "local")] == len(one.parts)
    assert found[("sealcase_request_seconds_count", "/files/{file_id}/content")] == 20
    assert found[("sealcase_disk_free_bytes",)] > 0
    assert found[("sealcase_expiry_lag_seconds",)] == found[("sealcase_housekeeping_due",)] == 0
    assert not any(word in "".join(map(str, found)) for word in ("ada@", str(one.file_id), "127.0.0.1"))


def test_nobody_from_outside_sees_it_without_the_token(tmp_path: Path) -> None:
    """With a token, everybody has to show it, also on this machine."""
    with live_server(tmp_path / "data", workers=1, metrics="1", metrics_token=TOKEN) as server:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            answer = requests.get(f"{server.url}/metrics", headers=headers, timeout=30)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert ("sealcase_disk_free_bytes",) in scraped(server, headers={"Authorization": f"Bearer {TOKEN}"})
        assert not any(TOKEN in line for line in server.lines)


def test_where_it_is_off_there_is_nothing(here: House) -> None:
    assert code_of(here.http.get("/metrics")) == "not_found"
    assert here.http.get("/metrics").get_json()["detail"] == here.http.get("/nowhere").get_json()["detail"]


def test_a_proxy_on_this_machine_speaks_for_others(server: LiveServer) -> None:
    answer = requests.get(f"{server.url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=30)
    assert answer.status_code == 404


def test_nothing_of_it_is_loaded_where_it_is_off() -> None:
    """The server starts as fast as before, and no request costs more."""
    script = "import sys, server.__main__, server.wiring; print([m for m in sys.modules if 'prometheus_client' in m])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_what_is_overdue_shows(tmp_path: Path) -> None:
    """How long the oldest file is over its time, and how many are."""
    here = house(tmp_path / "data")
    ada = here.person("ada@example.org")
    for hours in (1, 2, 3):
        assert ada.send(sample(), expires_hours=hours).status_code == 201
    here.clock.time += 2 * 3_600 + 90
    waiting = Backlog(here.wiring.records, here.clock).waiting()
    assert (waiting.due, waiting.lag) == (2, 3_690)
    here.services.housekeeping.remove_expired()
    assert Backlog(here.wiring.records, here.clock).waiting().lag == 0


def test_what_was_counted_shows_while_the_database_is_away() -> None:
    """Without what would have to be looked up there."""
    meter = PrometheusMeter()
    meter.answered("GET", "/files", 503, 0.1, 0)

    def away() -> State:
        raise Unavailable("The server's database does not answer.")

    meter.look_with(away)
    page = meter.page()[0].decode()
    assert 'sealcase_requests_total{method="GET",route="/files",status="503"} 1.0' in page
    assert "sealcase_uploads_open" not in page
