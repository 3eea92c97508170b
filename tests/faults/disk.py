"""Looks at every file of a server's folder and says what does not fit together. Written against the disk's form."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from server.adapters.records.file_index import ID_CHARS, FileIndex
from server.adapters.records.json_files import JsonRecords
from server.domain import File, Upload
from server.ports import Role
from shared.sealed.manifest import Manifest

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def misfits(data: Path, now: float, *, swept: bool) -> list[str]:
    """What is wrong; `swept`: housekeeping has been here, late enough that nothing may be left over."""
    records = JsonRecords(data / "records")
    files = {file.file_id: file for each in records.file_ids() if (file := records.file(each))}
    uploads = {upload.file_id: upload for each in records.upload_ids() if (upload := records.upload(each))}
    found = [*_wrong_bytes(data, files), *_unlisted(records, files, now)]
    for upload in uploads.values():
        found += _wrong_receipts(data, records, upload, assembled=upload.file_id in files)
    if swept:
        found += _left_over(data, files, uploads)
    return found


def _wrong_bytes(data: Path, files: dict[UUID, File]) -> Iterator[str]:
    for file in files.values():
        blob = data / "blobs" / file.file_id.hex[:2] / str(file.file_id)
        if not blob.exists():
            yield f"{file.file_id} has a record and no bytes"
        elif blob.stat().st_size != file.size or _hashes(blob, file) != file.part_hashes:
            yield f"{file.file_id} has other bytes than its record says"


def _hashes(blob: Path, file: File) -> bytes:
    with blob.open("rb") as body:
        if file.simple is not None:
            return hashlib.file_digest(body, "sha256").digest()
        geometry = Manifest.parse(file.manifest).geometry
        lengths = (geometry.sealed_length(number) for number in range(geometry.part_count))
        return b"".join(hashlib.sha256(body.read(length)).digest() for length in lengths)


def _unlisted(records: JsonRecords, files: dict[UUID, File], now: float) -> Iterator[str]:
    for file in files.values():
        for user_id, role in ((file.owner_id, Role.OWNED), *((each, Role.RECEIVED) for each in file.allowed_users)):
            listed = [each.file_id for each in records.files_of(user_id, role, now)]
            if not file.expired(now) and listed.count(file.file_id) != 1:
                yield f"{file.file_id} is listed {listed.count(file.file_id)} times for {user_id}"


def _wrong_receipts(data: Path, records: JsonRecords, upload: Upload, *, assembled: bool) -> Iterator[str]:
    """A receipt promises bytes: in the staging file, or in the blob if a crash came on the last step."""
    name = f"{upload.file_id.hex[:2]}/{upload.file_id}"
    staged, blob = data / "staged" / name, data / "blobs" / name
    for receipt in records.receipts(upload.file_id).values():
        body = staged if staged.exists() else blob
        if not body.exists():
            yield f"part {receipt.number} of upload {upload.file_id} has a receipt and no bytes"
            continue
        with body.open("rb") as file:
            file.seek(receipt.number * upload.full_part)
            if hashlib.sha256(file.read(receipt.size)).digest() != receipt.digest:
                yield f"part {receipt.number} of upload {upload.file_id} (file: {assembled}) has other bytes"


def _left_over(data: Path, files: dict[UUID, File], uploads: dict[UUID, Upload]) -> Iterator[str]:
    index = FileIndex(data / "records" / "index")
    for entry in index.entries():
        file = files.get(UUID(entry.name[-ID_CHARS:]))
        if file is None or not index.belongs(entry, file):
            yield f"{entry.relative_to(data)} belongs to nothing"
    for path in data.rglob("*"):
        where = path.relative_to(data)
        for each in _ID.findall(path.name):
            if UUID(each) not in files and (UUID(each) not in uploads or where.parts[0] == "blobs"):
                yield f"{where} belongs to nothing"
        if path.name.startswith(".tmp-"):
            yield f"{where} was never finished"
        if path.is_file() and path.name.startswith("key-"):
            yield f"{where} is a lock that nobody holds"
    for file_id in files.keys() & uploads.keys():
        yield f"{file_id} is a file and an upload"
