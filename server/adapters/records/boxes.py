"""Drop boxes: boxes/ab/BOX.json, a folder that lists them by person, and a folder a box with what it has taken in.

index/boxes/ab/USER/POSITION are empty files, made before the record and removed after it. box_files/ab/BOX/FILE.SIZE is
the empty file of what is on its way, FILE.SIZE.in that of what has come: what is done twice or cut short never
makes their sum drift.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from server.adapters import durable
from server.adapters.records import codec
from server.adapters.records.cache import StatCache
from server.domain import LINK_ID, USER_ID, DropBox, Usage, checked_box_id
from server.errors import Conflict, NotFound
from server.ports import Damaged

_ROOM_BYTES = 1 << 20
_ID_CHARS = 43
_COME = ".in"
_LOG = logging.getLogger("sealcase.records")


class JsonBoxes:
    """All `BoxRecords` in one folder, for any number of processes on one machine."""

    def __init__(self, folder: Path) -> None:
        self._boxes = folder / "boxes"
        self._owned = folder / "index" / "boxes"
        self._files = folder / "box_files"
        self._read: StatCache[DropBox] = StatCache(_load, lambda _, size: size, _ROOM_BYTES)

    def add_box(self, box: DropBox) -> None:
        record = self._record(box.box_id)
        durable.touch(self._entry(box))
        if not durable.create(record, codec.encode(codec.from_box(box))):
            raise Conflict("A drop box with this id exists.")

    def box(self, box_id: str) -> DropBox | None:
        return self._read.get(str(self._record(box_id)))

    def replace_box(self, box: DropBox) -> None:
        if self.box(box.box_id) is None:
            raise NotFound("There is no such drop box.")
        durable.write(self._record(box.box_id), codec.encode(codec.from_box(box)))

    def remove_box(self, box: DropBox) -> None:
        durable.remove(self._record(box.box_id))
        durable.remove(self._entry(box))
        self._remove_files(self._inside(box.box_id))

    def boxes_of(self, user_id: str, before: str | None = None) -> Iterator[DropBox]:
        for position in sorted(durable.names(self._person(user_id)), reverse=True):
            if before is None or position < before:
                box = self._listed(position[-_ID_CHARS:])
                # A crash may have left an entry of an attempt before.
                if box is not None and box.owner_id == user_id and box.position == position:
                    yield box

    def box_ids(self) -> Iterator[str]:
        for path in durable.sharded(self._boxes):
            if LINK_ID.fullmatch(path.stem):
                yield path.stem

    def take(self, box_id: str, file_id: UUID, size: int) -> None:
        if self._name(box_id, file_id) is None:
            durable.touch(self._inside(box_id) / f"{file_id}.{size}")

    def settle(self, box_id: str, file_id: UUID) -> None:
        name = self._name(box_id, file_id)
        if name is not None and not name.endswith(_COME):
            inside = self._inside(box_id)
            with suppress(FileNotFoundError):  # settled by somebody else meanwhile
                (inside / name).rename(inside / f"{name}{_COME}")
                durable.sync_folder(inside)

    def untake(self, box_id: str, file_id: UUID) -> None:
        name = self._name(box_id, file_id)
        if name is not None and not name.endswith(_COME):
            durable.remove(self._inside(box_id) / name)

    def taken(self, box_id: str) -> Usage:
        sizes = [int(name.removesuffix(_COME).partition(".")[2]) for name in durable.names(self._inside(box_id))]
        return Usage(len(sizes), sum(sizes))

    def arriving(self, box_id: str) -> list[UUID]:
        names = durable.names(self._inside(box_id))
        return [UUID(name.partition(".")[0]) for name in names if not name.endswith(_COME)]

    def sweep_boxes(self, before: float) -> None:
        for person in durable.sharded(self._owned):
            for name in durable.names(person):
                self._remove_if_left(person / name, name[-_ID_CHARS:], before)
        for inside in durable.sharded(self._files):
            with suppress(Damaged, ValueError):
                if self.box(inside.name) is None and inside.stat().st_mtime < before:
                    self._remove_files(inside)
        durable.sweep_temporaries(self._boxes, before)

    def rebuild(self) -> None:
        """Make every index entry that is missing: after a restore. Nothing is synced."""
        for box_id in self.box_ids():
            with suppress(Damaged):
                if (box := self.box(box_id)) is not None:
                    entry = self._entry(box)
                    entry.parent.mkdir(durable.PRIVATE_FOLDER, parents=True, exist_ok=True)
                    entry.touch(durable.PRIVATE_FILE)

    def _remove_if_left(self, entry: Path, box_id: str, before: float) -> None:
        with suppress(FileNotFoundError, Damaged, ValueError):
            if entry.stat().st_mtime < before:
                box = self.box(box_id)
                if box is None or self._entry(box) != entry:
                    entry.unlink()

    def _listed(self, box_id: str) -> DropBox | None:
        """One damaged record must not hide all the others from their owner."""
        try:
            return self.box(box_id)
        except Damaged:
            _LOG.exception("the record of drop box %s is damaged and left out of a listing", box_id)
            return None

    def _name(self, box_id: str, file_id: UUID) -> str | None:
        beginning = f"{file_id}."
        return next((name for name in durable.names(self._inside(box_id)) if name.startswith(beginning)), None)

    @staticmethod
    def _remove_files(inside: Path) -> None:
        for name in list(durable.names(inside)):
            durable.remove(inside / name)
        with suppress(OSError):  # somebody has put another one there
            inside.rmdir()

    def _entry(self, box: DropBox) -> Path:
        return self._person(box.owner_id) / box.position

    def _person(self, user_id: str) -> Path:
        if not USER_ID.fullmatch(user_id):
            raise ValueError("a user id is 32 hex digits")
        return self._owned / user_id[:2] / user_id

    def _record(self, box_id: str) -> Path:
        return self._boxes / checked_box_id(box_id)[:2] / f"{box_id}.json"

    def _inside(self, box_id: str) -> Path:
        return self._files / checked_box_id(box_id)[:2] / box_id


def _load(path: str) -> DropBox | None:
    return codec.read_as(path, codec.to_box)
