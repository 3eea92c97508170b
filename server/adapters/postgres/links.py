"""Links, which files they lead to, and how often each was used."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from server.adapters.postgres.database import Database, add_row
from server.adapters.postgres.ids import person
from server.adapters.postgres.schema import link_files, links
from server.adapters.postgres.walking import each, newest_of, readable
from server.domain import Link, LinkedFile, checked_link_id
from server.errors import Conflict, NotFound
from server.ports import Damaged
from shared.sealed.grant import Grant

_US = 1_000_000


class PostgresLinks:
    """All `LinkRecords` in one database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_link(self, link: Link) -> None:
        values = _values(link)
        with self._db.write() as connection:
            if not add_row(connection, links, values):
                raise Conflict("A link with this id exists.")
            leading = dict.fromkeys(item.file_id for item in link.items)
            if leading:
                rows = [{"file_id": file_id, "link_id": link.link_id} for file_id in leading]
                connection.execute(insert(link_files), rows)

    def link(self, link_id: str) -> Link | None:
        with self._db.read() as connection:
            row = connection.execute(select(links).where(links.c.link_id == checked_link_id(link_id))).first()
        return None if row is None else _link(row)

    def replace_link(self, old: Link, new: Link) -> None:
        changed = update(links).where(links.c.link_id == checked_link_id(old.link_id)).values(_values(new))
        with self._db.write() as connection:
            if not connection.execute(changed).rowcount:
                raise NotFound("There is no such link.")

    def remove_link(self, link: Link) -> None:
        with self._db.write() as connection:
            connection.execute(delete(links).where(links.c.link_id == checked_link_id(link.link_id)))

    def links_of(self, user_id: str, before: str | None = None) -> Iterator[Link]:
        return readable(newest_of(self._db, links, "link_id", user_id, before), _link)

    def links_to(self, file_id: UUID) -> list[Link]:
        query = select(links).join(link_files, link_files.c.link_id == links.c.link_id)
        query = query.where(link_files.c.file_id == file_id)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(links.c.created_us.desc(), links.c.link_id.desc())).all()
        return list(readable(rows, _link))

    def link_ids(self) -> Iterator[str]:
        return each(self._db, select(links.c.link_id), "")

    def count_link_download(self, link_id: str) -> int:
        counted = (
            update(links).where(links.c.link_id == checked_link_id(link_id)).values(downloads=links.c.downloads + 1)
        )
        with self._db.write() as connection:
            return connection.scalar(counted.returning(links.c.downloads)) or 0

    def link_downloads(self, link_id: str) -> int:
        with self._db.read() as connection:
            return connection.scalar(select(links.c.downloads).where(links.c.link_id == checked_link_id(link_id))) or 0

    def sweep_links(self, before: float) -> None:
        """Nothing: what belongs together is one transaction, so a crash leaves nothing behind."""


def _values(link: Link) -> dict[str, Any]:
    """Every column but the downloads."""
    items = [{"file_id": str(item.file_id), "grant": item.grant.to_json()} for item in link.items]
    return {
        "link_id": checked_link_id(link.link_id),
        "owner_id": person(link.owner_id),
        "owner_email": link.owner_email,
        "access_hash": link.access_hash,
        "items": json.dumps(items, separators=(",", ":")).encode(),
        "created_at": link.created_at,
        "created_us": int(link.created_at * _US),
        "expires_at": link.expires_at,
        "download_limit": link.download_limit,
        "password": link.password,
        "notify": link.notify,
        "revoked_at": link.revoked_at,
    }


def _link(row: Row[*tuple[Any, ...]]) -> Link:
    try:
        items = json.loads(row.items)
        return Link(
            link_id=row.link_id,
            owner_id=row.owner_id.hex,
            owner_email=row.owner_email,
            access_hash=row.access_hash,
            items=tuple(LinkedFile(UUID(item["file_id"]), Grant.parse(item["grant"])) for item in items),
            created_at=row.created_at,
            expires_at=row.expires_at,
            download_limit=row.download_limit,
            password=row.password,
            notify=row.notify,
            revoked_at=row.revoked_at,
        )
    except (ValueError, TypeError, KeyError) as error:
        raise Damaged(f"the row of link {row.link_id} is damaged") from error
