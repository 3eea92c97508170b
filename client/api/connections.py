"""Connections to one server, made when needed and kept for the next request. HTTP itself is `http.client`'s."""

import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Protocol

from client.api.failures import PROXY_REFUSES_STATUS, NoConnection, proxy_refuses
from client.api.routes import Route
from client.api.steady import Hurried, Steady, SteadyTls, connected
from client.api.throttle import Throttle
from client.errors import FileProblem, NetworkError

CONNECT_SECONDS = 10
_KEPT = 16
_SENT_AT_ONCE = 1 << 16
_WITHOUT_BODY = ("GET", "DELETE")
_HTTPS_PORT = 443
_TUNNEL_REFUSED = "Tunnel connection failed: "
"""How `http.client` begins to say so."""


class Sized(Protocol):
    """A request's body that flows, of a length that is known."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[memoryview]: ...


class Connection(HTTPConnection):
    """One connection; carries one request at a time, and closes itself when nobody holds it any more."""

    sock: socket.socket | None

    def __init__(self, route: Route, tls: ssl.SSLContext | None, throttle: Throttle) -> None:
        if tls is not None:
            self.default_port = _HTTPS_PORT
        proxy = route.proxy
        host, port = (proxy.host, proxy.port) if proxy else (route.host, route.port)
        super().__init__(host, port, CONNECT_SECONDS)
        self._create_connection = lambda address, *_more: Hurried.within(
            CONNECT_SECONDS, connected(address, CONNECT_SECONDS)
        )
        if proxy and tls is not None:
            self.set_tunnel(route.host, route.port, dict(proxy.headers))
        self._route = route
        self._tls = tls
        self.throttle = throttle
        self.answered_early = False
        """Whether the last answer came before all of its request's body had left."""
        self._small = b""
        self.carried = 0
        """How many answers have come."""

    def __del__(self) -> None:
        self.close()

    def connect(self) -> None:
        """Raises `OSError`, or `NetworkError` where trying again is of no use."""
        self._small = b""
        try:
            super().connect()  # and, through a proxy to TLS, asks that for a way
            hurried = self.sock
            if hurried is None:
                raise ConnectionError
            self.answered_early = False
            hurried.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            steady = Steady.taking(hurried)
            self.sock = steady if self._tls is None else self._secured(steady, self._tls)
        except TimeoutError:
            raise NoConnection(f"no connection within {CONNECT_SECONDS} s") from None
        except OSError as error:
            if f"{_TUNNEL_REFUSED}{PROXY_REFUSES_STATUS}" in str(error):
                raise proxy_refuses(self._route.server) from None
            raise

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | Sized | None) -> HTTPResponse:
        """Sends a request; its answer, of which only the head has been read.

        An answer that comes while the body is still being sent ends the sending. Raises `OSError`, `HTTPException`, or
        whatever making the body raises; then the connection is closed.
        """
        self.answered_early = False
        try:
            if self.sock is None:
                self.connect()
            self._send(method, path, headers, body)
            response = self.getresponse()
        except BaseException:
            self.close()
            raise
        self.carried += 1
        response.will_close |= self.answered_early  # the rest of the body will never come
        return response

    def is_idle(self) -> bool:
        """Whether it can carry a request: an idle connection that can be read from was closed by the server."""
        return isinstance(self.sock, Steady | SteadyTls) and self.sock.is_idle()

    def send(self, data: object) -> None:
        """The base class's way to send heads; a small body goes along."""
        if not isinstance(data, bytes):
            raise TypeError("heads are bytes")
        self._deliver(memoryview(data + self._small))

    def _deliver(self, data: memoryview) -> None:
        if isinstance(self.sock, Steady | SteadyTls) and not self.answered_early:
            self.answered_early = not self.sock.send_unless_answered(data)

    def _deliver_in_time(self, data: memoryview) -> None:
        """No faster than we may."""
        while data and not self.answered_early:
            piece = self.throttle.take(len(data))
            self._deliver(data[:piece])
            data = data[piece:]

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | Sized | None) -> None:
        self.putrequest(method, self._route.prefix + path, skip_accept_encoding=True)
        for name, value in headers.items():
            self.putheader(name, value)
        if self._route.proxy and self._tls is None:
            for name, value in self._route.proxy.headers.items():
                self.putheader(name, value)
        if body is not None or method not in _WITHOUT_BODY:
            self.putheader("Content-Length", str(len(body or b"")))
        pieces = (memoryview(body),) if isinstance(body, bytes) else _pieces(body or ())
        is_small = body is not None and len(body) <= _SENT_AT_ONCE
        self._small = b"".join(pieces) if is_small else b""
        try:
            self.endheaders()
            for piece in () if is_small else pieces:
                if self.answered_early:
                    return
                self._deliver_in_time(piece)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            self.answered_early = True  # perhaps; reading will tell

    def _secured(self, plain: Steady, tls: ssl.SSLContext) -> SteadyTls:
        secured = tls.wrap_socket(plain, server_hostname=self._route.host, do_handshake_on_connect=False)
        if not isinstance(secured, SteadyTls):
            raise TypeError("the TLS context makes sockets of another kind")
        try:
            secured.shake_hands(CONNECT_SECONDS)
        except OSError as error:
            secured.close()
            raise self._said_of(error) from None
        return secured

    def _said_of(self, error: OSError) -> Exception:
        """What is wrong with TLS, where that is it and trying again is of no use."""
        server = self._route.server
        if isinstance(error, ssl.SSLCertVerificationError):
            return NetworkError(
                f"the certificate of {server} is not valid, so nothing was sent to it. If it is your own authority's, "
                "name that with REQUESTS_CA_BUNDLE"
            )
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            return NetworkError(f"{server} does not answer in TLS; does its address begin with http://?")
        return error


