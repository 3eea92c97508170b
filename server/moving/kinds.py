"""What is moved, kind by kind: which ones there are, what each looks like, and how one is put into the database.

Both sides are read through the same ports as the server reads them, and written down as the same JSON: where that is
equal, the server sees the same.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Column, select, update

from server.adapters import durable
from server.adapters.postgres.database import Database
from server.adapters.postgres.schema import access_tokens, files, links, recovery_copies, second_factors, terms
from server.adapters.records import codec
from server.adapters.records.codec import Json
from server.keeping import Kept
from server.ports import Records

_BATCH = 1_000
Id = str | UUID | tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record."""

    name: str
    there: Callable[[], Iterable[Id]]
    """The ids of those in the files."""
    here: Callable[[], Iterable[Id]]
    """The ids of those in the database."""
    read: Callable[[Kept, Id], Json | None]
    """One as JSON; None where there is none. Raises `Damaged`."""
    put: Callable[[Id], None]
    """Take one over from the files, in place of what the database has."""


def kinds(folder: Path, source: Kept, target: Kept, database: Database) -> list[Kind]:
    """Every kind but the logs and short-lived state. `folder`: that of the JSON records."""
    of_people = _OfPeople(source.records, target.records)
    return [
        Kind(
            "accounts",
            lambda: (user.user_id for user in source.records.users()),
            lambda: (user.user_id for user in target.records.users()),
            lambda kept, key: _json(codec.from_user, kept.records.user(str(key))),
            of_people.put_user,
        ),
        Kind(
            "terms of accounts",
            lambda: _names(folder / "terms"),
            lambda: _hex_ids(database, terms.c.user_id),
            lambda kept, key: _json(codec.from_terms, kept.records.terms(str(key))),
            of_people.put_terms,
        ),
        Kind(
            "second factors",
            lambda: _names(folder / "second_factors"),
            lambda: _hex_ids(database, second_factors.c.user_id),
            lambda kept, key: _json(codec.from_second_factor, kept.records.second_factor(str(key))),
            of_people.put_second_factor,
        ),
        Kind(
            "recovery copies",
            lambda: _names(folder / "recovery"),
            lambda: _hex_ids(database, recovery_copies.c.user_id),
            lambda kept, key: _json(codec.from_recovery, kept.records.recovery(str(key))),
            of_people.put_recovery,
        ),
        Kind(
            "access tokens",
            lambda: _names(folder / "access_tokens"),
            lambda: _hex_ids(database, access_tokens.c.token_id),
            lambda kept, key: _json(codec.from_access_token, kept.records.access_token(str(key))),
            of_people.put_access_token,
        ),
        Kind("cards", source.records.card_owners, target.records.card_owners, _cards, of_people.put_cards),
        Kind(
            "uploads",
            source.records.upload_ids,
            target.records.upload_ids,
            _upload,
            lambda key: _put_upload(source.records, target.records, _uuid(key)),
        ),
        Kind(
            "files",
            source.records.file_ids,
            target.records.file_ids,
            _file,
            lambda key: _put_file(database, source.records, target.records, _uuid(key)),
        ),
        Kind(
            "links",
            source.links.link_ids,
            target.links.link_ids,
            _link,
            lambda key: _put_link(database, source, target, key),
        ),
        Kind(
            "drop boxes",
            source.boxes.box_ids,
            target.boxes.box_ids,
            _box,
            lambda key: _put_box(folder, source, target, key),
        ),
        Kind(
            "reservations",
            lambda: ((each.user_id, each.file_id) for each in source.records.reservations()),
            lambda: ((each.user_id, each.file_id) for each in target.records.reservations()),
            _reservation,
            lambda key: target.records.reserve(*_pair(key), source.records.reserved(*_pair(key))),
        ),
    ]


class _OfPeople:
    """What belongs to a person."""

    def __init__(self, source: Records, target: Records) -> None:
        self._source = source
        self._target = target

    def put_user(self, key: Id) -> None:
        if user := self._source.user(str(key)):
            self._target.add_user(user)

    def put_terms(self, key: Id) -> None:
        if found := self._source.terms(str(key)):
            self._target.put_terms(found)

    def put_second_factor(self, key: Id) -> None:
        if found := self._source.second_factor(str(key)):
            self._target.put_second_factor(found)

    def put_recovery(self, key: Id) -> None:
        if found := self._source.recovery(str(key)):
            self._target.put_recovery(found)

    def put_access_token(self, key: Id) -> None:
        if found := self._source.access_token(str(key)):
            self._target.add_access_token(found)

    def put_cards(self, key: Id) -> None:
        known = {card.sequence for card in self._target.cards(str(key))}
        for card in self._source.cards(str(key)):
            if card.sequence not in known:
                self._target.add_card(card)


