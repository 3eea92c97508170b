"""Accounts and the cards that people publish."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from server.adapters.postgres.database import Database, add_row
from server.adapters.postgres.ids import person
from server.adapters.postgres.schema import cards, listing_versions, users
from server.adapters.postgres.schema import terms as terms_table
from server.adapters.postgres.walking import each
from server.domain import CardRecord, Terms, User
from server.errors import Conflict

_BATCH = 1_000


class PeopleTables:
    """Users and cards are created and removed, never changed; terms are replaced, by the operator only."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_user(self, user: User) -> User:
        values = {"user_id": person(user.user_id), "email": user.email, "created_at": user.created_at}
        with self._db.write() as connection:
            add_row(connection, users, values)
        return self.user(user.user_id) or user

    def user(self, user_id: str) -> User | None:
        with self._db.read() as connection:
            row = connection.execute(select(users).where(users.c.user_id == person(user_id))).first()
        return None if row is None else User(row.user_id.hex, row.email, row.created_at)

    def users(self) -> Iterator[User]:
        last = UUID(int=0)
        while True:
            following = select(users).where(users.c.user_id > last).order_by(users.c.user_id).limit(_BATCH)
            with self._db.read() as connection:
                rows = connection.execute(following).all()
            for row in rows:
                yield User(row.user_id.hex, row.email, row.created_at)
            if len(rows) < _BATCH:
                return
            last = rows[-1].user_id

    def terms(self, user_id: str) -> Terms | None:
        with self._db.read() as connection:
            row = connection.execute(select(terms_table).where(terms_table.c.user_id == person(user_id))).first()
        return None if row is None else Terms(row.user_id.hex, row.disabled_at, row.quota_bytes, row.quota_files)

    def put_terms(self, terms: Terms) -> None:
        values = {
            "disabled_at": terms.disabled_at,
            "quota_bytes": terms.quota_bytes,
            "quota_files": terms.quota_files,
        }
        put = insert(terms_table).values(user_id=person(terms.user_id), **values)
        with self._db.write() as connection:
            connection.execute(put.on_conflict_do_update(index_elements=["user_id"], set_=values))

    def remove_terms(self, user_id: str) -> None:
        with self._db.write() as connection:
            connection.execute(delete(terms_table).where(terms_table.c.user_id == person(user_id)))

    def remove_user(self, user_id: str) -> None:
        who = person(user_id)
        with self._db.write() as connection:
            for table in (cards, users, listing_versions):
                connection.execute(delete(table).where(table.c.user_id == who))

    def add_card(self, card: CardRecord) -> None:
        values = {
            "user_id": person(card.user_id),
            "sequence": card.sequence,
            "card": card.card,
            "signature": card.signature,
        }
        with self._db.write() as connection:
            if not add_row(connection, cards, values):
                raise Conflict("A card with this sequence number is published already.")

    def latest_card(self, user_id: str) -> CardRecord | None:
        newest = select(cards).where(cards.c.user_id == person(user_id)).order_by(cards.c.sequence.desc()).limit(1)
        with self._db.read() as connection:
            row = connection.execute(newest).first()
        return None if row is None else _card(row)

    def cards(self, user_id: str) -> list[CardRecord]:
        chain = select(cards).where(cards.c.user_id == person(user_id)).order_by(cards.c.sequence)
        with self._db.read() as connection:
            return [_card(row) for row in connection.execute(chain)]

    def card_owners(self) -> Iterator[str]:
        first = select(cards.c.user_id).where(cards.c.sequence == 0)
        return (user_id.hex for user_id in each(self._db, first, UUID(int=0)))


def _card(row: Row[*tuple[Any, ...]]) -> CardRecord:
    return CardRecord(row.user_id.hex, row.sequence, row.card, row.signature)
