"""The API as it was first written down: scripts made from that text alone run, with plain curl.

Bodies are the examples of that text, letter by letter; of every answer, all the fields that it names must be there.
"""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.server.house import house
from tests.support.cli import wait_until
from tests.support.server import LiveServer, live_server

UPLOAD = """{
  "filename": "document.pdf",
  "nonce": "base64_encoded_nonce",
  "ciphertext": "base64_encoded_ciphertext",
  "wrapped_key": "base64_encoded_wrapped_key",
  "metadata": "{\\"compressed\\": true}",
  "expires_hours": 168,
  "allowed_users": ["user_id_1"]
}"""
NOTHING = "550e8400-e29b-41d4-a716-446655440000"


@dataclass(frozen=True)
class Answer:
    """What curl got."""

    status: int
    body: dict[str, Any]


def curl(url: str, token: str | None = None, body: str | None = None, method: str | None = None) -> Answer:
    """One call of curl, as somebody would type it."""
    arguments = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", url]
    if method is not None:
        arguments += ["--request", method]
    if token is not None:
        arguments += ["--header", f"Authorization: Bearer {token}"]
    if body is not None:
        arguments += ["--header", "Content-Type: application/json", "--data", body]
    printed = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout
    text, _, status = printed.rpartition("\n")
    return Answer(int(status), json.loads(text))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """As `make run` starts it."""
    with live_server(tmp_path_factory.mktemp("first") / "data", rate_limits="1") as server:
        yield server


@pytest.fixture(scope="module")
def ada(server: LiveServer) -> dict[str, str]:
    return server.sign_in("user@example.com")


@pytest.fixture(scope="module")
def bob(server: LiveServer) -> dict[str, str]:
    return server.sign_in("bob@example.com")


def example(reader: str) -> str:
    """The example of an upload. What stands for base64 and a user id in it becomes such."""
    return UPLOAD.replace("base64_encoded_ciphertext", "YmFzZTY0X2VuY29kZWRfY2lwaGVydGV4dA==").replace(
        "user_id_1", reader
    )


def upload(server: LiveServer, token: str, reader: str) -> str:
    answer = curl(f"{server.url}/upload", token, example(reader))
    assert answer.status == 200
    assert set(answer.body) == {"file_id", "expires_at"}
    assert isinstance(answer.body["expires_at"], int)
    return str(answer.body["file_id"])


def test_signing_in_and_out(server: LiveServer) -> None:
    """request_otp, login, refresh, logout; the token is dead afterwards."""
    since = len(server.lines)
    asked = curl(f"{server.url}/auth/request_otp", body='{\n  "email": "someone@example.com"\n}')
    assert asked == Answer(200, {"status": "ok", "message": "OTP sent to email"})
    code = server.line_with(re.compile(r"code for someone@example\.com: (\d{6})"), since=since)[1]
    login = f'{{\n  "email": "someone@example.com",\n  "otp": "{code}"\n}}'
    signed_in = curl(f"{server.url}/auth/login", body=login)
    assert signed_in.status == 200
    assert set(signed_in.body) == {"token", "refresh_token", "user_id", "expires_in"}
    assert signed_in.body["expires_in"] == 3600
    assert signed_in.body["token"].startswith("eyJ")
    refreshed = curl(
        f"{server.url}/auth/refresh", body=f'{{\n  "refresh_token": "{signed_in.body["refresh_token"]}"\n}}'
    )
    assert refreshed.status == 200
    assert {"token", "expires_in"} <= set(refreshed.body)
    assert refreshed.body["expires_in"] == 3600
    token = refreshed.body["token"]
    assert curl(f"{server.url}/auth/logout", token, method="POST") == Answer(200, {"status": "ok"})
    assert curl(f"{server.url}/files", token).status == 401


def test_a_wrong_code(server: LiveServer) -> None:
    answer = curl(f"{server.url}/auth/login", body='{"email": "user@example.com", "otp": "123456"}')
    assert answer.status == 401


