"""A bar on the terminal, drawn from the events of one transfer, or of all files of a folder together."""

import os
import sys
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from client.actions.events import (
    Began,
    Counted,
    Done,
    Encrypting,
    Event,
    Failed,
    Receiving,
    Restarted,
    Resumed,
    Sending,
    Verified,
    Waiting,
)
from client.cli.terminal import duration_text, size_text
from client.local.names import shown

_REDRAW_SECONDS = 0.2
_RATE_SECONDS = 5.0
"""The rate that is shown is that of so many last seconds: what was an hour ago tells nothing about the next."""
_BAR_WIDTH = 24
_LABEL_WIDTH = 32
_USUAL_COLUMNS = 80


class Pace:
    """How fast it goes, and how fast it went in all."""

    def __init__(self, now: float) -> None:
        self._marks: deque[tuple[float, int]] = deque([(now, 0)])
        self._began = now
        self._skipped = 0

    def skip(self, size: int) -> None:
        """`size` bytes are done that took no time now."""
        self._skipped += size

    def rate(self, now: float, done: int) -> float:
        """Bytes a second, over the last seconds."""
        done -= self._skipped
        self._marks.append((now, done))
        while len(self._marks) > 2 and self._marks[1][0] <= now - _RATE_SECONDS:
            self._marks.popleft()
        since, before = self._marks[0]
        return max(0, done - before) / max(now - since, 0.001)

    def overall(self, now: float, done: int) -> float:
        return max(0, done - self._skipped) / max(now - self._began, 0.001)

    def elapsed(self, now: float) -> float:
        return now - self._began


class Standing:
    """What the events so far come to. Nothing is kept of files that are over, however many a folder has."""

    def __init__(self, verb: str, now: float) -> None:
        self._verb = verb
        self._name = ""
        self._total: int | None = None
        self._files: int | None = None
        self._files_over = 0
        self._folder: str | None = None
        self._settled = 0
        self._under_way: dict[str, int] = {}
        self._moving: set[str] = set()
        """Transfers of which more is known than how much was encrypted."""
        self._waiting: Waiting | None = None
        self._next_try = 0.0
        self._verified = self._over = False
        self._pace = Pace(now)

    def take(self, event: Event, now: float) -> None:
        match event:
            case Counted():
                self._waiting = None
                self._folder, self._name, self._files, self._total = event.transfer, event.name, event.files, event.size
            case Began():
                self._under_way.setdefault(event.transfer, 0)
                if self._folder is None:
                    self._waiting = None
                    self._name, self._total = event.name, event.size
            case Resumed():
                self._pace.skip(event.done)
                if event.transfer != self._folder:  # of a folder, each file that is there is told by itself
                    self._moved(event.transfer, event.done)
            case Restarted():
                self._moved(event.transfer, 0)
            case Encrypting():
                if event.transfer not in self._moving:
                    self._under_way[event.transfer] = event.done
            case Sending() | Receiving():
                self._moved(event.transfer, event.done)
            case Waiting():
                self._waiting, self._next_try = event, now + event.seconds
            case Verified():
                self._verified = self._folder is None
            case Done():
                self._end(event.transfer, event.size)
                self._over = event.transfer == self._folder or self._folder is None
            case Failed() if self._folder is None:
                self._waiting = None  # and the bar stays where it was
            case Failed():
                self._end(event.transfer, 0)
            case _:
                pass

    def _moved(self, transfer: str, done: int) -> None:
        self._moving.add(transfer)
        self._under_way[transfer] = done
        self._waiting = None

    def _end(self, transfer: str, size: int) -> None:
        self._under_way.pop(transfer, None)
        self._moving.discard(transfer)
        if transfer != self._folder:
            self._settled += size
            self._files_over += 1
            self._waiting = None

    @property
    def done(self) -> int:
        """Bytes of content."""
        return self._settled + sum(self._under_way.values())

    def text(self, now: float, columns: int) -> str:
        """The line to draw, in at most so many columns; empty where nothing is known yet."""
        if not self._name:
            return "" if self._waiting is None else cut(f"{self._verb}: {self._motion_words(now)[0]}", columns)
        words = [cut(f"{self._verb} {shown(self._name)}", _LABEL_WIDTH)]
        if self._total:
            share = min(1.0, self.done / self._total)
            filled = round(share * _BAR_WIDTH)
            words.append(f"[{'█' * filled}{'·' * (_BAR_WIDTH - filled)}] {share:4.0%}")
        if self._files is not None:
            words.append(f"{self._files_over:,} of {self._files:,} files")
        size = size_text(self.done)
        words.append(size if self._total is None else f"{size} of {size_text(self._total)}")
        words += self._end_words(now) if self._over else self._motion_words(now)
        return cut("  ".join(words), columns)

    def _motion_words(self, now: float) -> list[str]:
        rate = self._pace.rate(now, self.done)
        if self._waiting is not None:
            left = max(0.0, self._next_try - now)
            return [f"waiting for the network: {shown(self._waiting.reason)}, next try in {duration_text(left)}"]
        words = [f"{size_text(rate)}/s"]
        if self._total and rate >= 1:
            words.append(f"{duration_text(max(0, self._total - self.done) / rate)} left")
        return words

    def _end_words(self, now: float) -> list[str]:
        words = [f"{size_text(self._pace.overall(now, self.done))}/s", f"in {duration_text(self._pace.elapsed(now))}"]
        return [*words, "verified"] if self._verified else words


class Bar:
    """Draws a `Standing` on stderr a few times a second, also while nothing happens. May be told from any thread."""

    def __init__(self, verb: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._standing = Standing(verb, clock())
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
        if text := self._standing.text(self._clock(), columns - 1):
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
