"""The sample for Caddy, in front of a real server, and of one that shows what reaches it and when."""

import http.client
import json
import re
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from shared.sealed.geometry import MIB
from tests.server.samples import sample
from tests.services.caddy import caddy, missing
from tests.services.nginx import Front
from tests.support.ports import free_port
from tests.support.server import LiveServer, live_server
from tests.support.sockets import Visit, socket_server
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing() is not None, reason=missing() or "")]
PART = 32 * MIB
SECONDS = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Front, LiveServer]]:
    folder, port = tmp_path_factory.mktemp("caddy"), free_port()
    settings = {"port": str(port), "trusted_proxies": "1", "metrics": "1", "log_format": "json"}
    with (
        caddy(folder / "caddy", f"127.0.0.1:{port}") as front,
        live_server(
            folder / "data", workers=1, rate_limits="1", rate_limit_anonymous="3 per hour", **settings
        ) as server,
    ):
        yield front, server


def session(front: Front) -> requests.Session:
    http = requests.Session()
    http.verify, http.trust_env = str(front.ca_file), False
    return http


def test_large_parts_go_through_and_come_back_by_range(served: tuple[Front, LiveServer]) -> None:
    front, server = served
    ada = {"Authorization": f"Bearer {server.sign_in('ada@example.org')['token']}"}
    one = sample(PART + 1, PART)
    place = f"{front.url}/uploads"
    with session(front) as http:
        http.post(place, json=one.start(), headers=ada, timeout=SECONDS).raise_for_status()
        for number, part in enumerate(one.parts):
            sent = http.put(f"{place}/{one.file_id}/parts/{number}", data=part, headers=ada, timeout=SECONDS)
            assert sent.status_code == 200, sent.text
        done = http.post(f"{place}/{one.file_id}/complete", json=one.completion(), headers=ada, timeout=SECONDS)
        assert done.status_code == 201
        content = f"{front.url}/files/{one.file_id}/content"
        middle = http.get(content, headers={**ada, "Range": f"bytes={MIB - 3}-{3 * MIB}"}, timeout=SECONDS)
        assert (middle.status_code, middle.content) == (206, one.body[MIB - 3 : 3 * MIB + 1])
        assert middle.headers["Content-Range"] == f"bytes {MIB - 3}-{3 * MIB}/{len(one.body)}"
        assert http.get(content, headers=ada, timeout=SECONDS).content == one.body


def test_one_request_id_in_the_answer_and_both_logs_and_nothing_private(served: tuple[Front, LiveServer]) -> None:
    """Neither an address's query, nor a token, nor where a person comes from stands in Caddy's log."""
    front, server = served
    with session(front) as http:
        token = {"Authorization": "Bearer hidden-token", "X-Request-Id": "0" * 16}
        answer = http.get(f"{front.url}/files?cursor=hidden-query", headers=token, timeout=SECONDS)
    request_id = answer.headers["X-Request-Id"]
    assert answer.status_code == 401
    assert request_id != "0" * 16
    assert server.line_with(re.compile(f'"request_id": ?"{request_id}"'))
    log = front.folder / "access.log"
    until(lambda: request_id in log.read_text(), "that request in Caddy's log", SECONDS)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (line,) = [each for each in lines if request_id in each.get("resp_headers", {}).get("X-Request-Id", [])]
    assert (line["request"]["method"], line["request"]["uri"], line["status"]) == ("GET", "/files", 401)
    assert "hidden" not in log.read_text()
    assert "127.0.0.1" not in json.dumps(line)


def test_limits_count_by_the_address_that_caddy_saw(served: tuple[Front, LiveServer]) -> None:
    """Whatever a sender claims; so it is not Caddy's own address for everybody, nor anybody's choice."""
    front, server = served
    with session(front) as http:
        tries = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(6)]
        seen = [http.get(f"{front.url}/files", headers=each, timeout=SECONDS).status_code for each in tries]
    assert seen[-1] == 429
    elsewhere = requests.get(f"{server.url}/files", headers={"X-Forwarded-For": "198.51.100.9"}, timeout=SECONDS)
    assert elsewhere.status_code == 401, "somebody else is not held up"


def test_monitoring_stays_inside_and_plain_http_is_led_to_tls(served: tuple[Front, LiveServer]) -> None:
    front, server = served
    with session(front) as http:
        assert http.get(f"{front.url}/metrics", timeout=SECONDS).status_code == 404
    assert requests.get(f"{server.url}/metrics", timeout=SECONDS).status_code == 200
    plain = re.search(r"http_port (\d+)", (front.folder / "Caddyfile").read_text())
    assert plain is not None
    led = requests.get(f"http://localhost:{plain[1]}/health", allow_redirects=False, timeout=SECONDS)
    assert led.status_code == 308
    assert led.headers["Location"].startswith("https://localhost")


def test_bodies_travel_as_they_come(tmp_path: Path) -> None:
    """The server has the first half before the second is sent, and so has the client of the answer."""
    half, arrived, go_on = b"x" * MIB, threading.Event(), threading.Event()
    heads: list[str] = []

    def serve(visit: Visit) -> None:
        heads.append(visit.head().decode())
        assert visit.body(len(half)) == half
        arrived.set()
        assert visit.body(len(half)) == half
        visit.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * len(half)) + half)
        assert go_on.wait(SECONDS)
        visit.connection.sendall(half)

    with socket_server(serve) as upstream, caddy(tmp_path, upstream) as front:
        port = int(front.url.rpartition(":")[2])
        trust = ssl.create_default_context(cafile=str(front.ca_file))
        line = http.client.HTTPSConnection("localhost", port, timeout=SECONDS, context=trust)
        line.putrequest("PUT", "/uploads/1/parts/0")
        line.putheader("Content-Length", str(2 * len(half)))
        line.putheader("X-Forwarded-For", "198.51.100.7")
        line.endheaders(half)
        assert arrived.wait(SECONDS), "the first half was kept back"
        line.send(half)
        answer = line.getresponse()
        assert answer.read(len(half)) == half, "the answer was kept back"
        go_on.set()
        assert answer.read() == half
        answer.close()
        line.close()
    (head,) = heads
    assert re.findall(r"(?im)^x-forwarded-for: (\S+)", head) == ["127.0.0.1"]
    assert re.findall(r"(?im)^x-forwarded-proto: (\S+)", head) == ["https"]
    assert re.findall(r"(?im)^content-length: (\d+)", head) == [str(2 * len(half))]
