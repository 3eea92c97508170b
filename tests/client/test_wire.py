"""The wire itself: slow lines, early answers, connections that ended while nobody looked, TLS and proxies."""

import base64
import errno
import hashlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from client import errors
from client.api.api import Api
from client.api.byte_stream import Content
from client.api.failures import StorageFull, TryAgain, Unreachable
from client.api.http import Http
from client.api.routes import route_to
from client.api.steady import Steady, SteadyTls
from client.api.tls import CA_VARIABLES, count_certificates
from client.local.paths import Paths
from client.local.settings import Settings
from shared.sealed.encoding import b64u
from tests.support.network import Answer, Asked, web_server
from tests.support.sockets import Visit, certificate_of, socket_server

ID = "11111111-1111-4111-8111-111111111111"
HEALTHY = b'{"status": "healthy", "product": "Sealcase"}'
STALL = 1.0
PIECE = 1 << 20


@dataclass(frozen=True)
class Body:
    """A part of a file, in pieces."""

    data: bytes

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[memoryview]:
        for start in range(0, len(self.data), PIECE):
            yield memoryview(self.data)[start : start + PIECE]


def _put(api: Api, data: bytes) -> bytes:
    """The hash that the server answers with."""
    return base64.urlsafe_b64decode(api.put_part(ID, 0, lambda: Body(data)).digest + "=")


def _fill(view: memoryview, content: Content) -> None:
    """With what comes next."""
    while view:
        view = view[content.read_into(view) :]


def _part(data: bytes) -> bytes:
    digest = b64u(hashlib.sha256(data).digest())
    return json.dumps({"number": 0, "size": len(data), "digest": digest}).encode()


def _problem(status: str, code: str) -> bytes:
    record = {"title": "T", "status": int(status[:3]), "detail": "Detail.", "code": code, "request_id": "r1"}
    return json.dumps(record).encode()


def _healthy(visit: Visit) -> None:
    while visit.head():
        visit.answer("200 OK", HEALTHY)


@pytest.fixture
def short_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stall is a second, so that a test need not wait for half a minute."""
    monkeypatch.setattr(Steady, "stall_seconds", STALL)
    monkeypatch.setattr(SteadyTls, "stall_seconds", STALL)


@dataclass(frozen=True)
class Kind:
    """Plain or TLS, from both ends."""

    scheme: str
    authority: trustme.CA | None

    def server(self, serve: Callable[[Visit], None], receive_buffer: int | None = None) -> AbstractContextManager[str]:
        tls = certificate_of(self.authority, "127.0.0.1") if self.authority else None
        return socket_server(serve, tls, receive_buffer)

    def api(self, place: str) -> Api:
        return Api(Http(f"{self.scheme}://{place}"))


@pytest.fixture(params=["http", "https"])
def kind(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Everything holds for both."""
    if request.param == "http":
        return Kind("http", None)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    return Kind("https", authority)


def test_large_bodies_in_both_directions(kind: Kind) -> None:
    """Memory views go out whole and come in whole, one request after another on one connection."""
    data = os.urandom(5 * PIECE + 1)
    visits: list[int] = []

    def serve(visit: Visit) -> None:
        visits.append(visit.number)
        while head := visit.head():
            if head.startswith(b"PUT"):
                visit.answer("200 OK", _part(visit.body(len(data))))
            else:
                visit.answer("206 Partial Content", data, f"Content-Range: bytes 0-{len(data) - 1}/{len(data)}")

    with kind.server(serve) as place:
        api = kind.api(place)
        for _ in range(3):
            assert _put(api, data) == hashlib.sha256(data).digest()
            got = memoryview(bytearray(len(data)))
            _fill(got, api.content(ID, 0, len(data)))
            assert got == data
    assert visits == [0]