class Reply:
    """An answer whose body has not been read yet."""

    def __init__(self, connection: Connection, response: HTTPResponse, give_back: Callable[[Connection], None]) -> None:
        self._connection = connection
        self._response = response
        self._give_back = give_back
        self._is_over = False
        self.status = response.status
        self.was_early = connection.answered_early
        """Whether it came before all of the request's body had left."""

    def header(self, name: str) -> str:
        """Empty where there is none."""
        return self._response.getheader(name) or ""

    def content(self, most: int) -> bytes | None:
        """The whole body; None for one of more than `most` bytes. Raises `OSError` or `HTTPException`."""
        try:
            if (self._response.length or 0) > most:
                return None
            content = self._response.read(most + 1)
            if self._response.length and len(content) <= most:
                raise ConnectionError
            self._connection.throttle.charge(len(content))
            return content if len(content) <= most else None
        finally:
            self.close()

    def read_into(self, view: memoryview) -> int:
        """Fills `view`, or what there is of it; 0 at the end. Raises as `content` does. No faster than we may."""
        throttle = self._connection.throttle
        piece = throttle.take(len(view))
        got = self._response.readinto(view[:piece])
        throttle.give_back(piece - got)
        return got

    def read_some(self, size: int) -> bytes:
        """Whatever has arrived, up to `size` bytes; empty at the end. Raises as `content` does."""
        data = self._response.read1(size)
        if not data and self._response.length:
            raise ConnectionError
        return data

    def close(self) -> None:
        """Call it in any case. A connection whose answer was read whole carries the next request."""
        if self._is_over:
            return  # it may carry somebody else's request by now
        self._is_over = True
        if self._response.isclosed() and not self._response.will_close:
            self._give_back(self._connection)
        else:
            self._response.close()
            self._connection.close()


class Connections:
    """All connections to one server. May be shared by threads."""

    def __init__(self, route: Route, make_tls: Callable[[], ssl.SSLContext], throttle: Throttle | None = None) -> None:
        """`throttle`: that of all transfers, where they have one."""
        self._route = route
        self._throttle = throttle or Throttle()
        self._make_tls = make_tls
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        weakref.finalize(self, _close_all, self._idle)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: Callable[[], bytes | Sized | None]
    ) -> Reply:
        """Sends a request. `body` makes its body, anew for each try.

        A kept connection that turns out to be closed is replaced once, unless repeating the request could do something
        twice. Raises `OSError`, `HTTPException`, `NetworkError`, or whatever making the body raises.
        """
        connection = self._take()
        was_kept = connection.carried > 0
        try:
            response = connection.exchange(method, path, headers, body())
        except (ConnectionError, HTTPException):
            if not was_kept or method == "POST":
                raise
            connection = self._new()
            response = connection.exchange(method, path, headers, body())
        return Reply(connection, response, self._give_back)

    def _take(self) -> Connection:
        while True:
            with self._lock:
                if not self._idle:
                    break
                connection = self._idle.pop()
            if connection.is_idle():
                return connection
            connection.close()
        return self._new()

    def _new(self) -> Connection:
        if self._route.tls:
            with self._lock:
                self._tls = self._tls or self._make_tls()
        return Connection(self._route, self._tls, self._throttle)

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()


def _pieces(body: Iterable[memoryview]) -> Iterator[memoryview]:
    """A file that can't be read is no trouble of the network's. Raises `FileProblem`."""
    pieces = iter(body)
    while True:
        try:
            piece = next(pieces)
        except StopIteration:
            return
        except OSError as error:
            raise FileProblem(f"can't read what is being sent: {error.strerror or error}") from None
        yield piece


def _close_all(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()
