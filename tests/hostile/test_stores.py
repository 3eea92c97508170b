"""A server that sends us elsewhere: its "store" is a host of its choice, which should learn and get nothing by it."""

import json
from dataclasses import dataclass, field

import pytest

from tests.hostile.cheat import Cheat, Record, always, as_json, in_body, problem
from tests.hostile.conftest import Actor, Cast, leaks
from tests.hostile.sealed import MARKER, Fake, recipe
from tests.support.network import Answer, Asked, web_server

pytestmark = pytest.mark.slow

ETAG = '"0123456789abcdef"'
LARGE = MARKER * (9_000_000 // len(MARKER))
"""Two parts: what is smaller travels through the server anyway."""


def _secrets_in(asked: list[Asked], cheat: Cheat, cast: Cast) -> list[str]:
    return leaks(Cheat(cheat.honest, asked=asked), cast)


@dataclass
class Accomplice:
    """Answers for the uploads of a server that has none: its store is at `elsewhere`."""

    cheat: Cheat
    elsewhere: str
    headers: dict[str, str] = field(default_factory=dict)

    def take_over(self) -> None:
        self.cheat.lie("POST", "/uploads$", lambda asked, _truth: as_json(self._begun(asked), 201))
        self.cheat.lie("POST", "/uploads/[^/]+/part_urls", lambda asked, _truth: as_json(self._urls(asked)))
        self.cheat.lie("POST", "/uploads/[^/]+/parts$", lambda asked, _truth: as_json(_acknowledged(asked)))

    def _begun(self, asked: Asked) -> Record:
        start = json.loads(asked.body)
        assert start["direct"] is True
        return {**start, "parts": [], "idle_expires_at": 9_999_999_999, "direct": True}

    def _urls(self, asked: Asked) -> Record:
        numbers = [part["number"] for part in json.loads(asked.body)["parts"]]
        urls = [{"number": n, "url": f"{self.elsewhere}/{n}?secret", "headers": self.headers} for n in numbers]
        return {"part_urls": urls, "expires_in": 900}


def _acknowledged(asked: Asked) -> Record:
    return {
        "parts": [
            {name: part[name] for name in ("number", "size", "digest")} for part in json.loads(asked.body)["parts"]
        ]
    }


def test_content_from_elsewhere(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Server-side request forgery turned round: the host gets a range and no token; its bytes are checked as any."""
    fake = Fake.of(recipe(cast.ada.identity, bob.identity.card), cast.ada.email)
    file_id = cheat.serve(fake)
    altered = in_body(lambda body: body[:-1] + bytes((body[-1] ^ 1,)), fake.body)
    with web_server(lambda asked: altered(asked, Answer(200))) as (elsewhere, stolen):
        redirect = Answer(307, b"", {"Location": f"{elsewhere}/inside"})
        cheat.lie(
            "GET",
            rf"/files/{file_id}/content",
            lambda asked, _truth: altered(asked, _truth) if "direct=false" in asked.path else redirect,
        )
        bob.refuses("get", file_id, code=6, words="not the one that the sender sealed")
    assert stolen
    for asked in stolen:
        assert (asked.method, asked.path, asked.body) == ("GET", "/inside", b"")
        assert {name.lower() for name in asked.headers} == {"host", "user-agent", "accept-encoding", "range"}


def test_a_store_that_sends_us_on(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Redirect chains (curl CVE-2022-27774): one hop, the server's own; the rest comes through the server."""
    with (
        web_server(lambda _: Answer(200, MARKER)) as (further, stolen),
        web_server(lambda _: Answer(307, b"", {"Location": f"{further}/x"})) as (elsewhere, _),
    ):
        redirect = Answer(307, b"", {"Location": elsewhere})
        cheat.lie(
            "GET",
            "/files/[^/]+/content",
            lambda asked, truth: truth if "direct=false" in asked.path else redirect,
        )
        result = bob.cli.ok("get", cast.letter, "-o", "-")
    assert result.out == MARKER
    assert result.err.count("goes through the server from here on") == 1
    assert not stolen


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "http://ada:b@127.0.0.1:1/", ""]
)
def test_a_store_that_is_no_place(bob: Actor, cheat: Cheat, cast: Cast, target: str) -> None:
    """Redirects to other schemes (curl CVE-2009-0037): never read; a server without another way has none."""
    cheat.lie("GET", "/files/[^/]+/content", always(Answer(307, b"", {"Location": target})))
    bob.refuses("get", cast.letter, code=8, words="not a Sealcase server")


def test_parts_are_sent_elsewhere(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """A host of the server's choice gets sealed bytes: what the server would have had anyway, and no token."""
    (ada.cli.folder / "large").write_bytes(LARGE)
    cheat.lie("POST", "/uploads/[^/]+/complete", always(problem(409, "conflict", "no such thing")))
    with web_server(lambda _: Answer(200, b"", {"ETag": ETAG})) as (elsewhere, stolen):
        Accomplice(cheat, elsewhere).take_over()
        ada.refuses("send", "large", "--to", cast.bob.email, "--no-compress", code=9, words="no such thing")
    assert sorted(asked.path for asked in stolen) == ["/0?secret", "/1?secret"]
    assert sum(len(asked.body) for asked in stolen) > len(LARGE)
    for asked in stolen:
        assert {name.lower() for name in asked.headers} == {"host", "user-agent", "accept-encoding", "content-length"}
    assert not _secrets_in(stolen, cheat, cast)


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Basic YTpi"}, {"Metadata-Flavor": "Google"}, {"X-Forwarded-For": "127.0.0.1"}, {"Cookie": "a"}],
    ids=lambda headers: next(iter(headers)),
)
def test_headers_of_the_servers_choice(ada: Actor, cheat: Cheat, cast: Cast, headers: dict[str, str]) -> None:
    """Server-side request forgery (CWE-918): what a cloud's or a router's own pages want to hear is not said."""
    (ada.cli.folder / "large").write_bytes(LARGE)
    cheat.lie("PUT", "/uploads/", always(problem(409, "conflict", "not here")))
    with web_server(lambda _: Answer(200, b"", {"ETag": ETAG})) as (elsewhere, stolen):
        Accomplice(cheat, elsewhere, headers).take_over()
        ada.refuses("send", "large", "--to", cast.bob.email, "--no-compress", code=9, words="not here")
    assert not stolen


def test_what_another_host_answers_is_not_told(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Server-side request forgery (CWE-918): pages of our network, and their ETags, go back to nobody."""
    (ada.cli.folder / "large").write_bytes(LARGE)
    secret = "router-password"
    cheat.lie("PUT", "/uploads/", always(problem(409, "conflict", "not here")))
    with web_server(lambda _: Answer(403, secret.encode(), {"ETag": f'"{secret} {secret}"'})) as (elsewhere, _):
        Accomplice(cheat, elsewhere).take_over()
        ada.refuses("send", "large", "--to", cast.bob.email, "--no-compress", code=9, words="not here")
    assert not [asked for asked in cheat.asked if secret.encode() in asked.body]
