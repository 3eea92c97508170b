"""The lines of a listing, fetched page by page; names are opened in the background and kept in memory only."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.gui.jobs import Job
from client.gui.presenters.house import House
from client.gui.problem import Kind, Problem

if TYPE_CHECKING:
    from client.actions.people import KnownKeys
    from client.actions.person import Person
    from client.local.contact import Trust
    from shared.api.models import FileItem

_SLICE = 200
_OPENED_AT_ONCE = 60
"""Names that a list begins with; the others follow when all lines are there."""
_KEPT_ITEMS = 2_000
"""Records that wait in memory for being opened; a longer list is asked for a second time instead."""
SOON_SECONDS = 2 * 86_400


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file as a listing knows it. Times are Unix seconds."""

    file_id: str
    name: str | None
    """None where it is not known (yet)."""
    opened: bool
    """Whether it was tried to open its name."""
    altered: bool
    """Whether my key fits, but the records are not what the sender made."""
    size: int
    """Bytes of content; of the sealed body while it is not opened."""
    folder_files: int | None
    """How many files it has, if it is a folder."""
    in_folder: bool
    """Whether it came with a folder, with which it is shown."""
    from_email: str
    trust: "Trust | None"
    post_quantum: bool
    old_format: bool
    note: str
    """From its sender."""
    uploaded_at: int
    expires_at: int
    downloads: int
    download_limit: int | None

    @property
    def is_folder(self) -> bool:
        return self.folder_files is not None

    def is_over(self, now: float) -> bool:
        """Whether nobody can fetch it any more."""
        return self.expires_at <= now or (self.download_limit is not None and self.downloads >= self.download_limit)

    def ends_soon(self, now: float) -> bool:
        return not self.is_over(now) and self.expires_at <= now + SOON_SECONDS


@dataclass(frozen=True, slots=True)
class _Known:
    """What opening a file's records has shown."""

    name: str | None
    altered: bool
    size: int
    folder_files: int | None
    in_folder: bool
    note: str
    sender: bytes | None
    opens: bool
    post_quantum: bool


Cache = dict[str, tuple[int, _Known]]
"""By id: a number that changes with the records, and what they hold."""


@dataclass(frozen=True, slots=True)
class _Slice:
    lines: tuple[FileLine, ...]


