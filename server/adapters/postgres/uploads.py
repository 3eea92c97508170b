"""Unfinished uploads, and a row for each part that has arrived."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from server.adapters.postgres.database import Database, add_row, lacks_parent
from server.adapters.postgres.ids import person
from server.adapters.postgres.schema import receipts, uploads
from server.adapters.postgres.walking import each
from server.domain import Backend, Receipt, Upload
from server.errors import Conflict, NotFound

_GONE = "There is no such upload."


class UploadTables:
    """Receipts go with their upload, and can not outlive it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_upload(self, upload: Upload) -> None:
        values = {
            "file_id": upload.file_id,
            "owner_id": person(upload.owner_id),
            "part_size": upload.part_size,
            "body_size": upload.body_size,
            "created_at": upload.created_at,
            "backend": upload.backend.value,
            "staging": upload.staging,
            "box_id": upload.box_id,
        }
        with self._db.write() as connection:
            if not add_row(connection, uploads, values):
                raise Conflict("An upload with this id exists.")

    def upload(self, file_id: UUID) -> Upload | None:
        with self._db.read() as connection:
            row = connection.execute(select(uploads).where(uploads.c.file_id == file_id)).first()
        if row is None:
            return None
        return Upload(
            file_id=row.file_id,
            owner_id=row.owner_id.hex,
            part_size=row.part_size,
            body_size=row.body_size,
            created_at=row.created_at,
            backend=Backend(row.backend),
            staging=row.staging,
            box_id=row.box_id,
        )

    def upload_ids(self) -> Iterator[UUID]:
        return each(self._db, select(uploads.c.file_id), UUID(int=0))

    def remove_upload(self, file_id: UUID) -> None:
        with self._db.write() as connection:
            connection.execute(delete(uploads).where(uploads.c.file_id == file_id))

    def add_receipt(self, file_id: UUID, receipt: Receipt) -> None:
        values = {
            "size": receipt.size,
            "digest": receipt.digest,
            "received_at": receipt.received_at,
            "etag": receipt.etag,
            "direct": receipt.direct,
        }
        put = insert(receipts).values(file_id=file_id, number=receipt.number, **values)
        try:
            with self._db.write() as connection:
                connection.execute(put.on_conflict_do_update(index_elements=["file_id", "number"], set_=values))
        except IntegrityError as error:
            if lacks_parent(error):
                raise NotFound(_GONE) from None
            raise

    def void_receipt(self, file_id: UUID, number: int) -> None:
        gone = delete(receipts).where(receipts.c.file_id == file_id, receipts.c.number == number)
        with self._db.write() as connection:
            if not connection.execute(gone).rowcount:
                there = connection.execute(select(uploads.c.file_id).where(uploads.c.file_id == file_id)).first()
                if there is None:
                    raise NotFound(_GONE)

    def receipts(self, file_id: UUID) -> dict[int, Receipt]:
        query = select(receipts).where(receipts.c.file_id == file_id)
        with self._db.read() as connection:
            return {
                row.number: Receipt(row.number, row.size, row.digest, row.received_at, row.etag, row.direct)
                for row in connection.execute(query)
            }
