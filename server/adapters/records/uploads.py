"""Unfinished uploads: uploads/ab/FILE/upload.json, and parts.ndjson beside it.

parts.ndjson only grows, one line for every part that was acknowledged, and one with "void" before a part is written
over. The last line of a part counts; a torn line at the end was never acknowledged and is ignored.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from server.adapters import durable
from server.adapters.records import codec
from server.adapters.records.cache import StatCache
from server.domain import Receipt, Upload
from server.errors import Conflict, NotFound

_RECORD = "upload.json"
_PARTS = "parts.ndjson"
_ROOM_BYTES = 1 << 20
_TAKEN = "An upload with this id is under way."


class UploadRecords:
    """An upload is there as long as its upload.json is; the parts file is made before and removed after it."""

    def __init__(self, folder: Path) -> None:
        self._uploads = folder / "uploads"
        self._begun: StatCache[Upload] = StatCache(_load, lambda _, size: size, _ROOM_BYTES)

    def add_upload(self, upload: Upload) -> None:
        folder = self._folder_of(upload.file_id)
        if (folder / _RECORD).exists():
            raise Conflict(_TAKEN)
        durable.write(folder / _PARTS, b"")  # a removal that a crash cut short leaves receipts of an earlier life
        if not durable.create(folder / _RECORD, codec.encode(codec.from_upload(upload))):
            raise Conflict(_TAKEN)

    def upload(self, file_id: UUID) -> Upload | None:
        return self._begun.get(f"{self._folder_of(file_id)}/{_RECORD}")

    def upload_ids(self) -> Iterator[UUID]:
        for folder in durable.sharded(self._uploads):
            with suppress(ValueError):
                yield UUID(folder.name)

    def remove_upload(self, file_id: UUID) -> None:
        folder = self._folder_of(file_id)
        durable.remove(folder / _RECORD)
        shutil.rmtree(folder, ignore_errors=True)

    def add_receipt(self, file_id: UUID, receipt: Receipt) -> None:
        self._append(file_id, codec.encode_line(codec.from_receipt(receipt)))

    def void_receipt(self, file_id: UUID, number: int) -> None:
        path = self._folder_of(file_id) / _PARTS
        # A search is some hundred times faster than reading every line, and nearly always says no.
        if path.exists() and b'"part":%d,' % number not in path.read_bytes():
            return
        self._append(file_id, codec.encode_line({"part": number, "void": True}))

    def receipts(self, file_id: UUID) -> dict[int, Receipt]:
        found: dict[int, Receipt] = {}
        with suppress(FileNotFoundError):
            for line in (self._folder_of(file_id) / _PARTS).read_bytes().splitlines():
                _apply(line, found)
        return found

    def sweep_uploads(self, before: float) -> None:
        """Remove folders that a crash left without their record."""
        for folder in durable.sharded(self._uploads):
            with suppress(FileNotFoundError):
                if not (folder / _RECORD).exists() and folder.stat().st_mtime < before:
                    shutil.rmtree(folder, ignore_errors=True)

    def _append(self, file_id: UUID, line: bytes) -> None:
        """One write to the end of the file: lines of several processes never mix."""
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self._folder_of(file_id) / _PARTS, flags)
        except FileNotFoundError:
            raise NotFound("There is no such upload.") from None
        try:
            # A leading newline closes a line that a crash may have torn.
            durable.write_at_once(descriptor, b"\n" + line)
            getattr(os, "fdatasync", os.fsync)(descriptor)
        finally:
            os.close(descriptor)

    def _folder_of(self, file_id: UUID) -> Path:
        return self._uploads / file_id.hex[:2] / str(file_id)


def _load(path: str) -> Upload | None:
    return codec.read_as(path, codec.to_upload)


def _apply(line: bytes, found: dict[int, Receipt]) -> None:
    try:
        record = json.loads(line)
    except ValueError:  # empty, or torn by a crash before it was acknowledged
        return
    if "void" in record:
        found.pop(record["part"], None)
    else:
        found[record["part"]] = codec.to_receipt(record)
