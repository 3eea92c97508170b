"""A bar on the terminal, drawn from the events of one transfer, or of all files of a folder together."""

import os
import sys
import threading
import time
import unicodedata
from collections.abc import Callable
from types import TracebackType
from typing import Self

from client.actions.events import Event
from client.actions.standing import Standing
from client.cli.terminal import duration_text, size_text
from client.local.names import shown

_REDRAW_SECONDS = 0.2
_BAR_WIDTH = 24
_LABEL_WIDTH = 32
_USUAL_COLUMNS = 80


def text_of(standing: Standing, verb: str, now: float, columns: int) -> str:
    """The line to draw, in at most so many columns; empty where nothing is known yet."""
    if not standing.name:
        return "" if standing.waiting is None else cut(f"{verb}: {_motion_words(standing, now)[0]}", columns)
    words = [cut(f"{verb} {shown(standing.name)}", _LABEL_WIDTH)]
    if standing.total:
        share = min(1.0, standing.done / standing.total)
        filled = round(share * _BAR_WIDTH)
        words.append(f"[{'█' * filled}{'·' * (_BAR_WIDTH - filled)}] {share:4.0%}")
    if standing.files is not None:
        words.append(f"{standing.files_over:,} of {standing.files:,} files")
    size = size_text(standing.done)
    words.append(size if standing.total is None else f"{size} of {size_text(standing.total)}")
    words += _end_words(standing, now) if standing.over else _motion_words(standing, now)
    return cut("  ".join(words), columns)


def _motion_words(standing: Standing, now: float) -> list[str]:
    rate = standing.pace.rate(now, standing.done)
    if standing.waiting is not None:
        left = max(0.0, standing.next_try - now)
        return [f"waiting for the network: {shown(standing.waiting.reason)}, next try in {duration_text(left)}"]
    words = [f"{size_text(rate)}/s"]
    if standing.total and rate >= 1:
        words.append(f"{duration_text(max(0, standing.total - standing.done) / rate)} left")
    return words


def _end_words(standing: Standing, now: float) -> list[str]:
    words = [
        f"{size_text(standing.pace.overall(now, standing.done))}/s",
        f"in {duration_text(standing.pace.elapsed(now))}",
    ]
    return [*words, "verified"] if standing.verified else words


class Bar:
    """Draws a `Standing` on stderr a few times a second, also while nothing happens. May be told from any thread."""

    def __init__(self, verb: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._verb = verb
        self._standing = Standing(clock())
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._drawn = False
        self._artist = threading.Thread(target=self._draw_now_and_then, name="progress bar", daemon=True)

    def tell(self, event: Event) -> None:
        with self._lock:
            self._standing.take(event, self._clock())

    def line(self, text: str) -> None:
        """A line that stays, above the bar."""
        with self._lock:
            sys.stderr.write(f"\r\x1b[K{shown(text)}\n")
            self._draw()

    def __enter__(self) -> Self:
        self._artist.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._artist.join()
        with self._lock:
            self._draw()
            if self._drawn:
                sys.stderr.write("\n")
                sys.stderr.flush()

    def _draw_now_and_then(self) -> None:
        while not self._closed.wait(_REDRAW_SECONDS):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS  # some terminals do not say
        if text := text_of(self._standing, self._verb, self._clock(), columns - 1):
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            self._drawn = True


def cut(text: str, columns: int) -> str:
    """`text`, or its beginning and `…` where it takes more columns than that."""
    left = columns
    for position, character in enumerate(text):
        left -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if left < 0:
            return f"{_front(text[:position], columns - 1)}…"
    return text


def _front(text: str, columns: int) -> str:
    while sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text) > columns:
        text = text[:-1]
    return text
