"""Talking to the person: results on stdout, everything else on stderr."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import click

from client.errors import NeedsInput
from client.local.names import shown
from client.local.secrets import nobody_to_ask
from shared.crypto.metadata import Metadata
from shared.crypto.workers import Progress, no_progress

JsonValue = str | int | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
_REDRAW_SECONDS = 0.1
_BAR_WIDTH = 24


def result(line: str) -> None:
    """One result, for people and scripts."""
    click.echo(line)


def result_json(value: JsonValue) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def result_path(path: Path) -> None:
    """A path as a result: its very bytes, whether or not they are UTF-8."""
    click.echo(os.fsencode(path))


def note(text: str) -> None:
    """Something that the person should know, and a script need not. May quote a server, which must not fake output."""
    click.echo("\n".join(shown(line) for line in text.split("\n")), err=True)


def ask_secret(prompt: str, twice: bool) -> str:
    """Asks at the terminal, unseen, also while standard input is a pipe. Raises `NeedsInput` where there is none."""
    if not (sys.stdin.isatty() or _has_terminal()):
        return nobody_to_ask(prompt, twice)
    answer: str = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
    return answer


def ask_line(question: str) -> str:
    """Asks for something short that may be seen. Raises `NeedsInput` where there is no terminal."""
    if not sys.stdin.isatty():
        raise NeedsInput(f"this is asked for at a terminal, and there is none: {question}")
    answer: str = click.prompt(question, err=True)
    return answer


def size_text(size: int | float) -> str:
    """12 B, 3.4 KB, 5.6 MB: decimal units, as file managers show them."""
    if size < 1_000:
        return f"{size:.0f} B"
    for unit in ("KB", "MB", "GB"):
        size /= 1_000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1_000:.1f} TB"


def date_text(timestamp: int, zone: tzinfo | None = None) -> str:
    """A moment to the minute, in local time unless said otherwise; for one beyond all calendars its Unix seconds."""
    try:
        return f"{datetime.fromtimestamp(timestamp, UTC).astimezone(zone):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return f"@{timestamp}"


@contextmanager
def progress_bar(label: str, total: int | None) -> Iterator[Progress]:
    """A bar with rate and time left on stderr, if that is a terminal; silence otherwise."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    bar = _Bar(label, total)
    try:
        yield bar.advance
    finally:
        bar.close()


class LateBar:
    """A progress bar that begins when name and size have been decrypted."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._stack = ExitStack()

    def __enter__(self) -> "LateBar":
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    def start(self, metadata: Metadata) -> Progress:
        return self._stack.enter_context(progress_bar(f"{self._verb} {metadata.name}", metadata.size))


def _has_terminal() -> bool:
    """Whether there is somebody to ask, wherever standard input comes from."""
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        return True
    return False


class _Bar:
    """Redrawn at most ten times a second, from whatever thread comes along."""

    def __init__(self, label: str, total: int | None) -> None:
        label = shown(label)
        self._label = label if len(label) <= 32 else f"{label[:31]}…"
        self._total = total
        self._done = 0
        self._lock = threading.Lock()
        self._started = self._drawn = time.monotonic()

    def advance(self, amount: int) -> None:
        with self._lock:
            self._done += amount
            now = time.monotonic()
            if now - self._drawn >= _REDRAW_SECONDS:
                self._drawn = now
                self._draw(now)

    def close(self) -> None:
        with self._lock:
            self._draw(time.monotonic())
            sys.stderr.write("\n")

    def _draw(self, now: float) -> None:
        rate = self._done / max(now - self._started, 0.001)
        text = f"{self._label}  {size_text(self._done)}"
        if self._total:
            share = min(1.0, self._done / self._total)
            filled = round(share * _BAR_WIDTH)
            left = max(0, self._total - self._done) / max(rate, 1)
            text = f"{self._label}  [{'█' * filled}{'·' * (_BAR_WIDTH - filled)}] {share:4.0%}"
            text += f"  {size_text(self._done)} of {size_text(self._total)}  {_duration(left)} left"
        width = os.get_terminal_size(sys.stderr.fileno()).columns or 80  # some terminals do not say how wide they are
        sys.stderr.write(f"\r\x1b[K{f'{text}  {size_text(rate)}/s'[: width - 1]}")
        sys.stderr.flush()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3_600}:{whole % 3_600 // 60:02d} h"
