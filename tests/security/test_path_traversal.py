"""Attack: ids that are paths, or anything else that no server ever drew, in every place of an address."""

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.server import LiveServer, live_server

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
REFUSED = {400, 404, 405, 422}
"""405 where the hostile text makes the path that of another route, with `Allow`."""
TOO_LONG = 414

HOSTILE = {
    "dots": "..",
    "dots-encoded": "%2e%2e",
    "dots-and-slashes": "../../../../../../etc/passwd",
    "slashes-encoded": "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "encoded-twice": "%252e%252e%252fetc%252fpasswd",
    "backslashes": "..%5c..%5cetc%5cpasswd",
    "absolute": "%2fetc%2fpasswd",
    "secrets": "..%2f..%2fsecrets%2fjwt_secret",
    "overlong-utf8": "%c0%ae%c0%ae%c0%af",
    "nul": "550e8400-e29b-41d4-a716-446655440000%00",
    "nul-and-name": "%00.json",
    "newline": "550e8400-e29b-41d4-a716-446655440000%0a",
    "suffix": "550e8400-e29b-41d4-a716-446655440000.json",
    "upper-case": "550E8400-E29B-41D4-A716-446655440000",
    "braces": "%7b550e8400-e29b-41d4-a716-446655440000%7d",
    "other-uuid": "550e8400-e29b-11d4-a716-446655440000",
    "arabic-digits": "%d9%a5%d9%a5" * 18,
    "full-width": "%ef%bc%8e%ef%bc%8e%ef%bc%8f",
    "right-to-left": "%e2%80%ae",
    "not-utf8": "%ff%fe",
    "empty": "",
    "space": "%20",
    "tilde": "~root",
    "drive": "C%3a%5cwindows",
    "device": "CON",
    "glob": "*",
    "dash": "-rf",
    "semicolon": ";id=1",
    "template": "%7b%7b7*7%7d%7d",
    "percent": "%25s%25n",
    "broken-percent": "%zz",
    "negative": "-1",
    "huge-number": "9" * 400,
    "float": "1e999",
    "long": "a" * 4_000,
    "longer": "a" * 60_000,
}
PLACES = sorted(
    (method.upper(), path, parameter)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    for parameter in re.findall(r"\{\w+\}", path)
)
GOOD = {
    "{file_id}": "550e8400-e29b-41d4-a716-446655440000",
    "{number}": "0",
    "{recipient}": "A" * 43,
    "{session_id}": "0" * 32,
    "{user_id}": "0" * 32,
    "{token_id}": "0" * 32,
}
BODIES = {"POST": b"{}", "PATCH": b"{}", "PUT": b"x", "GET": None, "DELETE": None}


@dataclass(frozen=True)
class Target:
    """A server, and somebody who is signed in."""

    server: LiveServer
    token: str

    def ask(self, method: str, target: str) -> tuple[int, dict[str, str], bytes]:
        """A request for exactly this target, which no client library has made tidy."""
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=30)
        connection.putrequest(method, target, skip_accept_encoding=True)
        body = BODIES[method]
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            kind = "application/octet-stream" if method == "PUT" else "application/json"
            headers |= {"Content-Type": kind, "Content-Length": str(len(body))}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return result


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with live_server(tmp_path_factory.mktemp("traversal") / "data", workers=1) as server:
        token = server.sign_in("ada@example.org")["token"]
        fields = {"filename": "a", "nonce": "b", "wrapped_key": "c", "ciphertext": "ZA=="}
        headers = {"Authorization": f"Bearer {token}"}
        requests.post(f"{server.url}/upload", json=fields, headers=headers, timeout=30).raise_for_status()
        yield Target(server, token)


@pytest.mark.parametrize(("method", "path", "parameter"), PLACES)
def test_hostile_ids(method: str, path: str, parameter: str, target: Target) -> None:
    """Each is refused with a problem, and the folder of data holds the same bytes as before."""
    before = _contents(target.server.data_dir)
    for name, text in HOSTILE.items():
        asked = path.replace(parameter, text)
        for other, value in GOOD.items():
            asked = asked.replace(other, value)
        status, headers, body = target.ask(method, asked)
        assert status in ({TOO_LONG} if name == "longer" else REFUSED), (name, status, body)
        assert headers["Content-Type"] == "application/problem+json", name
        assert status != 405 or headers["Allow"], name
        assert b"root:" not in body
        assert str(target.server.data_dir).encode() not in body
        assert text[:200].encode() not in body or len(text) < 8, name
    assert _contents(target.server.data_dir) == before


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/..%2fetc%2fpasswd",
        "/static/../../etc/passwd",
        "//etc/passwd",
        "/./files",
        "/files/../secrets/jwt_secret",
        "/.well-known/../../secrets/jwt_secret",
        "/openapi.json/../../secrets",
        "http://elsewhere.example/files",
        "/files%00",
        "/%66iles/..%00/",
    ],
)
def test_hostile_paths(path: str, target: Target) -> None:
    """There are no files behind addresses; nothing but routes."""
    status, headers, body = target.ask("GET", path)
    if path.startswith("http:"):  # the absolute form (RFC 9112, 3.2.2): our own listing, whatever the host
        assert status == 200
        return
    assert status in REFUSED
    assert headers["Content-Type"] == "application/problem+json"
    assert b"root:" not in body


def _contents(folder: Path) -> dict[str, bytes]:
    """What is kept, and what lies beside it: everything but counters and what is there for an hour at most."""
    files = (path for path in folder.parent.rglob("*") if path.is_file())
    found = {str(path.relative_to(folder.parent)): path for path in files}
    passing = tuple(f"{folder.name}/{name}/" for name in ("counters", "ephemeral"))
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(passing)}
