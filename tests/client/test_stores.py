"""Straight to a store that a server names: what is said there, what is believed, and which failures may pass."""

import os
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from client.api.api import Api
from client.api.failures import StoreBusy, StoreRefuses, StoreUnreachable
from client.api.http import Http
from client.api.steady import Steady
from client.api.stores import Stores
from client.api.throttle import Throttle
from client.api.tls import tls_context
from client.errors import NetworkError, NotFound
from client.local.session import session_of_token
from tests.support.network import Answer, Asked, web_server, wire_to
from tests.support.ports import free_port
from tests.support.sockets import Visit, certificate_of, socket_server

FILE_ID = str(uuid.uuid4())
BODY = bytes(range(256)) * 40
ETAG = '"9b2cf535f27731c974343645a3985328"'
SECRET = "sealcase-token-of-ours"


class Pieces:
    """A body of known length that can be sent again."""

    def __len__(self) -> int:
        return len(BODY)

    def __iter__(self) -> Iterator[memoryview]:
        for start in range(0, len(BODY), 4_096):
            yield memoryview(BODY)[start : start + 4_096]


def _stores(server: str = "http://files.example") -> Stores:
    return Stores(server, tls_context, None)


def _range_of(asked: Asked) -> tuple[int, int]:
    start, _, last = asked.headers["Range"].removeprefix("bytes=").partition("-")
    return int(start), int(last) + 1


def _content(asked: Asked) -> Answer:
    start, stop = _range_of(asked)
    return Answer(206, BODY[start:stop], {"Content-Range": f"bytes {start}-{stop - 1}/{len(BODY)}"})


def _put(answer: Answer, url: str = "", headers: dict[str, str] | None = None) -> tuple[str, list[Asked]]:
    with web_server(lambda _: answer) as (store, requests):
        return _stores().put(url or f"{store}/bucket/key?sig=1", headers or {}, Pieces), requests


def test_a_part_is_put_with_exactly_what_was_signed() -> None:
    """Its bytes, its length, the headers that the server named; the store's name for it comes back."""
    etag, (asked,) = _put(Answer(200, b"", {"ETag": ETAG}), headers={"x-amz-meta-a": "b"})
    assert etag == ETAG
    assert (asked.method, asked.path, asked.body) == ("PUT", "/bucket/key?sig=1", BODY)
    assert asked.headers["x-amz-meta-a"] == "b"
    assert {name.lower() for name in asked.headers} == {
        *("host", "user-agent", "accept-encoding", "content-length", "x-amz-meta-a")
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(403, b"<Error><Code>AccessDenied</Code></Error>"), StoreRefuses),
        (Answer(404, b"<Error><Code>NoSuchUpload</Code></Error>"), StoreRefuses),
        (Answer(501), StoreRefuses),
        (Answer(302, b"", {"Location": "/elsewhere"}), StoreRefuses),
        (Answer(307, b"", {"Location": "/elsewhere"}), StoreRefuses),
        (Answer(200), StoreRefuses),  # no ETag: no S3
        (Answer(200, b"", {"ETag": '"<script>"'}), StoreRefuses),
        (Answer(403, b"x" * 100_000), StoreRefuses),
        (Answer(503, b"<Error><Code>SlowDown</Code></Error>"), StoreBusy),
        (Answer(500), StoreBusy),
        (Answer(429), StoreBusy),
        (Answer(400, b"<Error><Code>RequestTimeout</Code></Error>"), StoreBusy),
    ],
    ids=lambda each: f"{each.status} {each.body[:40]!r}" if isinstance(each, Answer) else "",
)
def test_answers_that_are_none(answer: Answer, error: type[NetworkError]) -> None:
    """What may pass by itself is told from what does not; nothing is followed."""
    with pytest.raises(error) as raised:
        _put(answer)
    assert "sig=1" not in str(raised.value)  # an address is a secret while it is good


def test_how_long_to_wait() -> None:
    """A store that asks for time is given it."""
    with pytest.raises(StoreBusy) as raised:
        _put(Answer(503, b"", {"Retry-After": "7"}))
    assert raised.value.after == 7.0


