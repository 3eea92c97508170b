"""Talking to the person: results on stdout, everything else on stderr."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import click

from client.local.secrets import nobody_to_ask
from shared.crypto.workers import Progress, no_progress

JsonValue = str | int | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
_REDRAW_SECONDS = 0.1
_BAR_WIDTH = 24


def result(line: str) -> None:
    """One result, for people and scripts."""
    click.echo(line)


def result_json(value: JsonValue) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def note(text: str) -> None:
    """Something that the person should know, and a script need not."""
    click.echo(text, err=True)


def ask_secret(prompt: str, twice: bool) -> str:
    """Asks at the terminal, unseen. Raises `NeedsInput` where there is none."""
    if not sys.stdin.isatty():
        return nobody_to_ask(prompt, twice)
    answer: str = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
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


class _Bar:
    """Redrawn at most ten times a second, from whatever thread comes along."""

    def __init__(self, label: str, total: int | None) -> None:
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
        width = os.get_terminal_size(sys.stderr.fileno()).columns if sys.stderr.isatty() else 80
        sys.stderr.write(f"\r\x1b[K{f'{text}  {size_text(rate)}/s'[: width - 1]}")
        sys.stderr.flush()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3_600}:{whole % 3_600 // 60:02d} h"
