"""The access matrix: every route of the OpenAPI document, asked by everybody who might.

Everybody is: nobody at all, an expired token, a revoked token, a session that was signed out, a token with too little
scope, a stranger, a recipient, the owner. A route that stands in the document and not here fails.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from shared.api.scopes import Scope
from shared.sealed.encoding import b64u
from tests.server.linked import Linked
from tests.server.samples import GRANT, Sample, sample
from tests.support.server import LiveServer, live_server

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
JWT_SECRET = "the matrix makes tokens that have expired"
SIMPLE = {"filename": "a", "nonce": "b", "wrapped_key": "c", "ciphertext": "ZGF0YQ=="}
OTHER_GRANT = {**GRANT, "recipient": b64u(bytes([1] * 32))}

NOBODY_ELSES = "404 not_found"
NOT_THEIRS = "403 forbidden"
SIGN_IN = "401 not_signed_in"
Parameters = dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """What a route answers: a status, or a status and a problem's code. `recipient` and `other` as the owner if None.

    `simple_owner`: what the owner is answered for a simple upload (format 0), where that differs.
    """

    owner: str
    recipient: str | None = None
    other: str | None = None
    simple_owner: str | None = None
    request: Callable[["Scene"], Parameters] = lambda scene: {}
    fresh_session: bool = False
    """Whether the route ends the session that asks."""

    def of(self, who: str, kind: str) -> str:
        owner = self.simple_owner if kind == "simple" and self.simple_owner else self.owner
        return {"owner": owner, "recipient": self.recipient or owner, "other": self.other or owner}[who]


@dataclass
class Scene:
    """What the routes of one test are about; all of it is the owner's."""

    people: dict[str, "Person"]
    file: Sample
    upload: Sample
    paths: Mapping[str, str]


@dataclass
class Person:
    """Somebody signed in."""

    server: LiveServer
    email: str
    token: str

    def ask(self, method: str, path: str, **parameters: Any) -> requests.Response:
        return ask(self.server, self.token, method, path, **parameters)

    def ok(self, method: str, path: str, **parameters: Any) -> Any:
        answer = self.ask(method, path, **parameters)
        assert answer.ok, answer.text
        return answer.json()

    def access_token(self, *scopes: str) -> dict[str, str]:
        made: dict[str, str] = self.ok("POST", "/auth/tokens", json={"name": "matrix", "scopes": list(scopes)})
        return made

    def upload(self, file: Sample) -> None:
        self.ok("POST", "/uploads", json=file.start())
        for number, part in enumerate(file.parts):
            self.ok("PUT", f"/uploads/{file.file_id}/parts/{number}", data=part)

    def send(self, file: Sample, reader: str) -> None:
        self.upload(file)
        completion = file.completion(grants=[GRANT, OTHER_GRANT], allowed_users=[reader])
        self.ok("POST", f"/uploads/{file.file_id}/complete", json=completion)


@dataclass
class Crowd:
    """The people and tokens of all tests."""

    server: LiveServer
    people: dict[str, Person] = field(default_factory=dict)
    expired: str = ""
    revoked: str = ""
    signed_out: str = ""
    lacking: dict[str, str] = field(default_factory=dict)
    """The owner's tokens that may do everything but what the key says."""


def ask(server: LiveServer, token: str | None, method: str, path: str, **parameters: Any) -> requests.Response:
    headers = {**({} if token is None else {"Authorization": f"Bearer {token}"}), **parameters.pop("headers", {})}
    return requests.request(method, f"{server.url}{path}", headers=headers, timeout=30, **parameters)


def _json(**body: Any) -> Callable[[Scene], Parameters]:
    return lambda scene: {"json": body}


CONFIRMED = "403 confirmation_refused"