def test_the_code_is_said() -> None:
    with pytest.raises(StoreRefuses, match="HTTP 403, RequestTimeTooSkewed"):
        _put(Answer(403, b"<Error><Code>RequestTimeTooSkewed</Code></Error>"))


def test_nobody_there() -> None:
    """It is told from a connection that breaks."""
    with pytest.raises(StoreUnreachable, match="can't be reached") as raised:
        _stores().put(f"http://127.0.0.1:{free_port()}/bucket/key", {}, Pieces)
    assert raised.value.is_closed


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a store in a private network, perhaps."""

    def unknown(*_where: object, **_kinds: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(StoreUnreachable, match="its name is not known here") as raised:
        _stores().put("http://store.example/bucket/key", {}, Pieces)
    assert raised.value.is_closed


@pytest.mark.parametrize(
    "url",
    [
        *("", "file:///etc/passwd", "ftp://store.example/key", "//store.example/key", "http:///key"),
        *("http://ada:secret@store.example/key", "http://store.example/key#part", "http://store.example/a b"),
        *("http://store.example/\r\nX: y", "http://store.example/ä", f"http://store.example/{'a' * 9_000}"),
        *("http://[::1/key", "http://store.example:port/key", "http://store.example:99999/key"),
    ],
)
def test_no_address_of_a_store(url: str) -> None:
    """Nothing is asked for where an address is none, or one that could mean something else."""
    with pytest.raises(StoreRefuses):
        _stores().get(url, 0, 1)


@pytest.mark.parametrize("action", ["put", "get"])
def test_an_encrypted_server_names_no_store_that_is_not(action: str) -> None:
    """Not a byte goes there."""
    with web_server(lambda _: Answer(200)) as (store, requests):
        stores = _stores("https://files.example")
        with pytest.raises(StoreRefuses, match="not encrypted"):
            stores.put(f"{store}/key", {}, Pieces) if action == "put" else stores.get(f"{store}/key", 0, 1)
        assert not requests


@pytest.mark.parametrize(
    "headers",
    [
        *({"Authorization": "Basic YTpi"}, {"Cookie": "a=b"}, {"Host": "other.example"}, {"Content-Length": "5"}),
        *(
            {"Transfer-Encoding": "chunked"},
            {"x-amz-meta-a": "b\r\nCookie: c"},
            {"x-amz-a\r\nb": "c"},
            {"Metadata-Flavor": "G"},
        ),
        {f"x-amz-meta-{number}": "" for number in range(17)},
    ],
    ids=str,
)
def test_headers_that_no_store_wants(headers: dict[str, str]) -> None:
    """A server can't have us say to another host what it likes."""
    with web_server(lambda _: Answer(200, b"", {"ETag": ETAG})) as (store, requests):
        with pytest.raises(StoreRefuses, match="headers"):
            _stores().put(f"{store}/key", headers, Pieces)
        assert not requests


def test_many_stores() -> None:
    """However many hosts a server names, connections to a few of them are kept."""
    stores = _stores()
    for _ in range(6):
        with web_server(_content) as (store, _):
            view = memoryview(bytearray(9))
            assert stores.get(f"{store}/key", 5, 9).read_into(view) == 9
            assert view == BODY[5:14]
    assert len(stores._known) == 4


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, BODY),
        Answer(206, BODY[:9]),
        Answer(206, BODY[:9], {"Content-Range": f"bytes 1-9/{len(BODY)}"}),
        Answer(206, BODY[:9], {"Content-Range": f"bytes 0-9/{len(BODY)}"}),
    ],
    ids=["all of it", "no range", "other bytes", "one more"],
)
def test_another_range_than_was_asked_for(answer: Answer) -> None:
    with web_server(lambda _: answer) as (store, _), pytest.raises(StoreRefuses):
        _stores().get(f"{store}/key", 0, 9)


