"""What one presenter tells the others, without knowing who they are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened in the window. Told and heard on the main thread."""


@dataclass(frozen=True, slots=True)
class SignedIn(News):
    email: str
    server: str


@dataclass(frozen=True, slots=True)
class SignedOut(News):
    """Nobody is signed in any more; whoever shows something of theirs forgets it."""

    email: str = ""
    """Who was, if they did not mean to: the session has ended by itself, and what it stopped goes on with the next."""
    server: str = ""


class Unlocked(News):
    """The keys are in memory."""

    __slots__ = ()


class Locked(News):
    """The keys were forgotten; what is secret is no longer shown."""

    __slots__ = ()


class KeysChanged(News):
    """The keys on this machine were made, replaced, or a recovery kit was made of them."""

    __slots__ = ()


class WentOffline(News):
    """The server can't be reached."""

    __slots__ = ()


class CameOnline(News):
    """It can be reached again: whoever shows something of the server's asks anew."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FileSent(News):
    file_id: str
    name: str


@dataclass(frozen=True, slots=True)
class FileReceived(News):
    file_id: str
    path: str


class FilesChanged(News):
    """Files of mine at the server are others than before, or on other terms."""

    __slots__ = ()


class ContactsChanged(News):
    """People, their keys or their groups."""

    __slots__ = ()


class SettingsChanged(News):
    """They were saved; `house.settings` has them."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class OpenTab(News):
    """Somebody wants to see a tab, by its name in the registry."""

    name: str


class MakeKit(News):
    """Somebody wants to make a recovery kit; the Account tab, which is open already, leads through it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ShowContact(News):
    """Somebody wants to look at a contact, whose key is perhaps not the one that was known; told after `OpenTab`."""

    email: str


@dataclass(frozen=True, slots=True)
class DroppedFiles(News):
    """Files or folders were dropped on the window, or pasted."""

    paths: tuple[str, ...]


Kind = TypeVar("Kind", bound=News)


class Bus:
    """Delivers at once, to all who listened when it was told, in the order in which they came."""

    def __init__(self) -> None:
        self._listeners: dict[type[News], list[Callable[[News], None]]] = {}

    def on(self, kind: type[Kind], call: Callable[[Kind], None]) -> Callable[[], None]:
        """Listens for one kind of news; what it returns ends that."""
        listeners = self._listeners.setdefault(kind, [])
        listener = cast("Callable[[News], None]", call)
        listeners.append(listener)
        return lambda: listeners.remove(listener) if listener in listeners else None

    def tell(self, news: News) -> None:
        for listener in tuple(self._listeners.get(type(news), ())):
            listener(news)
