"""Which parts of a file have arrived here: the journal of a download, one for each path that is written to.

It holds no key and nothing of the content: fingerprints need the file key to be made or compared.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from client.errors import FileProblem
from client.local.journal import Journal, Record, Value, place_of
from client.local.outputs import WorkFile, part_of, unpacked_of

_KIND = "download/1"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, and where it goes."""

    file_id: str
    manifest: str
    """SHA-256 of the manifest, in hexadecimal: which parts there are, and what they are."""
    target: Path
    """Absolute."""

    @classmethod
    def of(cls, file_id: str, manifest: bytes, target: Path) -> Self:
        folder = target.parent.resolve()
        return cls(file_id, hashlib.sha256(manifest).hexdigest(), folder / target.name)

    def journal_in(self, folder: Path) -> Path:
        """Where its journal is: one a target, so that nobody has to search."""
        return place_of(folder, os.fsencode(self.target))

    def record(self) -> Record:
        return {"kind": _KIND, "file_id": self.file_id, "manifest": self.manifest, "target": str(self.target)}


class Arrivals:
    """The journal of one download, open and ours alone. May be shared by threads."""

    def __init__(self, journal: Journal, known: Mapping[int, bytes]) -> None:
        self._journal = journal
        self.known = known
        """Fingerprints of the parts that earlier tries wrote, by number. Whether they are still there, nobody knows."""
        self.any = bool(known)
        """Whether anything has arrived, in this try or before."""

    @classmethod
    def begin(cls, folder: Path, wanted: Wanted) -> Self:
        """A new one, in place of any other for this target. Raises `FileProblem`."""
        return cls(Journal.create(wanted.journal_in(folder), wanted.record()), {})

    @classmethod
    def take_up(cls, folder: Path, wanted: Wanted) -> Self | None:
        """The one of an interrupted try for this very file; None where there is none."""
        taken = Journal.take_up(wanted.journal_in(folder))
        if taken is None:
            return None
        journal, (about, *notes) = taken
        if about != wanted.record():
            journal.close()
            return None
        return cls(journal, dict(_parts(notes)))

    def note(self, part: int, fingerprint: bytes) -> None:
        """`part` is written. Raises `FileProblem`.

        Not synced to the disk: after a power cut a note may be missing, as may be what it is about, and fingerprints
        tell what is not.
        """
        self._journal.note({"part": part, "fingerprint": fingerprint.hex()}, durable=False)
        self.any = True

    def remove(self) -> None:
        """There is nothing left to continue."""
        self._journal.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.close()


@dataclass(frozen=True, slots=True)
class Leftover:
    """What an earlier try left of a file that nobody is receiving right now."""

    journal: Path
    target: Path

    @property
    def part(self) -> Path:
        return part_of(self.target)

    def remove(self) -> None:
        """Unless somebody has begun to write there meanwhile."""
        with suppress(OSError, FileProblem):
            with WorkFile.take(self.part) as work:
                work.discard()
            with WorkFile.take(unpacked_of(self.target)) as work:
                work.discard()
            self.journal.unlink()


def leftovers(folder: Path, file_id: str) -> list[Leftover]:
    """What there is of a file, under whatever names it was to be saved."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if taken := Journal.take_up(path):
            journal, (about, *_) = taken
            journal.close()
            target = about.get("target")
            if about.get("file_id") == file_id and isinstance(target, str):
                found.append(Leftover(path, Path(target)))
    return [each for each in found if each.part.exists()]


def _parts(notes: list[dict[str, Value]]) -> Iterator[tuple[int, bytes]]:
    """The notes that make sense; the last one about a part is the one that counts."""
    for note in notes:
        part, fingerprint = note.get("part"), note.get("fingerprint")
        if isinstance(part, int) and isinstance(fingerprint, str):
            with suppress(ValueError):
                yield part, bytes.fromhex(fingerprint)
