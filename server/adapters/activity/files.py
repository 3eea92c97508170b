"""The activity log in a folder, for any number of processes on one machine."""

import re
from collections.abc import Iterator
from pathlib import Path

from server.adapters import durable
from server.adapters.activity.chain import Chain
from server.adapters.activity.entry import month_of
from server.adapters.activity.index import Index, Row, place
from server.adapters.turns import alone
from server.domain import Event
from server.errors import BadRequest
from server.ports import EventFilter, EventPage, Finding

_PLACE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{12}")
_MAX_LOOKED_AT = 20_000
"""Rows that one page looks at: a search for something rare goes on with the next page."""


class FileActivity:
    """A chain, and an index a person."""

    def __init__(self, folder: Path) -> None:
        durable.make_folder(folder)
        self._chain = Chain(folder)
        self._index = Index(folder / "index")
        self._lock = folder / "lock"

    def append(self, event: Event) -> None:
        with alone(self._lock):
            month, offset = self._chain.next_place(event.at)
            self._index.add(event.people, Row.of(event, month, offset))
            self._chain.append(event, month)

    def page(self, user_id: str, wanted: EventFilter, before: str | None, limit: int) -> EventPage:
        if before is not None and not _PLACE.fullmatch(before):
            raise BadRequest("The cursor is not one of this server's.")
        events: list[Event] = []
        last_shown: str | None = None
        for looked_at, row in enumerate(self._index.backwards(user_id, before)):
            if wanted.since is not None and row.month < month_of(wanted.since):
                break
            if len(events) == limit or looked_at == _MAX_LOOKED_AT:
                return EventPage(events, last_shown)
            last_shown = row.place
            if _may_be(row, wanted):
                event = self._chain.read(row.month, row.offset)
                if event is not None and user_id in event.people and wanted.takes(event):
                    events.append(event)
        return EventPage(events, None)

    def count(self, user_id: str) -> int:
        return self._index.count(user_id)

    def forget_person(self, user_id: str) -> None:
        with alone(self._lock):
            self._index.remove(user_id)

    def age(self, before: float) -> None:
        oldest_kept = month_of(before)
        with alone(self._lock):
            for month in self._chain.months()[:-1]:
                if month < oldest_kept:
                    self._chain.forget(month)
            kept = self._chain.months()
        for user_id in self._index.people() if kept else ():
            with alone(self._lock):
                self._index.drop(user_id, kept[0])

    def verify(self) -> Iterator[Finding]:
        for found in self._chain.verify():
            if isinstance(found, Finding):
                yield found
                continue
            month, offset, event = found
            for user_id in event.people:
                if not self._shows(user_id, month, offset):
                    yield Finding(f"activity/index/{user_id[:2]}/{user_id}", f"lacks the entry at {month} {offset}")
        end = place(*self._chain.end())
        for user_id in self._index.people():
            newest = next(self._index.backwards(user_id, None), None)
            if newest is not None and newest.place > end:
                yield Finding(f"activity/index/{user_id[:2]}/{user_id}", "knows entries that the log has lost")

    def _shows(self, user_id: str, month: str, offset: int) -> bool:
        """Whether the person's index has the entry. One that was forgotten begins later, or is not there."""
        first = self._index.first(user_id)
        if first is None or place(month, offset) < first.place:
            return True
        row = next(self._index.backwards(user_id, place(month, offset + 1)), None)
        return row is not None and (row.month, row.offset) == (month, offset)


def _may_be(row: Row, wanted: EventFilter) -> bool:
    """Whether the entry is worth a look."""
    return (wanted.kind is None or row.kind == wanted.kind.value) and (
        wanted.file_id is None or row.file_id == str(wanted.file_id)
    )
