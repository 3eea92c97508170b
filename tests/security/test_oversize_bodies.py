"""Attack: bodies larger than anybody may send, announced or not."""

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from shared.api import limits
from shared.sealed.geometry import MIB
from tests.server.samples import sample
from tests.support.server import LiveServer, live_server

_BLOCK = b"x" * 65_536
_ENOUGH = 64 * MIB
"""Whoever takes in so much of a body that is far too large does not cut it off."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that takes files of up to 4 MiB."""
    with live_server(tmp_path_factory.mktemp("oversize"), workers=2, max_file_size=str(4 * MIB)) as live:
        yield live


@pytest.fixture(scope="module")
def token(server: LiveServer) -> str:
    return server.sign_in("ada@example.org")["token"]


def pour(server: LiveServer, head: str, *, chunked: bool = False) -> tuple[int, int]:
    """Send a body without end; the status of the answer, and how many bytes went out before the server closed."""
    address = urlsplit(server.url)
    block = b"%x\r\n%s\r\n" % (len(_BLOCK), _BLOCK) if chunked else _BLOCK
    sent = 0
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode())
        try:
            while sent < _ENOUGH:
                connection.sendall(block)
                sent += len(block)
        except OSError:
            pass
        try:
            answer = connection.recv(4_096)
        except OSError:
            answer = b""
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0, sent


def head(method: str, path: str, token: str, kind: str, length: str) -> str:
    return f"{method} {path} HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nContent-Type: {kind}\n{length}\n\n"


@pytest.mark.parametrize("length", ["Content-Length: 1099511627776", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/auth/login", "application/json"),
        ("POST", "/upload", "application/json"),
        ("POST", "/upload?filename=a&nonce=&wrapped_key=", "application/octet-stream"),
        ("POST", "/upload", "multipart/form-data; boundary=x"),
        ("GET", "/files", "application/json"),
    ],
)
def test_a_body_without_end_is_cut_off(
    server: LiveServer, token: str, method: str, path: str, kind: str, length: str
) -> None:
    """Long before all of it was taken in, whatever was announced; and the server goes on."""
    status, sent = pour(server, head(method, path, token, kind, length), chunked="chunked" in length)
    assert sent < _ENOUGH
    assert status < 500 or status == 507  # no disk has room for what was announced
    assert requests.get(f"{server.url}/health", timeout=30).status_code == 200


def test_a_part_that_is_too_long_is_refused_unread(server: LiveServer, token: str) -> None:
    one, headers = sample(), {"Authorization": f"Bearer {token}"}
    requests.post(f"{server.url}/uploads", json=one.start(), headers=headers, timeout=30).raise_for_status()
    path = f"/uploads/{one.file_id}/parts/0"
    octets = "application/octet-stream"
    for length in ("Content-Length: 1099511627776", "Transfer-Encoding: chunked"):
        status, sent = pour(server, head("PUT", path, token, octets, length), chunked="chunked" in length)
        assert status in (0, 400, 411, 413)
        assert sent < _ENOUGH


def test_announced_sizes_are_refused_before_a_byte_comes(server: LiveServer, token: str) -> None:
    """The answer is there although nothing of the body was sent."""
    address = urlsplit(server.url)
    length = f"Content-Length: {limits.MAX_JSON_BODY + 1}"
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        began = time.monotonic()
        text = head("POST", "/auth/login", token, "application/json", length)
        connection.sendall(text.replace("\n", "\r\n").encode())
        assert connection.recv(4_096).startswith(b"HTTP/1.1 413 ")
        assert time.monotonic() - began < 20


def test_a_file_larger_than_allowed_is_refused_at_its_start(server: LiveServer, token: str) -> None:
    start = sample(5 * MIB).start()
    answer = requests.post(
        f"{server.url}/uploads", json=start, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
