"""What a transfer's events look like: a bar on a terminal, JSON lines for scripts, else only what is worth a line."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from client.actions.events import (
    Began,
    Counted,
    Done,
    Encrypting,
    Event,
    Failed,
    Receiving,
    Rerouted,
    Restarted,
    Resumed,
    Sending,
    Skipped,
    Tell,
    Waiting,
    to_json,
)
from client.cli.bar import Bar
from client.cli.terminal import note
from shared.crypto.workers import Progress

_LONG_WAIT_SECONDS = 4.0
"""Shorter pauses are nobody's business."""


@contextmanager
def faces(verb: str, *, as_events: bool = False) -> Iterator[Tell]:
    """Where the events of one transfer, or of all files of a folder, go. To be told from any thread.

    `as_events`: each is a line of JSON on standard output. Otherwise a bar on stderr where that is a terminal; `verb`
    comes before the name, as in "Sending backup.tar". Where it is none, silence but for what is worth a line.
    """
    if as_events:
        yield _EventLines().tell
    elif sys.stderr.isatty():
        with Bar(verb) as bar:
            lines = _Lines(bar.line, of_waiting=False)

            def tell(event: Event) -> None:
                bar.tell(event)
                lines.tell(event)

            yield tell
    else:
        yield _Lines(note, of_waiting=True).tell


def counted(
    tell: Tell, kind: type[Encrypting | Sending | Receiving], transfer: str, name: str, size: int | None
) -> Progress:
    """Tells amounts of content as events of one transfer, which begins now. To be called from any thread."""
    lock = threading.Lock()
    done = 0

    def progress(amount: int) -> None:
        nonlocal done
        with lock:
            done += amount
            tell(kind(transfer, done, size))

    tell(Began(transfer, name, size))
    return progress


class _EventLines:
    """NDJSON: each event on a line of its own, there as soon as it happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def tell(self, event: Event) -> None:
        # ASCII only: a path that is not UTF-8 can't be written otherwise.
        line = json.dumps(to_json(event), separators=(",", ":")) + "\n"
        with self._lock:
            sys.stdout.write(line)
            sys.stdout.flush()


class _Lines:
    """The few events that a person wants to read later, too."""

    def __init__(self, write: Callable[[str], None], *, of_waiting: bool) -> None:
        self._write = write
        self._of_waiting = of_waiting
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._waited = 0.0

    def tell(self, event: Event) -> None:
        if text := self._text(event):
            self._write(text)

    def _text(self, event: Event) -> str | None:
        match event:
            case Began() | Counted():
                with self._lock:
                    self._names[event.transfer] = event.name
            case Done() | Failed():
                with self._lock:
                    self._names.pop(event.transfer, None)
            case Resumed():
                how_far = f"{event.done / event.total:.0%}" if event.total else f"byte {event.done}"
                return f"{self._name(event)}: continued at {how_far}."
            case Restarted():
                return f"{self._name(event)}: begun afresh: {event.reason}."
            case Rerouted():
                return f"{self._name(event)}: goes through the server from here on: {event.reason}."
            case Skipped():
                return f"{event.transfer}: left out, {event.reason}."
            case Waiting() if self._of_waiting and self._is_long(event):
                return f"waiting for the network: {event.reason}. It goes on by itself."
            case Sending() | Receiving():
                with self._lock:
                    self._waited = 0.0
        return None

    def _name(self, event: Event) -> str:
        with self._lock:
            return self._names.get(event.transfer, event.transfer)

    def _is_long(self, event: Waiting) -> bool:
        """Whether this pause makes the waiting a long one: said once, until something moves again."""
        with self._lock:
            before, self._waited = self._waited, self._waited + event.seconds
            return before < _LONG_WAIT_SECONDS <= self._waited


def refuse_json_and_events(as_json: bool, as_events: bool) -> None:
    """Raises `UsageError` where both are wanted."""
    if as_json and as_events:
        raise click.UsageError("Standard output takes the events or the JSON, not both.")
