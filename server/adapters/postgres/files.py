"""Finished files, who sees them in which order, and how often what somebody sees has changed."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, delete, func, select, tuple_, union_all, update
from sqlalchemy.dialects.postgresql import insert

from server.adapters.postgres.database import Database, add_row
from server.adapters.postgres.file_rows import file_of, listings_of, place_of, values_of
from server.adapters.postgres.ids import person
from server.adapters.postgres.schema import files, listing_versions, listings, version_numbers
from server.adapters.postgres.walking import each, readable
from server.domain import File
from server.errors import Conflict, NotFound
from server.ports import Role

_FIRST_BATCH = 51
"""A page of the usual length, and whether another follows."""
_BATCH = 200
_MANY = 1_000
_BEHIND_ALL = (2**63 - 1, UUID(int=2**128 - 1))
_OWNED = {Role.OWNED: (True,), Role.RECEIVED: (False,), Role.ALL: (True, False)}


class FileTables:
    """A file, who sees it, and the versions of what they see change in one transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_file(self, file: File) -> None:
        with self._db.write() as connection:
            if not add_row(connection, files, values_of(file)):
                raise Conflict("A file with this id exists.")
            connection.execute(insert(listings), listings_of(file))
            _changed(connection, _people(file))

    def replace_file(self, old: File, new: File) -> None:
        with self._db.write() as connection:
            mine = files.c.file_id == old.file_id
            if not connection.execute(update(files).where(mine).values(values_of(new))).rowcount:
                raise NotFound("There is no such file.")
            if listings_of(old) != listings_of(new):
                connection.execute(delete(listings).where(listings.c.file_id == old.file_id))
                connection.execute(insert(listings), listings_of(new))
            _changed(connection, (*_people(old), *_people(new)))

    def remove_file(self, file: File) -> None:
        with self._db.write() as connection:
            connection.execute(delete(files).where(files.c.file_id == file.file_id))
            _changed(connection, _people(file))

    def file(self, file_id: UUID) -> File | None:
        with self._db.read() as connection:
            row = connection.execute(select(files).where(files.c.file_id == file_id)).first()
        return None if row is None else file_of(row)

    def page(self, user_id: str, role: Role, now: float, before: str | None, limit: int) -> list[File]:
        after = _BEHIND_ALL if before is None else place_of(before)
        query = listed(person(user_id), role, now, after, limit)
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        found = list(readable(rows, file_of))
        if len(rows) == limit and len(found) < limit:  # a damaged one was left out: the next one takes its place
            last = f"{rows[-1].uploaded_us:017d}-{rows[-1].file_id}"
            found += self.page(user_id, role, now, last, limit - len(found))
        return found

    def files_of(self, user_id: str, role: Role, now: float, before: str | None = None) -> Iterator[File]:
        wanted = _FIRST_BATCH
        while found := self.page(user_id, role, now, before, wanted):
            yield from found
            if len(found) < wanted:
                return
            before, wanted = found[-1].position, _BATCH

    def listing_version(self, user_id: str) -> int:
        query = select(listing_versions.c.version).where(listing_versions.c.user_id == person(user_id))
        with self._db.read() as connection:
            return connection.scalar(query) or 0

    def count_download(self, file_id: UUID) -> int:
        counted = (
            update(files)
            .where(files.c.file_id == file_id)
            .values(downloads=files.c.downloads + 1)
            .returning(files.c.downloads, files.c.owner_id, files.c.allowed_users)
        )
        with self._db.write() as connection:
            row = connection.execute(counted).first()
            if row is None:
                return 0
            _changed(connection, [row.owner_id.hex, *(user_id.hex for user_id in row.allowed_users)])
            return int(row.downloads)

    def downloads(self, file_id: UUID) -> int:
        with self._db.read() as connection:
            return connection.scalar(select(files.c.downloads).where(files.c.file_id == file_id)) or 0

    def downloads_of(self, file_ids: Collection[UUID]) -> dict[UUID, int]:
        if not file_ids:
            return {}
        query = select(files.c.file_id, files.c.downloads).where(files.c.file_id.in_(list(file_ids)))
        with self._db.read() as connection:
            return {row.file_id: row.downloads for row in connection.execute(query)}

    def due(self, now: float) -> Iterator[UUID]:
        key = tuple_(files.c.expires_at, files.c.file_id)
        last = (-(2**63), UUID(int=0))
        while True:
            over = select(files.c.expires_at, files.c.file_id).where(files.c.expires_at <= int(now), key > last)
            with self._db.read() as connection:
                found = connection.execute(over.order_by(*key.clauses).limit(_MANY)).all()
            for row in found:
                yield row.file_id
            if len(found) < _MANY:
                return
            last = (found[-1].expires_at, found[-1].file_id)

    def file_ids(self) -> Iterator[UUID]:
        return each(self._db, select(files.c.file_id), UUID(int=0))


def listed(who: UUID, role: Role, now: float, before: tuple[int, UUID], limit: int) -> Select[Any]:
    """A page of what a person sees, newest first: read from the index in that order, up to `limit` of each kind."""
    place = tuple_(listings.c.uploaded_us, listings.c.file_id)
    newest = [listings.c.uploaded_us.desc(), listings.c.file_id.desc()]

    def kind(owned: bool) -> Select[Any]:
        mine = (listings.c.user_id == who) & (listings.c.owned == bindparam(None, owned))
        return (
            select(listings.c.uploaded_us, files)
            .join(files, files.c.file_id == listings.c.file_id)
            .where(mine, place < before, files.c.expires_at > now)
            .order_by(*newest)
            .limit(limit)
        )

    wanted = [kind(owned) for owned in _OWNED[role]]
    if len(wanted) == 1:
        return wanted[0]
    both = union_all(*(each.subquery().select() for each in wanted)).subquery()
    return select(both).order_by(both.c.uploaded_us.desc(), both.c.file_id.desc()).limit(limit)


def _changed(connection: Connection, people: Iterable[str]) -> None:
    """What these people see is another from now on. In one order, so that two who do this never wait in a circle."""
    number = func.nextval(version_numbers.name)
    rows = [{"user_id": person(user_id)} for user_id in sorted(set(people))]
    grown = insert(listing_versions).values(version=number)
    grown = grown.on_conflict_do_update(index_elements=["user_id"], set_={"version": number})
    connection.execute(grown, rows)


def _people(file: File) -> tuple[str, ...]:
    return (file.owner_id, *file.allowed_users)
