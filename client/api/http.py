"""One HTTP session with one server: tokens, their renewal, and every failure as a typed error."""

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Protocol, TypeVar, cast
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ValidationError
from requests.adapters import HTTPAdapter

from client import errors
from client.api.failures import DigestMismatch as DigestMismatch
from client.api.failures import TryAgain as TryAgain
from client.api.failures import Unreachable, error_of, error_of_status, not_sealcase
from client.local.session import Session
from shared.api.models import Problem, Refresh, Refreshed

CONNECT_SECONDS = 10
STALL_SECONDS = 30
"""No byte for so long is a failure, not a wait."""
_RENEW_BEFORE_SECONDS = 60
_CONNECTIONS = 8
_CHUNK = 1 << 16
_PROBLEM = "application/problem+json"

Answer = TypeVar("Answer", bound=BaseModel)
QueryValue = str | int


class Sized(Protocol):
    """A request's body that flows, of a length that is known."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterable[memoryview]: ...


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where renewed tokens go."""

    save: Callable[[Session], None]
    reload: Callable[[], Session | None]
    """The session as it is on disk: another command may have renewed it."""


class Http:
    """Requests to one server. May be shared by threads."""

    def __init__(self, server: str, session: Session | None = None, keeper: Keeper | None = None) -> None:
        self._server = server
        self._signed_in = session
        self._keeper = keeper
        self._renewing = threading.Lock()
        self._requests = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=_CONNECTIONS, pool_block=True)
        self._requests.mount(f"{urlsplit(server).scheme}://", adapter)
        self._requests.headers["User-Agent"] = "Sealcase"
        self._requests.auth = _unchanged  # else a line in ~/.netrc would replace our token

    def call(
        self,
        method: str,
        path: str,
        answer: type[Answer],
        *,
        json: BaseModel | None = None,
        data: Callable[[], Sized] | None = None,
        query: Mapping[str, QueryValue] | None = None,
    ) -> Answer:
        """Sends a request, reads the JSON answer. `data` makes the body, anew for each try."""
        response = self._send(method, path, json=json, data=data, query=query)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError:
            raise self._not_sealcase() from None
        except requests.RequestException as error:
            raise _network_error(self._server, error) from None

    def chunks(self, path: str) -> Iterator[bytes]:
        """The body of an answer of unknown length, as it arrives. Raises `NetworkError` if it breaks off."""
        with self._send("GET", path, stream=True) as response:
            try:
                yield from response.iter_content(_CHUNK)
            except (requests.RequestException, OSError) as error:
                raise _network_error(self._server, error) from None

    def stream(self, path: str, start: int, length: int) -> "ByteStream":
        """The bytes `start` to `start + length - 1` of a resource, not read yet."""
        last = start + length - 1
        response = self._send("GET", path, headers={"Range": f"bytes={start}-{last}"}, stream=True)
        if not response.headers.get("Content-Range", "").startswith(f"bytes {start}-{last}/"):
            response.close()
            raise self._not_sealcase()
        return ByteStream(self._server, response, length)

    def _send(
        self,
        method: str,
        path: str,
        *,
        json: BaseModel | None = None,
        data: Callable[[], Sized] | None = None,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        all_headers = {"Accept": f"application/json, {_PROBLEM}", "Accept-Encoding": "identity", **(headers or {})}
        for last_try in (False, True):
            token = self._token()
            if token:
                all_headers["Authorization"] = f"Bearer {token}"
            body: bytes | Sized | None = None
            if json is not None:
                all_headers["Content-Type"] = "application/json"
                body = json.model_dump_json(exclude_unset=True).encode("utf-8")
            elif data is not None:
                all_headers["Content-Type"] = "application/octet-stream"
                body = data()
            response = self._request(method, path, body, query, all_headers, stream=stream)
            expired = response.status_code == requests.codes.unauthorized and token is not None
            if expired and not last_try:
                response.close()
                self._renew(token or "")
                continue
            break
        if not response.ok or response.is_redirect:
            raise self._error(response)
        return response

    def _request(
        self,
        method: str,
        path: str,
        body: "bytes | Sized | None",
        query: Mapping[str, QueryValue] | None,
        headers: Mapping[str, str],
        *,
        stream: bool,
    ) -> requests.Response:
        try:
            return self._requests.request(
                method,
                self._server + path,
                params=query,
                data=body,  # type: ignore[arg-type]  # requests streams anything with a length and an iterator
                headers=headers,
                stream=stream,
                timeout=(CONNECT_SECONDS, STALL_SECONDS),
                allow_redirects=False,  # a server that sends us elsewhere with our token is not ours
            )
        except (requests.RequestException, ssl.SSLError) as error:
            raise _network_error(self._server, error) from None

    def _token(self) -> str | None:
        session = self._signed_in
        if session is None:
            return None
        if session.expires_at - _RENEW_BEFORE_SECONDS < time.time():
            self._renew(session.token)
        return self._signed_in.token if self._signed_in else None

    def _renew(self, old_token: str) -> None:
        """Gets a new access token, once for all threads. Raises `NotSignedIn` if the session has ended."""
        with self._renewing:
            if self._signed_in is None or self._keeper is None:
                raise errors.NotSignedIn(
                    "the server does not take this access token: it is revoked, expired, or of another server"
                )
            if self._signed_in.token != old_token:
                return
            on_disk = self._keeper.reload()
            still_ours = on_disk is not None and on_disk.continues(self._signed_in)
            current = on_disk if on_disk is not None and still_ours else self._signed_in
            if current.token != old_token and current.expires_at - _RENEW_BEFORE_SECONDS > time.time():
                self._signed_in = current
                return
            body = Refresh(refresh_token=current.refresh_token).model_dump_json().encode("utf-8")
            headers = {"Content-Type": "application/json"}
            response = self._request("POST", "/auth/refresh", body, None, headers, stream=False)
            if not response.ok:
                raise self._error(response)
            try:
                renewed = Refreshed.model_validate_json(response.content)
            except ValidationError:
                raise self._not_sealcase() from None
            expires_at = int(time.time()) + renewed.expires_in
            self._signed_in = current.with_tokens(renewed.token, renewed.refresh_token, expires_at)
            if still_ours:  # nobody signed out here, or in as somebody else, in the meantime
                self._keeper.save(self._signed_in)

    def _error(self, response: requests.Response) -> errors.ClientError:
        """The typed error for an answer that is none."""
        after = _retry_after(response)
        try:
            if response.headers.get("Content-Type", "").partition(";")[0] != _PROBLEM:
                return error_of_status(self._server, response.status_code, after)
            problem = Problem.model_validate_json(response.content)
        except ValidationError:
            return self._not_sealcase()
        except requests.RequestException as error:
            return _network_error(self._server, error)
        finally:
            response.close()
        return error_of(problem, after)

    def _not_sealcase(self) -> errors.NetworkError:
        return not_sealcase(self._server)


class ByteStream:
    """The body of an answer, as it arrives: straight from the socket into the caller's memory.

    urllib3 would allocate room for every byte and copy it twice, which costs more than opening what is sealed in it.
    """

    def __init__(self, server: str, response: requests.Response, length: int) -> None:
        self._server = server
        self._response = response
        self._left = length
        self._body = cast("HTTPResponse", response.raw._original_response)

    def read_into(self, view: memoryview) -> int:
        """Fills the front of `view`; 0 at the end. Raises `NetworkError` if the connection breaks."""
        try:
            got = self._body.readinto(view[: self._left])
        except (HTTPException, OSError) as error:
            self._response.close()
            raise _network_error(self._server, error) from None
        self._left -= got
        if self._left and not got:
            self._response.close()
            raise _network_error(self._server, ConnectionError())
        if not self._left:
            self._give_back()
        return got

    def _give_back(self) -> None:
        """A connection whose answer was read whole can carry the next request."""
        if self._body.isclosed():
            self._response.raw.release_conn()
        else:
            self._response.close()


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _network_error(server: str, error: Exception) -> errors.NetworkError:
    if isinstance(error, requests.exceptions.SSLError | ssl.SSLError):
        if "CERTIFICATE_VERIFY_FAILED" not in str(error):
            return errors.NetworkError(f"{server} does not answer in TLS; does its address begin with http://?")
        return errors.NetworkError(
            f"the certificate of {server} is not valid, so nothing was sent to it. If it is your own authority's, "
            "name that with REQUESTS_CA_BUNDLE"
        )
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return errors.NetworkError(f"{server} is not an address of a server")
    if isinstance(error, requests.exceptions.Timeout):
        return Unreachable(f"{server} did not answer for {STALL_SECONDS} s")
    return Unreachable(
        f"{server} can't be reached, or broke off. Is it running, and is the address right?",
        reason="the server can't be reached, or broke off",
    )
