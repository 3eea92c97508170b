"""One window at a time over one data folder: another one that is started brings the first to the front, and ends.

Two would both continue the same transfers, and each write over what the other has noted of them.
"""

import json
import os
import sys
import time
import tkinter
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from client.errors import ClientError
from client.local.exclusive import open_exclusive
from client.local.paths import Paths
from client.local.private_files import make_private_folder, read_private, write_private

if TYPE_CHECKING:
    import socket

_HERE = "127.0.0.1"
_TOKEN_BYTES = 16
_MOST_ASKED = 128
_DONE = b"in front\n"
_SECONDS = 5.0
"""The longest that the other window is waited for."""
_CLOSING_SECONDS = 10.0
"""The longest that a window takes to close, which answers nobody meanwhile."""
_PAUSE_SECONDS = 0.1
_LOOK_MS = 500
"""Where Tk can't wait for sockets."""


class OnlyOne:
    """Held as long as the window lives; a crash lets go of it as well."""

    def __init__(self, lock: FileIO | None, paths: Paths) -> None:
        self._lock = lock
        self._paths = paths
        self._token = ""
        self._listening: socket.socket | None = None

    @classmethod
    def take(cls, paths: Paths) -> "OnlyOne | None":
        """None where a window is open over these paths. A folder that can't be written is everybody's, as always."""
        try:
            make_private_folder(paths.data)
            lock = open_exclusive(paths.data / "window.lock", os.O_CREAT, 0o600)
        except OSError:
            return cls(None, paths)
        return None if lock is None else cls(lock, paths)

    def listen(self, root: tkinter.Tk, to_front: Callable[[], None]) -> None:
        """Calls `to_front` on the main thread whenever another one was started."""
        if self._lock is None:
            return
        import secrets  # these take their time, and the window is there before them
        import socket

        self._token = secrets.token_hex(_TOKEN_BYTES)
        listening = socket.create_server((_HERE, 0))
        listening.setblocking(False)
        self._listening = listening
        record = {"port": listening.getsockname()[1], "token": self._token}
        with suppress(ClientError):  # then another one only says that we are open
            write_private(_address(self._paths), json.dumps(record).encode())

        def look() -> None:
            with suppress(OSError):
                while True:
                    self._answer(listening.accept()[0], to_front)

        def look_again() -> None:
            look()
            root.after(_LOOK_MS, look_again)

        if sys.platform == "win32":
            look_again()
        else:
            root.createfilehandler(listening, tkinter.READABLE, lambda _file, _mask: look())

    def close(self) -> None:
        """Lets another one in."""
        if self._listening is not None:
            self._listening.close()
            with suppress(OSError):
                _address(self._paths).unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def _answer(self, asking: "socket.socket", to_front: Callable[[], None]) -> None:
        """What asks has 100 ms to say the word that only we and the data folder know."""
        import hmac

        with asking:
            asking.settimeout(0.1)
            said = asking.recv(_MOST_ASKED)
            if hmac.compare_digest(said.strip(), self._token.encode()):
                to_front()
                asking.sendall(_DONE)


def take_or_show(paths: Paths, seconds: float = _CLOSING_SECONDS) -> OnlyOne | None:
    """None where a window is open over these paths, which is in front now; one that is just closing is waited for.

    Raises `TimeoutError` where one does neither.
    """
    end = time.monotonic() + seconds
    while (only := OnlyOne.take(paths)) is None:
        if bring_to_front(paths):
            return None
        if time.monotonic() >= end:
            raise TimeoutError
        time.sleep(_PAUSE_SECONDS)
    return only


def bring_to_front(paths: Paths) -> bool:
    """Whether the window that is open over these paths is in front now."""
    import socket

    try:
        record = json.loads(read_private(_address(paths)) or b"{}")
        with socket.create_connection((_HERE, int(record["port"])), _SECONDS) as asking:
            asking.sendall(str(record["token"]).encode())
            return asking.recv(len(_DONE)) == _DONE
    except (OSError, ValueError, LookupError, TypeError, ClientError):
        return False


def _address(paths: Paths) -> Path:
    return paths.data / "window.json"