class Listing:
    """My own files, or those that others sent me. `changed` is called whenever there is more to see."""

    def __init__(
        self, house: House, *, received: bool, changed: Callable[[], None], failed: Callable[[Problem], None]
    ) -> None:
        self._house = house
        self._received = received
        self._changed = changed
        self._failed = failed
        self._cache: Cache = {}
        self._job: Job | None = None
        self.lines: dict[str, FileLine] = {}
        self.loaded = False
        """Whether all lines have come once."""
        self.locked = False
        """Whether the keys that are needed for it were refused."""

    @property
    def loading(self) -> bool:
        return self._job is not None

    @property
    def unopened(self) -> int:
        return sum(not line.opened for line in self.lines.values())

    def load(self, *, asking: bool = True) -> None:
        """Asks the server anew. Without `asking`, nothing happens while the keys are locked."""
        if asking or self._house.keys.state.unlocked:
            self._house.keys.with_keys(self._begin, self._refused)

    def take_out(self, file_ids: Iterable[str]) -> dict[str, FileLine]:
        """Lines that are to be seen no more; returns them."""
        return {file_id: self.lines.pop(file_id) for file_id in file_ids if file_id in self.lines}

    def forget(self) -> None:
        """Whoever looks next may be somebody else."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._cache, self.lines, self.loaded, self.locked = {}, {}, False, False

    def _begin(self, person: "Person") -> None:
        if self._job is not None:
            self._job.cancel()
        cache, received = self._cache, self._received
        job = self._house.jobs.run(
            lambda job: _listed(job, person, cache, received=received),
            heard=lambda event: self._heard(job, event),
            done=lambda ids: self._done(job, ids),
            failed=lambda problem: self._ended(job, problem),
        )
        self._job, self.locked = job, False
        self._changed()

    def _refused(self) -> None:
        self.locked = True
        self._changed()

    def _heard(self, job: Job, event: object) -> None:
        if job is self._job and isinstance(event, _Slice):
            self.lines.update((line.file_id, line) for line in event.lines)
            self._changed()

    def _done(self, job: Job, file_ids: frozenset[str]) -> None:
        if job is not self._job:
            return
        self.lines = {file_id: line for file_id, line in self.lines.items() if file_id in file_ids}
        self._job, self.loaded = None, True
        self._changed()

    def _ended(self, job: Job, problem: Problem) -> None:
        if job is not self._job:
            return
        self._job = None
        if problem.kind is not Kind.OFFLINE:
            self._failed(problem)
        self._changed()


def _listed(job: Job, person: "Person", cache: Cache, *, received: bool) -> frozenset[str]:
    """Reports all lines, then those whose names had to be opened; returns the ids of all."""
    from client.actions.people import KnownKeys
    from client.local import folders

    role = "received" if received else "owned"
    keys = KnownKeys.of(person)
    hidden = folders.all_files(person.paths)
    ids: set[str] = set()
    kept: list[FileItem] = []
    unopened = 0

    def lines() -> Iterator[FileLine]:
        nonlocal unopened
        for item in person.api.files(role):
            job.check()
            ids.add(item.file_id)
            if not _is_known(item, cache):
                if unopened < _OPENED_AT_ONCE:
                    _learn(person, item, keys, cache)
                elif len(kept) < _KEPT_ITEMS:
                    kept.append(item)
                unopened += 1
            yield _line(item, cache, keys, in_folder=item.file_id in hidden)

    _report(job, lines())
    rest: Iterable[FileItem] = kept
    if unopened - _OPENED_AT_ONCE > len(kept):
        rest = (item for item in person.api.files(role) if not _is_known(item, cache))
    _report(job, _opened(job, person, rest, keys, cache, hidden), each=_SLICE // 4)
    for gone in cache.keys() - ids:
        del cache[gone]
    return frozenset(ids)


def _opened(
    job: Job,
    person: "Person",
    items: "Iterable[FileItem]",
    keys: "KnownKeys",
    cache: Cache,
    hidden: frozenset[str],
) -> Iterator[FileLine]:
    for item in items:
        job.check()
        _learn(person, item, keys, cache)
        yield _line(item, cache, keys, in_folder=item.file_id in hidden)


def _report(job: Job, lines: Iterator[FileLine], each: int = _SLICE) -> None:
    waiting: list[FileLine] = []
    for line in lines:
        waiting.append(line)
        if len(waiting) >= each:
            job.report(_Slice(tuple(waiting)))
            waiting.clear()
    if waiting:
        job.report(_Slice(tuple(waiting)))


def _mark(item: "FileItem") -> int:
    return hash((item.manifest, *(grant.wrapped_key for grant in item.grants)))


def _is_known(item: "FileItem", cache: Cache) -> bool:
    known = cache.get(item.file_id)
    return item.format == 0 or (known is not None and known[0] == _mark(item))


def _learn(person: "Person", item: "FileItem", keys: "KnownKeys", cache: Cache) -> None:
    from client.actions.folder_list import note_of
    from client.actions.library import entry_of

    entry = entry_of(person, item, keys)
    metadata, folder = entry.metadata, entry.folder
    size = item.size if metadata is None else metadata.size if folder is None else folder[1]
    note = "" if metadata is None else note_of(metadata)
    known = _Known(
        entry.name,
        entry.altered,
        size,
        None if folder is None else folder[0],
        entry.in_folder,
        note,
        entry.sender,
        metadata is not None,
        entry.post_quantum,
    )
    cache[item.file_id] = (_mark(item), known)


def _line(item: "FileItem", cache: Cache, keys: "KnownKeys", *, in_folder: bool) -> FileLine:
    from client.local.contact import Trust
    from client.local.names import shown

    known = cache[item.file_id][1] if item.format == 1 and _is_known(item, cache) else None
    name = item.filename if known is None else known.name
    trust = Trust.OLD_FORMAT if item.format == 0 else None
    if known is not None and known.opens:
        trust = keys.trust_of(item, known.sender)
    return FileLine(
        file_id=item.file_id,
        name=None if name is None else shown(name),
        opened=known is not None or item.format == 0,
        altered=known is not None and known.altered,
        size=item.size if known is None else known.size,
        folder_files=None if known is None else known.folder_files,
        in_folder=in_folder or (known is not None and known.in_folder),
        from_email=shown(keys.sender_of(item)),
        trust=trust,
        post_quantum=known is not None and known.post_quantum,
        old_format=item.format == 0,
        note="" if known is None else "\n".join(shown(part) for part in known.note.splitlines()),
        uploaded_at=item.uploaded_at,
        expires_at=item.expires_at,
        downloads=item.downloads,
        download_limit=item.download_limit,
    )
