"""How much of the store each person holds: a row for each upload and file. The sum is counted, never kept."""

import time
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from server.adapters.postgres.database import Database
from server.adapters.postgres.ids import person
from server.adapters.postgres.schema import reservations
from server.domain import Reservation, Usage

_BATCH = 1_000


class UsageTable:
    """Changes of one person's rows are the caller's to serialize; removing one is always safe."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def reserve(self, user_id: str, file_id: UUID, size: int) -> None:
        values = {"size": size, "made_at": time.time()}
        put = insert(reservations).values(user_id=person(user_id), file_id=file_id, **values)
        with self._db.write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["user_id", "file_id"], set_=values))

    def release(self, user_id: str, file_id: UUID) -> None:
        theirs = (reservations.c.user_id == person(user_id)) & (reservations.c.file_id == file_id)
        with self._db.write() as connection:
            connection.execute(delete(reservations).where(theirs))

    def reserved(self, user_id: str, file_id: UUID) -> int:
        theirs = (reservations.c.user_id == person(user_id)) & (reservations.c.file_id == file_id)
        with self._db.read() as connection:
            size = connection.scalar(select(reservations.c.size).where(theirs))
        return -1 if size is None else size

    def usage(self, user_id: str, without: UUID | None = None) -> Usage:
        size = reservations.c.size
        query = select(func.count(), func.coalesce(func.sum(size), 0)).where(reservations.c.user_id == person(user_id))
        if without is not None:
            query = query.where(reservations.c.file_id != without)
        with self._db.read() as connection:
            count, total = connection.execute(query).one()
        return Usage(count, int(total))

    def reservations(self) -> Iterator[Reservation]:
        last = (UUID(int=0), UUID(int=0))
        key = tuple_(reservations.c.user_id, reservations.c.file_id)
        while True:
            following = select(reservations).where(key > last).order_by(*key.clauses).limit(_BATCH)
            with self._db.read() as connection:
                found = connection.execute(following).all()
            for row in found:
                yield Reservation(row.user_id.hex, row.file_id, row.size, row.made_at)
            if len(found) < _BATCH:
                return
            last = (found[-1].user_id, found[-1].file_id)