EXPECTED: dict[str, Expected] = {
    "GET /.well-known/security.txt": Expected("200"),
    "GET /health": Expected("200"),
    "GET /metrics": Expected(NOBODY_ELSES),
    "GET /ready": Expected("200"),
    "GET /openapi.json": Expected("200"),
    "POST /auth/request_otp": Expected("200", request=_json(email="somebody@example.org")),
    "POST /auth/login": Expected("401 sign_in_refused", request=_json(email="nobody@example.org", otp="000000")),
    "POST /auth/refresh": Expected(SIGN_IN, request=_json(refresh_token="x")),
    "POST /auth/logout": Expected("200", fresh_session=True),
    "GET /auth/sessions": Expected("200"),
    "PATCH /auth/sessions/{session_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES, request=_json(name="x")),
    "DELETE /auth/sessions/{session_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES),
    "GET /auth/tokens": Expected("200"),
    "POST /auth/tokens": Expected("201", request=_json(name="another", scopes=["files:read"])),
    "DELETE /auth/tokens/{token_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES),
    "GET /auth/totp": Expected("200"),
    "POST /auth/totp": Expected("200"),
    "PUT /auth/totp": Expected(CONFIRMED, request=_json(code="000000")),
    "DELETE /auth/totp": Expected("404 not_found", request=_json(code="000000")),
    "GET /account": Expected("200"),
    "POST /account/deletion_code": Expected("200"),
    "DELETE /account": Expected(CONFIRMED, request=_json(otp="wrong")),
    "GET /account/export": Expected("200"),
    "PUT /account/recovery": Expected("200", request=_json(sealed="AAAA")),
    "GET /account/recovery": Expected("200"),
    "DELETE /account/recovery": Expected("200"),
    "GET /pairings": Expected("200"),
    "POST /pairings": Expected(
        "200", request=lambda scene: {"json": {"pairing_id": scene.paths["{pairing_id}"], "message": "AAAA"}}
    ),
    "GET /pairings/{pairing_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES),
    "PUT /pairings/{pairing_id}/messages/{number}": Expected(  # the number 0 was said when it began
        "200", NOBODY_ELSES, NOBODY_ELSES, request=_json(message="AAAA")
    ),
    "DELETE /pairings/{pairing_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES),
    "GET /activity": Expected("200"),
    "GET /stats": Expected("200"),
    "GET /cards": Expected("404 not_found", request=lambda scene: {"params": {"email": "nobody@example.org"}}),
    "GET /cards/{user_id}/history": Expected("404 not_found"),
    "GET /log/checkpoint": Expected("200"),
    "GET /log/consistency": Expected("200", request=lambda scene: {"params": {"old": 0, "new": 0}}),
    "GET /log/entries": Expected("200"),
    "GET /log/proof": Expected("404 not_found", request=lambda scene: {"params": {"user_id": "0" * 32, "sequence": 0}}),
    "POST /invitations": Expected("200", request=_json(email="somebody@example.org")),
    "PUT /cards/me": Expected("422 invalid", request=_json(card="e30", signature="x")),
    "POST /upload": Expected("200", request=_json(**SIMPLE)),
    "POST /upload/presigned": Expected("409 conflict", request=_json(size=4)),  # files here lie on the disk
    "POST /upload/s3": Expected("409 conflict", request=_json(s3_key="a", bucket="b", wrapped_key="c")),
    "POST /uploads": Expected("201", request=lambda scene: {"json": sample().start()}),
    "GET /uploads/{file_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES),
    "GET /uploads/{file_id}/parts/{number}": Expected("200", NOBODY_ELSES, NOBODY_ELSES),
    "PUT /uploads/{file_id}/parts/{number}": Expected(
        "200", NOBODY_ELSES, NOBODY_ELSES, request=lambda scene: {"data": scene.upload.parts[0]}
    ),
    "POST /uploads/{file_id}/part_urls": Expected(
        "409 conflict", NOBODY_ELSES, NOBODY_ELSES, request=_json(parts=[{"number": 0, "size": 172}])
    ),
    "POST /uploads/{file_id}/parts": Expected(
        "409 conflict",
        NOBODY_ELSES,
        NOBODY_ELSES,
        request=_json(parts=[{"number": 0, "size": 172, "digest": b64u(bytes(32)), "etag": "x"}]),
    ),
    "POST /uploads/{file_id}/complete": Expected(
        "201", NOBODY_ELSES, NOBODY_ELSES, request=lambda scene: {"json": scene.upload.completion()}
    ),
    "DELETE /uploads/{file_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES),
    "GET /links": Expected("200"),
    "POST /links": Expected("201", NOT_THEIRS, NOBODY_ELSES, request=lambda scene: {"json": Linked().body(scene.file)}),
    "PATCH /links/{link_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES, request=_json(notify=True)),
    "DELETE /links/{link_id}": Expected("200", NOBODY_ELSES, NOBODY_ELSES),
    # For whoever has the link, which nobody's account is: a token opens none of them.
    "GET /links/{link_id}/open": Expected(NOBODY_ELSES),
    "POST /links/{link_id}/claim": Expected(NOBODY_ELSES),
    "POST /links/{link_id}/claims/{claim}/done": Expected(NOBODY_ELSES),
    "DELETE /links/{link_id}/claims/{claim}": Expected(NOBODY_ELSES),
    "GET /links/{link_id}/files/{file_id}/content": Expected(NOBODY_ELSES),
    "GET /boxes": Expected("200"),
    "POST /boxes": Expected("409 conflict", request=_json(box_id="A" * 43, auth_hash="A" * 43)),  # nobody has a card
    "PATCH /boxes/{box_id}": Expected(NOBODY_ELSES, request=_json(notify=True)),
    "DELETE /boxes/{box_id}": Expected(NOBODY_ELSES),
    "GET /boxes/{box_id}/open": Expected(NOBODY_ELSES),
    "POST /boxes/{box_id}/done": Expected(NOBODY_ELSES),
    "POST /boxes/{box_id}/uploads": Expected(NOBODY_ELSES, request=lambda scene: {"json": sample().start()}),
    "GET /boxes/{box_id}/uploads/{file_id}": Expected(NOBODY_ELSES),
    "DELETE /boxes/{box_id}/uploads/{file_id}": Expected(NOBODY_ELSES),
    "PUT /boxes/{box_id}/uploads/{file_id}/parts/{number}": Expected(
        NOBODY_ELSES, request=lambda scene: {"data": scene.upload.parts[0]}
    ),
    "POST /boxes/{box_id}/uploads/{file_id}/complete": Expected(
        NOBODY_ELSES, request=lambda scene: {"json": {"manifest": "AAAA", "grants": []}}
    ),
    "GET /files": Expected("200"),
    "POST /files": Expected("201", request=lambda scene: {"json": sample().whole()}),
    "GET /files/{file_id}": Expected("200", other=NOBODY_ELSES),
    "GET /files/{file_id}/metadata": Expected("200", other=NOBODY_ELSES),
    "GET /files/{file_id}/content": Expected("200", other=NOBODY_ELSES),
    "PATCH /files/{file_id}": Expected("200", NOT_THEIRS, NOBODY_ELSES, request=_json(expires_hours=2)),
    "POST /files/{file_id}/grants": Expected(
        "200", NOT_THEIRS, NOBODY_ELSES, simple_owner="409 conflict", request=_json(grants=[GRANT])
    ),
    "PUT /files/{file_id}/grants/{recipient}": Expected(  # nobody here has published a card
        "422 invalid", other=NOBODY_ELSES, request=lambda scene: {"json": GRANT}
    ),
    "DELETE /files/{file_id}/grants/{recipient}": Expected(
        "200", NOT_THEIRS, NOBODY_ELSES, simple_owner="404 not_found"
    ),
    "DELETE /files/{file_id}": Expected("200", NOT_THEIRS, NOBODY_ELSES),
    "GET /files/{file_id}/links": Expected("200", NOT_THEIRS, NOBODY_ELSES),
    "POST /files/{file_id}/links": Expected(
        "201", NOT_THEIRS, NOBODY_ELSES, simple_owner="409 conflict", request=lambda scene: {"json": _file_link()}
    ),
}


