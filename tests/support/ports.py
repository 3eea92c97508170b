"""Ports for servers that must come back under the same address."""

import itertools
import os
import socket
from contextlib import suppress

import psutil

_FIRST, _LAST = 10_000, 32_000
"""Below those that Linux gives to connections by itself: between two lives of a server nobody gets its port."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0)
_MOST_WORKERS = 16
_candidates = itertools.count(_FIRST + _WORKER % _MOST_WORKERS + os.getpid() % 1_000 * _MOST_WORKERS, _MOST_WORKERS)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has, nor any other worker of these tests asks for."""
    for port in itertools.islice(_candidates, (_LAST - _FIRST) // _MOST_WORKERS):
        port = _FIRST + (port - _FIRST) % (_LAST - _FIRST)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def users_of(port: int) -> set[int]:
    """Who runs what listens there."""
    pids = {each.pid for each in psutil.net_connections("tcp") if each.laddr and each.laddr.port == port and each.pid}
    return {psutil.Process(pid).uids().real for pid in pids}
