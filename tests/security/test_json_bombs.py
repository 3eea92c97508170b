"""Attack: JSON that means two things, or costs far more to read than to send."""

import time

import pytest
import requests

from shared.api import limits
from tests.support.server import LiveServer

_MIB = 1 << 20
_DEPTH = 200_000
_REFUSED = {
    "depth of lists": b'{"email": ' + b"[" * _DEPTH + b"]" * _DEPTH + b"}",
    "depth of objects": b'{"a":' * _DEPTH + b"1" + b"}" * _DEPTH,
    "brackets that never close": b"[" * (limits.MAX_JSON_BODY - 1),
    "duplicate keys": b'{"email": "a@example.org", "email": "b@example.org"}',
    "duplicate keys below": b'{"email": {"a": 1, "a": 2}}',
    "duplicate keys by escape": b'{"email": "a@example.org", "\\u0065mail": "b@example.org"}',
    "NaN": b'{"email": NaN}',
    "Infinity": b'{"email": -Infinity}',
    "huge exponent": b'{"email": 1e999999999}',
    "huge number": b'{"email": ' + b"9" * _MIB + b"}",
    "UTF-16": '{"email": "a@example.org"}'.encode("utf-16"),
    "BOM": b'\xef\xbb\xbf{"email": "a@example.org"}',
    "two values": b'{"email": "a@example.org"}{}',
    "half a surrogate": b'{"email": "\\ud800"}',
}


def post(live: LiveServer, body: bytes) -> requests.Response:
    headers = {"Content-Type": "application/json"}
    return requests.post(f"{live.url}/auth/request_otp", data=body, headers=headers, timeout=60)


@pytest.mark.parametrize("name", _REFUSED)
def test_what_is_refused_is_refused_fast(live: LiveServer, name: str) -> None:
    """As a problem, within seconds, and the worker goes on."""
    began = time.monotonic()
    answer = post(live, _REFUSED[name])
    assert time.monotonic() - began < 30
    assert answer.status_code in (400, 422), name
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert requests.get(f"{live.url}/health", timeout=30).status_code == 200


def test_ten_megabytes_of_brackets_are_refused_by_their_size(live: LiveServer) -> None:
    answer = post(live, b"[" * (10 * _MIB))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_many_small_bombs_leave_no_memory_behind(live: LiveServer) -> None:
    """Forty bodies of the largest size, and the server holds what it held before."""
    post(live, _REFUSED["brackets that never close"])
    before = live.memory()[0]
    for _ in range(40):
        post(live, _REFUSED["brackets that never close"])
    assert live.memory()[0] - before < 64 * _MIB
