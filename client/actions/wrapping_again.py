"""After a change of keys: the keys of my files, sent and received, are wrapped for the new ones, file by file.

What is left to do follows from the files themselves, so it can be stopped at any moment and continued later.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from client.actions.person import Person
from client.actions.receive import open_item
from client.actions.receive_format0 import OldFile
from client.api.retries import Patience, Retries, TellWaiting, untold
from client.errors import Expired, NetworkError, NotFound, Refused
from shared.api.models import FileItem
from shared.crypto.errors import CryptoError, WrongKey
from shared.crypto.format0 import unwrap_format0
from shared.crypto.grants import Reader, grant_to, rewrap
from shared.crypto.identity import Identity
from shared.crypto.keys import PrivateKeys
from shared.crypto.open import Opened
from shared.sealed.errors import FormatError

_AT_ONCE = 4
_BATCH = 64


class State(Enum):
    """What a change of keys means for a file."""

    CURRENT = "current"
    """It opens with the keys of now."""
    WRAPPED = "wrapped"
    """It does from now on."""
    EARLIER = "earlier"
    """It opens with earlier keys only."""
    CLOSED = "closed"
    """It opens with none of mine."""
    GONE = "gone"
    """It expired, or was deleted, just now."""


@dataclass(slots=True)
class Tally:
    """How many files there were of each kind, as far as it went."""

    looked_at: int = 0
    wrapped: int = 0
    earlier: int = 0
    closed: int = 0

    def count(self, state: State) -> None:
        self.looked_at += 1
        self.wrapped += state is State.WRAPPED
        self.earlier += state is State.EARLIER
        self.closed += state is State.CLOSED


TellTally = Callable[[Tally], None]


def wrap_files_again(
    person: Person, identity: Identity, tell: TellTally = lambda _: None, waiting: TellWaiting = untold
) -> Tally:
    """Wraps every file that opens only with earlier keys for the keys of now; `tell` hears how far it is.

    What stays `earlier` can't be wrapped again: the old format has no place for it, or the server refused. Raises
    `NetworkError` or `NotSignedIn`; what was done by then is done.
    """
    retries = Retries(Patience.of_transfers(), waiting)
    return _each_file(person, lambda item: _wrap_again(person, identity, item, retries), tell)


def files_on_earlier_keys(person: Person, identity: Identity, tell: TellTally = lambda _: None) -> Tally:
    """Counts the files that would not open any more without the earlier keys. Raises as `wrap_files_again` does."""
    return _each_file(person, lambda item: _state_of(person, identity, item)[0], tell)


def _each_file(person: Person, work: Callable[[FileItem], State], tell: TellTally) -> Tally:
    tally = Tally()
    files: Iterator[FileItem] = person.api.files("all")
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        while batch := list(islice(files, _BATCH)):
            for state in threads.map(work, batch):
                tally.count(state)
                tell(tally)
    return tally


def _wrap_again(person: Person, identity: Identity, item: FileItem, retries: Retries) -> State:
    state, opened = _state_of(person, identity, item)
    if state is not State.EARLIER or opened is None:
        return state
    mine = item.owner and opened.sender == identity.card.signing_key
    make = grant_to if mine else rewrap
    grant = make(identity.keys.public, opened.file_key, opened.manifest, identity.signing_key)
    try:
        if mine:
            retries.run(lambda: person.api.add_grants(item.file_id, [grant]))
        else:
            retries.run(lambda: person.api.wrap_again(item.file_id, grant))
    except (NotFound, Expired):
        return State.GONE
    except Refused:
        return State.EARLIER
    return State.WRAPPED


def _state_of(person: Person, identity: Identity, item: FileItem) -> tuple[State, Opened | None]:
    """With what a file opens: it is opened as for reading, signature and all, before anybody vouches for it."""
    if item.format == 0:
        return _state_of_old(person, identity, item), None
    if _opened(item, identity.keys.alone, identity.reader):
        return State.CURRENT, None
    if opened := _opened(item, identity.keys, identity.reader):
        return State.EARLIER, opened
    return State.CLOSED, None


def _opened(item: FileItem, keys: PrivateKeys, me: Reader) -> Opened | None:
    try:
        return open_item(item, keys, me)
    except (CryptoError, FormatError, NetworkError):  # the last: the server mixed up two files
        return None


def _state_of_old(person: Person, identity: Identity, item: FileItem) -> State:
    """A file of the old format has one wrapped key, for one RSA key."""
    try:
        old = OldFile.of(person.api.file(item.file_id))
    except (NotFound, Expired):
        return State.GONE
    except (FormatError, Refused):
        return State.CLOSED
    for keys, state in ((identity.keys.alone, State.CURRENT), (identity.keys, State.EARLIER)):
        with suppress(WrongKey):
            unwrap_format0(old.wrapped_key, keys)
            return state
    return State.CLOSED
