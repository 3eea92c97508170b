"""Files on their way out: whole, and given up where the reader stands still or has left."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from server.patience import PatientSocket

SIZE = 20_000_000


@pytest.fixture
def file(tmp_path: Path) -> Iterator[BinaryIO]:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(SIZE))
    with path.open("rb", buffering=0) as opened:
        yield opened


@pytest.fixture
def ends() -> Iterator[tuple[PatientSocket, socket.socket]]:
    """The sending end with a timeout, and the reading end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reader = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
    with PatientSocket.taking(accepted) as sender, reader:
        sender.settimeout(30)
        reader.settimeout(30)
        yield sender, reader


def test_a_range_arrives_whole(ends: tuple[PatientSocket, socket.socket], file: BinaryIO) -> None:
    """However slowly it is read; the socket keeps its timeout, the file stands where the range ends."""
    sender, reader = ends
    got = bytearray()

    def read() -> None:
        while len(got) < SIZE - 300:
            got.extend(reader.recv(100_000))

    thread = threading.Thread(target=read)
    thread.start()
    assert sender.sendfile(file, 100, SIZE - 300) == SIZE - 300
    thread.join(30)
    assert bytes(got) == Path(str(file.name)).read_bytes()[100:-200]
    assert sender.gettimeout() == 30
    assert file.tell() == SIZE - 200


def test_a_reader_that_stands_still_is_given_up(ends: tuple[PatientSocket, socket.socket], file: BinaryIO) -> None:
    """After the socket's timeout; the file stands where the bytes ended that the kernel took."""
    sender, reader = ends
    sender.settimeout(0.2)
    with pytest.raises(TimeoutError):
        sender.sendfile(file, 0, SIZE)
    taken = file.tell()
    assert 0 < taken < SIZE
    sender.close()
    got = bytearray()
    while block := reader.recv(1 << 20):
        got += block
    assert len(got) == taken


def test_a_reader_that_leaves_is_noticed(ends: tuple[PatientSocket, socket.socket], file: BinaryIO) -> None:
    sender, reader = ends

    def leave() -> None:
        reader.recv(1_000_000)
        reader.close()

    threading.Thread(target=leave).start()
    with pytest.raises(ConnectionError):
        sender.sendfile(file, 0, SIZE)
    assert file.tell() < SIZE


def test_a_file_that_has_become_shorter_ends_the_connection(
    ends: tuple[PatientSocket, socket.socket], file: BinaryIO
) -> None:
    """What is there is sent; that it is not all must not look like an end."""
    sender, reader = ends
    os.truncate(str(file.name), 1_000)
    with pytest.raises(OSError, match="shorter"):
        sender.sendfile(file, 0, 2_000)
    assert file.tell() == 1_000
    assert len(reader.recv(2_000)) == 1_000
