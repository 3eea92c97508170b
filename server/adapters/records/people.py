"""Accounts, what the operator has settled for them, and the cards that people publish.

users/ab/USER.json, terms/ab/USER.json and cards/ab/USER/00000003.json, where `ab` are the first digits of the user id.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from server.adapters import durable
from server.adapters.records import codec
from server.domain import USER_ID, CardRecord, Terms, User
from server.errors import Conflict


class PeopleRecords:
    """Users and cards are created and removed, never changed, so two processes need no lock: one of two creations
    fails. Terms are replaced, by the operator only."""

    def __init__(self, folder: Path) -> None:
        self._users = folder / "users"
        self._terms = folder / "terms"
        self._cards = folder / "cards"

    def add_user(self, user: User) -> User:
        durable.create(_shard(self._users, user.user_id, ".json"), codec.encode(codec.from_user(user)))
        return self.user(user.user_id) or user

    def user(self, user_id: str) -> User | None:
        record = codec.read(_shard(self._users, user_id, ".json"))
        return None if record is None else codec.to_user(record)

    def users(self) -> Iterator[User]:
        for path in durable.sharded(self._users):
            if (user := codec.read_as(str(path), codec.to_user)) is not None:
                yield user

    def terms(self, user_id: str) -> Terms | None:
        return codec.read_as(str(_shard(self._terms, user_id, ".json")), codec.to_terms)

    def put_terms(self, terms: Terms) -> None:
        durable.write(_shard(self._terms, terms.user_id, ".json"), codec.encode(codec.from_terms(terms)))

    def remove_terms(self, user_id: str) -> None:
        durable.remove(_shard(self._terms, user_id, ".json"))

    def remove_user(self, user_id: str) -> None:
        cards = _shard(self._cards, user_id)
        for name in sorted(durable.names(cards), reverse=True):  # newest first: what is left is still a chain
            durable.remove(cards / name)
        with suppress(OSError):  # not there, or a card was published just now
            cards.rmdir()
        durable.remove(_shard(self._users, user_id, ".json"))

    def add_card(self, card: CardRecord) -> None:
        path = _shard(self._cards, card.user_id) / f"{card.sequence:08d}.json"
        if not durable.create(path, codec.encode(codec.from_card(card))):
            raise Conflict("A card with this sequence number is published already.")

    def latest_card(self, user_id: str) -> CardRecord | None:
        folder = _shard(self._cards, user_id)
        last = max(durable.names(folder), default=None)
        return None if last is None else _card(folder / last)

    def cards(self, user_id: str) -> list[CardRecord]:
        folder = _shard(self._cards, user_id)
        found = (_card(folder / name) for name in sorted(durable.names(folder)))
        return [card for card in found if card is not None]

    def card_owners(self) -> Iterator[str]:
        for folder in durable.sharded(self._cards):
            yield folder.name


def _card(path: Path) -> CardRecord | None:
    return codec.read_as(str(path), codec.to_card)


def _shard(root: Path, user_id: str, suffix: str = "") -> Path:
    if not USER_ID.fullmatch(user_id):
        raise ValueError("a user id is 32 hex digits")
    return root / user_id[:2] / f"{user_id}{suffix}"
