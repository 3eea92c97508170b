"""What the window and the process that moves its files say to each other.

These travel through a pipe that nobody else has an end of, and are the only way by which keys reach that process.
"""

from dataclasses import dataclass

from client.gui.mover.carried import CarriedIdentity, CarriedKeys
from client.gui.presenters.queue_work import Outcome, Progress
from client.gui.problem import Problem
from client.local.paths import Paths
from client.local.queue import Queued
from client.local.session import Session


@dataclass(frozen=True, slots=True)
class Hello:
    """The first word: where this person's files live, and how problems are to be said."""

    paths: Paths
    language: str
    limit: int
    """Bytes a second for all transfers together; 0 for none."""


@dataclass(frozen=True, slots=True, repr=False)
class Start:
    """A transfer, with all that it needs. Its keys are held as long as it runs."""

    number: int
    """By which both speak of it from now on."""
    queued: Queued
    session: Session
    identity: CarriedIdentity | None
    """None where the keys are locked: then it does without."""
    keys: CarriedKeys | None
    """Of a PEM file."""
    invite: tuple[str, ...]
    """Who is to be invited by mail."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """It is to end at its next word, and to wait for nothing any more."""

    number: int


@dataclass(frozen=True, slots=True)
class Limit:
    """From now on, also for what is under way."""

    bytes_a_second: int


@dataclass(frozen=True, slots=True)
class Moved:
    """How far each of some transfers is: a word for all of them, five times a second at most."""

    standings: tuple[tuple[int, Progress], ...]


@dataclass(frozen=True, slots=True)
class Done:
    number: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Failed:
    number: int
    problem: Problem
    contact: str
    """Whose key was being looked at."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """It was cancelled, and has let go of everything."""

    number: int


Order = Hello | Start | Cancel | Limit
End = Done | Failed | Stopped
News = Moved | End
