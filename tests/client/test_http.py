"""HTTP to servers of all kinds: errors by code, renewal, retries, and addresses."""

import json
import threading
import time
from dataclasses import replace

import pytest

from client import errors
from client.api.api import Api
from client.api.failures import (
    Conflict,
    DigestMismatch,
    PartsMissing,
    QuotaExceeded,
    Revoked,
    StorageFull,
    TooMany,
    TryAgain,
    UsedUp,
)
from client.api.http import Http
from client.api.tokens import Keeper
from client.cli.exit_codes import ExitCode, exit_code_of
from client.local.addresses import normal_server
from client.local.session import Session
from shared.api.codes import Code
from shared.crypto import errors as crypto_errors
from shared.sealed.errors import FormatError
from tests.support.network import Answer, Asked, web_server

KINDS: dict[Code, type[errors.ClientError]] = {
    Code.NOT_SIGNED_IN: errors.NotSignedIn,
    Code.SIGN_IN_REFUSED: errors.NotSignedIn,
    Code.SECOND_FACTOR_REQUIRED: errors.SecondFactorRequired,
    Code.NOT_FOUND: errors.NotFound,
    Code.GONE: errors.Expired,
    Code.USED_UP: UsedUp,
    Code.EXPIRED: errors.Expired,
    Code.REVOKED: Revoked,
    Code.PLACES_TAKEN: TryAgain,
    Code.DIGEST_MISMATCH: DigestMismatch,
    Code.CONTENT_DAMAGED: errors.ContentDamaged,
    Code.CONFLICT: Conflict,
    Code.PARTS_MISSING: PartsMissing,
    Code.STORAGE_FULL: StorageFull,
    Code.QUOTA_EXCEEDED: QuotaExceeded,
    Code.TOO_MANY: TooMany,
    Code.INTERRUPTED: TryAgain,
    Code.UNAVAILABLE: TryAgain,
    Code.INTERNAL: TryAgain,
}
ID = "11111111-1111-4111-8111-111111111111"


def _problem(code: str, status: int = 400, **more: object) -> Answer:
    record = {"title": "Title", "status": status, "detail": "Detail.", "code": code, "request_id": "r1", **more}
    return Answer(status, json.dumps(record).encode(), {"Content-Type": "application/problem+json; charset=utf-8"})


@pytest.mark.parametrize("code", [*Code, "something_new"])
def test_every_code_has_its_error(code: str) -> None:
    """Codes decide, not status or text; one that nobody knows yet is a refusal."""
    with web_server(lambda _asked: _problem(code)) as (url, _), pytest.raises(errors.ClientError) as raised:
        Api(Http(url)).health()
    expected = next((kind for known, kind in KINDS.items() if known == code), errors.Refused)
    assert type(raised.value) is expected


def test_a_conflict_that_passes() -> None:
    """Somebody is changing the same thing right now; the server says when to ask again, and only then it helps."""
    answer = _problem("conflict", 409)
    busy = replace(answer, headers={**answer.headers, "Retry-After": "1"})
    with web_server(lambda _asked: busy) as (url, _), pytest.raises(TryAgain) as raised:
        Api(Http(url)).health()
    assert raised.value.after == 1


def test_missing_parts_are_named() -> None:
    with (
        web_server(lambda _asked: _problem("parts_missing", 409, missing=[3, 7])) as (url, _),
        pytest.raises(PartsMissing) as raised,
    ):
        Api(Http(url)).health()
    assert raised.value.missing == (3, 7)


