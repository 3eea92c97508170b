"""Whatever goes wrong, as a person should read it: what happened, whether data is safe, what to do next."""

import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from client import errors
from client.gui.reasons import SENTENCE_END, in_words
from client.gui.text import _

Words = tuple[str, str, str]
"""What happened, whether data is safe, what to do next."""


class Kind(Enum):
    """What a window decides by; never by the text."""

    OFFLINE = "offline"
    """The server can't be reached; it may pass by itself."""
    BUSY = "busy"
    """The server is asked too often, or is broken for the moment."""
    NETWORK = "network"
    """What answers is no Sealcase server, or the line is not to be trusted."""
    SIGNED_OUT = "signed out"
    SECOND_FACTOR = "second factor"
    NOT_FOUND = "not found"
    EXPIRED = "expired"
    FULL = "full"
    """No room at the server."""
    REFUSED = "refused"
    UNTRUSTED = "untrusted"
    """Somebody's key is not the one that was known."""
    PASSPHRASE = "passphrase"  # noqa: S105  (a kind of problem)
    WRONG_KEY = "wrong key"
    ALTERED = "altered"
    FILE = "file"
    """Of this machine: can't be read or written."""
    EXISTS = "exists"
    DISK_FULL = "disk full"
    INTERRUPTED = "interrupted"
    """The process that moved it has ended."""
    INPUT = "input"
    """Something was typed that can't be right."""
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Failure:
    """A problem where something was to be done; false while nothing is wrong."""

    text: str = ""
    details: str = ""
    """For Copy details; empty where they would say no more."""

    def __bool__(self) -> bool:
        return bool(self.text)


FINE = Failure()
"""Nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error at the end of its way. No field holds a secret."""

    kind: Kind
    what: str
    """What happened, in a sentence."""
    safe: str
    """Whether data is safe."""
    then: str
    """What to do next."""
    specifics: str = ""
    """The error's own words, where they say more."""
    code: str = ""
    """Of the server's answer, or the name of the error."""
    request_id: str = ""
    resumable: bool = False
    """Whether the next try continues where this one ended."""
    after: float | None = None
    """Seconds to wait, if the server said so."""

    @property
    def details(self) -> str:
        """For Copy details: what somebody who helps needs to know."""
        lines = [self.what, self.specifics, f"code: {self.code}", self.request_id and f"request: {self.request_id}"]
        return "\n".join(line for line in lines if line)

    @property
    def sentence(self) -> str:
        """All that a line has room for."""
        return f"{self.specifics or self.what} {self.then}".strip()

    @property
    def failure(self) -> Failure:
        return Failure(self.sentence, self.details)

    def failure_beside(self, older: object) -> Failure:
        """Nothing where `older` news are shown and only the connection is away: the banner says that."""
        return FINE if older and self.kind is Kind.OFFLINE else self.failure

    @property
    def short_failure(self) -> Failure:
        """Where it is plain what to do."""
        return Failure(self.specifics or self.sentence, self.details)

    @property
    def sentence_and_safety(self) -> str:
        """The same, and whether data is safe."""
        return f"{self.sentence} {self.safe}"

    @property
    def failure_and_safety(self) -> Failure:
        return Failure(self.sentence_and_safety, self.details)


