"""Things between or instead of a client and a server, on real sockets: other web servers, and a wire that breaks."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@contextmanager
def web_server(answer: Callable[[Asked], Answer]) -> Iterator[tuple[str, list[Asked]]]:
    """A web server that answers as told. Gives its address and the requests so far."""
    requests: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            with suppress(ConnectionError):
                super().handle_one_request()

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, self.path, dict(self.headers), body)
            requests.append(asked)
            given = answer(asked)
            self.send_response(given.status)
            for name, value in {"Content-Length": str(len(given.body)), **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

        do_GET = do_POST = do_PUT = do_DELETE = respond  # noqa: N815  (the library's names)

        def log_message(self, *_details: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", requests
        finally:
            server.shutdown()
            thread.join(10)


class Wire:
    """A TCP proxy in front of a server; `cut_after` and `answer_instead` make trouble while they are set."""

    def __init__(self, server_url: str) -> None:
        target = urlsplit(server_url)
        self._target = (target.hostname or "", target.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_up_after: int | None = None
        """Hang up after so many bytes of one connection to the server."""
        self.cut_down_after: int | None = None
        """Hang up after so many bytes of one connection from the server."""
        self.answer_instead: bytes | None = None
        """Answer connections with these bytes, as a proxy would whose server is away."""
        self.troubles = 0
        """How often there was trouble."""
        self.trouble_ends_after: int | None = None
        """From then on all is well."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _in_trouble(self) -> bool:
        return self.trouble_ends_after is None or self.troubles < self.trouble_ends_after

    def _serve(self, client: socket.socket) -> None:
        if self.answer_instead is not None and self._in_trouble():
            self.troubles += 1
            with client, suppress(OSError):
                client.recv(_BLOCK)
                client.sendall(self.answer_instead)
            return
        with suppress(OSError):
            server = socket.create_connection(self._target)
            both = (client, server)
            for source, sink, limit in ((client, server, self.cut_up_after), (server, client, self.cut_down_after)):
                active = limit if self._in_trouble() else None
                threading.Thread(target=self._pump, args=(source, sink, active, both), daemon=True).start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, limit: int | None, both: tuple[socket.socket, ...]
    ) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(_BLOCK):
                if limit is not None and passed + len(data) > limit:
                    sink.sendall(data[: limit - passed])
                    self.troubles += 1
                    break
                sink.sendall(data)
                passed += len(data)
        for each in both:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def wire_to(server_url: str) -> Iterator[Wire]:
    """A `Wire` that is taken down at the end."""
    wire = Wire(server_url)
    try:
        yield wire
    finally:
        wire.close()
