"""One HTTP session with one server: tokens, their renewal, and every failure as a typed error."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from client import errors
from client.api.byte_stream import ByteStream
from client.api.connections import Connections, Reply, Sized
from client.api.failures import (
    BROKEN,
    StoreRefuses,
    Unreachable,
    connection_error,
    error_of,
    error_of_status,
    not_sealcase,
    seconds_until,
)
from client.api.routes import route_to
from client.api.stores import Stores, is_range
from client.api.throttle import Throttle
from client.api.tokens import Keeper, Tokens
from client.api.wire import Heard, Refreshed, Said, refresh
from client.local.session import Session

_TOKEN_TRIES = 3
_CHUNK = 1 << 16
_MOST_JSON = 128 << 20
"""Bytes of an answer that is read into memory: a page of 200 files with some 300 recipients each."""
_PROBLEM = "application/problem+json"
_HEADERS = {
    "User-Agent": "Sealcase",
    "Accept": f"application/json, {_PROBLEM}",
    "Accept-Encoding": "identity",
}
_UNAUTHORIZED = 401
_ELSEWHERE = 307
_MOST_OF_REDIRECT = 1 << 16

if TYPE_CHECKING:
    from ssl import SSLContext

Answer = TypeVar("Answer", bound=Heard)
QueryValue = str | int


class Http:
    """Requests to one server. May be shared by threads."""

    def __init__(
        self,
        server: str,
        session: Session | None = None,
        keeper: Keeper | None = None,
        throttle: Throttle | None = None,
        always: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """`throttle` holds back content, both ways; `always` makes headers that go with every request.

        Raises `NetworkError` for what is no address.
        """
        self._server = server
        self._always = always
        self._tokens = None if session is None else Tokens(session, keeper, self._refreshed)
        self._connections = Connections(route_to(server), _tls_context, throttle)
        self.stores = Stores(server, _tls_context, throttle)
        """Where the server may send us."""

    def call(
        self,
        method: str,
        path: str,
        answer: type[Answer],
        *,
        json: Said | None = None,
        data: Callable[[], Sized] | None = None,
        query: Mapping[str, QueryValue] | None = None,
    ) -> Answer:
        """Sends a request, reads the JSON answer. `data` makes the body, anew for each try."""
        reply = self._send(method, f"{path}?{urlencode(query)}" if query else path, json=json, data=data)
        return self._parsed(reply, answer)

    def chunks(self, path: str) -> Iterator[bytes]:
        """The body of an answer of unknown length, as it arrives. Raises `NetworkError` if it breaks off."""
        reply = self._send("GET", path)
        try:
            while data := reply.read_some(_CHUNK):
                yield data
        except BROKEN as error:
            raise _network_error(self._server, error) from None
        finally:
            reply.close()

    def stream(self, path: str, start: int, length: int, *, direct: bool | None = None) -> ByteStream:
        """The bytes `start` to `start + length - 1` of a resource, not read yet.

        `direct`: from the store, where the server sends us there, raising what `Stores.get` raises then; False: not
        from there; None: where nobody is sent elsewhere.
        """
        content_range = {"Range": f"bytes={start}-{start + length - 1}"}
        if not direct:
            query = "" if direct is None else "?direct=false"
            return self._streamed(self._send("GET", f"{path}{query}", headers=content_range), start, length)
        try:
            return self._stream_from_anywhere(path, content_range, start, length)
        except StoreRefuses:  # an address that expired on its way here, perhaps: we ask for another one
            return self._stream_from_anywhere(path, content_range, start, length)

    def _stream_from_anywhere(self, path: str, content_range: Mapping[str, str], start: int, length: int) -> ByteStream:
        reply = self._send("GET", path, headers=content_range, may_redirect=True)
        if reply.status != _ELSEWHERE:
            return self._streamed(reply, start, length)
        return self.stores.get(self._location(reply), start, length)

    def _streamed(self, reply: Reply, start: int, length: int) -> ByteStream:
        if not is_range(reply, start, length):
            reply.close()
            raise not_sealcase(self._server)
        return ByteStream(reply, length, lambda error: _network_error(self._server, error))

    def _location(self, reply: Reply) -> str:
        location = reply.header("Location")
        try:
            reply.content(_MOST_OF_REDIRECT)  # so that the connection can be used again
        except BROKEN as error:
            raise _network_error(self._server, error) from None
        return location

    def _send(
        self,
        method: str,
        path: str,
        *,
        json: Said | None = None,
        data: Callable[[], Sized] | None = None,
        headers: Mapping[str, str] | None = None,
        may_redirect: bool = False,
    ) -> Reply:
        """The answer of a request that succeeded; with a new token where the old one is refused.

        A redirect is an error unless it `may_redirect`, and never followed here: our token goes nowhere else.
        """
        body: Callable[[], bytes | Sized | None] = _no_body
        all_headers = {**self._always(), **(headers or {})}
        if json is not None:
            text = json.model_dump_json(exclude_unset=True).encode("utf-8")
            body, all_headers["Content-Type"] = lambda: text, "application/json"
        elif data is not None:
            body, all_headers["Content-Type"] = data, "application/octet-stream"
        for tries_left in reversed(range(_TOKEN_TRIES)):
            token = self._tokens.current() if self._tokens else ""
            if token:
                all_headers["Authorization"] = f"Bearer {token}"
            reply = self._request(method, path, all_headers, body)
            if reply.status != _UNAUTHORIZED or not self._tokens or not tries_left:
                break
            reply.close()
            self._tokens.renew(token)
        if not _is_success(reply) and not (may_redirect and reply.status == _ELSEWHERE):
            raise self._error(reply)
        return reply

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: Callable[[], bytes | Sized | None]
    ) -> Reply:
        try:
            return self._connections.ask(method, path, {**_HEADERS, **headers}, body)
        except BROKEN as error:
            raise _network_error(self._server, error) from None

    def _parsed(self, reply: Reply, answer: type[Answer]) -> Answer:
        try:
            content = reply.content(_MOST_JSON)
            if content is None:
                raise not_sealcase(self._server)
            return answer.model_validate_json(content)
        except ValueError:
            raise not_sealcase(self._server) from None
        except BROKEN as error:
            raise _network_error(self._server, error) from None

    def _refreshed(self, refresh_token: str) -> Refreshed:
        text = refresh(refresh_token)
        reply = self._request("POST", "/auth/refresh", {"Content-Type": "application/json"}, lambda: text)
        if not _is_success(reply):
            raise self._error(reply)
        return self._parsed(reply, Refreshed)

    def _error(self, reply: Reply) -> errors.ClientError:
        """The typed error for an answer that is none."""
        after = seconds_until(reply.header("Retry-After"))
        try:
            if reply.header("Content-Type").partition(";")[0] != _PROBLEM:
                reply.close()
                return error_of_status(self._server, reply.status, after)
            from shared.api.models import Problem  # mostly all goes well

            return error_of(self._parsed(reply, Problem), after)
        except errors.NetworkError as error:
            return error


def _tls_context() -> "SSLContext":
    from client.api.tls import tls_context  # for https only

    return tls_context()


def _no_body() -> None:
    return None


def _is_success(reply: Reply) -> bool:
    return 200 <= reply.status < 300


def _network_error(server: str, error: Exception) -> errors.NetworkError:
    reason = connection_error(error, "the server")
    text = reason.replace("the server", server, 1)
    if not isinstance(error, TimeoutError):
        text += ". Is it running, and is the address right?"
    return Unreachable(text, reason=reason)