def test_a_body_that_is_longer_than_was_asked_for() -> None:
    """No more is read than what there should be."""
    answer = Answer(206, BODY, {"Content-Range": f"bytes 0-8/{len(BODY)}"})
    with web_server(lambda _: answer) as (store, _):
        stream, view = _stores().get(f"{store}/key", 0, 9), memoryview(bytearray(50))
        assert [stream.read_into(view), stream.read_into(view)] == [9, 0]


def test_a_body_that_breaks_off() -> None:
    def cut(asked: Asked) -> Answer:
        whole = _content(asked)
        return Answer(206, whole.body[:5], {**whole.headers, "Content-Length": "9", "Connection": "close"})

    with web_server(cut) as (store, _):
        stream, view = _stores().get(f"{store}/key", 0, 9), memoryview(bytearray(50))
        with pytest.raises(StoreUnreachable) as raised:
            while stream.read_into(view):
                pass
    assert not raised.value.is_closed


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_store_that_falls_silent_midway(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection stays, and nothing moves: given up after a while, to be tried again."""
    monkeypatch.setattr(Steady, "stall_seconds", 0.3)
    with web_server(lambda asked: _content(asked) if asked.method == "GET" else Answer(200)) as (store, _):
        with wire_to(store) as wire:
            wire.stall_up_after = 2_000 if way == "up" else None
            wire.stall_down_after = 2_000 if way == "down" else None
            with pytest.raises(StoreUnreachable) as raised:
                if way == "up":
                    _stores().put(f"{wire.url}/bucket/key", {}, Pieces)
                stream, view = _stores().get(f"{wire.url}/bucket/key", 0, len(BODY)), memoryview(bytearray(50_000))
                while stream.read_into(view):
                    pass
        assert "did not answer" in str(raised.value)
        assert not raised.value.is_closed


def _read(server: str, *, direct: bool = True) -> bytes:
    """Nine bytes of a file, by somebody with a token."""
    content = Api(Http(server, session_of_token(server, SECRET))).content(FILE_ID, 5, 9, direct=direct)
    view, got = memoryview(bytearray(9)), 0
    while count := content.read_into(view[got:]):
        got += count
    return bytes(view[:got])


def test_a_redirect_is_followed_without_our_token() -> None:
    """The server sees who asks; the store sees a range and an address, nothing of us."""
    with web_server(_content) as (store, at_store):
        sends = Answer(307, b"elsewhere", {"Location": f"{store}/key?sig=1"})
        with web_server(lambda _: sends) as (server, at_server):
            assert _read(server) == BODY[5:14]
    assert [asked.headers["Authorization"] for asked in at_server] == [f"Bearer {SECRET}"]
    assert [asked.headers["Range"] for asked in (*at_server, *at_store)] == ["bytes=5-13"] * 2
    assert [SECRET in str(asked) for asked in at_store] == [False]


def test_an_address_that_expired_on_its_way() -> None:
    """Another one is asked for, once."""
    with web_server(lambda asked: _content(asked) if asked.path == "/key?2" else Answer(403)) as (store, at_store):
        number = iter(range(1, 9))
        with web_server(lambda _: Answer(307, b"", {"Location": f"{store}/key?{next(number)}"})) as (server, _):
            assert _read(server) == BODY[5:14]
            with pytest.raises(StoreRefuses):
                _read(server)
    assert [asked.path for asked in at_store] == [f"/key?{number}" for number in range(1, 5)]


def test_what_is_asked_through_the_server() -> None:
    """It is told so, and a redirect all the same is no answer of a Sealcase server."""
    with web_server(_content) as (server, requests):
        assert _read(server, direct=False) == BODY[5:14]
        assert requests[0].path.endswith("?direct=false")
    with (
        web_server(_content) as (store, at_store),
        web_server(lambda _: Answer(307, b"", {"Location": f"{store}/key"})) as (server, _),
        pytest.raises(NetworkError, match="not a Sealcase server"),
    ):
        _read(server, direct=False)
    assert not at_store


def test_what_a_link_gives_is_not_redirected() -> None:
    """It is counted, so its server gives it itself: whoever sends us elsewhere all the same is none."""
    with (
        web_server(_content) as (store, at_store),
        web_server(lambda _: Answer(307, b"", {"Location": f"{store}/key"})) as (server, _),
        pytest.raises(NetworkError, match="not a Sealcase server"),
    ):
        Http(server).stream("/links/x/files/y/content", 5, 9)
    assert not at_store


def test_nothing_else_is_redirected() -> None:
    """Records come from the server itself."""
    with (
        web_server(_content) as (store, at_store),
        web_server(lambda _: Answer(307, b"", {"Location": f"{store}/key"})) as (server, _),
        pytest.raises(NetworkError, match="not a Sealcase server"),
    ):
        Api(Http(server)).file(FILE_ID)
    assert not at_store


def test_a_file_that_is_gone_meanwhile() -> None:
    """What the server says of it counts, when it is asked for another address."""
    answers = iter((Answer(307, b"", {"Location": "STORE"}), Answer(404)))
    problem = b'{"type":"about:blank","title":"gone","status":404,"code":"not_found","request_id":"r","detail":"d"}'

    with web_server(lambda _: Answer(404)) as (store, _):

        def answer(_asked: Asked) -> Answer:
            given = next(answers)
            if given.status == 307:
                return Answer(307, b"", {"Location": f"{store}/key"})
            return Answer(404, problem, {"Content-Type": "application/problem+json"})

        with web_server(answer) as (server, _), pytest.raises(NotFound):
            _read(server)


def test_a_proxy_on_the_way_to_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of proxies counts for stores; the host is written as it was signed."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with web_server(lambda _: Answer(200, b"", {"ETag": ETAG})) as (proxy, seen):
        monkeypatch.setenv("http_proxy", proxy)
        _stores().put("http://store.example/bucket/key?sig=1", {}, Pieces)
    assert [(asked.path, asked.headers["Host"]) for asked in seen] == [
        ("http://store.example/bucket/key?sig=1", "store.example")
    ]


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_lets_nobody_through(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel that is refused is one of the ways to be blocked."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)

    def refuse(visit: Visit) -> None:
        visit.head()
        visit.connection.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)

    with socket_server(refuse) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy}")
        with pytest.raises((StoreUnreachable, StoreRefuses)):
            _stores().put("https://store.example/bucket/key", {}, Pieces)


def test_a_store_with_a_certificate_of_somebody_else() -> None:
    """Nothing is sent, and trying again would not help."""
    heads: list[bytes] = []

    def serve(visit: Visit) -> None:
        heads.append(visit.head())

    with (
        socket_server(serve, certificate_of(trustme.CA(), "127.0.0.1")) as place,
        pytest.raises(StoreRefuses, match="certificate"),
    ):
        _stores().put(f"https://{place}/bucket/key", {}, Pieces)
    assert not any(heads)


def test_an_encrypted_store_of_an_encrypted_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the authority that the person trusts; several parts on one connection."""
    authority, bodies = trustme.CA(), list[bytes]()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SEALCASE_CA_FILE", str(tmp_path / "authority.pem"))

    def serve(visit: Visit) -> None:
        while visit.head():
            bodies.append(visit.body(len(BODY)))
            visit.answer("200 OK", b"", f"ETag: {ETAG}")

    with socket_server(serve, certificate_of(authority, "127.0.0.1")) as place:
        stores = _stores("https://files.example")
        assert [stores.put(f"https://{place}/bucket/{number}", {}, Pieces) for number in range(3)] == [ETAG] * 3
    assert bodies == [BODY] * 3


def test_a_limit_on_the_rate_holds_there_too() -> None:
    """One bucket for what goes to the server and what goes to its store."""
    throttle = Throttle(200_000)
    stores = Stores("http://files.example", tls_context, throttle)
    began = time.monotonic()
    with web_server(lambda _: Answer(200, b"", {"ETag": ETAG})) as (store, _):
        for _ in range(2):
            stores.put(f"{store}/key", {}, LargePieces)
    assert time.monotonic() - began >= 0.5


class LargePieces:
    """100 kB, more than goes along with a request's head."""

    def __len__(self) -> int:
        return 100_000

    def __iter__(self) -> Iterator[memoryview]:
        yield memoryview(bytes(100_000))
