"""Folders whose entry names sort by time, so that a page of a listing costs the page and not the store.

index/owned/ab/USER/2026-11/01795443/POSITION (and index/received/...) are empty files that say what a person sees;
index/expiry/HOUR/FILE says when to look at a file again.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from server.adapters import durable
from server.adapters.records.cache import StatCache
from server.domain import USER_ID, File
from server.ports import Role

ID_CHARS = 36
_HOUR = 3_600
_SPAN_DIGITS = 8
_BEHIND_ALL = "99999999999999999"
_ROOM_NAMES = 100_000


class FileIndex:
    """Entries are made before the record that they point at and removed after it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._expiry = folder / "expiry"
        self._names: StatCache[list[str]] = StatCache(_sorted_names, lambda names, _: len(names) + 1, _ROOM_NAMES)

    def add(self, file: File) -> None:
        for entry in self._entries(file):
            durable.touch(entry)

    def add_unsynced(self, file: File) -> None:
        """As `add`, for many at once: the caller syncs."""
        for entry in self._entries(file):
            entry.parent.mkdir(durable.PRIVATE_FOLDER, parents=True, exist_ok=True)
            entry.touch(durable.PRIVATE_FILE)

    def remove(self, file: File) -> None:
        for entry in self._entries(file):
            durable.remove(entry)

    def remove_stale(self, old: File, new: File) -> None:
        """What pointed at the file as it was, and does not at the file as it is."""
        for entry in set(self._entries(old)) - set(self._entries(new)):
            durable.remove(entry)

    def positions(self, user_id: str, role: Role, before: str | None = None) -> Iterator[str]:
        """What a person sees, newest first, behind the position `before`."""
        person = str(self._person(user_id, role))
        before = before or _BEHIND_ALL
        last_month, last_span = _span(before)
        for month in self._newest(person, last_month):
            for span in self._newest(f"{person}/{month}", last_span):
                yield from self._newest(f"{person}/{month}/{span}", before, inclusive=False)

    def due(self, now: float) -> Iterator[UUID]:
        """Files to look at, since their time may be over."""
        this_hour = int(now) // _HOUR
        for hour in durable.names(self._expiry):
            if int(hour) <= this_hour:
                for name in durable.names(self._expiry / hour):
                    yield UUID(name)

    def entries(self) -> Iterator[Path]:
        """Every entry there is; folders of entries that have passed and are empty are removed on the way."""
        for role in (Role.OWNED, Role.RECEIVED):
            for person in durable.sharded(self._folder / role.value):
                for month in durable.names(person):
                    for span in durable.names(person / month):
                        yield from (person / month / span / name for name in durable.names(person / month / span))
        for hour in durable.names(self._expiry):
            yield from (self._expiry / hour / name for name in durable.names(self._expiry / hour))

    def remove_empty_hours(self, before: float) -> None:
        for hour in durable.names(self._expiry):
            if int(hour) < int(before) // _HOUR:
                with suppress(OSError):  # not empty yet
                    (self._expiry / hour).rmdir()

    def belongs(self, entry: Path, file: File) -> bool:
        """Whether the file as it is has this entry."""
        return entry in set(self._entries(file))

    def _newest(self, folder: str, last: str, *, inclusive: bool = True) -> Iterator[str]:
        """The names in `folder` up to `last`, the largest first."""
        names = self._names.get(folder) or []
        end = bisect_right(names, last) if inclusive else bisect_left(names, last)
        for number in range(end - 1, -1, -1):
            yield names[number]

    def _entries(self, file: File) -> Iterator[Path]:
        """Every index entry that belongs to a file."""
        month, span = _span(file.position)
        own = Role.OWNED if file.box_id is None else Role.RECEIVED
        yield self._person(file.owner_id, own) / month / span / file.position
        for user_id in file.allowed_users:
            yield self._person(user_id, Role.RECEIVED) / month / span / file.position
        yield self._expiry / str(file.expires_at // _HOUR) / str(file.file_id)

    def _person(self, user_id: str, role: Role) -> Path:
        if not USER_ID.fullmatch(user_id):
            raise ValueError("a user id is 32 hex digits")
        return self._folder / role.value / user_id[:2] / user_id


def _sorted_names(folder: str) -> list[str]:
    return sorted(durable.names(Path(folder)))


def _span(position: str) -> tuple[str, str]:
    """The folders that a position belongs to: the month, and in it the first digits, which stand for 1,000 seconds."""
    seconds = int(position.partition("-")[0]) // 1_000_000
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m"), position[:_SPAN_DIGITS]