def test_a_refusal_names_the_fields() -> None:
    fields = [{"field": "email", "message": "is not an email address"}]
    with (
        web_server(lambda _asked: _problem("invalid", errors=fields)) as (url, _),
        pytest.raises(errors.Refused, match="email is not an email address"),
    ):
        Api(Http(url)).health()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(status, TryAgain) for status in (408, 429, 500, 502, 503, 504, 507, 520, 522, 524, 529, 530, 599)]
    + [(413, errors.Refused)]
    + [(status, errors.NetworkError) for status in (301, 400, 403, 404, 418, 501, 505, 511)],
)
def test_answers_of_something_in_between(status: int, kind: type[errors.ClientError]) -> None:
    """Without a problem's code, the status says whether it may work in a moment: those of content networks, too."""
    with web_server(lambda _asked: Answer(status, b"<html>")) as (url, _), pytest.raises(errors.ClientError) as raised:
        Api(Http(url)).health()
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("7", 7.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("²", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 99 Oct 2015", None),
    ],
)
def test_retry_after_is_read_with_care(value: str, after: float | None) -> None:
    answer = _problem("unavailable", 503)
    with (
        web_server(lambda _asked: replace(answer, headers={**answer.headers, "Retry-After": value})) as (url, _),
        pytest.raises(TryAgain) as raised,
    ):
        Api(Http(url)).health()
    assert raised.value.after == after


def _session(url: str, token: str = "old", user_id: str = "u1", ends_in: int = 3_600) -> Session:
    return Session(url, "ada@example.org", user_id, token, f"refresh-{token}", int(time.time()) + ends_in)


def _renewing_server(asked: Asked) -> Answer:
    """Accepts the token `new`, which it gives for `refresh-old` only."""
    if asked.path == "/auth/refresh":
        if json.loads(asked.body)["refresh_token"] != "refresh-old":
            return _problem("not_signed_in", 401)
        return Answer(200, b'{"token": "new", "refresh_token": "refresh-new", "expires_in": 3600}')
    if asked.headers.get("Authorization") != "Bearer new":
        return _problem("not_signed_in", 401)
    return Answer(200, b'{"files": [], "next_cursor": null}')


