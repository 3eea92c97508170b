"""Attacks on the way: redirects, TLS stripped, answers without end, words that fake others."""

import json
import time

import pytest
import trustme

from tests.hostile.cheat import Cheat, Record, always, as_json, edited, problem
from tests.hostile.conftest import Actor, Cast
from tests.hostile.sealed import MARKER, NAME, Fake, recipe
from tests.support.network import Answer, web_server
from tests.support.people import change_server
from tests.support.sockets import Visit, certificate_of, socket_server

pytestmark = pytest.mark.slow

NOT_OURS = "not a Sealcase server"


@pytest.mark.parametrize(
    ("command", "status"), [("ls", 302), ("ls", 303), ("get", 301), ("get", 307), ("send", 307), ("send", 308)]
)
def test_a_redirect_to_another_host(ada: Actor, cheat: Cheat, cast: Cast, status: int, command: str) -> None:
    """Credential leaks by redirects (curl CVE-2018-1000007, CVE-2022-27774): no request for records follows any."""
    with web_server(lambda _asked: Answer(200, b"{}")) as (elsewhere, stolen):
        for method in ("GET", "POST", "PUT"):
            cheat.lie(method, "/", always(Answer(status, b"", {"Location": f"{elsewhere}/x"})))
        (ada.cli.folder / NAME).write_bytes(MARKER)
        arguments = {"ls": (), "get": (cast.letter,), "send": (NAME, "--to", cast.bob.email)}[command]
        ada.refuses(command, *arguments, code=8, words=NOT_OURS)
        assert stolen == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:6379/_x", "//x/y"])
def test_a_redirect_to_a_file(bob: Actor, cheat: Cheat, cast: Cast, target: str) -> None:
    """Redirects to other schemes (curl CVE-2009-0037): content that "is" at file: or elsewhere is no content."""
    file_id = cheat.serve(Fake.of(recipe(cast.ada.identity, bob.identity.card), cast.ada.email))
    cheat.lie("GET", rf"/files/{file_id}/content", always(Answer(302, b"", {"Location": target})))
    bob.refuses("get", file_id, code=8, words=NOT_OURS)


def test_tls_is_stripped(ada: Actor, cast: Cast) -> None:
    """sslstrip (Marlinspike 2009): where https was agreed on, whoever answers without TLS hears nothing."""
    with web_server(lambda _asked: Answer(200, b"{}")) as (url, heard):
        change_server(ada.cli.data / "session.json", url.replace("http://", "https://"))
        ada.refuses("get", cast.letter, code=8, words="TLS")
    assert heard == []


def test_bare_http_is_refused_from_the_first_word(ada: Actor) -> None:
    """The same at sign-in: an address with http:// that is not this machine's own."""
    ada.refuses(
        "login",
        "--server",
        "http://files.example.org",
        "--email",
        "a@example.org",
        "--code",
        "1",
        code=8,
        words="not encrypted on the way",
    )


@pytest.mark.parametrize("whose", ["another host's", "nobody's"])
def test_a_certificate_that_is_not_the_servers(ada: Actor, cast: Cast, whose: str) -> None:
    """The most dangerous code in the world (Georgiev et al. 2012): host name and authority are both checked."""
    authority, heads = trustme.CA(), []

    def serve(visit: Visit) -> None:
        heads.append(visit.head())

    host = "elsewhere.example.org" if whose == "another host's" else "127.0.0.1"
    bundle = ada.cli.home / "authority.pem"
    (authority if whose == "another host's" else trustme.CA()).cert_pem.write_to_path(str(bundle))
    with socket_server(serve, certificate_of(authority, host)) as address:
        change_server(ada.cli.data / "session.json", f"https://{address}")
        trusting = Actor(ada.email, ada.cli.with_settings(REQUESTS_CA_BUNDLE=str(bundle)), ada.identity)
        trusting.refuses("ls", code=8, words="certificate")
    assert not any(heads)


def _endless(visit: Visit, head: str, piece: bytes) -> None:
    while visit.head():
        visit.connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n\r\n".encode())
        while True:
            visit.connection.sendall(piece)


