"""A line between two sockets: how long it is (delay) and how wide (bytes a second), without turning in circles."""

import queue
import socket
import threading
import time
from dataclasses import dataclass
from typing import Protocol

_WIDEST_BLOCK = 1 << 18
_SMALLEST_BLOCK = 1 << 10
_BLOCKS_A_SECOND = 100
_BLOCKS_UNDER_WAY = 4_096
_BURST_SECONDS = 0.02


class Lane(Protocol):
    """The way from one socket to another. Every method raises `OSError` where the far end has left."""

    def send(self, data: bytes) -> None:
        """Put `data` on its way; waits as long as the line has no room."""

    def flush(self) -> None:
        """Wait until all that was sent has been handed over at the far end."""


@dataclass(frozen=True, slots=True)
class Line:
    """What every connection shares. The one without arguments is the wire of this machine."""

    delay: float = 0.0
    """Seconds that a byte takes, each way."""
    rate: float | None = None
    """Bytes a second, all connections together, each way; None: no limit."""
    _turns: tuple["_Turns", "_Turns"] | None = None

    @classmethod
    def of(cls, delay: float = 0.0, rate: float | None = None) -> "Line":
        """A line of `delay` seconds each way that takes `rate` bytes a second each way."""
        return cls(delay, rate, None if rate is None else (_Turns(rate), _Turns(rate)))

    @property
    def block(self) -> int:
        """So many bytes to take at a time, that a block takes some ten milliseconds at most."""
        if self.rate is None:
            return _WIDEST_BLOCK
        return max(_SMALLEST_BLOCK, min(_WIDEST_BLOCK, int(self.rate / _BLOCKS_A_SECOND)))

    def lane(self, sink: socket.socket, *, up: bool) -> Lane:
        """One way of this line, ending in `sink`."""
        turns = None if self._turns is None else self._turns[0 if up else 1]
        return _LongLane(sink, turns, self.delay) if self.delay else _ShortLane(sink, turns)


class _Turns:
    """A token bucket: whoever takes bytes waits until those before them have left."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def take(self, count: int) -> None:
        with self._lock:
            now = time.monotonic()
            # Who was woken late makes up for it, within reason.
            self._free_at = max(self._free_at, now - _BURST_SECONDS) + count / self._rate
            wait = self._free_at - now
        if wait > 0:
            time.sleep(wait)


class _ShortLane:
    def __init__(self, sink: socket.socket, turns: _Turns | None) -> None:
        self._sink = sink
        self._turns = turns

    def send(self, data: bytes) -> None:
        if self._turns is not None:
            self._turns.take(len(data))
        self._sink.sendall(data)

    def flush(self) -> None:
        pass


class _LongLane:
    """What was sent is under way for `delay` seconds; a thread hands it over when its time has come."""

    def __init__(self, sink: socket.socket, turns: _Turns | None, delay: float) -> None:
        self._sink = sink
        self._turns = turns
        self._delay = delay
        self._under_way: queue.Queue[tuple[float, bytes]] = queue.Queue(_BLOCKS_UNDER_WAY)
        self._broken: OSError | None = None
        threading.Thread(target=self._deliver, daemon=True).start()

    def send(self, data: bytes) -> None:
        if self._turns is not None:
            self._turns.take(len(data))
        if self._broken is not None:
            raise self._broken
        self._under_way.put((time.monotonic() + self._delay, data))

    def flush(self) -> None:
        self._under_way.join()
        if self._broken is not None:
            raise self._broken

    def _deliver(self) -> None:
        while True:
            due, data = self._under_way.get()
            if self._broken is None:
                time.sleep(max(0.0, due - time.monotonic()))
                try:
                    self._sink.sendall(data)
                except OSError as error:
                    self._broken = error
            self._under_way.task_done()
