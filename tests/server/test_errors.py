"""Every error is a problem, and no request means two things."""

import json

import pytest

from server.http.errors import STATUS
from server.logs import printable
from shared.api import limits
from shared.api.codes import Code
from tests.server.house import House, Person, code_of
from tests.support.server import LiveServer


def post(here: House, data: bytes | str, content_type: str = "application/json") -> str:
    return code_of(here.http.post("/auth/request_otp", data=data, content_type=content_type))


def test_every_code_has_a_status() -> None:
    assert set(STATUS) == set(Code)


@pytest.mark.parametrize("path", ["/", "/nope", "/files/", "//files", "/auth/login/x", "/uploads/x/parts/y"])
def test_unknown_paths(here: House, path: str) -> None:
    assert code_of(here.http.get(path)) == "not_found"


def test_unknown_methods(here: House) -> None:
    answer = here.http.delete("/auth/login")
    assert code_of(answer) == "method_not_allowed"
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "5",
        '{"email": "a@b.org", "email": "c@d.org"}',
        '{"email": NaN}',
        '{"email": 1e999}',
        '{"email": 99999999999999999999}',
        "[" * 10_000,
        '{"a":' * 40 + "1" + "}" * 40,
        b'{"email": "\xff"}',
    ],
)
def test_json_with_less_or_more_than_one_meaning(here: House, body: str | bytes) -> None:
    assert post(here, body) == "bad_request"


def test_ten_megabytes_of_brackets(here: House) -> None:
    """Are refused by their size, before anything is parsed."""
    assert post(here, b"[" * (limits.MAX_JSON_BODY + 1)) == "too_large"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_json_says_that_it_is_json(here: House, content_type: str) -> None:
    assert post(here, '{"email": "a@b.org"}', content_type) == "unsupported_media_type"


def test_invalid_fields_are_named_and_never_repeated(here: House) -> None:
    """Neither what was sent in a known field nor the name of an unknown one."""
    answer = here.http.post("/auth/login", json={"email": 5, "otp": "secret-code-123456", "wild<name>": 1})
    assert code_of(answer) == "invalid"
    assert {error["field"] for error in answer.get_json()["errors"]} == {"email", "otp", "(unknown field)"}
    assert "secret-code" not in answer.text
    assert "wild" not in answer.text


def test_the_unexpected_tells_nothing(
    here: House, ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 with a request id; the reason is in the log under that id."""

    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(here.wiring.records, "files_of", fail)
    answer = ada.ask("GET", "/stats")
    assert code_of(answer) == "internal"
    assert "secret" not in answer.text
    assert answer.get_json()["request_id"] in caplog.text


def test_security_headers_are_on_everything(here: House, ada: Person) -> None:
    for answer in (here.http.get("/health"), here.http.get("/nope"), ada.ask("GET", "/files")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Cache-Control"] == "no-store"
        assert len(answer.headers["X-Request-Id"]) == 16


def test_nobody_writes_lines_into_the_log(here: House, caplog: pytest.LogCaptureFixture) -> None:
    """Control characters of a path are escaped, and queries are not logged at all."""
    caplog.set_level("INFO", "sealcase.request")
    here.http.get("/x%0a2026 forged%1b[31m?token=hidden")
    assert "\\x0a2026 forged\\x1b[31m" in caplog.text
    assert "hidden" not in caplog.text
    assert printable("a\r\n\x00é") == "a\\x0d\\x0a\\x00\\xe9"


def test_the_log_holds_no_token(live: LiveServer) -> None:
    """What a live server prints names no token, code excepted: that one is for the terminal."""
    session = live.sign_in("quiet@example.org")
    assert not [line for line in live.lines if session["token"] in line or session["refresh_token"] in line]


def test_problems_are_json_without_empty_fields(here: House) -> None:
    body = json.loads(here.http.get("/nope").data)
    assert set(body) == {"type", "title", "status", "detail", "code", "request_id"}
