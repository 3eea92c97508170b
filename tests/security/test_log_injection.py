"""Attack: writing lines of one's own into the operator's log or terminal."""

import json
import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.server import LiveServer

_FORGED = '2026-11-23 INFO {"level": "INFO", "message": "admin signed in"}'
_PATHS = [
    f"/x%0a{_FORGED}".replace(" ", "%20").replace('"', "%22"),
    "/%0d%0aforged",
    "/%1b[2J%1b]0;owned%07",
    "/%00%7f%c2%85",
    "/%e2%80%a8%e2%80%ae",
    "/" + "a" * 3_000,
]


def every_line_is_ours(server: LiveServer) -> None:
    """A JSON object each, in printable ASCII; but for the codes that the terminal is told."""
    for line in server.lines:
        assert line.isascii()
        assert line == "" or line.isprintable()
        if line and not line.startswith("*** Sign-in code for "):
            assert json.loads(line)["level"]


@pytest.mark.parametrize("path", _PATHS)
def test_paths(live: LiveServer, path: str) -> None:
    requests.get(f"{live.url}{path}", timeout=30)
    every_line_is_ours(live)


def test_headers_and_bodies(live: LiveServer) -> None:
    """None of them is logged at all."""
    headers = {"User-Agent": "forged \x85 agent", "Referer": "forged", "X-Request-Id": "forged\tid"}
    answer = requests.post(
        f"{live.url}/auth/login?forged=1", json={"email": "forged\n@x", "otp": "\x1b"}, headers=headers, timeout=30
    )
    assert "forged" not in answer.headers["X-Request-Id"]
    every_line_is_ours(live)
    assert not [line for line in live.lines if "forged\\" in line or "forged=" in line]


@pytest.mark.parametrize(
    "email", ["a\n***@example.org", '"a\x1b[31m"@example.org', "a@example.org\r\nX: y", "a\u2028@example.org"]
)
def test_addresses_in_the_terminal(live: LiveServer, email: str) -> None:
    """The console prints the address beside the code, so an address has no control characters."""
    assert requests.post(f"{live.url}/auth/request_otp", json={"email": email}, timeout=30).status_code == 422
    every_line_is_ours(live)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /\x1b[2J HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x1b[31mGET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbad header\x1b[31m\r\n\r\n",
        b"GET / HTTP/9.\x1b\r\n\r\n",
    ],
)
def test_what_is_no_http(live: LiveServer, request_bytes: bytes) -> None:
    """gunicorn's own complaints go through the same lines."""
    address = urlsplit(live.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(request_bytes)
        connection.recv(4_096)
    every_line_is_ours(live)
