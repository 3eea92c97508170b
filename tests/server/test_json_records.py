"""What is particular to records in files: what a crash leaves, and what sweeping takes away."""

from pathlib import Path
from uuid import UUID

import pytest

from server.adapters.records.file_index import FileIndex
from server.adapters.records.json_files import JsonRecords
from server.domain import Backend
from server.ports import Damaged, Role
from tests.contracts.test_records import ADA, BOB, NOW, a_file, an_upload, page, receipt


@pytest.fixture
def records(tmp_path: Path) -> JsonRecords:
    return JsonRecords(tmp_path)


def test_a_torn_line_does_not_count(records: JsonRecords, tmp_path: Path) -> None:
    """A receipt that a crash cut short is none, and those after it are."""
    upload = an_upload()
    records.add_upload(upload)
    records.add_receipt(upload.file_id, receipt(0))
    (parts,) = tmp_path.rglob("parts.ndjson")
    whole = parts.read_bytes()
    records.add_receipt(upload.file_id, receipt(1))
    torn = parts.read_bytes()[len(whole) :][:-20]
    parts.write_bytes(whole + torn)
    assert set(records.receipts(upload.file_id)) == {0}
    records.add_receipt(upload.file_id, receipt(2))
    assert set(records.receipts(upload.file_id)) == {0, 2}


def test_a_crash_before_the_record_leaves_no_file(
    records: JsonRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only index entries that point at nothing: listings skip them, sweeping removes them."""

    def power_cut(path: Path, data: bytes) -> bool:
        raise SystemExit

    file = a_file(readers=(BOB,))
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr("server.adapters.durable.create", power_cut)
        records.add_file(file)
    assert records.file(file.file_id) is None
    assert page(records, ADA) == page(records, BOB) == []
    assert list(records.file_ids()) == []
    assert list(tmp_path.rglob(f"*{file.file_id}*"))
    records.sweep(before=0)
    assert list(tmp_path.rglob(f"*{file.file_id}*"))
    records.sweep(before=NOW * 3)
    assert not list(tmp_path.rglob(f"*{file.file_id}*"))


def test_a_crash_while_removing_leaves_no_file(
    records: JsonRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record goes first."""
    file = a_file(readers=(BOB,))
    records.add_file(file)

    def power_cut(index: object, file: object) -> object:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(FileIndex, "remove", power_cut)
        records.remove_file(file)
    assert page(records, ADA, Role.OWNED) == page(records, BOB, Role.RECEIVED) == []
    records.sweep(before=NOW * 3)
    assert not list(tmp_path.rglob(f"*{file.file_id}*"))


def test_unfinished_files_are_swept(records: JsonRecords, tmp_path: Path) -> None:
    """What a crash left before a rename goes once it is old."""
    records.add_file(a_file())
    left = next(tmp_path.rglob("*.json")).parent / ".tmp-0123"
    left.write_text("half")
    records.sweep(before=0)
    assert left.exists()
    records.sweep(before=NOW * 3)
    assert not left.exists()


def test_records_are_readable_with_a_pager(records: JsonRecords, tmp_path: Path) -> None:
    """One key a line."""
    file = a_file()
    records.add_file(file)
    text = next((tmp_path / "files").rglob("*.json")).read_text()
    assert f'  "file_id": "{file.file_id}",\n' in text


@pytest.mark.parametrize("hostile", ["../x", "", "A" * 32, "a" * 33])
def test_user_ids_never_become_paths(records: JsonRecords, hostile: str) -> None:
    for call in (records.user, records.latest_card, lambda each: page(records, each)):
        with pytest.raises(ValueError, match="32 hex digits"):
            call(hostile)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"\xff", b'{"file_id": "x"}'])
def test_a_damaged_record_hides_no_other(
    records: JsonRecords, tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A listing leaves it out and says so in the log; asking for that very file still fails aloud."""
    files = [a_file(readers=(BOB,), at=NOW - 10 + number) for number in range(3)]
    for file in files:
        records.add_file(file)
    (record,) = (tmp_path / "files").rglob(f"{files[1].file_id}.json")
    record.write_bytes(damage)
    assert page(records, BOB) == [files[2], files[0]]
    assert str(files[1].file_id) in caplog.text
    with pytest.raises(Damaged):
        records.file(files[1].file_id)


OLD_FILE = """{
  "allowed_users": [],
  "download_limit": null,
  "expires_at": 1800086400,
  "file_id": "3f2a77a5-51a5-4a41-9f63-0d9b1e0f5c11",
  "grants": [],
  "manifest": "",
  "owner_email": "ada@example.org",
  "owner_id": "%s",
  "part_hashes": "%s",
  "revision": 2,
  "simple": {"filename": "a", "metadata": "", "nonce": "b", "wrapped_key": "c"},
  "size": 5,
  "uploaded_at": 1800000000.0
}
"""
OLD_UPLOAD = """{
  "body_size": null,
  "created_at": 1800000000.0,
  "file_id": "3f2a77a5-51a5-4a41-9f63-0d9b1e0f5c11",
  "owner_id": "%s",
  "part_size": 1048576
}
"""


def test_records_from_before_there_was_a_choice_lie_on_the_disk(records: JsonRecords, tmp_path: Path) -> None:
    """Files and uploads as version 0.1.0 wrote them, byte by byte."""
    file_id = UUID("3f2a77a5-51a5-4a41-9f63-0d9b1e0f5c11")
    for path, text in (
        (f"files/3f/{file_id}.json", OLD_FILE % (ADA, "A" * 43)),
        (f"uploads/3f/{file_id}/upload.json", OLD_UPLOAD % ADA),
    ):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    file, upload = records.file(file_id), records.upload(file_id)
    assert file is not None
    assert upload is not None
    assert (file.revision, file.backend, file.locator) == (2, Backend.LOCAL, None)
    assert (upload.backend, upload.staging) == (Backend.LOCAL, None)


def test_a_storage_that_nobody_knows_is_damage(records: JsonRecords, tmp_path: Path) -> None:
    """A newer version may have written it: better nothing than bytes from the wrong place."""
    file = a_file()
    records.add_file(file)
    (record,) = (tmp_path / "files").rglob("*.json")
    record.write_text(record.read_text().replace('"backend": "local"', '"backend": "tape"'))
    with pytest.raises(Damaged):
        records.file(file.file_id)
