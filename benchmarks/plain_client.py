"""Ready-made bytes to and from a web server in ranges, over several connections, and nothing else: no library, no hash.

Run as a program by its path with `python -I -S`, so that it starts in hundredths of a second:

    plain_client.py put URL FILE PART_BYTES CONNECTIONS   each part to URL/0, URL/1, ...
    plain_client.py get URL FILE PART_BYTES CONNECTIONS   each part as a range of URL, thrown away; FILE is as long

The environment's `TOKEN` is sent as a bearer token. Exit code 1: an answer was not 200, 201, 204 or 206.
"""

import os
import socket
import sys
import threading

_BLOCK = 1 << 20
_HEAD_END = b"\r\n\r\n"
_GOOD = (b"200", b"201", b"204", b"206")


class Connection:
    """One request after the other on one socket."""

    def __init__(self, url: str, path: str) -> None:
        host, _, rest = url.removeprefix("http://").partition("/")
        name, _, port = host.partition(":")
        token = os.environ.get("TOKEN", "")
        self._route = f"/{rest}"
        self._common = f"Host: {host}\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "")
        self._socket = socket.create_connection((name, int(port)))
        self._file = os.open(path, os.O_RDONLY)
        self._buffer = bytearray(_BLOCK)

    def put(self, number: int, start: int, length: int) -> None:
        head = f"PUT {self._route}/{number} HTTP/1.1\r\n{self._common}Content-Length: {length}\r\n\r\n"
        self._socket.sendall(head.encode(), socket.MSG_MORE)
        end = start + length
        while start < end:
            start += os.sendfile(self._socket.fileno(), self._file, start, end - start)
        self._read_answer()

    def get(self, start: int, length: int) -> None:
        wanted = f"Range: bytes={start}-{start + length - 1}\r\n"
        self._socket.sendall(f"GET {self._route} HTTP/1.1\r\n{self._common}{wanted}\r\n".encode())
        if self._read_answer() != length:
            raise SystemExit("another length than was asked for")

    def _read_answer(self) -> int:
        """How long the answer's body was."""
        view, filled, end = memoryview(self._buffer), 0, -1
        while end < 0:
            count = self._socket.recv_into(view[filled:])
            if not count:
                raise SystemExit("the server hung up")
            filled += count
            end = self._buffer.find(_HEAD_END, 0, filled)
        head = bytes(self._buffer[:end])
        if head.split(b" ", 2)[1] not in _GOOD:
            raise SystemExit(bytes(self._buffer[:filled]).decode(errors="replace"))
        length = _content_length(head)
        missing = length - (filled - end - len(_HEAD_END))
        while missing:
            count = self._socket.recv_into(view, min(missing, _BLOCK))
            if not count:
                raise SystemExit("the server hung up")
            missing -= count
        return length


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def main(arguments: list[str]) -> None:
    action, url, path = arguments[:3]
    part_bytes, connections = int(arguments[3]), int(arguments[4])
    size = os.stat(path).st_size  # noqa: PTH116  (pathlib would be most of the start)
    numbers = iter(range(-(-size // part_bytes)))
    turn = threading.Lock()
    done = 0

    def work() -> None:
        nonlocal done
        connection = Connection(url, path)
        while True:
            with turn:
                number = next(numbers, None)
            if number is None:
                break
            start = number * part_bytes
            length = min(part_bytes, size - start)
            if action == "put":
                connection.put(number, start, length)
            else:
                connection.get(start, length)
        with turn:
            done += 1

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raise SystemExit(0 if done == connections else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