def _file_link() -> Parameters:
    link = Linked()
    return {**link.terms(), "grant": link.grant}


OPERATIONS = [
    (f"{method.upper()} {path}", kind)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    for kind in (("sealed", "simple") if path.startswith("/files/{file_id}") else ("sealed",))
]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder, contact = tmp_path_factory.mktemp("matrix") / "data", "mailto:security@example.org"
    with live_server(folder, jwt_secret=JWT_SECRET, security_contact=contact) as server:
        crowd = Crowd(server)
        for who in ("owner", "recipient", "other"):
            crowd.people[who] = Person(server, f"{who}@example.org", server.sign_in(f"{who}@example.org")["token"])
        owner = crowd.people["owner"]
        claims = jwt.decode(owner.token, JWT_SECRET, algorithms=["HS256"], audience="sealcase-api")
        expired = {**claims, "iat": int(time.time()) - 3_601, "exp": int(time.time()) - 1}
        crowd.expired = jwt.encode(expired, JWT_SECRET, algorithm="HS256")
        genuine = jwt.encode(claims, JWT_SECRET, algorithm="HS256")
        assert ask(server, genuine, "GET", "/files").status_code == 200  # so it is the time that counts
        made = owner.access_token(*Scope)
        owner.ok("DELETE", f"/auth/tokens/{made['token_id']}")
        crowd.revoked = made["token"]
        crowd.signed_out = server.sign_in(owner.email)["token"]
        assert ask(server, crowd.signed_out, "POST", "/auth/logout").ok
        crowd.lacking = {scope: owner.access_token(*(set(Scope) - {scope}))["token"] for scope in Scope}
        yield crowd