def test_an_answer_that_is_closed_once_more() -> None:
    """Its connection carries one request at a time all the same: the next one is not given away twice."""
    body = os.urandom(PIECE)
    about = {"Content-Range": f"bytes 0-{PIECE - 1}/{PIECE}"}
    with web_server(lambda _asked: Answer(206, body, about)) as (url, _):
        api = Api(Http(url))
        first, *others = (api.content(ID, 0, PIECE) for _ in range(3))
        view = memoryview(bytearray(PIECE))
        while first.read_into(view):
            continue
        first.close()
        for at in (1, 2):  # both have begun before either goes on
            for other in others:
                half = memoryview(bytearray(PIECE // 2))
                _fill(half, other)
                assert half == body[(at - 1) * len(half) : at * len(half)]


@pytest.mark.slow
@pytest.mark.usefixtures("short_stall")
def test_a_slow_line_is_no_stall(kind: Kind) -> None:
    """A body that takes several times as long as a stall may last arrives, since it never stops moving."""
    data = os.urandom(4 * PIECE)
    pace = threading.Event()

    def serve(visit: Visit) -> None:
        visit.head()
        received = b""
        while len(received) < len(data):
            received += visit.body(min(len(data) // 40, len(data) - len(received)))
            pace.wait(3 * STALL / 40)  # never set: this is how slow the line is
        visit.answer("200 OK", _part(received))

    with kind.server(serve, receive_buffer=32_768) as place:
        assert _put(kind.api(place), data) == hashlib.sha256(data).digest()


@pytest.mark.usefixtures("short_stall")
@pytest.mark.parametrize("after", ["nothing", "the head", "a piece of the answer"])
def test_a_stall_is_a_failure(kind: Kind, after: str) -> None:
    """While sending and while waiting for an answer; it may pass."""
    ended = threading.Event()

    def serve(visit: Visit) -> None:
        if after != "nothing":
            visit.head()
        if after == "a piece of the answer":
            visit.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nno")
        ended.wait()

    with kind.server(serve, receive_buffer=32_768) as place:
        with pytest.raises(Unreachable, match="did not answer for"):
            _put(kind.api(place), os.urandom(16 * PIECE))
        ended.set()


@pytest.mark.parametrize("reads_on", [False, True])
def test_an_early_answer_is_read_and_told(kind: Kind, reads_on: bool) -> None:
    """The server says no while the body is still on its way: that is told, and the rest is not sent."""
    sent: list[int] = []
    ended = threading.Event()

    def serve(visit: Visit) -> None:
        _refuse(visit)
        if reads_on:
            sent.append(len(visit.body(1 << 40)))
        ended.wait()

    with kind.server(serve) as place:
        with pytest.raises(StorageFull, match="Detail"):
            _put(kind.api(place), bytes(512 * PIECE))
        ended.set()
    assert all(count < 512 * PIECE for count in sent)


def test_an_early_answer_of_a_server_that_hangs_up() -> None:
    """The connection breaks while we send, but its last words had arrived."""
    with socket_server(_refuse) as place, pytest.raises(StorageFull, match="Detail"):
        _put(Api(Http(f"http://{place}")), bytes(512 * PIECE))


def _refuse(visit: Visit) -> None:
    visit.head()
    body = _problem("507 Insufficient Storage", "storage_full")
    visit.answer("507 Insufficient Storage", body, "Content-Type: application/problem+json")


def test_a_file_that_can_not_be_read_is_no_trouble_of_the_network(kind: Kind) -> None:
    """A medium that is taken out while we send: said as what it is, at once, and nothing waits for the network."""

    class Broken(Body):
        def __iter__(self) -> Iterator[memoryview]:
            yield memoryview(self.data)[:PIECE]
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def serve(visit: Visit) -> None:
        visit.body(1 << 40)

    with kind.server(serve) as place, pytest.raises(errors.FileProblem, match="Input/output error"):
        kind.api(place).put_part(ID, 0, lambda: Broken(bytes(2 * PIECE)))


def test_a_connection_that_was_closed_while_idle(kind: Kind) -> None:
    """Servers close connections that nobody uses; the next request takes another one, without a word."""
    closed = threading.Event()

    def serve(visit: Visit) -> None:
        visit.head()
        visit.answer("200 OK", HEALTHY)
        visit.connection.close()
        closed.set()

    with kind.server(serve) as place:
        api = kind.api(place)
        for _ in range(3):
            closed.clear()
            api.health()
            assert closed.wait(30)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_that_is_closed_as_we_ask(kind: Kind, method: str) -> None:
    """What can be repeated is asked once more on a new connection; what could do something twice is not."""

    def serve(visit: Visit) -> None:
        visit.head()
        visit.answer("200 OK", HEALTHY)
        visit.head()  # and closes without an answer, if it is the first one
        if visit.number:
            visit.answer("200 OK", HEALTHY)

    with kind.server(serve) as place:
        api = kind.api(place)
        api.health()
        if method == "GET":
            api.health()
        else:
            with pytest.raises(Unreachable, match="broke off"):
                api.request_otp("ada@example.org")


def test_a_server_that_is_closed_for_good_is_asked_twice_at_most(kind: Kind) -> None:
    visits: list[int] = []

    def serve(visit: Visit) -> None:
        visits.append(visit.number)
        visit.head()
        if not visit.number:
            visit.answer("200 OK", HEALTHY)
            visit.head()

    with kind.server(serve) as place:
        api = kind.api(place)
        api.health()
        with pytest.raises(Unreachable):
            api.health()
    assert visits == [0, 1]


def test_an_answer_that_is_cut_may_come_whole_the_next_time(kind: Kind) -> None:
    def serve(visit: Visit) -> None:
        visit.head()
        visit.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nno")

    with kind.server(serve) as place:
        with pytest.raises(Unreachable, match="broke off"):
            kind.api(place).health()
        with pytest.raises(Unreachable, match="broke off"):
            b"".join(kind.api(place).account_export())


def test_an_authority_that_nobody_named(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a byte of the request is sent; trying again would not help."""
    heads: list[bytes] = []
    for name in CA_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with kind.server(lambda visit: heads.append(visit.head())) as place:
        if kind.authority is None:
            return
        with pytest.raises(errors.NetworkError, match="certificate") as raised:
            kind.api(place).health()
        assert not isinstance(raised.value, TryAgain)
    assert heads == []


@pytest.mark.parametrize("variable", CA_VARIABLES)
def test_a_certificate_is_for_its_host_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    for name in CA_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv(variable, str(tmp_path / "authority.pem"))
    with socket_server(_healthy, certificate_of(authority, "127.0.0.1")) as place:
        Api(Http(f"https://{place}")).health()
        with pytest.raises(errors.NetworkError, match="certificate"):
            Api(Http(f"https://localhost:{place.rpartition(':')[2]}")).health()


def test_certificates_that_the_settings_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window's choice counts for commands as well; a variable comes before it, and a file that is gone is said."""
    for name in CA_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEALCASE_HOME", str(tmp_path))
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    Settings(ca_file=str(tmp_path / "authority.pem")).save(Paths(tmp_path))
    with socket_server(_healthy, certificate_of(authority, "127.0.0.1")) as place:
        Api(Http(f"https://{place}")).health()
        monkeypatch.setenv("SEALCASE_CA_FILE", str(tmp_path / "other.pem"))
        with pytest.raises(errors.NetworkError, match="certificate"):
            Api(Http(f"https://{place}")).health()
    monkeypatch.delenv("SEALCASE_CA_FILE")
    (tmp_path / "authority.pem").unlink()
    with pytest.raises(errors.NetworkError, match="which the settings name;"):
        Api(Http(f"https://{place}")).health()


def test_certificates_are_counted(tmp_path: Path) -> None:
    """A file is looked into before it is chosen: a key, or an empty file, is none."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "authority.pem")
    (tmp_path / "none.pem").write_text("nothing")
    assert count_certificates(tmp_path / "authority.pem") == 1
    for name in ("none.pem", "missing.pem"):
        with pytest.raises(errors.NetworkError, match=r"holds no certificates"):
            count_certificates(tmp_path / name)


def test_certificates_that_can_not_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(errors.NetworkError, match="REQUESTS_CA_BUNDLE"):
        Api(Http("https://127.0.0.1:1")).health()


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's own."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_proxies")
def test_a_proxy_is_asked_for_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP: the proxy sees what is wanted of whom, and the name and password that its address holds."""
    seen: list[Asked] = []

    def answer(asked: Asked) -> Answer:
        seen.append(asked)
        return Answer(200, HEALTHY)

    with web_server(answer) as (url, _):
        monkeypatch.setenv("http_proxy", url.replace("http://", "http://me:p%40ss@"))
        Api(Http("http://files.example:8080/case")).health()
    (asked,) = seen
    assert asked.path == "http://files.example:8080/case/health"
    assert asked.headers["Host"] == "files.example:8080"
    assert asked.headers["Proxy-Authorization"] == f"Basic {base64.b64encode(b'me:p@ss').decode()}"


@pytest.mark.usefixtures("no_proxies")
def test_a_proxy_is_told_no_port_that_goes_without_saying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store has signed the host as it is usually written."""
    with web_server(lambda _: Answer(200, HEALTHY)) as (url, seen):
        monkeypatch.setenv("http_proxy", url)
        for server in ("http://files.example:80", "http://files.example"):
            Api(Http(server)).health()
    assert [(asked.path, asked.headers["Host"]) for asked in seen] == [
        ("http://files.example/health", "files.example")
    ] * 2


@pytest.mark.usefixtures("no_proxies")
def test_tls_goes_through_a_proxy_unread(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy learns host and port, opens a tunnel, and sees nothing more."""
    if kind.authority is None:
        return
    heads: list[bytes] = []
    passed: list[bytes] = []

    def tunnel(visit: Visit) -> None:
        heads.append(visit.head())
        with socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2]))) as server:
            visit.answer("200 Connected")
            thread = threading.Thread(target=_pump, args=(server, visit.connection, passed), daemon=True)
            thread.start()
            _pump(visit.connection, server, passed)

    with kind.server(_healthy) as target, socket_server(tunnel) as proxy:
        monkeypatch.setenv("https_proxy", f"http://me:secret@{proxy}")
        api = kind.api(target)
        api.health()
        api.health()
    (head,) = heads
    assert head.startswith(b"CONNECT 127.0.0.1:")
    assert b"Proxy-Authorization: Basic" in head
    assert b"/health" not in b"".join(passed)


def _pump(source: socket.socket, sink: socket.socket, passed: list[bytes]) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            passed.append(data)
            sink.sendall(data)


@pytest.mark.usefixtures("no_proxies")
def test_a_proxy_that_refuses(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:

    def refuse(visit: Visit) -> None:
        visit.head()
        visit.answer("407 Who are you")

    with socket_server(refuse) as proxy:
        monkeypatch.setenv(f"{kind.scheme}_proxy", f"http://{proxy}")
        with pytest.raises(errors.NetworkError, match="proxy"):
            kind.api("files.example").health()


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize(
    ("no_proxy", "server", "direct"),
    [
        ("", "http://files.example", False),
        ("files.example", "http://files.example", True),
        (".example", "http://files.example", True),
        ("other.example", "http://files.example", False),
        ("files.example:81", "http://files.example", False),
        ("files.example:80", "http://files.example", True),
        ("*", "https://files.example", True),
        ("localhost,127.0.0.1", "http://127.0.0.1:5000", True),
        ("localhost, 10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("nonsense/8, ::/x", "https://11.1.2.3", False),
        ("fd00::/8", "https://[fd00::1]", True),
    ],
)
def test_what_needs_no_proxy(monkeypatch: pytest.MonkeyPatch, no_proxy: str, server: str, direct: bool) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (route_to(server).proxy is None) is direct


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "https://proxy.example", "http://:x", "http://a:b:c"])
def test_proxies_that_can_not_be_used_are_said(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Going straight instead could give away what the proxy was to hide. The message names no password."""
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(errors.NetworkError, match="http://HOST:PORT"):
        route_to("https://files.example")


@pytest.mark.parametrize("server", ["files.example", "ftp://files.example", "https://", "http://[::1", "https://a..b"])
def test_what_is_no_address_of_a_server(server: str) -> None:
    """A session file may hold anything."""
    with pytest.raises(errors.NetworkError, match="not an address"):
        Api(Http(server)).health()


def test_ipv6() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    heads: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            visit = Visit(connection, 0)
            heads.append(visit.head())
            visit.answer("200 OK", HEALTHY)

    with listener:
        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        Api(Http(f"http://[::1]:{port}")).health()
    assert f"Host: [::1]:{port}".encode() in heads[0]