def test_a_file_comes_back_as_it_went(server: LiveServer, ada: dict[str, str], bob: dict[str, str]) -> None:
    """For its owner and the allowed user, by user id as well as by email."""
    for reader in (bob["user_id"], "bob@example.com"):
        file_id = upload(server, ada["token"], reader)
        sent = json.loads(example(reader))
        for token in (ada["token"], bob["token"]):
            answer = curl(f"{server.url}/files/{file_id}", token)
            assert answer.status == 200
            for name in ("filename", "nonce", "ciphertext", "wrapped_key", "metadata"):
                assert answer.body[name] == sent[name]
            assert answer.body["file_id"] == file_id


def test_metadata_and_listing(server: LiveServer, ada: dict[str, str], bob: dict[str, str]) -> None:
    """Downloads by others are counted; the listing is of the caller's own files."""
    file_id = upload(server, ada["token"], bob["user_id"])
    curl(f"{server.url}/files/{file_id}", bob["token"])
    path = f"{server.url}/files/{file_id}/metadata"
    wait_until(lambda: curl(path, ada["token"]).body["downloads"] == 1, "a download counts once its last byte has left")
    answer = curl(path, ada["token"])
    assert answer.status == 200
    assert set(answer.body) == {"file_id", "filename", "uploaded_at", "expires_at", "size", "downloads", "owner"}
    assert answer.body["filename"] == "document.pdf"
    assert answer.body["expires_at"] - answer.body["uploaded_at"] == 168 * 3600
    assert answer.body["owner"] is True
    assert curl(f"{server.url}/files/{file_id}/metadata", bob["token"]).body["owner"] is False
    listed = curl(f"{server.url}/files", ada["token"])
    assert listed.status == 200
    first = listed.body["files"][0]
    assert first["file_id"] == file_id
    assert {"file_id", "filename", "uploaded_at", "expires_at", "size", "downloads"} <= set(first)
    assert curl(f"{server.url}/files", bob["token"]).body["files"] == []


def test_strangers_and_files_that_are_not(server: LiveServer, ada: dict[str, str], bob: dict[str, str]) -> None:
    """404 for both: whoever may not read a file does not learn that it is there."""
    file_id = upload(server, ada["token"], ada["user_id"])
    for path in ("", "/metadata", "/content"):
        for answer in (
            curl(f"{server.url}/files/{file_id}{path}", bob["token"]),
            curl(f"{server.url}/files/{NOTHING}{path}", ada["token"]),
        ):
            assert answer.status == 404
            assert answer.body["code"] == "not_found"
        assert curl(f"{server.url}/files/{file_id}{path}").status == 401


def test_health_and_statistics(server: LiveServer, ada: dict[str, str]) -> None:
    health = curl(f"{server.url}/health")
    assert health.status == 200
    assert {"status", "timestamp", "s3_available", "email_available"} <= set(health.body)
    assert health.body["status"] == "healthy"
    stats = curl(f"{server.url}/stats", ada["token"])
    assert stats.status == 200
    assert set(stats.body) == {"total_files", "total_size", "activity_count"}
    assert all(isinstance(number, int) for number in stats.body.values())


def test_an_expired_file_is_410(tmp_path: Path) -> None:
    """From the very second, for owner and reader; and still 404 for a stranger."""
    here = house(tmp_path / "data")
    ada, bob, eve = (here.person(f"{name}@example.com") for name in ("ada", "bob", "eve"))
    with _served(here.app) as url:
        uploaded = curl(f"{url}/upload", ada.token, example(bob.user_id)).body
        here.clock.time = uploaded["expires_at"] - 1
        tokens = {who.email: here.person(who.email).token for who in (ada, bob, eve)}
        for path in ("", "/metadata"):
            assert curl(f"{url}/files/{uploaded['file_id']}{path}", tokens[bob.email]).status == 200
        here.clock.time = uploaded["expires_at"]
        for path in ("", "/metadata", "/content"):
            for who, status in ((ada, 410), (bob, 410), (eve, 404)):
                assert curl(f"{url}/files/{uploaded['file_id']}{path}", tokens[who.email]).status == status


@contextmanager
def _served(app: Any) -> Iterator[str]:
    """The application of this process on a port, so that curl meets a clock that we turn."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
