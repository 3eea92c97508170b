"""A long, narrow line in front of a server: a TCP proxy that delays, and lets only so much through.

Run as a program, in a process of its own: `python -m benchmarks.line_proxy PORT [--delay SECONDS] [--rate BYTES]`. It
prints the port that it listens on. For each line on standard input it prints what has passed so far, as JSON.

How it models a line: all connections share one bottleneck for each direction, which sends one thing after the other
at its rate; what has left it arrives after the delay. A connection has at most `WINDOW` bytes on their way until
they are acknowledged, one more delay after they arrived, as Linux does by default for a connection of TCP.
"""

import argparse
import json
import socket
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass

WINDOW = 4 << 20
"""Bytes; the largest `net.ipv4.tcp_wmem` that a system comes with."""
_BLOCK = 1 << 16
_LOAD = 1 << 20
_KERNEL_BUFFER = 1 << 18
"""What the kernel may hold in front of the proxy, unseen by it."""


@dataclass(slots=True)
class Passed:
    """What clients have sent and been sent, in bytes."""

    up: int = 0
    down: int = 0
    carrying: int = 0
    """Open connections that have carried a MiB and more up: each has one part at a time."""


class Bottleneck:
    """One direction of the line, shared by all connections."""

    def __init__(self, delay: float, rate: float) -> None:
        self.delay = delay
        self._rate = rate
        self._free_at = 0.0
        self._turn = threading.Lock()

    def arrival(self, length: int) -> float:
        """When `length` bytes that come now will have arrived (monotonic seconds)."""
        with self._turn:
            self._free_at = max(time.monotonic(), self._free_at) + length / self._rate
            return self._free_at + self.delay


class Stream:
    """One direction of one connection: a thread takes from `source`, another gives to `sink` when it is time."""

    def __init__(self, source: socket.socket, sink: socket.socket, bottleneck: Bottleneck) -> None:
        self._source = source
        self._sink = sink
        self._bottleneck = bottleneck
        self._travelling: deque[tuple[float, bytes]] = deque()
        self._acknowledged: deque[tuple[float, int]] = deque()
        self._window = WINDOW
        self._news = threading.Condition()

    def take(self) -> int:
        """Takes some bytes on the way; their number, 0 at the end."""
        self._wait_for_window()
        try:
            data = self._source.recv(_BLOCK)
        except OSError:
            data = b""
        with self._news:
            self._window -= len(data)
            self._travelling.append((self._bottleneck.arrival(len(data)), data))
            self._news.notify_all()
        return len(data)

    def deliver(self) -> None:
        """Until the end, or until nobody takes any more."""
        with suppress(OSError):
            while data := self._next():
                self._sink.sendall(data)
                with self._news:
                    self._acknowledged.append((time.monotonic() + self._bottleneck.delay, len(data)))
                    self._news.notify_all()
            self._sink.shutdown(socket.SHUT_WR)
            return
        for each in (self._source, self._sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self._news:
            self._acknowledged.append((0.0, WINDOW))  # nobody waits for a window any more
            self._news.notify_all()

    def _next(self) -> bytes:
        with self._news:
            while not self._travelling:
                self._news.wait()
            arrival, data = self._travelling.popleft()
        time.sleep(max(0.0, arrival - time.monotonic()))
        return data

    def _wait_for_window(self) -> None:
        with self._news:
            while True:
                now = time.monotonic()
                while self._acknowledged and self._acknowledged[0][0] <= now:
                    self._window += self._acknowledged.popleft()[1]
                if self._window > 0:
                    return
                self._news.wait(self._acknowledged[0][0] - now if self._acknowledged else None)


class Proxy:
    """Listens on a free port, and serves each connection with four threads."""

    def __init__(self, server_port: int, delay: float, rate: float) -> None:
        self._server_port = server_port
        self._up, self._down = Bottleneck(delay, rate), Bottleneck(delay, rate)
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.port: int = self._listener.getsockname()[1]
        self._passed = Passed()
        self._counting = threading.Lock()

    def serve(self) -> None:
        """Until the process ends."""
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def passed(self) -> Passed:
        with self._counting:
            return Passed(**asdict(self._passed))

    def _connect(self, client: socket.socket) -> None:
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER)
        try:
            server.connect(("127.0.0.1", self._server_port))
        except OSError:
            client.close()
            return
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        up, down = Stream(client, server, self._up), Stream(server, client, self._down)
        threads = [
            threading.Thread(target=target, args=arguments, daemon=True)
            for target, arguments in (
                (self._take_up, (up,)),
                (self._take_down, (down,)),
                (up.deliver, ()),
                (down.deliver, ()),
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
        server.close()

    def _take_up(self, stream: Stream) -> None:
        total, carries = 0, False
        while length := stream.take():
            total += length
            with self._counting:
                self._passed.up += length
                if not carries and total >= _LOAD:
                    carries = True
                    self._passed.carrying += 1
        with self._counting:
            self._passed.carrying -= carries

    def _take_down(self, stream: Stream) -> None:
        while length := stream.take():
            with self._counting:
                self._passed.down += length


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.line_proxy")
    parser.add_argument("port", type=int)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=float("inf"))
    options = parser.parse_args()
    proxy = Proxy(options.port, options.delay, options.rate)
    threading.Thread(target=proxy.serve, daemon=True).start()
    print(proxy.port, flush=True)
    for _ in sys.stdin:
        print(json.dumps(asdict(proxy.passed())), flush=True)


if __name__ == "__main__":
    main()
