"""Attack: making the server explain itself. Errors say what the sender can do, never how the server is built."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.server.house import House, Person, code_of
from tests.support.server import LiveServer, live_server

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
INTERNALS = re.compile(
    r"pydantic|werkzeug|flask|gunicorn|python|traceback|errno|line \d+, in |\.py\b|site-packages|"
    r"<class|object at 0x|__\w+__|/tmp/|/home/|/usr/|/app/|data_dir|<html",
    re.IGNORECASE,
)
MARK = "Tr4pped-in-the-request"
BODIES: dict[str, bytes] = {
    "empty": b"",
    "no-json": b"{" + MARK.encode(),
    "not-an-object": b'["' + MARK.encode() + b'"]',
    "unknown-field": json.dumps({MARK: 1}).encode(),
    "wrong-types": b'{"email": {"a": ["Tr4pped-in-the-request"]}, "otp": 5, "file_id": [], "grants": "x"}',
    "deep": b'{"a":' * 200 + b"1" + b"}" * 200,
    "not-utf8": b'{"email": "\xff\xfe"}',
    "surrogates": b'{"email": "\\ud800@example.org", "otp": "\\udfff", "filename": "\\ud800"}',
    "null": b"null",
    "constants": b'{"part_size": NaN, "expires_hours": Infinity}',
}
QUERIES = (
    f"{MARK}=1",
    "limit=Tr4pped-in-the-request",
    "limit=1&limit=2",
    "cursor=%00%ff",
    "cursor=AAAA",
    "cursor=Li4vLi4vZXRjL3Bhc3N3ZA",
    "email=%ff",
    "file_id=..",
)
BROKEN_REQUESTS = {
    "no-http": b"Tr4pped-in-the-request\r\n\r\n",
    "version": b"GET / HTTP/9.9\r\n\r\n",
    "method": b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "header-without-colon": b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization Bearer Tr4pped-in-the-request\r\n\r\n",
    "header-name": b"GET / HTTP/1.1\r\nHost: a\r\nX Tr4pped-in-the-request: 1\r\n\r\n",
    "folded": b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n Tr4pped-in-the-request\r\n\r\n",
    "two-lengths": b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "coding": b"POST /auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Tr4pped-in-the-request\r\n\r\n",
    "long-line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    "long-header": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    "many-headers": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: 1\r\n" * 500 + b"\r\n",
    "chunk-size": b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nTr4pped-in-the-request\r\n\r\n",
    "chunk-end": b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}Tr4pped-in-the-request\r\n\r\n",
}


def clean(text: str) -> None:
    found = INTERNALS.search(text)
    assert found is None, (found, text)
    assert MARK not in text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("internals") / "data") as server:
        yield server


def _path(template: str) -> str:
    file_id, others = "550e8400-e29b-41d4-a716-446655440000", "0" * 32
    path = template.replace("{file_id}", file_id).replace("{number}", "0").replace("{recipient}", "A" * 43)
    return re.sub(r"\{\w+\}", others, path)


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_no_error_of_any_route_says_how_it_is_made(path: str, here: House, ada: Person) -> None:
    """Broken bodies, wrong media types, odd queries and methods: problems without a word of the request or of us."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", MARK.upper()):
        answers = [ada.ask(method, f"{_path(path)}?{query}") for query in QUERIES]
        if method not in ("GET", "OPTIONS"):
            answers += [
                ada.ask(method, _path(path), data=body, content_type=kind)
                for body in BODIES.values()
                for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x")
            ]
        for answer in answers:
            assert answer.status_code < 500
            if answer.status_code >= 400:
                assert code_of(answer) not in ("internal", "unavailable")
                clean(answer.text)
                clean(str(answer.headers))


@pytest.mark.parametrize("name", BROKEN_REQUESTS)
def test_what_is_no_http_is_told_no_more(name: str, server: LiveServer) -> None:
    """Not what was sent, in answer or log, and not which program parsed it."""
    since = len(server.lines)
    with socket.create_connection((urlsplit(server.url).hostname, urlsplit(server.url).port), timeout=10) as connection:
        connection.sendall(BROKEN_REQUESTS[name])
        answer = b""
        while block := connection.recv(65_536):
            answer += block
            if b"\r\n\r\n" in answer and answer.endswith(b"}"):
                break
    head, _, body = answer.decode("latin-1").partition("\r\n\r\n")
    assert 400 <= int(head.split(" ", 2)[1]) < 500, head
    assert "application/problem+json" in head
    problem = json.loads(body)
    assert problem["code"] in ("bad_request", "too_large", "invalid", "interrupted")
    assert f"X-Request-Id: {problem['request_id']}" in head
    clean(body)
    server.line_with(re.compile(problem["request_id"]), since=since)
    assert MARK not in "\n".join(server.lines)


def test_the_servers_name_and_version_are_nobodys_business(server: LiveServer) -> None:
    for path in ("/health", "/files", "/nowhere"):
        headers = requests.get(f"{server.url}{path}", timeout=10).headers
        assert not re.search(r"\d", headers.get("Server", ""))
        assert "X-Powered-By" not in headers


def test_an_unexpected_error_tells_the_log_only(here: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug of ours: 500 with an id, and what happened in the log under that id."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"secret thing in /usr/lib/python3/{MARK}.py")

    monkeypatch.setattr(here.services.activity, "page", broken)
    answer = ada.ask("GET", "/activity")
    assert code_of(answer) == "internal"
    clean(answer.text)