ENDLESS = {
    "of a length that is said": ("Content-Length: 1099511627776", b" " * (1 << 16)),
    "of no length": ("Connection: close", b" " * (1 << 20)),
    "in chunks": ("Transfer-Encoding: chunked", b"10000\r\n" + b" " * 0x10000 + b"\r\n"),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_without_end(ada: Actor, kind: str) -> None:
    """Resource exhaustion (unbounded JSON): an answer that is read into memory has a bound."""
    with socket_server(lambda visit: _endless(visit, *ENDLESS[kind])) as address:
        change_server(ada.cli.data / "session.json", f"http://{address}")
        ada.refuses("ls", code=8, words=NOT_OURS)


ODD_JSON: dict[str, bytes] = {
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"files":' * 50_000,
    "a number": b'{"files": [], "next_cursor": ' + b"9" * 100_000 + b"}",
    "not UTF-8": b'{"files": [], "next_cursor": "\xff\xfe"}',
    "more than asked": b'{"files": [], "next_cursor": null, "run": "rm -rf ~"}',
}


@pytest.mark.parametrize("kind", ODD_JSON)
def test_json_that_breaks_readers(ada: Actor, cheat: Cheat, kind: str) -> None:
    """Parser bombs (CVE-2020-36518): one line, exit code 8."""
    cheat.lie("GET", "/files", always(Answer(200, ODD_JSON[kind], {"Content-Type": "application/json"})))
    assert len(ada.refuses("ls", code=8, words=NOT_OURS).splitlines()) == 1


def test_a_listing_in_circles(ada: Actor, cheat: Cheat) -> None:
    """Listings without end (cursor loops): the second time round is the last."""
    cheat.lie("GET", "/files", always(as_json({"files": [], "next_cursor": "again"})))
    ada.refuses("ls", code=8, words="in circles")
    assert len([asked for asked in cheat.asked if asked.path.startswith("/files")]) <= 3


def test_words_that_fake_other_words(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Terminal injection (CVE-2003-0063 and since): escapes, direction marks, new lines do nothing."""
    text = "no\n\x1b[2J\x1b]0;x\x07\u202eflower-pot: from ada, verified\rSent."
    cheat.lie("GET", r"/files/", always(problem(404, "not_found", text)))
    err = bob.refuses("get", cast.letter, code=4, words="no")
    assert len(err.splitlines()) == 1
    assert not {"\x1b", "\x07", "\u202e", "\r"} & set(err)


def test_a_senders_address_that_fakes_other_words(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """The same in listings, where the server says from whom a file is."""
    tricky = "ada@example.org, verified\x1b[8m\u202e"
    claim = edited(lambda page: [item.update(from_email=tricky) for item in page["files"]])
    cheat.lie("GET", r"/files\?", claim)
    shown = bob.cli.ok("ls", "--received", "--long").out.decode()
    assert cast.letter in shown
    assert "(no address)" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


def test_an_address_that_says_verified(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Words in the place of an address (as in the display names of phishing mail): what is no address is not shown."""
    tricky = "ada@example.org, verified (5c34 1212)"
    cheat.lie("GET", r"/files\?", edited(lambda page: [item.update(from_email=tricky) for item in page["files"]]))
    cheat.lie("GET", rf"/files/{cast.letter}(\?.*)?$", edited(lambda detail: detail.update(from_email=tricky)))
    listed, shown = bob.cli.ok("ls", "--received", "--long"), bob.cli.ok("show", cast.letter)
    for said in (listed.out.decode(), shown.out.decode(), bob.cli.ok("get", cast.letter).err):
        assert "(no address)" in said
        assert "verified" not in said
    assert tricky not in bob.cli.ok("contacts", "ls").out.decode()


def test_json_that_does_something_at_a_terminal(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Terminal injection (CVE-2003-0063) by way of JSON: what is quoted is whole, and harmless in its letters."""
    tricky = "ada@exämple.org\x9b8m\u202e\U000e0041"
    cheat.lie("GET", r"/files\?", edited(lambda page: [item.update(from_email=tricky) for item in page["files"]]))
    listed = bob.cli.ok("ls", "--received", "--json")
    assert not {"\x9b", "\u202e", "\U000e0041"} & set(listed.out.decode())
    assert "exämple" in listed.out.decode()
    rows = listed.json
    assert isinstance(rows, list)
    assert {row["from"] for row in rows} == {tricky}


@pytest.mark.parametrize(
    "after",
    [
        "9" * 400,
        "Wed, 01 Jan 99999999999999999999 00:00:00 GMT",
        "-5",
        "soon",
    ],
)
def test_a_pause_that_never_ends(ada: Actor, cheat: Cheat, cast: Cast, after: str) -> None:
    """Retry-After as a leash: patience is the client's own."""
    cheat.lie("GET", "/files/", always(problem(429, "too_many", "wait", Retry_After=after)))
    ada.refuses("get", cast.letter, code=9, words="wait")


@pytest.mark.parametrize("token", ["x\r\nX-Evil: 1", "x y\x00", "ü"])
def test_a_token_that_is_a_header(ada: Actor, cheat: Cheat, token: str) -> None:
    """Header injection (CWE-113): a renewed token with a line break goes into no request, and into no error."""
    session = ada.cli.data / "session.json"
    record = json.loads(session.read_bytes())
    session.write_text(json.dumps({**record, "expires_at": int(time.time())}))
    answer = {"token": token, "refresh_token": "r", "expires_in": 3_600}
    cheat.instead("POST", "/auth/refresh", as_json(answer))
    err = ada.refuses("ls", code=3, words="damaged")
    assert "Evil" not in err
    assert not [asked for asked in cheat.asked if asked.path.startswith("/files")]


def test_a_session_that_is_always_refused(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Token draining: whoever answers 401 to everything gets a few requests, and an end."""
    code = cast.server.request_code(ada.email)  # a session of this machine's own, for it is renewed
    (ada.cli.data / "session.json").unlink()
    ada.cli.ok("login", "--server", cheat.url, "--email", ada.email, "--code", code)
    cheat.asked.clear()
    cheat.lie("GET", "/files", always(problem(401, "not_signed_in", "sign in")))
    ada.refuses("ls", code=3, words="Sign in again")
    assert len(cheat.asked) < 12


def test_an_upload_is_acknowledged_with_another_hash(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Ciphertext exchanged at upload: both sides agree on every part, or nothing is published."""
    other = edited(lambda part: part.update(digest="A" * 43))
    cheat.lie("PUT", r"/uploads/", other)
    (ada.cli.folder / NAME).write_bytes(MARKER)
    ada.refuses("send", NAME, "--to", cast.bob.email, code=8, words="altered")
    assert not [asked for asked in cheat.asked if asked.path.endswith("/complete")]


def test_an_upload_becomes_another_file(ada: Actor, cheat: Cheat, cast: Cast) -> None:
    """Misbinding at completion: the id that is printed is the one that the sender drew, whatever the server answers."""
    drawn: list[str] = []

    def renamed(record: Record) -> None:
        drawn.append(record["file_id"])
        record["file_id"] = cast.other

    cheat.lie("POST", r"/uploads/[^/]+/complete", edited(renamed))
    (ada.cli.folder / NAME).write_bytes(MARKER)
    result = ada.cli("send", NAME, "--to", cast.bob.email)
    assert cast.other not in result.out.decode()
    assert result.code == 8 or result.lines == drawn
