"""Connecting: to whichever address takes it, for so long, and no longer than somebody wants it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from client.api.connections import Connection
from client.api.ending import Ending, ended_by
from client.api.routes import route_to
from client.api.steady import connected
from client.api.throttle import Throttle
from client.api.tls import tls_context
from tests.support.network import nobody_answers

_LONG = 600.0
_SECONDS = 60.0


def test_a_connection_that_is_taken_comes_about() -> None:
    """At once; it waits for its peer as it was told to."""
    with socket.create_server(("127.0.0.1", 0)) as server, connected(server.getsockname(), 7.0) as here:
        there, _ = server.accept()
        with there:
            here.sendall(b"x")
            assert there.recv(1) == b"x"
            assert here.gettimeout() == 7.0


def test_a_refusal_is_told_as_one() -> None:
    """Long before the time is over."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            connected(free.getsockname(), _LONG)


def test_who_is_not_answered_gives_up_in_time() -> None:
    """And says that it was time."""
    with nobody_answers() as address, pytest.raises(TimeoutError):
        connected(address, 0.05)


def test_the_end_of_the_work_ends_connecting() -> None:
    """Whatever thread says so: nobody waits for an answer to what is not wanted any more."""
    ending = Ending()
    ended: list[bool] = []

    def connect() -> None:
        with ended_by(ending), pytest.raises((ConnectionAbortedError, TimeoutError)):  # where it ended before
            connected(address, _LONG)
        ended.append(True)

    with nobody_answers() as address:
        thread = threading.Thread(target=connect, daemon=True)
        thread.start()
        ending.end()
        thread.join(_SECONDS)
        assert ended


def _until_it_ends(work: Callable[[], object], begun: threading.Event) -> None:
    """`work` waits for the network; it ends when nobody wants it any more, as a `ConnectionAbortedError`."""
    ending, ended = Ending(), list[bool]()

    def wait() -> None:
        with ended_by(ending), pytest.raises(ConnectionAbortedError):
            work()
        ended.append(True)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert begun.wait(_SECONDS)
    ending.end()
    thread.join(_SECONDS)
    assert ended


def test_the_end_of_the_work_ends_waiting_for_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver of a network that is gone says nothing for long; that is left behind."""
    begun, released = _silent_resolver(monkeypatch)
    try:
        _until_it_ends(lambda: connected(("files.example.org", 443), _LONG), begun)
    finally:
        released.set()


def test_a_name_that_nobody_resolves_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the resolver itself goes on trying."""
    _, released = _silent_resolver(monkeypatch)
    try:
        with pytest.raises(TimeoutError):
            connected(("files.example.org", 443), 0.05)
    finally:
        released.set()


def _silent_resolver(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Whether somebody asks it, and what lets it answer at last: no test may change the machine's own."""
    begun, released = threading.Event(), threading.Event()

    def silent(_host: str, _port: int, **kinds: int) -> list[object]:
        if not kinds.get("flags"):
            begun.set()
            released.wait(_SECONDS)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    return begun, released


def test_the_end_of_the_work_ends_the_beginning_of_tls() -> None:
    """Of a server that takes the connection, and then says nothing."""
    with _silent_peer() as (port, begun):
        connection = Connection(route_to(f"https://127.0.0.1:{port}"), tls_context(), Throttle())
        _until_it_ends(connection.connect, begun)
        connection.close()


def test_the_end_of_the_work_ends_waiting_for_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """That was asked for a way to the server, and then says nothing."""
    with _silent_peer() as (port, begun):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        connection = Connection(route_to("https://files.example.org"), tls_context(), Throttle())
        _until_it_ends(connection.connect, begun)
        connection.close()


@contextmanager
def _silent_peer() -> Iterator[tuple[int, threading.Event]]:
    """Its port, and whether our first words are there."""
    begun = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            with server.accept()[0] as there:
                there.recv(1)
                begun.set()
                there.recv(1 << 20)
                there.recv(1)  # until it is over

        taking = threading.Thread(target=take, daemon=True)
        taking.start()
        yield server.getsockname()[1], begun
        taking.join(_SECONDS)
        assert not taking.is_alive()
