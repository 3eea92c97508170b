"""The line: late, narrow, counted."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.line import Line, line_to
from benchmarks.servers import Server
from tests.support.cli import wait_until
from tests.support.network import Answer, web_server

MB = 1_000_000
_PATIENCE = 60


@contextmanager
def _sink() -> Iterator[Server]:
    """Takes what comes, and answers one byte when the other side has said that it is done."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(connection: socket.socket) -> None:
            with connection:
                while connection.recv(1 << 16):
                    pass
                connection.sendall(b"!")

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}", 0)
        listener.shutdown(socket.SHUT_RDWR)


def _connect(line: Line) -> socket.socket:
    port = int(line.server.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)


def _seconds_to_send(line: Line, size: int, connections: int = 1) -> float:
    """Until `size` bytes of each connection have arrived, and the answer is back."""
    began = time.monotonic()
    threads = [threading.Thread(target=_send, args=(line, size)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def _send(line: Line, size: int) -> None:
    with _connect(line) as connection:
        connection.sendall(bytes(size))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b"!"


def test_a_question_and_its_answer_take_both_ways() -> None:
    """100 ms each way: not before 200 ms."""
    with _sink() as server, line_to(server, delay=0.1) as line:
        assert 0.2 <= _seconds_to_send(line, 1) < _PATIENCE


def test_all_connections_share_one_rate() -> None:
    """Twice 2 MB at 8 MB/s: not before half a second, however many connections there are."""
    with _sink() as server, line_to(server, rate=8 * MB) as line:
        assert _seconds_to_send(line, 2 * MB, connections=2) >= 0.5


def test_a_delay_is_no_rate() -> None:
    """8 MB are on their way at the same time: waiting 100 ms for each block would take 12 seconds and more."""
    with _sink() as server, line_to(server, delay=0.1, rate=100 * MB) as line:
        assert _seconds_to_send(line, 8 * MB) < 8


def test_one_connection_has_so_much_on_its_way() -> None:
    """4 MiB, then it waits for an acknowledgement: 12 MiB take two round trips more than one way."""
    with _sink() as server, line_to(server, delay=0.1) as line:
        assert _seconds_to_send(line, 12 << 20) >= 0.6


def test_bytes_are_counted_on_their_way() -> None:
    """Every byte of a request and of its answer, once."""
    with web_server(lambda _: Answer(200, b"x" * 1_000)) as (url, _), line_to(Server(url, 0)) as line:
        with _connect(line) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            received = _all_of(connection)
        assert received.endswith(b"x" * 1_000)
        assert (line.passed().up, line.passed().down) == (18, len(received))


def test_connections_that_carry_something_are_counted() -> None:
    """From the first MiB on, until their client is gone."""
    with _sink() as server, line_to(server) as line:
        with _connect(line) as first, _connect(line) as second, _connect(line) as idle:
            first.sendall(bytes(2 * MB))
            second.sendall(bytes(2 * MB))
            idle.sendall(b"hello")
            wait_until(lambda: line.passed().up == 4 * MB + 5, "all that was sent")
            assert line.passed().carrying == 2
        wait_until(lambda: line.passed().carrying == 0, "clients that are gone")


def _all_of(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(1 << 16):
        received += data
    return received