class Told(Exception):
    """A problem that was put into words elsewhere, in another process."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def problem_of(error: BaseException) -> Problem:
    """The problem that any exception is."""
    if isinstance(error, Told):
        return error.problem
    kind = _kind_of(error)
    what, safe, then = _WORDS[kind]()
    if errors.can_continue(error):
        safe = _("What has arrived is kept; the next try continues there.")
    return Problem(
        kind,
        what,
        safe,
        then,
        "" if kind is Kind.BUG else _specifics(error),
        _code_of(error, kind),
        getattr(error, "request_id", None) or "",
        errors.can_continue(error),
        getattr(error, "after", None),
    )


def _kind_of(error: BaseException) -> Kind:
    return next((kind for type_name, kind in _KINDS if type_name in _names_of(type(error))), Kind.BUG)


def _names_of(kind: type[BaseException]) -> frozenset[str]:
    """Names with their modules, so that nothing has to be imported for errors that never came about."""
    return frozenset(f"{each.__module__}.{each.__name__}" for each in kind.__mro__)


_KINDS: tuple[tuple[str, Kind], ...] = (
    ("client.api.failures.Unreachable", Kind.OFFLINE),
    ("client.api.failures.TryAgain", Kind.BUSY),
    ("client.api.failures.TooMany", Kind.BUSY),
    ("client.api.failures.StorageFull", Kind.FULL),
    ("client.errors.SecondFactorRequired", Kind.SECOND_FACTOR),
    ("client.errors.NotSignedIn", Kind.SIGNED_OUT),
    ("client.errors.NotFound", Kind.NOT_FOUND),
    ("client.errors.Expired", Kind.EXPIRED),
    ("client.errors.ContentDamaged", Kind.ALTERED),
    ("client.errors.UntrustedKey", Kind.UNTRUSTED),
    ("client.errors.NetworkError", Kind.NETWORK),
    ("client.errors.Refused", Kind.REFUSED),
    ("client.errors.TargetExists", Kind.EXISTS),
    ("client.errors.DiskFull", Kind.DISK_FULL),
    ("client.errors.FileProblem", Kind.FILE),
    ("client.gui.mover.running.Interrupted", Kind.INTERRUPTED),
    ("client.errors.ClientError", Kind.INPUT),
    ("shared.crypto.errors.WrongPassphrase", Kind.PASSPHRASE),
    ("shared.crypto.errors.WrongKey", Kind.WRONG_KEY),
    ("shared.crypto.errors.BadKey", Kind.FILE),
    ("shared.crypto.errors.SourceChanged", Kind.FILE),
    ("shared.crypto.errors.CryptoError", Kind.ALTERED),
    ("shared.crypto.recovery.NoKit", Kind.INPUT),
    ("shared.sealed.errors.FormatError", Kind.ALTERED),
    ("builtins.OSError", Kind.FILE),
)
"""The first that fits counts."""

_WORDS: dict[Kind, Callable[[], Words]] = {
    Kind.OFFLINE: lambda: (
        _("The server can't be reached."),
        _("Nothing is lost."),
        _("Sealcase goes on trying by itself. Check that you are online."),
    ),
    Kind.BUSY: lambda: (
        _("The server is busy at the moment."),
        _("Nothing is lost."),
        _("Wait a little and try again."),
    ),
    Kind.NETWORK: lambda: (
        _("The server did not answer as a Sealcase server does."),
        _("Nothing was sent or changed."),
        _("Check the server's address, or ask whoever runs it."),
    ),
    Kind.SIGNED_OUT: lambda: (
        _("You are not signed in, or the code does not fit."),
        _("Your keys and files are where they were."),
        _("Sign in again with a new code."),
    ),
    Kind.SECOND_FACTOR: lambda: (
        _("This account has a second factor."),
        _("The emailed code is still good."),
        _("Type the code that your authenticator app shows."),
    ),
    Kind.NOT_FOUND: lambda: (
        _("It is not there, or it is not for you."),
        _("Nothing was changed."),
        _("Check what you typed, or ask whoever sent it."),
    ),
    Kind.EXPIRED: lambda: (
        _("Its time is over."),
        _("Nothing was changed."),
        _("Ask its sender to send it again, or begin again."),
    ),
    Kind.FULL: lambda: (
        _("The server has no room for it."),
        _("What has arrived is kept."),
        _("Delete files that you no longer need, then try again."),
    ),
    Kind.REFUSED: lambda: (
        _("The server said no."),
        _("Nothing was changed."),
        _("Read the reason, and try again once it no longer holds."),
    ),
    Kind.UNTRUSTED: lambda: (
        _("Somebody's key is not the one that you know."),
        _("Nothing was sent to it."),
        _("Compare safety numbers with them before you go on."),
    ),
    Kind.PASSPHRASE: lambda: (
        _("That is not the passphrase."),
        _("Nothing was changed."),
        _("Try again. Nobody can reset it, but a recovery kit brings your keys back."),
    ),
    Kind.WRONG_KEY: lambda: (
        _("Your keys don't open this file."),
        _("The file was left as it is."),
        _("Ask its sender to share it with you again."),
    ),
    Kind.ALTERED: lambda: (
        _("It is not what its sender sealed."),
        _("Nothing of it was saved."),
        _("Ask its sender to send it again, and tell whoever runs the server."),
    ),
    Kind.FILE: lambda: (
        _("A file on this machine can't be used."),
        _("Other files were not touched."),
        _("Check that it exists and that you may read and write there."),
    ),
    Kind.EXISTS: lambda: (
        _("There is something of that name already."),
        _("It was not touched."),
        _("Choose another name or folder."),
    ),
    Kind.DISK_FULL: lambda: (
        _("The disk is full."),
        _("Nothing half-written was left behind."),
        _("Make room, then try again."),
    ),
    Kind.INTERRUPTED: lambda: (
        _("The part of Sealcase that moves files has stopped."),
        _("What has arrived is kept; the next try continues there."),
        _("Try again. If it happens again, copy the details and report them."),
    ),
    Kind.INPUT: lambda: (
        _("That can't be right."),
        _("Nothing was changed."),
        _("Check what you typed."),
    ),
    Kind.BUG: lambda: (
        _("Something went wrong inside Sealcase."),
        _("Your files and keys were not touched."),
        _("Try again. If it happens again, copy the details and report them."),
    ),
}

_FOR_TERMINALS = re.compile(r"`?sealcase [a-z]|--[a-z]|(?<!\w)-o\b|SEALCASE_|device add\b")
"""Advice that only the command line can follow."""


def _specifics(error: BaseException) -> str:
    """The error's message without what is meant for a terminal."""
    if isinstance(error, OSError) and not isinstance(error, errors.ClientError):
        text = f"{error.strerror or type(error).__name__}{f': {error.filename}' if error.filename else ''}"
    else:
        text = str(error)
    sentences = [part for part in SENTENCE_END.split(text) if part and not _FOR_TERMINALS.search(part)]
    text = in_words(" ".join(" ".join(sentences).split()).rstrip(";:, "))
    if not text:
        return ""
    if "://" not in text.partition(" ")[0]:
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _code_of(error: BaseException, kind: Kind) -> str:
    """For a bug also where it is: file and line, which hold no secret."""
    name = getattr(error, "code", None) or type(error).__name__
    if kind is not Kind.BUG:
        return str(name)
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places} on Python {sys.version_info.major}.{sys.version_info.minor}"
