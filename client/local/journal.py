"""Journals: what a transfer has achieved, kept so that no crash takes it back.

A journal is a private file (mode 0600) of JSON objects, one a line. The first says what it is about, each further one
is added when something was achieved. A line that a crash tore was not achieved yet, and is ignored. Whoever works with
a journal holds it locked; one that nobody holds belongs to a transfer that was interrupted.
"""

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from client.errors import FileProblem
from client.local.exclusive import open_exclusive, sync_folder
from client.local.outputs import write_all
from client.local.private_files import make_private_folder

Value = str | int | float | bool | None
Record = Mapping[str, Value]
_MAX_BYTES = 64 << 20
"""10,000 parts take 3 MB; more is not ours."""


def place_of(folder: Path, *of: bytes) -> Path:
    """Where the journal of a transfer is that these names tell from every other, without telling them."""
    return folder / hashlib.sha256(b"\0".join(of)).hexdigest()


class Journal:
    """One journal, open and locked. May be shared by threads."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self._path = path
        self._file = file
        self._writing = threading.Lock()

    @classmethod
    def create(cls, path: Path, about: Record) -> "Journal":
        """A new journal in place of whatever was there. Raises `FileProblem`, also while somebody else holds it."""
        try:
            make_private_folder(path.parent)
            file = open_exclusive(path, os.O_CREAT | os.O_APPEND, 0o600)
            if file is None:
                raise FileProblem(f"another Sealcase is at work on the same transfer ({path}); nothing was changed")
            file.truncate(0)
            journal = cls(path, file)
            journal.note(about)
            sync_folder(path.parent)
        except OSError as error:
            raise FileProblem(f"can't write {path}: {error.strerror}. Nothing was sent or received.") from None
        return journal

    @classmethod
    def take_up(cls, path: Path) -> "tuple[Journal, list[dict[str, Value]]] | None":
        """An interrupted transfer's journal with its lines, the first one included.

        None where there is none, somebody is at work on it, or nothing in it can be used.
        """
        with suppress(OSError):
            file = open_exclusive(path, os.O_APPEND, 0o600)
            if file is not None:
                if records := _records(file.read(_MAX_BYTES) or b""):
                    return cls(path, file), records
                file.close()
        return None

    def note(self, record: Record, *, durable: bool = True) -> None:
        """Adds a line, which no crash of ours takes back, nor (where `durable`) a power cut. Raises `FileProblem`."""
        # A leading newline closes a line that a crash may have torn.
        line = b"\n" + json.dumps(record, separators=(",", ":")).encode("utf-8")
        try:
            with self._writing:
                write_all(self._file, memoryview(line))
                if durable:
                    getattr(os, "fdatasync", os.fsync)(self._file.fileno())
        except OSError as error:
            raise FileProblem(
                f"can't write {self._path}: {error.strerror}. What was sent or received so far is noted and kept."
            ) from None

    def close(self) -> None:
        """Lets go of it; the transfer can be taken up later."""
        self._file.close()

    def remove(self) -> None:
        """The transfer is over, one way or the other."""
        with suppress(OSError):  # while it is still ours
            self._path.unlink()
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _records(content: bytes) -> list[dict[str, Value]]:
    """Every whole line; nothing at all where the first is not whole, since then nobody knows what the others mean."""
    found: list[dict[str, Value]] = []
    lines = [line for line in content.split(b"\n") if line]
    for number, line in enumerate(lines):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            found.append(record)
        elif number == 0:
            return []
    return found
