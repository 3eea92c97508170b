"""Drop boxes, and what each has taken in."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, update

from server.adapters.postgres.database import Database, add_row
from server.adapters.postgres.ids import person
from server.adapters.postgres.schema import box_files, boxes
from server.adapters.postgres.walking import each, newest_of, readable
from server.adapters.records import codec
from server.domain import DropBox, Usage, checked_box_id
from server.errors import Conflict, NotFound
from server.ports import Damaged

_US = 1_000_000


class PostgresBoxes:
    """All `BoxRecords` in one database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_box(self, box: DropBox) -> None:
        with self._db.write() as connection:
            if not add_row(connection, boxes, _values(box)):
                raise Conflict("A drop box with this id exists.")

    def box(self, box_id: str) -> DropBox | None:
        with self._db.read() as connection:
            row = connection.execute(select(boxes).where(boxes.c.box_id == checked_box_id(box_id))).first()
        return None if row is None else _box(row)

    def replace_box(self, box: DropBox) -> None:
        changed = update(boxes).where(boxes.c.box_id == checked_box_id(box.box_id)).values(_values(box))
        with self._db.write() as connection:
            if not connection.execute(changed).rowcount:
                raise NotFound("There is no such drop box.")

    def remove_box(self, box: DropBox) -> None:
        with self._db.write() as connection:
            for table in (boxes, box_files):
                connection.execute(delete(table).where(table.c.box_id == checked_box_id(box.box_id)))

    def boxes_of(self, user_id: str, before: str | None = None) -> Iterator[DropBox]:
        return readable(newest_of(self._db, boxes, "box_id", user_id, before), _box)

    def box_ids(self) -> Iterator[str]:
        return each(self._db, select(boxes.c.box_id), "")

    def take(self, box_id: str, file_id: UUID, size: int) -> None:
        values = {"box_id": checked_box_id(box_id), "file_id": file_id, "size": size, "come": False}
        with self._db.write() as connection:
            add_row(connection, box_files, values)

    def settle(self, box_id: str, file_id: UUID) -> None:
        this = (box_files.c.box_id == checked_box_id(box_id)) & (box_files.c.file_id == file_id)
        with self._db.write() as connection:
            connection.execute(update(box_files).where(this).values(come=True))

    def untake(self, box_id: str, file_id: UUID) -> None:
        this = (box_files.c.box_id == checked_box_id(box_id)) & (box_files.c.file_id == file_id)
        with self._db.write() as connection:
            connection.execute(delete(box_files).where(this, box_files.c.come.is_(False)))

    def taken(self, box_id: str) -> Usage:
        query = select(func.count(), func.coalesce(func.sum(box_files.c.size), 0))
        with self._db.read() as connection:
            count, size = connection.execute(query.where(box_files.c.box_id == checked_box_id(box_id))).one()
        return Usage(count, int(size))

    def arriving(self, box_id: str) -> list[UUID]:
        under_way = (box_files.c.box_id == checked_box_id(box_id)) & box_files.c.come.is_(False)
        with self._db.read() as connection:
            return list(connection.scalars(select(box_files.c.file_id).where(under_way)))

    def sweep_boxes(self, before: float) -> None:  # noqa: ARG002  # nobody is about to finish it
        """What was still taken for a box while it was removed."""
        gone = box_files.c.box_id.not_in(select(boxes.c.box_id))
        with self._db.write() as connection:
            connection.execute(delete(box_files).where(gone))


def _values(box: DropBox) -> dict[str, Any]:
    return {
        "box_id": checked_box_id(box.box_id),
        "owner_id": person(box.owner_id),
        "created_us": int(box.created_at * _US),
        "record": codec.encode_line(codec.from_box(box)),
    }


def _box(row: Row[*tuple[Any, ...]]) -> DropBox:
    try:
        return codec.to_box(json.loads(row.record))
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"the row of drop box {row.box_id} is damaged") from error
