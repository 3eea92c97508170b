"""Many files at a time: what goes wrong with one of them is remembered, and the others go on."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from client import errors
from client.actions.events import Event, Failed, Tell
from client.api.failures import StorageFull, TooMany
from client.local.left_out import LeftOut
from shared.crypto.errors import CryptoError
from shared.crypto.workers import FixedLanes
from shared.sealed.errors import FormatError

ONE = FixedLanes(1)
EACH_BYTES = 1 << 16
"""What a small file weighs on the line beside its own bytes."""
_OF_ALL = (errors.NetworkError, errors.NotSignedIn, errors.NeedsInput, StorageFull, TooMany, BrokenPipeError)
"""Every other file would meet them as well."""
_OF_ONE = (errors.ClientError, CryptoError, FormatError, OSError)


class Troubles:
    """What failed, and why. May be shared by threads."""

    def __init__(self, tell: Tell, before: Iterable[LeftOut] = ()) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._failed = list(before)
        self.error: Exception | None = None
        """The one that was met last."""

    @property
    def failed(self) -> tuple[LeftOut, ...]:
        return tuple(self._failed)

    @contextmanager
    def one(self, path: str, transfer: str) -> Iterator[None]:
        """Around the work on one file, known as `path` to people: its own errors end here, those of all do not."""
        try:
            yield
        except _OF_ALL:
            raise
        except _OF_ONE as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else errors.words_of(error)
            with self._lock:
                self._failed.append(LeftOut(path, reason))
                self.error = error
            self._tell(Failed(transfer, reason, resumable=True))


class Inside:
    """Who listens to a transfer that is part of a larger one: it ends with that, at its next word."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._over = False

    def tell(self, event: Event) -> None:
        """Raises `KeyboardInterrupt` once all is over."""
        if self._over:
            raise KeyboardInterrupt
        self._tell(event)

    def stop(self) -> None:
        """All is over. Whoever waits for the network says so every few seconds, and ends then."""
        self._over = True


def base(path: str) -> str:
    """The last name of a path with `/` between names."""
    return path.rpartition("/")[2]
