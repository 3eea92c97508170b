"""What one person may hold, in bytes and in files."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from server.ports import file_key
from server.services.quotas import Quotas
from shared.api import limits
from shared.sealed.geometry import MIB, sealed_length
from tests.server.house import House, Person, code_of, house
from tests.server.samples import sample
from tests.server.test_simple_uploads import form, octets, upload

ROOM = sealed_length(MIB) * 3


@pytest.fixture
def small(tmp_path: Path) -> House:
    return house(tmp_path / "data", quota_bytes=ROOM, quota_files=3)


@pytest.fixture
def ada(small: House) -> Person:
    return small.person("ada@example.org")


def held(here: House, person: Person) -> tuple[int, int]:
    usage = here.wiring.records.usage(person.user_id)
    return usage.files, usage.size


def test_an_upload_is_reserved_before_it_comes(small: House, ada: Person) -> None:
    """Its announced size counts from the start, and 507 says what is left."""
    big, more = sample(2 * MIB), sample(2 * MIB)
    assert ada.ask("POST", "/uploads", json=big.start()).status_code == 201
    answer = ada.ask("POST", "/uploads", json=more.start())
    assert (answer.status_code, code_of(answer)) == (507, "quota_exceeded")
    assert answer.get_json()["bytes_left"] == ROOM - len(big.body)
    assert answer.get_json()["files_left"] == 2
    assert ada.ask("POST", "/uploads", json=big.start()).status_code == 200
    assert held(small, ada) == (1, len(big.body))
    assert small.person("bob@example.org").ask("POST", "/uploads", json=more.start()).status_code == 201


def test_an_upload_of_unknown_size_grows(small: House, ada: Person) -> None:
    """Part by part; the one that is too much is refused, and the others stay."""
    flow = sample(5 * MIB)
    ada.ask("POST", "/uploads", json=flow.start(with_size=False))
    assert [ada.put_part(flow, number).status_code for number in range(4)] == [200, 200, 200, 507]
    assert held(small, ada) == (1, ROOM)
    assert ada.put_part(flow, 1).status_code == 200


def test_files_are_counted(small: House, ada: Person) -> None:
    """Unfinished ones as well."""
    ada.send(sample())
    upload(ada)
    ada.ask("POST", "/uploads", json=sample().start())
    for answer in (ada.ask("POST", "/uploads", json=sample().start()), upload(ada), octets(ada), form(ada)):
        assert code_of(answer) == "quota_exceeded"
        assert answer.get_json()["files_left"] == 0


@pytest.mark.parametrize("send", [upload, octets, form])
def test_simple_uploads_count(small: House, ada: Person, send: Any) -> None:
    """Exactly; and one that is too large leaves nothing."""
    send(ada, bytes(5_000))
    assert held(small, ada) == (1, 5_000)
    assert code_of(send(ada, bytes(ROOM - 4_999))) == "quota_exceeded"
    assert held(small, ada) == (1, 5_000)
    assert not list(small.blobs.list_staged())


def test_what_goes_gives_its_room_back(small: House, ada: Person) -> None:
    """A deleted file, an abandoned upload, an expired file, an idle upload."""
    file, abandoned, idle = sample(MIB), sample(MIB), sample(100)
    ada.send(file)
    ada.ask("POST", "/uploads", json=abandoned.start())
    assert held(small, ada)[0] == 2
    ada.ask("DELETE", f"/files/{file.file_id}")
    ada.ask("DELETE", f"/uploads/{abandoned.file_id}")
    assert held(small, ada) == (0, 0)
    ada.send(file, expires_hours=1)
    ada.ask("POST", "/uploads", json=idle.start())
    small.clock.time += limits.UPLOAD_IDLE_SECONDS
    small.services.housekeeping.remove_expired()
    small.services.housekeeping.sweep()
    assert held(small, ada) == (0, 0)


def test_a_completed_upload_takes_what_it_has(small: House, ada: Person) -> None:
    file = sample(MIB + 5)
    ada.ask("POST", "/uploads", json=file.start(with_size=False))
    for number in (0, 1):
        ada.put_part(file, number)
    assert ada.complete(file).status_code == 201
    assert held(small, ada) == (1, len(file.body))


def test_what_a_crash_left_is_set_right(small: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reservation without its file goes, a file without its reservation gets one."""
    records = small.wiring.records
    file, lost = sample(), sample()
    ada.send(file)
    ada.send(lost)
    records.release(ada.user_id, file.file_id)
    with monkeypatch.context() as patch:
        patch.setattr(records, "release", lambda *_: None)
        ada.ask("DELETE", f"/files/{lost.file_id}")
    small.services.housekeeping.sweep()
    assert held(small, ada) == (1, len(file.body))


def test_quotas_begin_with_what_is_there(tmp_path: Path) -> None:
    """An operator who sets them later finds files and uploads counted after the first round of housekeeping."""
    before = house(tmp_path)
    ada = before.person("ada@example.org")
    file, flow = sample(500), sample(2 * MIB)
    ada.send(file)
    ada.ask("POST", "/uploads", json=flow.start(with_size=False))
    ada.put_part(flow, 1)
    after = house(tmp_path, quota_files=10)
    after.services.housekeeping.sweep()
    assert held(after, ada) == (2, len(file.body) + 2 * sealed_length(MIB))


def test_counting_anew_stops_nobody(small: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what differs is locked: what is right is left alone, however much of it there is."""
    right, wrong = sample(), sample()
    ada.send(right)
    ada.send(wrong)
    small.wiring.records.release(ada.user_id, wrong.file_id)
    locked, lock = [], small.wiring.ephemeral.lock

    def watched(key: str, wait_seconds: float) -> AbstractContextManager[None]:
        locked.append(key)
        return lock(key, wait_seconds)

    monkeypatch.setattr(small.wiring.ephemeral, "lock", watched)
    Quotas(small.wiring.records, small.wiring.ephemeral, max_files=3).recount()
    assert locked == [file_key(wrong.file_id), f"quota:{ada.user_id}"]
    assert held(small, ada) == (2, len(right.body) + len(wrong.body))
