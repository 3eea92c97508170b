"""Messages through a pipe, one after the other: four bytes that say how long it is, then a pickle.

Only classes of ours, and paths, are made of what arrives.
"""

import io
import pickle
import struct
import threading
from typing import IO, Generic, TypeVar, cast

_LENGTH = struct.Struct("!I")
_MODULES = ("client.", "pathlib")

Heard = TypeVar("Heard")
Said = TypeVar("Said")


class Pipe(Generic[Heard, Said]):
    """One end: hears one kind of messages, says another. Any thread may speak, one listens."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._speaking = threading.Lock()

    def say(self, message: Said) -> None:
        """Raises `OSError` where nobody listens any more."""
        content = pickle.dumps(message)
        with self._speaking:
            self._outgoing.write(_LENGTH.pack(len(content)) + content)
            self._outgoing.flush()

    def hear(self) -> Heard | None:
        """The next message; None when the other side is gone, also where it went in the midst of a word."""
        try:
            length = self._incoming.read(_LENGTH.size)
            content = self._incoming.read(*_LENGTH.unpack(length)) if len(length) == _LENGTH.size else b""
            return cast("Heard", _Strict(io.BytesIO(content)).load())
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            return None

    def hang_up(self) -> None:
        """Says nothing more; the other side hears the end."""
        with self._speaking:
            self._outgoing.close()

    def close(self) -> None:
        """Hears nothing more either."""
        self._incoming.close()


class _Strict(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        found = super().find_class(module, name)
        if module.startswith(_MODULES) and isinstance(found, type):
            return found
        raise pickle.UnpicklingError(f"no message holds {module}.{name}")