def _scene(crowd: Crowd, kind: str, *, fresh: bool) -> Scene:
    """New things of the owner's, for one test."""
    server, people = crowd.server, dict(crowd.people)
    owner, reader = people["owner"], people["recipient"].email
    file, upload = sample(), sample()
    file_id = str(file.file_id)
    if kind == "sealed":
        owner.send(file, reader)
    else:
        file_id = owner.ok("POST", "/upload", json={**SIMPLE, "allowed_users": [reader]})["file_id"]
    owner.upload(upload)
    for each in people.values():
        each.ok("PUT", "/account/recovery", json={"sealed": "AAAA"})
    spare = jwt.decode(server.sign_in(owner.email)["token"], options={"verify_signature": False})
    link = Linked()
    if kind == "sealed":
        owner.ok("POST", "/links", json=link.body(file))
    pairing_id = uuid.uuid4().hex
    owner.ok("POST", "/pairings", json={"pairing_id": pairing_id, "message": "AAAA"})
    if fresh:
        people = {who: Person(server, each.email, server.sign_in(each.email)["token"]) for who, each in people.items()}
    return Scene(
        people,
        file,
        upload,
        {
            "/files/{file_id}": f"/files/{file_id}",
            "/uploads/{file_id}": f"/uploads/{upload.file_id}",
            "{link_id}": link.link_id,
            "{box_id}": "A" * 43,
            "{claim}": "0" * 32,
            "{number}": "0",
            "{recipient}": str(GRANT["recipient"]),
            "{pairing_id}": pairing_id,
            "{session_id}": spare["sid"],
            "{token_id}": owner.access_token("files:read")["token_id"],
            "{user_id}": "0" * 32,
        },
    )


def _path(template: str, scene: Scene) -> str:
    for parameter, value in scene.paths.items():
        template = template.replace(parameter, value)
    assert "{" not in template, "say in _scene what stands for the new parameter"
    return template


