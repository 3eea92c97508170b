"""Connecting: to whichever address takes it, for so long, and no longer than somebody wants it."""

import socket
import threading

import pytest

from client.api.ending import Ending, ended_by
from client.api.steady import connected
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
