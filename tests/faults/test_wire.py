"""The broken wire that other tests hold on to breaks as it says."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.cli import wait_until
from tests.support.line import Line
from tests.support.network import Wire, wire_to

DATA = bytes(range(256)) * 4_096
_SECONDS = 20


@pytest.fixture
def wire() -> Iterator[Wire]:
    """In front of a server that sends back what it gets, and ends when its client has ended."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_echo, args=(listener,), daemon=True).start()
        with wire_to(f"http://127.0.0.1:{listener.getsockname()[1]}") as wire:
            yield wire


def _echo(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_echo_one, args=(connection,), daemon=True).start()


def _echo_one(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        while data := connection.recv(1 << 16):
            connection.sendall(data)


def _connect(wire: Wire) -> socket.socket:
    port = int(wire.url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(_SECONDS)
    return connection


def _there_and_back(wire: Wire, data: bytes = DATA) -> bytes:
    """What comes back of `data` until it is all there or the other side ends."""
    with _connect(wire) as connection:
        sender = threading.Thread(target=_send, args=(connection, data), daemon=True)
        sender.start()
        back = bytearray()
        with suppress(ConnectionError):
            while len(back) < len(data) and (block := connection.recv(1 << 16)):
                back += block
        return bytes(back)


def _send(connection: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        connection.sendall(data)


def test_a_wire_without_trouble(wire: Wire) -> None:
    """Every byte arrives, both ways, and is counted."""
    assert _there_and_back(wire) == DATA
    assert (wire.passed_up, wire.passed_down, wire.troubles) == (len(DATA), len(DATA), 0)


@pytest.mark.parametrize("trouble", ["cut_up_after", "cut_down_after", "truncate_up_after", "truncate_down_after"])
def test_what_ends_early(wire: Wire, trouble: str) -> None:
    """Not a byte more comes through than was said; the next connection is whole once the trouble is over."""
    setattr(wire, trouble, 300_000)
    wire.trouble_ends_after = 1
    back = _there_and_back(wire)
    assert len(back) <= 300_000
    assert DATA.startswith(back)
    if trouble.startswith("truncate"):
        assert len(back) == 300_000 or trouble == "truncate_up_after"
    assert wire.troubles == 1
    assert _there_and_back(wire) == DATA


@pytest.mark.parametrize("trouble", ["flip_up_at", "flip_down_at"])
def test_a_flipped_bit(wire: Wire, trouble: str) -> None:
    """One byte is another, all else as it was."""
    setattr(wire, trouble, 70_001)
    wire.trouble_ends_after = 1
    back = _there_and_back(wire)
    assert [at for at in range(len(DATA)) if back[at] != DATA[at]] == [70_001]
    assert _there_and_back(wire) == DATA


@pytest.mark.parametrize("trouble", ["stall_up_after", "stall_down_after"])
def test_a_stall(wire: Wire, trouble: str) -> None:
    """Bytes stop, the connection stays; it ends with the wire."""
    setattr(wire, trouble, 100_000)
    with _connect(wire) as connection:
        threading.Thread(target=_send, args=(connection, DATA), daemon=True).start()
        back = b""
        while len(back) < 100_000:
            back += connection.recv(1 << 16)
        assert back == DATA[:100_000]
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert wire.stalled == 1
        wire.close()
        connection.settimeout(_SECONDS)
        with suppress(ConnectionError):
            assert connection.recv(1) == b""
    wait_until(lambda: wire.stalled == 0, "the end of the stall")


def test_a_stall_that_the_server_leaves(wire: Wire) -> None:
    """It is over when the server hangs up."""
    wire.stall_up_after = 100_000
    with _connect(wire) as connection:
        threading.Thread(target=_send, args=(connection, DATA), daemon=True).start()
        wait_until(lambda: wire.stalled == 1, "the stall")
        wire.break_all()
        wait_until(lambda: wire.stalled == 0, "its end")


def test_a_long_line(wire: Wire) -> None:
    """An answer takes both ways' delay, and many bytes are under way at once."""
    wire.line = Line.of(delay=0.1)
    started = time.monotonic()
    assert _there_and_back(wire) == DATA
    assert time.monotonic() - started >= 0.2


def test_a_narrow_line(wire: Wire) -> None:
    """Connections share the rate of each way; waiting for it takes no computing time."""
    wire.line = Line.of(rate=4e6)
    begun, busy = time.monotonic(), time.process_time()
    both = [threading.Thread(target=_there_and_back, args=(wire,)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(_SECONDS)
    took = time.monotonic() - begun
    assert took >= 2 * len(DATA) / 4e6 * 0.9
    assert time.process_time() - busy < took
    assert wire.passed_up == 2 * len(DATA)
