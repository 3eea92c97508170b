"""What tabs ask of the queue of transfers: to receive something, and to be told how far it is.

`house.transfers` is whoever runs the queue; a tab knows only what stands here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from client.gui.problem import Problem

if TYPE_CHECKING:
    from shared.crypto.keys import PrivateKeys


class GetStatus(Enum):
    """How it is with something that is received."""

    WAITING = "waiting"
    """For its turn, the network or the keys."""
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (GetStatus.DONE, GetStatus.FAILED, GetStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Get:
    """A file or a folder to receive. Name clashes were asked about before: `replace` says how."""

    file_id: str
    folder: Path
    """Where it goes; made if it is not there."""
    name: str = ""
    """As it is listed; empty where that is not known."""
    size: int | None = None
    """Bytes of content, if known."""
    from_email: str = ""
    save_as: str = ""
    """A file name of the person's choice; empty for the sender's."""
    replace: bool = False
    """Whether what is there already may be replaced."""
    key_file: str = ""
    """The PEM file whose key opens it; empty for my own keys. After a restart its key must be asked for again."""
    keys: "PrivateKeys | None" = field(default=None, repr=False, compare=False)
    """What is in it; in memory only, never to be written anywhere."""

    @property
    def target(self) -> Path:
        """As `client.actions.receive_any.receive` takes it."""
        return self.folder / self.save_as if self.save_as else self.folder


@dataclass(frozen=True, slots=True)
class GetState:
    """How far something is."""

    number: int
    """By which the queue knows it."""
    file_id: str
    status: GetStatus
    words: str = ""
    """The same for people, with its rate or its reason where there is one."""
    done: int = 0
    total: int | None = None
    path: str = ""
    """Where it was saved, once it is there."""
    problem: Problem | None = None
    """Why it failed."""


class Transfers(Protocol):
    """The queue. Called on the main thread, and calls back there."""

    def add_get(self, wanted: Get) -> int:
        """Receives something as soon as it is its turn; its number. `FileReceived` is told when it is there."""

    def watch_gets(self, heard: Callable[[GetState], None]) -> Callable[[], None]:
        """Tells how all that is received is now, and whenever that changes; what it returns ends that."""

    def retry_get(self, number: int) -> None:
        """After a failure or a pause: continues where it stopped. Nothing for what runs or is done."""

    def cancel_get(self, number: int) -> None:
        """Ends it, and removes what had arrived. Nothing for what is over."""
