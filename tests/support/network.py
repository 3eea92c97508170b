"""Things between or instead of a client and a server, on real sockets: other web servers, and a wire that breaks."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.support.line import Line

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

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815  (the library's names)

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


@dataclass(frozen=True, slots=True)
class _Fate:
    """What happens to one direction of one connection, and after how many bytes."""

    cut_after: int | None = None
    stall_after: int | None = None
    truncate_after: int | None = None
    flip_at: int | None = None

    @property
    def ends_after(self) -> int | None:
        """The bytes that go through, if not all."""
        ends = [end for end in (self.cut_after, self.stall_after, self.truncate_after) if end is not None]
        return min(ends, default=None)

    def altered(self, data: bytes, position: int) -> bytes:
        """`data`, which begins at `position`, as it arrives."""
        if self.flip_at is None or not position <= self.flip_at < position + len(data):
            return data
        at = self.flip_at - position
        return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


class Wire:
    """A TCP proxy in front of a server. What is set makes trouble on every connection that opens from then on.

    Positions count the bytes of one connection in one direction, heads included; up is towards the server.
    """

    def __init__(self, server_url: str) -> None:
        target = urlsplit(server_url)
        self._target = (target.hostname or "", target.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_up_after: int | None = None
        """Hang up after so many bytes of one connection to the server."""
        self.cut_down_after: int | None = None
        """Hang up after so many bytes of one connection from the server."""
        self.stall_up_after: int | None = None
        """Let nothing more through to the server after so many bytes, and stay connected."""
        self.stall_down_after: int | None = None
        """Let nothing more through from the server after so many bytes, and stay connected."""
        self.truncate_up_after: int | None = None
        """End the way to the server in good order after so many bytes; its answer still comes through."""
        self.truncate_down_after: int | None = None
        """End the way from the server in good order after so many bytes; the client may go on sending."""
        self.flip_up_at: int | None = None
        """Turn over a bit in this byte on the way to the server."""
        self.flip_down_at: int | None = None
        """Turn over a bit in this byte on the way from the server."""
        self.answer_instead: bytes | None = None
        """Answer connections with these bytes, as a proxy would whose server is away."""
        self.troubles = 0
        """How often there was trouble."""
        self.trouble_ends_after: int | None = None
        """From then on all is well."""
        self.line = Line()
        """How long and how wide the line is, for connections that open from then on."""
        self.passed_up = 0
        """Bytes of all connections that came through to the server."""
        self.passed_down = 0
        """Bytes of all connections that came through from the server."""
        self.open_ways = 0
        """Ways on which bytes may still be under way: two for each connection."""
        self._counting = threading.Lock()
        self._ends: list[socket.socket] = []
        self._standing: set[threading.Event] = set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def stalled(self) -> int:
        """Connections that let nothing more through one way, and whose other way is open."""
        return len(self._standing)

    def close(self) -> None:
        """Take no more connections; those that stall end."""
        with self._counting:
            self._closed = True
            for over in self._standing:
                over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in `accept`, which closing does not
        self._listener.close()

    def break_all(self) -> None:
        """Hang up on every connection that is open."""
        with self._counting:
            ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

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
            self._count(troubles=1)
            with client, suppress(OSError):
                client.recv(_BLOCK)
                client.sendall(self.answer_instead)
            return
        up = _Fate(self.cut_up_after, self.stall_up_after, self.truncate_up_after, self.flip_up_at)
        down = _Fate(self.cut_down_after, self.stall_down_after, self.truncate_down_after, self.flip_down_at)
        if not self._in_trouble():
            up = down = _Fate()
        try:
            server = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        for end in (client, server):
            with suppress(OSError):  # the client has left
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._count(open_ways=2)
        with self._counting:
            self._ends = [end for end in (*self._ends, client, server) if end.fileno() >= 0]
        over = threading.Event()
        for source, sink, fate in ((client, server, up), (server, client, down)):
            threading.Thread(target=self._pump, args=(source, sink, fate, sink is server, over), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, fate: _Fate, up: bool, over: threading.Event) -> None:
        """Move bytes until either end leaves or `fate` has it otherwise, then hang up on both: `over`."""
        line = self.line
        lane = line.lane(sink, up=up)
        position = 0
        stalled = False
        with suppress(OSError):
            while data := source.recv(line.block):
                kept = data if fate.ends_after is None else data[: max(0, fate.ends_after - position)]
                arriving = fate.altered(kept, position)
                self._count(troubles=int(arriving != data), **{"up" if up else "down": len(kept)})
                lane.send(arriving)
                position += len(data)
                if len(kept) < len(data):
                    lane.flush()
                    stalled = fate.ends_after == fate.stall_after
                    if stalled:  # nothing more is under way
                        self._count(open_ways=-1)
                    self._end(source, sink, fate, over)
                    break
            lane.flush()
        over.set()
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        if not stalled:
            self._count(open_ways=-1)

    def _end(self, source: socket.socket, sink: socket.socket, fate: _Fate, over: threading.Event) -> None:
        """What follows when no more bytes may go through."""
        if fate.ends_after == fate.stall_after:
            self._stand_still(over)
        elif fate.ends_after == fate.truncate_after:
            sink.shutdown(socket.SHUT_WR)
            while source.recv(_BLOCK):
                pass

    def _stand_still(self, over: threading.Event) -> None:
        """Wait until an end leaves, or the wire is closed."""
        with self._counting:
            if self._closed:
                return
            self._standing.add(over)
        over.wait()
        with self._counting:
            self._standing.discard(over)

    def _count(self, *, troubles: int = 0, up: int = 0, down: int = 0, open_ways: int = 0) -> None:
        with self._counting:
            self.open_ways += open_ways
            self.troubles += troubles
            self.passed_up += up
            self.passed_down += down


@contextmanager
def wire_to(server_url: str) -> Iterator[Wire]:
    """A `Wire` that is taken down at the end."""
    wire = Wire(server_url)
    try:
        yield wire
    finally:
        wire.close()


@contextmanager
def nobody_answers() -> Iterator[tuple[str, int]]:
    """A host and port that take no connection and refuse none: who connects waits."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # more than its queue holds
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        host, port = full.getsockname()
        yield host, port