def _cards(kept: Kept, key: Id) -> Json | None:
    found = [codec.from_card(card) for card in kept.records.cards(str(key))]
    return {"user_id": str(key), "cards": found} if found else None


def _upload(kept: Kept, key: Id) -> Json | None:
    upload = kept.records.upload(_uuid(key))
    if upload is None:
        return None
    receipts = sorted(kept.records.receipts(upload.file_id).items())
    return {**codec.from_upload(upload), "receipts": [codec.from_receipt(receipt) for _, receipt in receipts]}


def _put_upload(source: Records, target: Records, file_id: UUID) -> None:
    if upload := source.upload(file_id):
        target.remove_upload(file_id)
        target.add_upload(upload)
        for receipt in source.receipts(file_id).values():
            target.add_receipt(file_id, receipt)


def _file(kept: Kept, key: Id) -> Json | None:
    file = kept.records.file(_uuid(key))
    return None if file is None else {**codec.from_file(file), "downloads": kept.records.downloads(file.file_id)}


def _put_file(database: Database, source: Records, target: Records, file_id: UUID) -> None:
    file = source.file(file_id)
    if file is None:
        return
    if (old := target.file(file_id)) is not None:
        target.remove_file(old)
    target.add_file(file)
    with database.write() as connection:
        count = {"downloads": source.downloads(file_id)}
        connection.execute(update(files).where(files.c.file_id == file_id).values(count))


def _link(kept: Kept, key: Id) -> Json | None:
    link = kept.links.link(str(key))
    return None if link is None else {**codec.from_link(link), "downloads": kept.links.link_downloads(link.link_id)}


def _put_link(database: Database, source: Kept, target: Kept, key: Id) -> None:
    link = source.links.link(str(key))
    if link is None:
        return
    if (old := target.links.link(link.link_id)) is not None:
        target.links.remove_link(old)
    target.links.add_link(link)
    with database.write() as connection:
        count = {"downloads": source.links.link_downloads(link.link_id)}
        connection.execute(update(links).where(links.c.link_id == link.link_id).values(count))


def _box(kept: Kept, key: Id) -> Json | None:
    box = kept.boxes.box(str(key))
    if box is None:
        return None
    taken, arriving = kept.boxes.taken(box.box_id), sorted(map(str, kept.boxes.arriving(box.box_id)))
    return {**codec.from_box(box), "files": taken.files, "size": taken.size, "arriving": arriving}


def _put_box(folder: Path, source: Kept, target: Kept, key: Id) -> None:
    box = source.boxes.box(str(key))
    if box is None:
        return
    if target.boxes.box(box.box_id) is not None:
        target.boxes.remove_box(box)
    target.boxes.add_box(box)
    for name in durable.names(folder / "box_files" / box.box_id[:2] / box.box_id):
        file_id, size, *come = name.split(".")
        target.boxes.take(box.box_id, UUID(file_id), int(size))
        if come:
            target.boxes.settle(box.box_id, UUID(file_id))


def _reservation(kept: Kept, key: Id) -> Json | None:
    user_id, file_id = _pair(key)
    size = kept.records.reserved(user_id, file_id)
    return None if size < 0 else {"user_id": user_id, "file_id": str(file_id), "size": size}


def _json(write: Callable[..., Json], record: object) -> Json | None:
    return None if record is None else write(record)


def _names(folder: Path) -> Iterator[str]:
    return (path.stem for path in durable.sharded(folder))


def _hex_ids(database: Database, column: Column[UUID]) -> Iterator[str]:
    last = UUID(int=0)
    while True:
        with database.read() as connection:
            found = connection.scalars(select(column).where(column > last).order_by(column).limit(_BATCH)).all()
        yield from (each.hex for each in found)
        if len(found) < _BATCH:
            return
        last = found[-1]


def _uuid(key: Id) -> UUID:
    if not isinstance(key, UUID):
        raise TypeError("this is no id of a file")
    return key


def _pair(key: Id) -> tuple[str, UUID]:
    if not isinstance(key, tuple):
        raise TypeError("this is no id of a reservation")
    return key
