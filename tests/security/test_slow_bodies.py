"""Attack: senders that hold their connections and send nearly nothing, so that nobody else is served."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.server.samples import sample
from tests.support.server import LiveServer, live_server

SLOW_SENDERS = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Two workers with the usual threads; what stalls for two seconds is given up."""
    folder: Path = tmp_path_factory.mktemp("slow")
    with live_server(folder, workers=2, body_timeout="2") as live:
        yield live


def connect(server: LiveServer, head: str) -> socket.socket:
    address = urlsplit(server.url)
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=30)
    connection.sendall(head.replace("\n", "\r\n").encode())
    return connection


def heads(server: LiveServer) -> dict[str, str]:
    """The beginnings of requests whose rest does not come."""
    token = server.sign_in("slow@example.org")["token"]
    one = sample()
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(f"{server.url}/uploads", json=one.start(), headers=headers, timeout=30).raise_for_status()
    part = (
        f"PUT /uploads/{one.file_id}/parts/0 HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nContent-Length: 117\n\n"
    )
    return {
        "half a head": "POST /auth/login HTTP/1.1\nHost: x\nContent-Le",
        "a head without its body": "POST /auth/login HTTP/1.1\nHost: x\nContent-Type: application/json\n"
        "Content-Length: 100\n\n{",
        "a part that does not come": part,
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["half a head", "a head without its body", "a part that does not come"])
def test_slow_senders_starve_nobody(server: LiveServer, kind: str) -> None:
    """While twenty of them hold on, normal requests are answered; then the slow ones are let go."""
    head = heads(server)[kind]
    with contextlib.ExitStack() as held:
        slow = [held.enter_context(connect(server, head)) for _ in range(SLOW_SENDERS)]
        for _ in range(20):
            began = time.monotonic()
            assert requests.get(f"{server.url}/openapi.json", timeout=10).status_code == 200
            assert time.monotonic() - began < 2
        for connection in slow:
            answer = connection.recv(65_536)
            assert not answer or answer.startswith(b"HTTP/1.1 4")
    assert requests.get(f"{server.url}/health", timeout=30).status_code == 200