def test_one_renewal_for_all_threads() -> None:
    """Eight requests at once find the token refused: it is renewed once, all go through, and it is kept."""
    kept: list[Session] = []
    with web_server(_renewing_server) as (url, requests):
        session = _session(url)
        api = Api(Http(url, session, Keeper(kept.append, lambda: kept[-1] if kept else session)))
        outcomes: list[int] = []
        threads = [threading.Thread(target=lambda: outcomes.append(len(list(api.files("owned"))))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert outcomes == [0] * 8
        assert sum(request.path == "/auth/refresh" for request in requests) == 1
    assert [session.token for session in kept] == ["new"]


def test_a_session_that_another_command_renewed_is_used() -> None:
    """Nobody refreshes twice where the disk has a good token already."""
    with web_server(_renewing_server) as (url, requests):
        newer = _session(url, "new")
        api = Api(Http(url, _session(url), Keeper(_never, lambda: newer)))
        assert list(api.files("owned")) == []
        assert all(request.path != "/auth/refresh" for request in requests)


def test_a_fresh_sign_in_is_picked_up() -> None:
    """The session ended; by the time that this is noticed, another command has signed in again: it goes on."""
    with web_server(_renewing_server) as (url, requests):
        ended = replace(_session(url), refresh_token="ended")
        sessions = iter((ended, _session(url, "new")))
        api = Api(Http(url, ended, Keeper(_never, lambda: next(sessions))))
        assert list(api.files("owned")) == []
        assert sum(request.path == "/auth/refresh" for request in requests) == 1


def test_a_session_that_ended_everywhere_is_said() -> None:
    """Another token on disk that is as dead as ours is tried, and not without end."""
    with web_server(lambda _asked: _problem("not_signed_in", 401)) as (url, requests):
        numbers = iter(range(100))
        keeper = Keeper(_never, lambda: _session(url, f"dead-{next(numbers)}"))
        with pytest.raises(errors.NotSignedIn, match="sealcase login"):
            list(Api(Http(url, _session(url), keeper)).files("owned"))
        assert len(requests) < 6


@pytest.mark.parametrize("token", ["two\r\nlines", "gréen", "\x00"])
def test_a_damaged_token_is_not_quoted(token: str) -> None:
    """A header can't hold it, and an error must not."""
    with (
        web_server(_renewing_server) as (url, requests),
        pytest.raises(errors.NotSignedIn, match="sealcase login") as raised,
    ):
        list(Api(Http(url, _session(url, token))).files("owned"))
    assert token not in str(raised.value)
    assert requests == []


def _never(_session: Session) -> None:
    raise AssertionError("this session is not ours to keep")


@pytest.mark.parametrize("other", ["another person", "another server", "nobody"])
def test_somebody_elses_session_is_neither_used_nor_replaced(other: str) -> None:
    """Who signed in meanwhile, here or elsewhere, keeps their session, and their token goes to their server only."""
    with web_server(_renewing_server) as (url, requests):
        on_disk = {
            "another person": _session(url, "theirs", user_id="u2"),
            "another server": _session("https://other.example", "theirs"),
            "nobody": None,
        }[other]
        api = Api(Http(url, _session(url), Keeper(_never, lambda: on_disk)))
        assert list(api.files("owned")) == []
        assert all("theirs" not in str(request) for request in requests)


def test_a_renewal_that_is_refused_ends_the_session() -> None:
    with web_server(lambda _asked: _problem("not_signed_in", 401)) as (url, _):
        session = _session(url, ends_in=0)
        with pytest.raises(errors.NotSignedIn, match="sealcase login"):
            list(Api(Http(url, session, Keeper(_never, lambda: session))).files("owned"))


def test_a_range_must_be_the_one_that_was_asked_for() -> None:
    """A server that sends something else is not believed."""
    with (
        web_server(lambda _asked: Answer(200, b"whole")) as (url, _),
        pytest.raises(errors.NetworkError, match="not a Sealcase server"),
    ):
        Api(Http(url)).content(ID, 0, 5).read_into(memoryview(bytearray(5)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("files.example.org", "https://files.example.org"),
        ("https://files.example.org/", "https://files.example.org"),
        ("https://example.org:8443/files//", "https://example.org:8443/files"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://[::1]:5000/", "http://[::1]:5000"),
        ("http://localhost", "http://localhost"),
        ("localhost:5000", "http://localhost:5000"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("192.168.1.5:5000", "https://192.168.1.5:5000"),
    ],
)
def test_addresses_as_people_type_them(typed: str, meant: str) -> None:
    """Encrypted unless it is this very machine."""
    assert normal_server(typed, allow_http=False) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://",
        "ftp://x",
        "https://x:y",
        "https://x:0",
        "https://x:99999",
        "http://[::1",
        "https://x?a=b",
        "https://x#y",
        "https://me:pw@x",
    ],
)
def test_what_is_no_address_is_said(typed: str) -> None:
    with pytest.raises(errors.NetworkError, match="is not the address of a server"):
        normal_server(typed, allow_http=False)


@pytest.mark.parametrize(
    "typed", ["http://files.example.org", "http://192.168.1.5:5000", "http://localhost.evil.example"]
)
def test_bare_http_needs_a_word(typed: str) -> None:
    with pytest.raises(errors.NetworkError, match="not encrypted"):
        normal_server(typed, allow_http=False)
    assert normal_server(typed, allow_http=True) == typed


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ClientError("x"), ExitCode.OTHER),
        (errors.TargetExists("x"), ExitCode.OTHER),
        (errors.NeedsInput("x"), ExitCode.OTHER),
        (crypto_errors.SourceChanged("x"), ExitCode.OTHER),
        (errors.NotSignedIn("x"), ExitCode.NOT_SIGNED_IN),
        (errors.NotFound("x"), ExitCode.NOT_FOUND),
        (errors.Expired("x"), ExitCode.EXPIRED),
        (errors.UnsafeName("x"), ExitCode.ALTERED_OR_WRONG_KEY),
        (crypto_errors.WrongKey(), ExitCode.ALTERED_OR_WRONG_KEY),
        (crypto_errors.WrongPassphrase("x"), ExitCode.ALTERED_OR_WRONG_KEY),
        (FormatError("x"), ExitCode.ALTERED_OR_WRONG_KEY),
        (errors.UntrustedKey("x"), ExitCode.UNTRUSTED_KEY),
        (TryAgain("x"), ExitCode.NETWORK),
        (DigestMismatch("x"), ExitCode.NETWORK),
        (errors.Refused("x"), ExitCode.REFUSED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_exit_codes(error: Exception, code: ExitCode) -> None:
    assert exit_code_of(error) == code
