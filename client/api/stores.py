"""The stores that a server sends us to (S3): sealed parts, there and back, and nothing else.

What a server says of a store is believed as little as the server is. No token of ours goes there; no redirect is
followed; an https server names only https; what is sent is sealed; what comes is read no further than was asked for,
and checked like everything that is received.
"""

import re
import ssl
import threading
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from client.api.byte_stream import ByteStream
from client.api.connections import Connections, Reply, Sized
from client.api.failures import (
    BROKEN,
    BUSY_STATUSES,
    StoreBusy,
    StoreRefuses,
    StoreUnreachable,
    TryAgain,
    connection_error,
    is_no_connection,
    seconds_until,
)
from client.api.routes import route_to
from client.api.throttle import Throttle
from client.errors import NetworkError

_MOST_STORES = 4
"""Known at a time: a server has one, or one after the other."""
_MOST_URL = 8_192
_MOST_ERROR = 1 << 16
"""Bytes of an answer that is no content."""
_PRINTABLE = re.compile(r"[!-~]+")
_HEADER = re.compile(r"(content-type|content-md5|if-none-match|x-amz-[a-z0-9-]{1,64})", re.IGNORECASE)
"""Those that a presigned request may want. What else a server names could mean something to a host that is no store."""
_HEADER_VALUE = re.compile(r"[ -~]{0,1024}")
_MOST_HEADERS = 16
_ETAG = re.compile(r'"?[0-9A-Za-z+/=_.:-]{1,126}"?')
_CODE = re.compile(rb"<Code>([0-9A-Za-z.]{1,64})</Code>")
_PASSING_CODES = frozenset(("RequestTimeout", "SlowDown", "InternalError"))
_HEADERS = {"User-Agent": "Sealcase", "Accept-Encoding": "identity"}


class Stores:
    """Requests to whatever stores one server names. May be shared by threads."""

    def __init__(self, server: str, make_tls: Callable[[], ssl.SSLContext], throttle: Throttle | None) -> None:
        self._server = server
        self._make_tls = make_tls
        self._throttle = throttle
        self._lock = threading.Lock()
        self._known: dict[str, Connections] = {}

    def put(self, url: str, headers: Mapping[str, str], body: Callable[[], Sized]) -> str:
        """Stores what `body` makes, anew for each try; returns the store's name for it (ETag).

        Raises `StoreRefuses`, `StoreBusy`, `StoreUnreachable`, or whatever making the body raises.
        """
        store, reply = self._ask("PUT", url, _checked(headers), body)
        etag, early = reply.header("ETag"), reply.was_early
        self._content(reply, store)
        if early:
            raise StoreBusy(f"{store} answered before it had all of a part")
        if not _ETAG.fullmatch(etag):
            raise StoreRefuses(f"{store} does not answer as S3 does")
        return etag

    def get(self, url: str, start: int, length: int) -> ByteStream:
        """The bytes `start` to `start + length - 1` of what is stored, not read yet. Raises as `put` does."""
        asked = {"Range": f"bytes={start}-{start + length - 1}"}
        store, reply = self._ask("GET", url, asked, lambda: None)
        if not is_range(reply, start, length):
            reply.close()
            raise StoreRefuses(f"{store} answers with something else than was asked for")
        return ByteStream(reply, length, lambda error: _unreachable(store, error))

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: Callable[[], Sized | None]
    ) -> tuple[str, Reply]:
        """What people may call the store, and the answer of a request that succeeded."""
        origin, path = self._place(url)
        store = f"the store at {urlsplit(origin).netloc}"
        try:
            reply = self._connections(origin).ask(method, path, {**_HEADERS, **headers}, body)
        except BROKEN as error:
            raise _unreachable(store, error) from None
        except TryAgain:
            raise
        except NetworkError as error:  # a certificate, an address or a proxy that is not what it should be
            raise StoreRefuses(str(error)) from None
        if not 200 <= reply.status < 300:
            raise self._error(store, reply)
        return store, reply

    def _error(self, store: str, reply: Reply) -> NetworkError:
        """The code of an answer decides, where S3 gave one; else its status."""
        after = seconds_until(reply.header("Retry-After"))
        try:
            found = _CODE.search(self._content(reply, store))
        except StoreUnreachable:
            found = None
        code = found[1].decode("ascii") if found else ""
        said = f"HTTP {reply.status}{f', {code}' if code else ''}"
        if reply.status in BUSY_STATUSES or code in _PASSING_CODES:
            return StoreBusy(f"{store} is not available right now ({said})", after)
        return StoreRefuses(f"{store} refuses us ({said})")

    def _content(self, reply: Reply, store: str) -> bytes:
        """An answer that is no content; empty for one that is too long to be read."""
        try:
            return reply.content(_MOST_ERROR) or b""
        except BROKEN as error:
            raise _unreachable(store, error) from None

    def _place(self, url: str) -> tuple[str, str]:
        """Where a store is, and the path of a request. Raises `StoreRefuses` for what is no address of a store."""
        try:
            parts = urlsplit(url)
            plain = parts.username is None and parts.password is None and not parts.fragment and bool(parts.netloc)
        except ValueError:
            plain = False
        if not plain or len(url) > _MOST_URL or not _PRINTABLE.fullmatch(url) or parts.scheme not in ("https", "http"):
            raise StoreRefuses("the server names something as its store that is no address")
        if parts.scheme == "http" and self._server.startswith("https:"):
            raise StoreRefuses("the server names a store that is not encrypted on the way, although it is itself")
        path = parts.path or "/"
        return f"{parts.scheme}://{parts.netloc}", f"{path}?{parts.query}" if parts.query else path

    def _connections(self, origin: str) -> Connections:
        """Raises `NetworkError` for what is no address."""
        with self._lock:
            if (known := self._known.get(origin)) is None:
                known = Connections(route_to(origin), self._make_tls, self._throttle)
                if len(self._known) >= _MOST_STORES:
                    del self._known[next(iter(self._known))]
                self._known[origin] = known
            return known


def is_range(reply: Reply, start: int, length: int) -> bool:
    """Whether an answer has exactly these bytes of a resource, by its head."""
    return reply.header("Content-Range").startswith(f"bytes {start}-{start + length - 1}/")


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Raises `StoreRefuses` for headers that no presigned request has."""
    if len(headers) > _MOST_HEADERS or not all(
        _HEADER.fullmatch(name) and _HEADER_VALUE.fullmatch(value) for name, value in headers.items()
    ):
        raise StoreRefuses("the server asks for headers that no store wants")
    return headers


def _unreachable(store: str, error: Exception) -> StoreUnreachable:
    reason = connection_error(error, "the server's store")
    return StoreUnreachable(connection_error(error, store), reason, is_closed=is_no_connection(error))
