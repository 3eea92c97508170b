"""The activity log in a database: the chain's lines in one table, who they concern in another.

One row holds both ends of the chain. Whoever appends locks it, so entries follow each other in one order among all
nodes, and an entry, its place in everybody's activity and the chain's new end are one transaction.
"""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, tuple_, update

from server.adapters.activity.entry import event_of, hash_of, line_of, month_of, previous_of
from server.adapters.postgres.database import Database
from server.adapters.postgres.ids import person
from server.adapters.postgres.schema import event_chain, event_people, events
from server.domain import Event
from server.errors import BadRequest
from server.ports import EventFilter, EventPage, Finding

_PLACE = re.compile(r"[0-9]{18}")
_LAST = 10**18
_MAX_LOOKED_AT = 20_000
"""Rows that one page looks at: a search for something rare goes on with the next page."""
_BATCH = 1_000


class PostgresActivity:
    """For any number of processes on any number of nodes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def append(self, event: Event) -> None:
        people = [person(user_id) for user_id in event.people]
        with self._db.write() as connection:
            end = connection.execute(select(event_chain).with_for_update()).one()
            number, month = end.last_number + 1, max(month_of(event.at), end.month)
            line = line_of(event, end.last_hash)
            connection.execute(insert(events).values(number=number, month=month, line=line))
            about = {"number": number, "at": event.at, "kind": event.kind.value, "file_id": event.file_id}
            if people:
                connection.execute(insert(event_people), [{"user_id": who, **about} for who in people])
            connection.execute(update(event_chain).values(last_number=number, last_hash=hash_of(line), month=month))

    def page(self, user_id: str, wanted: EventFilter, before: str | None, limit: int) -> EventPage:
        if before is not None and not _PLACE.fullmatch(before):
            raise BadRequest("The cursor is not one of this server's.")
        looked_at = (
            select(event_people)
            .where(event_people.c.user_id == person(user_id))
            .where(event_people.c.number < (_LAST if before is None else int(before)))
            .order_by(event_people.c.number.desc())
            .limit(_MAX_LOOKED_AT)
            .subquery()
        )
        query = select(looked_at.c.number, events.c.line).join(events, events.c.number == looked_at.c.number)
        if wanted.kind is not None:
            query = query.where(looked_at.c.kind == wanted.kind.value)
        if wanted.file_id is not None:
            query = query.where(looked_at.c.file_id == wanted.file_id)
        if wanted.since is not None:
            query = query.where(looked_at.c.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(looked_at.c.at < wanted.until)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(looked_at.c.number.desc()).limit(limit + 1)).all()
            # Only a search for something rare gets to where looking ended.
            edge_row = select(looked_at.c.number).order_by(looked_at.c.number.desc()).offset(_MAX_LOOKED_AT - 1)
            edge = connection.scalar(edge_row) if len(rows) <= limit else rows[limit - 1].number
        found = [event for row in rows[:limit] if (event := event_of(row.line)) is not None]
        return EventPage(found, None if edge is None else _place(edge))

    def count(self, user_id: str) -> int:
        query = select(func.count()).select_from(event_people).where(event_people.c.user_id == person(user_id))
        with self._db.read() as connection:
            return connection.scalar(query) or 0

    def forget_person(self, user_id: str) -> None:
        with self._db.write() as connection:
            connection.execute(delete(event_people).where(event_people.c.user_id == person(user_id)))

    def age(self, before: float) -> None:
        oldest_kept = month_of(before)
        with self._db.write() as connection:
            end = connection.execute(select(event_chain).with_for_update()).one()
            old = (events.c.month < oldest_kept) & (events.c.month < end.month)
            newest = events.c.month.desc(), events.c.number.desc()
            last = connection.scalar(select(events.c.number).where(old).order_by(*newest).limit(1))
            if last is None:
                return
            line = connection.scalar(select(events.c.line).where(events.c.number == last))
            connection.execute(update(event_chain).values(first_number=last + 1, hash_before=hash_of(line or b"")))
        self._drop_before(last + 1)

    def verify(self) -> Iterator[Finding]:
        with self._db.read() as connection:
            end = connection.execute(select(event_chain)).one()
        expected, number = end.hash_before, end.first_number
        for row in self._lines(end.first_number, end.last_number):
            where = f"activity entry {row.number}"
            event = event_of(row.line)
            if event is None:
                yield Finding(where, "is no entry")
            elif row.number != number or previous_of(row.line) != expected:
                yield Finding(where, "does not follow the entry before it: something was changed or removed")
            expected, number = hash_of(row.line), row.number + 1
            if event is not None:
                yield from self._shown(row.number, event)
        if number != end.last_number + 1 or expected != end.last_hash:
            yield Finding("activity", "knows entries that the log has lost")

    def _lines(self, first: int, last: int) -> Iterator[Row[*tuple[Any, ...]]]:
        while first <= last:
            query = select(events.c.number, events.c.line).where(events.c.number.between(first, last))
            with self._db.read() as connection:
                rows = connection.execute(query.order_by(events.c.number).limit(_BATCH)).all()
            yield from rows
            if len(rows) < _BATCH:
                return
            first = rows[-1].number + 1

    def _shown(self, number: int, event: Event) -> Iterator[Finding]:
        """Whether everybody's activity has the entry. Of somebody who was forgotten, it begins later or is empty."""
        for user_id in event.people:
            mine = event_people.c.user_id == person(user_id)
            with self._db.read() as connection:
                first = connection.scalar(select(func.min(event_people.c.number)).where(mine))
                if first is None or number < first:
                    continue
                if (
                    connection.scalar(select(event_people.c.number).where(mine, event_people.c.number == number))
                    is None
                ):
                    yield Finding(f"activity of {user_id}", f"lacks the entry {number}")

    def _drop_before(self, first: int) -> None:
        """In portions: whoever appends meanwhile never waits for all of it."""
        for table in (event_people, events):
            key = tuple_(*table.primary_key.columns)
            old = select(*key.clauses).where(table.c.number < first).order_by(table.c.number).limit(_BATCH)
            gone = _BATCH
            while gone == _BATCH:
                with self._db.write() as connection:
                    gone = connection.execute(delete(table).where(key.in_(old))).rowcount


def _place(number: int) -> str:
    return f"{number:018d}"