def _outcome(answer: requests.Response) -> str:
    """`200`, or `404 not_found`. Every problem is a whole one."""
    if answer.status_code < 400:
        return str(answer.status_code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    if problem["code"] == "not_signed_in":
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    return f"{answer.status_code} {problem['code']}"


def _belongings(crowd: Crowd, scene: Scene) -> list[object]:
    """What the owner has, as far as it could be changed."""
    owner = crowd.people["owner"]
    file, upload = scene.paths["/files/{file_id}"], scene.paths["/uploads/{file_id}"]
    tokens = owner.ok("GET", "/auth/tokens")["tokens"]
    return [
        {name: value for name, value in owner.ok("GET", f"{file}?ciphertext=false").items() if name != "downloads"},
        owner.ask("GET", f"{file}/content").content,
        owner.ok("GET", upload),
        [(token["token_id"], token["scopes"], token["expires_at"]) for token in tokens],
        {session["session_id"] for session in owner.ok("GET", "/auth/sessions")["sessions"]},
        owner.ok("GET", "/auth/totp"),
        owner.ok("GET", "/pairings"),
        [{name: value for name, value in each.items() if name != "downloads"} for each in _links(owner, scene)],
        owner.ok("GET", "/account"),
    ]


def _links(owner: Person, scene: Scene) -> list[Parameters]:
    links: list[Parameters] = owner.ok("GET", "/links?limit=200")["links"]
    return [each for each in links if each["link_id"] == scene.paths["{link_id}"]]


def _nowhere(path: str, scene: Scene) -> str:
    """The same path to a thing that is not."""
    for value in scene.paths.values():
        last = value.rpartition("/")[2]
        if len(last) == 43 and value == scene.paths["{link_id}"]:
            path = path.replace(last, Linked().link_id)
        elif len(last) in (32, 36):
            path = path.replace(last, str(uuid.uuid4()) if "-" in last else uuid.uuid4().hex)
    return path


def _told(answer: requests.Response) -> object:
    """All that an answer says, without what is new in every one."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("Date", "X-Request-Id")}
    return answer.status_code, {**answer.json(), "request_id": ""}, headers


def test_the_matrix_has_every_route(crowd: Crowd) -> None:
    """Of the document that the live server gives, and none that is gone."""
    document = requests.get(f"{crowd.server.url}/openapi.json", timeout=30).json()
    served = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert served == set(EXPECTED)


@pytest.mark.parametrize(("route", "kind"), OPERATIONS)
def test_everybody_on(route: str, kind: str, crowd: Crowd) -> None:
    """The refused come first, and afterwards the owner still has everything as it was; then the owner.

    A stranger gets the answer, word for word, of a thing that does not exist.
    """
    expected = EXPECTED[route]
    scene = _scene(crowd, kind, fresh=expected.fresh_session)
    method, _, template = route.partition(" ")
    operation = DOCUMENT["paths"][template][method.lower()]
    path, scope = _path(template, scene), operation.get("x-scope")

    def outcome(token: str | None) -> str:
        return _outcome(ask(crowd.server, token, method, path, **expected.request(scene)))

    before = _belongings(crowd, scene)
    without_a_good_token = SIGN_IN if {"bearer": []} in operation["security"] else expected.owner
    for bad in (None, crowd.expired, crowd.revoked, crowd.signed_out, "", "sct_x", "x.y.z"):
        assert outcome(bad) == without_a_good_token
    if scope is not None:
        assert outcome(crowd.lacking[scope]) == NOT_THEIRS
    for who in ("other", "recipient"):
        wanted = expected.of(who, kind)
        assert outcome(scene.people[who].token) == wanted, who
    if expected.other == NOBODY_ELSES:
        answers = [
            scene.people["other"].ask(method, each, **expected.request(scene)) for each in (path, _nowhere(path, scene))
        ]
        assert _told(answers[0]) == _told(answers[1])
    assert _belongings(crowd, scene) == before or expected.fresh_session
    assert outcome(scene.people["owner"].token) == expected.of("owner", kind)
