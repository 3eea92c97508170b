"""Where a host is. The system's resolver can't be called off: who waits for it leaves it behind instead."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

from client.api.ending import TimeLeft

_Where = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
Place = tuple[socket.AddressFamily, socket.SocketKind, int, str, _Where]
"""As `getaddrinfo` gives it."""


def addresses_of(address: tuple[str, int], seconds: float) -> Sequence[Place]:
    """All places of a host and port. Raises `OSError` where there is none, `TimeoutError` where nobody says so in time,
    and `ConnectionAbortedError` where the work that it is for has ended meanwhile.
    """
    with suppress(socket.gaierror):  # an address needs no asking, and no thread
        return socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    time_left, asked = TimeLeft(seconds), _Asked(address)
    threading.Thread(target=asked.ask, name="resolver", daemon=True).start()
    while not asked.answered.wait(time_left.next_look()):
        pass
    return asked.places()


class _Asked:
    """A question that a thread puts to the resolver; if nobody waits any more, its answer is of no use to anybody."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._places: Sequence[Place] = ()
        self._failure: OSError | UnicodeError | None = None
        self.answered = threading.Event()

    def ask(self) -> None:
        try:
            self._places = socket.getaddrinfo(*self._address, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            self._failure = error
        finally:
            self.answered.set()

    def places(self) -> Sequence[Place]:
        if self._failure is not None:
            raise self._failure
        return self._places
