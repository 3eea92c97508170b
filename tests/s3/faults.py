"""A proxy in front of an S3 store that answers some requests itself, loses others, and passes the rest on unchanged.

`Host` stays what the sender signed, so a store behind it that checks signatures still finds them right.
"""

import http.client
import itertools
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_BLOCK = 65_536


@dataclass(frozen=True)
class Request:
    """What arrived at the proxy, before its body."""

    method: str
    path: str
    """With the query."""
    range: str
    """As asked for; empty: all."""


@dataclass(frozen=True)
class Answer:
    """Instead of the store's."""

    status: int
    code: str
    """S3's word for it, in the XML."""
    region: str = ""
    """Where the bucket lies, in the header that says so."""


@dataclass(frozen=True)
class Cut:
    """The answer comes from the store, and breaks off after so many bytes of its body."""

    after: int


@dataclass(frozen=True)
class Lost:
    """The store does what was asked, and its answer never arrives."""


class Silent:
    """The body is swallowed and nothing comes back until the sender gives up."""


Fault = Answer | Cut | Lost | Silent | None


@dataclass
class Faults:
    """What goes wrong: `fault` is asked for every request, in order; None lets it through."""

    url: str
    fault: Callable[[Request], Fault] = lambda _: None
    seen: list[Request] = field(default_factory=list)
    troubles: int = 0
    closed: threading.Event = field(default_factory=threading.Event)
    counting: threading.Lock = field(default_factory=threading.Lock)

    def times(self, count: int, fault: Fault, on: Callable[[Request], bool] = lambda _: True) -> None:
        """The next `count` requests that `on` names go wrong like this, and all is well from then on."""
        left = [count]

        def decide(request: Request) -> Fault:
            with self.counting:
                if not on(request) or not left[0]:
                    return None
                left[0] -= 1
                self.troubles += 1
                return fault

        self.fault = decide

    def every(self, nth: int, fault: Fault) -> None:
        """Of so many requests, one goes wrong like this, until something else is said."""
        numbers = itertools.count(1)

        def decide(_: Request) -> Fault:
            with self.counting:
                if next(numbers) % nth:
                    return None
                self.troubles += 1
                return fault

        self.fault = decide

    def never(self) -> None:
        """All is well."""
        self.fault = lambda _: None

    def always(self, fault: Fault, on: Callable[[Request], bool] = lambda _: True) -> None:
        self.fault = lambda request: fault if on(request) else None


def _xml(fault: Answer) -> bytes:
    """As S3 says it; a proxy that says nothing of its own has no code."""
    return f"<Error><Code>{fault.code}</Code></Error>".encode() if fault.code else b""


@contextmanager
def faults_before(store: str, tls: ssl.SSLContext | None = None) -> Iterator[Faults]:
    """In front of the store at this URL, in TLS where its context is given."""
    target = urlsplit(store)
    faults = Faults("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            with suppress(OSError):
                super().handle_one_request()

        def pass_on(self) -> None:
            request = Request(self.command, self.path, self.headers.get("Range", ""))
            fault = faults.fault(request)
            faults.seen.append(request)
            if self.headers.get("Expect", "").lower() == "100-continue" and not isinstance(fault, Answer):
                self.send_response_only(100)
                self.end_headers()
            if isinstance(fault, Answer):
                self._answer(fault)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if isinstance(fault, Silent):
                faults.closed.wait()
                self.close_connection = True
                return
            self._relay(body, fault)

        def _answer(self, fault: Answer) -> None:
            body = b"" if self.command == "HEAD" else _xml(fault)
            self.send_response(fault.status)
            self.send_header("Content-Length", str(len(body)))
            if fault.region:
                self.send_header("x-amz-bucket-region", fault.region)
            self.send_header("Connection", "close")  # the request's body was not read
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True
            with suppress(OSError):
                while self.rfile.read1(_BLOCK):
                    pass

        def _relay(self, body: bytes, fault: Fault) -> None:
            upstream = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    upstream.putheader(name, value)
            upstream.endheaders(body)
            answer = upstream.getresponse()
            if isinstance(fault, Lost):
                answer.read()
                upstream.close()
                self.close_connection = True
                return
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "transfer-encoding"):
                    self.send_header(name, value)
            chunked = answer.getheader("Content-Length") is None and self.command != "HEAD"
            data = b"" if self.command == "HEAD" else answer.read()
            if chunked and answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            upstream.close()
            self.wfile.write(data[: fault.after] if isinstance(fault, Cut) else data)
            self.close_connection = isinstance(fault, Cut)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = pass_on  # noqa: N815  (the library's names)

        def log_message(self, *_details: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        faults.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield faults
        finally:
            faults.closed.set()
            server.shutdown()
            thread.join(10)
