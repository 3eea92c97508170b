"""What a transfer tells while it runs: one stream of typed events for the terminal, for scripts and for the window.

Every byte count is of content, as the person knows the file, not of what travels.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

EventValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one transfer."""

    transfer: str
    """Which one: the path that is sent, or the id of the file that is received."""


@dataclass(frozen=True, slots=True)
class Began(Event):
    """It is known what travels."""

    name: str
    size: int | None
    """None for a pipe, whose length nobody knows."""


@dataclass(frozen=True, slots=True)
class Counted(Event):
    """A folder, of which it is known what travels: each file as a transfer of its own, whose events follow."""

    name: str
    files: int
    size: int
    """Bytes of all files together."""


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """An earlier try got so far; that much need not travel again."""

    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Restarted(Event):
    """An earlier try can't be continued; everything travels, under a new key where the content changed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Encrypting(Event):
    """So much was read and sealed."""

    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Sending(Event):
    """So much was handed to the network; what must be sent again is not counted twice."""

    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Receiving(Event):
    """So much has arrived, been verified and opened."""

    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Waiting(Event):
    """Nothing moves for the moment; it goes on by itself."""

    reason: str
    seconds: float
    """How long until the next try."""


@dataclass(frozen=True, slots=True)
class Rerouted(Event):
    """Content goes through the server from here on: the straight way to the store where it is kept is blocked."""

    reason: str


@dataclass(frozen=True, slots=True)
class Verified(Event):
    """Both sides agree on every byte."""


@dataclass(frozen=True, slots=True)
class Done(Event):
    """The file is at the server for its recipients, or here under its name."""

    file_id: str
    name: str
    size: int
    path: str | None = None
    """Where it was saved; None for what was sent or went into a pipe."""


@dataclass(frozen=True, slots=True)
class Skipped(Event):
    """It was left out, and nothing else suffers from it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """It ended without success."""

    reason: str
    resumable: bool
    """Whether the next try continues where this one ended."""


Tell = Callable[[Event], None]
"""Takes events, from any thread. Raising in it stops the transfer."""


def untold(_event: Event) -> None:
    """For those who don't want to know."""


def to_json(event: Event) -> dict[str, EventValue]:
    """An event as a record of plain values; `event` names its kind in lower case."""
    return {"event": type(event).__name__.lower(), **asdict(event)}
