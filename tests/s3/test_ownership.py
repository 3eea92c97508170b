"""Whose a bucket is: wrong or empty records sweep nothing there."""

import logging
import uuid
from pathlib import Path
from typing import Any

import pytest

from server.services.housekeeping import LEFTOVER_SECONDS
from tests.s3.conftest import MARK, Bucket
from tests.s3.test_s3_check import check, steps
from tests.server.house import House, house
from tests.server.samples import Sample, sample


def sent(here: House, *sizes: int) -> list[Sample]:
    ada = here.person("ada@example.org")
    files = [sample(size) for size in sizes]
    for file in files:
        assert ada.send(file, expires_hours=8_760).status_code == 201
    return files


def other_records(bucket: Bucket, here: House, folder: Path) -> House:
    """A server over the same bucket, and records of its own, a year later."""
    settings: dict[str, Any] = bucket.service.settings(bucket.name)
    there = house(folder, **settings)
    there.clock.time = here.clock.time + 365 * 86_400
    return there


def test_a_new_bucket_is_marked(here: House, bucket: Bucket) -> None:
    """And what belongs to nothing is swept from it, as everywhere."""
    here.services.housekeeping.sweep()
    assert bucket.read(MARK).decode().strip() == str(here.wiring.records.installation_id())
    bucket.service.client.put_object(Bucket=bucket.name, Key=f"blobs/{uuid.uuid4()}", Body=b"left over")
    here.clock.time += LEFTOVER_SECONDS + 60
    here.services.housekeeping.sweep()
    assert bucket.keys() == []


@pytest.mark.parametrize("marked", [True, False])
def test_wrong_records_sweep_nothing(
    here: House, bucket: Bucket, tmp_path: Path, marked: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Empty ones, or another's, even once files have been sent through them; the log says what to do."""
    files = sent(here, 5, 6, 7)
    if marked:
        here.services.housekeeping.sweep()
    there = other_records(bucket, here, tmp_path / "other")
    for _ in range(2):
        with caplog.at_level(logging.ERROR):
            there.services.housekeeping.sweep()
        assert {f"blobs/{file.file_id}" for file in files} <= set(bucket.keys())
        assert "s3-check --claim" in caplog.text
        caplog.clear()
        files += sent(there, 8)


def test_the_bucket_of_an_earlier_version_is_adopted(here: House, bucket: Bucket) -> None:
    """Its records know what is in it, but for something that a crash has left."""
    files = sent(here, 5, 6)
    bucket.service.client.put_object(Bucket=bucket.name, Key=f"blobs/{uuid.uuid4()}", Body=b"left over")
    here.clock.time += LEFTOVER_SECONDS + 60
    here.services.housekeeping.sweep()
    assert set(bucket.keys()) == {f"blobs/{file.file_id}" for file in files}
    assert bucket.read(MARK).decode().strip() == str(here.wiring.records.installation_id())


def test_the_operator_is_told_and_decides(here: House, bucket: Bucket, tmp_path: Path) -> None:
    """`s3-check` says that the bucket is another's, and `--claim` makes it this one's."""
    sent(here, 5)
    here.services.housekeeping.sweep()
    code, text = check(bucket, tmp_path / "other", "--json")
    owner = steps(text)["owner"]
    assert (code, owner["ok"], owner["needed"]) == (1, False, True)
    assert "another installation" in owner["message"]
    assert "--claim" in owner["fix"]
    code, text = check(bucket, tmp_path / "other", "--json", "--claim")
    assert (code, steps(text)["owner"]["ok"]) == (0, True)
    assert bucket.read(MARK).decode().strip() != str(here.wiring.records.installation_id())
