"""Records as files, readable with a pager: one record a file, in folders sharded by id."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from server.adapters import durable
from server.adapters.records import codec
from server.adapters.records.codec import Json
from server.adapters.records.files import FileRecords
from server.adapters.records.people import PeopleRecords
from server.adapters.records.sign_in import SignInRecords
from server.adapters.records.uploads import UploadRecords
from server.adapters.records.usage import UsageRecords
from server.ports import DAMAGED, Damaged, Finding

T = TypeVar("T")
_OF_PEOPLE: Mapping[str, tuple[str, Callable[[Json], object]]] = {
    "users": ("account", codec.to_user),
    "terms": ("terms of", codec.to_terms),
    "second_factors": ("second factor of", codec.to_second_factor),
    "recovery": ("recovery copy of", codec.to_recovery),
    "access_tokens": ("access token", codec.to_access_token),
}
"""By folder: what its records are called, and how each is read."""


class JsonRecords(PeopleRecords, SignInRecords, UploadRecords, FileRecords, UsageRecords):
    """All `Records` in one folder, for any number of processes on one machine, up to about 10,000 files a person."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        PeopleRecords.__init__(self, folder)
        SignInRecords.__init__(self, folder)
        UploadRecords.__init__(self, folder)
        FileRecords.__init__(self, folder)
        UsageRecords.__init__(self, folder)

    def installation_id(self) -> UUID:
        path = self._folder / "installation" / "id"
        if not path.exists():
            durable.create(path, f"{uuid4()}\n".encode())
        try:
            return UUID(path.read_text(encoding="ascii").strip())
        except ValueError:
            raise Damaged(f"{path} holds no id: restore it from a backup") from None

    def remove_user(self, user_id: str) -> None:
        PeopleRecords.remove_user(self, user_id)
        self._versions.forget(user_id)

    def misreserved(self, user_ids: Collection[str]) -> Iterator[tuple[str, UUID]]:
        wanted = frozenset(user_ids)
        for file in _readable(self.file_ids(), self.file):
            if file.owner_id in wanted and not self.has_reserved(file.owner_id, file.file_id, file.size):
                yield file.owner_id, file.file_id
        for upload in _readable(self.upload_ids(), self.upload):
            if upload.owner_id in wanted:
                yield upload.owner_id, upload.file_id
        for each in self.reservations():
            if each.user_id in wanted:
                owners = {file.owner_id for file in _readable([each.file_id], self.file)}
                if each.user_id not in owners:
                    yield each.user_id, each.file_id

    def rebuild(self) -> None:
        """Make anew what follows from the records: after a restore. Nothing is synced."""
        self.rebuild_indexes()
        self.rebuild_sign_in()

    def verify_people(self) -> Iterator[Finding]:
        for name, (where, decode) in _OF_PEOPLE.items():
            for path in durable.sharded(self._folder / name):
                try:
                    codec.read_as(str(path), decode)
                except Damaged:
                    yield Finding(f"{where} {path.stem}", DAMAGED)
        for owner in self.card_owners():
            try:
                self.cards(owner)
            except Damaged:
                yield Finding(f"cards of {owner}", DAMAGED)

    def sweep(self, before: float) -> None:
        durable.sweep_temporaries(self._folder, before)
        self.sweep_sign_in(before)
        self.sweep_uploads(before)
        self.sweep_indexes(before)
        self.sweep_downloads(before)


def _readable(file_ids: Iterable[UUID], read: Callable[[UUID], T | None]) -> Iterator[T]:
    """Those records that are there and not damaged."""
    for file_id in file_ids:
        try:
            record = read(file_id)
        except Damaged:
            continue
        if record is not None:
            yield record
