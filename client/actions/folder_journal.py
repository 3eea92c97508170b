"""What is noted of a folder that is being sent: which files are there, under which ids, so that the rest can follow.

A file's id is noted before the file travels. One that was under way when everything stopped is looked for at the server
under that id, and so is never there twice. Lines are made durable twice a second: a power cut may cost the last ones,
whose files are then sent again and stand in no folder list.
"""

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from client.actions.order import Order
from client.actions.person import Person
from client.local.journal import Journal, Value, place_of
from client.local.tree import LocalFile

_FORMAT = "sealcase-folder-upload/1"
_DURABLE_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Begun:
    """One file, as it was when it was sent."""

    file_id: str
    size: int
    modified_ns: int

    def is_still(self, file: LocalFile) -> bool:
        return (self.size, self.modified_ns) == (file.size, file.modified_ns)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier try has achieved."""

    begun_at: int
    """Unix seconds."""
    begun: Mapping[str, Begun]
    """The newest of each path."""
    arrived: frozenset[str] = frozenset()
    """Ids of files that are at the server for certain."""
    superseded: frozenset[str] = field(default_factory=frozenset)
    """Ids of what was sent before that, of files that have changed, and of lists that nobody needs."""
    list_id: str | None = None
    """Of the newest folder list."""

    @property
    def all_ids(self) -> frozenset[str]:
        """Of every file that may be at the server."""
        return self.superseded | {each.file_id for each in self.begun.values()}

    def given_up(self) -> "Earlier":
        """The same, of which nothing will be continued."""
        return Earlier(self.begun_at, {}, superseded=self.all_ids, list_id=self.list_id)

    @property
    def size(self) -> int:
        """Bytes of content that have arrived."""
        return sum(each.size for each in self.begun.values() if each.file_id in self.arrived)


class FolderJournal:
    """The journal of one folder for certain people, open and ours alone. May be shared by threads."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._durable_at = time.monotonic()

    @classmethod
    def begin(cls, path: Path) -> Self:
        """A new one, in place of whatever was there. Raises `FileProblem`."""
        return cls(Journal.create(path, {"format": _FORMAT, "begun_at": int(time.time())}))

    @classmethod
    def take_up(cls, path: Path) -> tuple[Self, Earlier] | None:
        """That of an earlier try; None where there is none that can be used."""
        taken = Journal.take_up(path)
        if taken is None:
            return None
        journal, records = taken
        begun_at = records[0].get("begun_at")
        if records[0].get("format") != _FORMAT or not isinstance(begun_at, int):
            journal.close()
            return None
        return cls(journal), _earlier(begun_at, records[1:])

    def note_begun(self, file: LocalFile, file_id: str) -> None:
        """The file is about to travel under this id."""
        self._note({"begun": file.path, "file_id": file_id, "size": file.size, "modified_ns": file.modified_ns})

    def note_arrived(self, file_id: str) -> None:
        self._note({"arrived": file_id})

    def note_list_begun(self, file_id: str) -> None:
        """The folder list is about to travel under this id."""
        self._journal.note({"list_begun": file_id})

    def note_list(self, file_id: str) -> None:
        """The folder list is there, under this id."""
        self._journal.note({"list": file_id})

    def note_given_up(self) -> None:
        """What was noted so far is about to be removed: from now on nobody may rely on any of it."""
        self._journal.note({"given_up": True})

    def close(self) -> None:
        """Lets go of it; the folder can be taken up later."""
        self._journal.close()

    def remove(self) -> None:
        """Everything has arrived."""
        self._journal.remove()

    def _note(self, record: Mapping[str, Value]) -> None:
        with self._lock:
            now = time.monotonic()
            durable = now - self._durable_at >= _DURABLE_EVERY_SECONDS
            if durable:
                self._durable_at = now
        self._journal.note(record, durable=durable)


def journal_path(person: Person, source: Path, name: str, order: Order) -> Path:
    """Where the upload of a folder is noted: another place for other people, another name or other terms."""
    session = person.session
    texts = [
        "folder",
        session.server,
        session.user_id,
        name,
        *sorted(key.recipient.hex() for key in order.to),
        *sorted(order.allowed),
        str(order.expires_hours),
        str(order.download_limit),
    ]
    return place_of(person.paths.uploads, *(text.encode() for text in texts), os.fsencode(source.absolute()))


def _earlier(begun_at: int, records: list[dict[str, Value]]) -> Earlier:
    begun: dict[str, Begun] = {}
    arrived: set[str] = set()
    superseded: set[str] = set()
    list_id: str | None = None
    for record in records:
        match record:
            case {"begun": str(path), "file_id": str(file_id), "size": int(size), "modified_ns": int(modified_ns)}:
                if path in begun:
                    superseded.add(begun[path].file_id)
                begun[path] = Begun(file_id, size, modified_ns)
            case {"arrived": str(file_id)}:
                arrived.add(file_id)
            case {"given_up": True}:
                superseded.update(each.file_id for each in begun.values())
                begun.clear()
                arrived.clear()
            case {"list_begun": str(file_id)}:
                superseded.add(file_id)  # unless it is known to have arrived
            case {"list": str(file_id)}:
                if list_id is not None:
                    superseded.add(list_id)
                superseded.discard(file_id)
                list_id = file_id
            case _:
                continue
    return Earlier(begun_at, begun, frozenset(arrived), frozenset(superseded), list_id)
