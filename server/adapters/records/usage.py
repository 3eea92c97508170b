"""How much of the store each person holds: usage/ab/USER/FILE.SIZE, one empty file for each upload and file.

What a person holds is the sum of names, not a counter: nothing that is done twice or cut short makes it drift.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from server.adapters import durable
from server.domain import USER_ID, Reservation, Usage


class UsageRecords:
    """Changes of one person's entries are the caller's to serialize; removing one is always safe."""

    def __init__(self, folder: Path) -> None:
        self._usage = folder / "usage"

    def reserve(self, user_id: str, file_id: UUID, size: int) -> None:
        folder = self._holder(user_id)
        wanted = folder / f"{file_id}.{size}"
        for name in self._reserved(folder, file_id):
            if name != wanted.name:
                with suppress(FileNotFoundError):
                    (folder / name).replace(wanted)
                    durable.sync_folder(folder)
        durable.touch(wanted)

    def release(self, user_id: str, file_id: UUID) -> None:
        folder = self._holder(user_id)
        for name in self._reserved(folder, file_id):
            durable.remove(folder / name)

    def reserved(self, user_id: str, file_id: UUID) -> int:
        sizes = [int(name.partition(".")[2]) for name in self._reserved(self._holder(user_id), file_id)]
        return max(sizes, default=-1)

    def has_reserved(self, user_id: str, file_id: UUID, size: int) -> bool:
        """Whether it takes exactly `size` bytes; asks for one name, however many the person has."""
        return (self._holder(user_id) / f"{file_id}.{size}").exists()

    def usage(self, user_id: str, without: UUID | None = None) -> Usage:
        sizes = [
            int(size)
            for file_id, _, size in (name.partition(".") for name in durable.names(self._holder(user_id)))
            if file_id != str(without)
        ]
        return Usage(len(sizes), sum(sizes))

    def reservations(self) -> Iterator[Reservation]:
        for folder in durable.sharded(self._usage):
            for name in durable.names(folder):
                file_id, _, size = name.partition(".")
                with suppress(FileNotFoundError):
                    yield Reservation(folder.name, UUID(file_id), int(size), (folder / name).stat().st_mtime)

    def _holder(self, user_id: str) -> Path:
        if not USER_ID.fullmatch(user_id):
            raise ValueError("a user id is 32 hex digits")
        return self._usage / user_id[:2] / user_id

    @staticmethod
    def _reserved(folder: Path, file_id: UUID) -> list[str]:
        return [name for name in durable.names(folder) if name.startswith(f"{file_id}.")]
