"""One HTTP session with one server: tokens, their renewal, and every failure as a typed error."""

import errno
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from client import errors
from client.api.connections import Connections, Reply, Sized
from client.api.failures import Unreachable, error_of, error_of_status, not_sealcase
from client.api.routes import route_to
from client.api.steady import STALL_SECONDS
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
_BROKEN = (OSError, HTTPException)
_NO_NETWORK = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN))

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
        except _BROKEN as error:
            raise _network_error(self._server, error) from None
        finally:
            reply.close()

    def stream(self, path: str, start: int, length: int) -> "ByteStream":
        """The bytes `start` to `start + length - 1` of a resource, not read yet."""
        last = start + length - 1
        reply = self._send("GET", path, headers={"Range": f"bytes={start}-{last}"})
        if not reply.header("Content-Range").startswith(f"bytes {start}-{last}/"):
            reply.close()
            raise not_sealcase(self._server)
        return ByteStream(self._server, reply, length)

    def _send(
        self,
        method: str,
        path: str,
        *,
        json: Said | None = None,
        data: Callable[[], Sized] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer of a request that succeeded; with a new token where the old one is refused."""
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
        if not _is_success(reply):
            raise self._error(reply)
        return reply

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: Callable[[], bytes | Sized | None]
    ) -> Reply:
        """One exchange. A redirect is not followed: a server that sends us elsewhere with our token is not ours."""
        try:
            return self._connections.ask(method, path, {**_HEADERS, **headers}, body)
        except _BROKEN as error:
            raise _network_error(self._server, error) from None

    def _parsed(self, reply: Reply, answer: type[Answer]) -> Answer:
        try:
            content = reply.content(_MOST_JSON)
            if content is None:
                raise not_sealcase(self._server)
            return answer.model_validate_json(content)
        except ValueError:
            raise not_sealcase(self._server) from None
        except _BROKEN as error:
            raise _network_error(self._server, error) from None

    def _refreshed(self, refresh_token: str) -> Refreshed:
        text = refresh(refresh_token)
        reply = self._request("POST", "/auth/refresh", {"Content-Type": "application/json"}, lambda: text)
        if not _is_success(reply):
            raise self._error(reply)
        return self._parsed(reply, Refreshed)

    def _error(self, reply: Reply) -> errors.ClientError:
        """The typed error for an answer that is none."""
        after = _seconds_until(reply.header("Retry-After"))
        try:
            if reply.header("Content-Type").partition(";")[0] != _PROBLEM:
                reply.close()
                return error_of_status(self._server, reply.status, after)
            from shared.api.models import Problem  # mostly all goes well

            return error_of(self._parsed(reply, Problem), after)
        except errors.NetworkError as error:
            return error


class ByteStream:
    """The body of an answer, as it arrives: straight from the socket into the caller's memory."""

    def __init__(self, server: str, reply: Reply, length: int) -> None:
        self._server = server
        self._reply = reply
        self._left = length

    def read_into(self, view: memoryview) -> int:
        """Fills the front of `view`; 0 at the end. Raises `NetworkError` if the connection breaks."""
        try:
            got = self._reply.read_into(view[: self._left])
            if self._left and not got:
                raise ConnectionError
        except _BROKEN as error:
            self._reply.close()
            raise _network_error(self._server, error) from None
        self._left -= got
        if not self._left:
            self._reply.close()
        return got

    def close(self) -> None:
        """Whatever has not arrived is not wanted."""
        self._reply.close()


def _tls_context() -> "SSLContext":
    from client.api.tls import tls_context  # for https only

    return tls_context()


def _no_body() -> None:
    return None


def _is_success(reply: Reply) -> bool:
    return 200 <= reply.status < 300


def _seconds_until(retry_after: str) -> float | None:
    """What a server asks for: seconds, or a date (RFC 9110, section 10.2.3); None for anything else."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (date - datetime.now(UTC)).total_seconds()) if date.tzinfo else None


def _network_error(server: str, error: Exception) -> errors.NetworkError:
    if isinstance(error, TimeoutError):
        reason = f"did not answer for {STALL_SECONDS:.0f} s"
        return Unreachable(f"{server} {reason}", reason=f"the server {reason}")
    reason = "the server can't be reached, or broke off"
    if isinstance(error, socket.gaierror):
        reason = "the server can't be reached: its name is not known here, or there is no network"
    elif isinstance(error, OSError) and error.errno in _NO_NETWORK:
        reason = "the server can't be reached: there is no network"
    text = reason.replace("the server", server, 1)
    return Unreachable(f"{text}. Is it running, and is the address right?", reason=reason)
