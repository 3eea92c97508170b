"""Servers that are a function of one connection, plain or in TLS: for answers that no web server would give."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import trustme

_HEAD_END = b"\r\n\r\n"


@dataclass
class Visit:
    """A connection that somebody opened to us."""

    connection: socket.socket
    number: int
    """How many there were before."""
    _unread: bytes = b""

    def head(self) -> bytes:
        """The next request without its body; empty at the end."""
        while _HEAD_END not in self._unread:
            data = self.connection.recv(65_536)
            if not data:
                return b""
            self._unread += data
        head, _, self._unread = self._unread.partition(_HEAD_END)
        return head

    def body(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end."""
        parts, left = [self._unread[:size]], size - len(self._unread)
        self._unread = self._unread[size:]
        while left > 0 and (data := self.connection.recv(min(left, 65_536))):
            parts.append(data)
            left -= len(data)
        return b"".join(parts)

    def answer(self, status: str, body: bytes = b"", *headers: str) -> None:
        head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""))
        self.connection.sendall(head.encode() + body)


@contextmanager
def socket_server(
    serve: Callable[[Visit], None], tls: ssl.SSLContext | None = None, receive_buffer: int | None = None
) -> Iterator[str]:
    """Runs `serve` for each connection in a thread of its own, then closes it. Gives HOST:PORT."""
    with socket.socket() as listener:
        if receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        threading.Thread(target=_accept, args=(listener, serve, tls), daemon=True).start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes whoever accepts


def _accept(listener: socket.socket, serve: Callable[[Visit], None], tls: ssl.SSLContext | None) -> None:
    number = 0
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_visit, args=(connection, number, serve, tls), daemon=True).start()
            number += 1


def _visit(connection: socket.socket, number: int, serve: Callable[[Visit], None], tls: ssl.SSLContext | None) -> None:
    with connection, suppress(OSError):
        if tls is None:
            serve(Visit(connection, number))
            return
        with tls.wrap_socket(connection, server_side=True) as secured:
            serve(Visit(secured, number))


def certificate_of(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """The TLS of a server, with a certificate for `host`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context
