"""The chain of entries: one file a month, one line an entry, each with the SHA-256 of the line before it.

2026-11.ndjson holds what was written in that month. Where older months were let go of, `anchor` holds the first month
that is kept and the hash of the last line before it. A line without an end was torn by a crash: nobody was told
that it was written, and the next one takes its place.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from server.adapters import durable
from server.adapters.activity.entry import BEGINNING, event_of, hash_of, line_of, month_of, previous_of
from server.domain import Event
from server.ports import Finding

_SUFFIX = ".ndjson"
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_CHUNK = 4_096


class Chain:
    """Writing is for whoever holds the log's lock; reading needs none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._anchor = folder / "anchor"

    def months(self) -> list[str]:
        """Those that are kept, oldest first."""
        found = (name.removesuffix(_SUFFIX) for name in durable.names(self._folder) if name.endswith(_SUFFIX))
        oldest = self._anchored()[0]
        return sorted(month for month in found if _MONTH.fullmatch(month) and month >= oldest)

    def next_place(self, now: float) -> tuple[str, int]:
        """Month and offset of the next entry; a torn line there is cut away."""
        months = self.months()
        month = max([month_of(now), *months[-1:]])
        return month, _heal(self._file(month)) if month in months else 0

    def append(self, event: Event, month: str) -> None:
        """The entry is on disk when this returns. `month` as `next_place` said."""
        line = line_of(event, self._last_hash())
        file = self._file(month)
        new = not file.exists()
        with durable.private_file(file) as opened:
            opened.seek(0, os.SEEK_END)
            durable.write_at_once(opened.fileno(), line + b"\n")
            getattr(os, "fdatasync", os.fsync)(opened.fileno())
        if new:
            durable.sync_folder(self._folder)

    def read(self, month: str, offset: int) -> Event | None:
        """The entry that begins there; None where none does."""
        try:
            with self._file(month).open("rb") as file:
                file.seek(offset)
                line = file.readline()
        except FileNotFoundError:
            return None
        return event_of(line) if line.endswith(b"\n") else None

    def lines(self) -> Iterator[tuple[str, int, bytes]]:
        """Every whole line without its end, oldest first, with its month and offset."""
        for month in self.months():
            offset = 0
            with self._file(month).open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):  # being written, or torn by a crash: no entry yet
                        break
                    yield month, offset, line.removesuffix(b"\n")
                    offset += len(line)

    def beginning(self) -> str:
        """The hash that the oldest line names."""
        return self._anchored()[1]

    def forget(self, month: str) -> None:
        """Remove the oldest month; the next one, which there is, becomes the first."""
        following = next(each for each in self.months() if each > month)
        last = _last_line(self._file(month))
        before = hash_of(last) if last is not None else self._anchored()[1]
        durable.write(self._anchor, f"{following} {before}\n".encode())
        durable.remove(self._file(month))

    def verify(self) -> Iterator[Finding | tuple[str, int, Event]]:
        """Every entry with its place, oldest first, and everything that is wrong in between."""
        expected = self._anchored()[1]
        for month in self.months():
            offset = 0
            with self._file(month).open("rb") as file:
                for number, line in enumerate(file, 1):
                    if not line.endswith(b"\n"):  # being written, or torn by a crash: no entry yet
                        break
                    where = f"activity/{month}{_SUFFIX}:{number}"
                    event = event_of(line)
                    if event is None:
                        yield Finding(where, "is no entry")
                    elif previous_of(line) != expected:
                        yield Finding(where, "does not follow the entry before it: something was changed or removed")
                    if event is not None:
                        yield month, offset, event
                    expected = hash_of(line.removesuffix(b"\n"))
                    offset += len(line)

    def end(self) -> tuple[str, int]:
        """Where the last month ends."""
        months = self.months()
        return (months[-1], self._file(months[-1]).stat().st_size) if months else ("", 0)

    def _last_hash(self) -> str:
        for month in reversed(self.months()):
            if (line := _last_line(self._file(month))) is not None:
                return hash_of(line)
        return self._anchored()[1]

    def _anchored(self) -> tuple[str, str]:
        """The first month that is kept, and the hash before it."""
        try:
            month, _, before = self._anchor.read_text(encoding="ascii").strip().partition(" ")
        except FileNotFoundError:
            return "", BEGINNING
        return month, before

    def _file(self, month: str) -> Path:
        return self._folder / f"{month}{_SUFFIX}"


def newest_time(folder: Path) -> float | None:
    """When the newest entry in `folder` was written; None where there is none."""
    chain = Chain(folder)
    for month in reversed(chain.months()):
        if (line := _last_line(folder / f"{month}{_SUFFIX}")) is not None and (event := event_of(line)) is not None:
            return event.at
    return None


def _heal(file: Path) -> int:
    """Cut away a line that was torn; returns the size that is left."""
    with file.open("r+b") as opened:
        size = opened.seek(0, os.SEEK_END)
        whole = _line_start(opened, size)
        if whole != size:
            opened.truncate(whole)
    return whole


def _last_line(file: Path) -> bytes | None:
    """Without its end; None for an empty file. What is torn is no line."""
    with file.open("rb") as opened:
        end = _line_start(opened, opened.seek(0, os.SEEK_END))
        if end == 0:
            return None
        start = _line_start(opened, end - 1)
        return _read(opened, start, end - 1)


def _line_start(file: BinaryIO, end: int) -> int:
    """Where the line begins that `end` is in: behind the last newline before `end`."""
    while end > 0:
        start = max(0, end - _CHUNK)
        at = _read(file, start, end).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0


def _read(file: BinaryIO, start: int, stop: int) -> bytes:
    file.seek(start)
    return file.read(stop - start)
