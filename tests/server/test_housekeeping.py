"""What goes away by itself, and that one of many workers sees to it."""

import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from server.adapters.records.json_files import JsonRecords
from server.domain import Backend
from server.errors import Unavailable
from server.ports import file_key
from server.services import housekeeping
from server.services.moving import moving_key
from shared.api import limits
from shared.sealed.geometry import MIB
from tests.server.house import House, Person, house
from tests.server.samples import Sample, sample
from tests.support.server import live_server


def wait_until(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]  # any callable without arguments
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_idle_uploads_are_removed(here: House, ada: Person) -> None:
    """24 hours after the last part, with their bytes; one that still moves stays."""
    idle, moving = sample(MIB + 1), sample(MIB + 1)
    for file in (idle, moving):
        ada.ask("POST", "/uploads", json=file.start())
        ada.put_part(file, 0)
    here.clock.time += limits.UPLOAD_IDLE_SECONDS - 10
    ada.token = here.person(ada.email).token
    ada.put_part(moving, 1)
    here.services.housekeeping.sweep()
    assert here.kept(idle.parts[0][:64])
    here.clock.time += 10
    here.services.housekeeping.sweep()
    assert not here.kept(idle.parts[0][:64])
    assert ada.ask("GET", f"/uploads/{idle.file_id}").status_code == 404
    assert ada.complete(moving).status_code == 201


def test_bytes_without_a_record_are_removed_after_a_day(here: House, ada: Person) -> None:
    """Blobs and staged parts that belong to nothing; those of files and uploads stay, however old."""
    kept = sample()
    ada.send(kept, expires_hours=8_760)
    data = here.settings.data_dir
    for root in ("blobs", "staged"):
        blob_id = uuid.uuid4()
        left = data / root / blob_id.hex[:2] / str(blob_id)
        left.parent.mkdir(exist_ok=True)
        left.write_bytes(b"LEFTOVER")
    here.clock.time = time.time()
    here.services.housekeeping.sweep()
    assert len(here.kept(b"LEFTOVER")) == 2
    here.clock.time += housekeeping.LEFTOVER_SECONDS + 60
    here.services.housekeeping.sweep()
    assert not here.kept(b"LEFTOVER")
    assert here.kept(kept.parts[0])


def test_files_expire_while_a_sweep_goes_on(here: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes hours where there is much, and bytes go within seconds all the same."""
    monkeypatch.setattr(housekeeping, "EXPIRY_SECONDS", 0.01)
    file = sample()
    ada.send(file, expires_hours=1)
    here.clock.time += 3_600

    def takes_long(_: float) -> None:
        wait_until(lambda: not here.kept(file.parts[0]))

    monkeypatch.setattr(here.wiring.records, "sweep", takes_long)
    here.services.housekeeping.sweep()
    assert here.wiring.records.file(file.file_id) is None


def test_one_of_many_does_it(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three that run, one works; when it stops, another takes over."""
    monkeypatch.setattr(housekeeping, "EXPIRY_SECONDS", 0.02)
    at_work: set[str] = set()
    monkeypatch.setattr(
        type(here.services.housekeeping), "remove_expired", lambda _: at_work.add(threading.current_thread().name)
    )
    stops = {name: threading.Event() for name in ("one", "two", "three")}
    threads = {
        name: threading.Thread(target=here.services.housekeeping.run, args=(stop,), name=name)
        for name, stop in stops.items()
    }
    for thread in threads.values():
        thread.start()
    try:
        for count in (1, 2, 3):
            wait_until(lambda count=count: len(at_work) == count)
            (working,) = at_work - {name for name, stop in stops.items() if stop.is_set()}
            stops[working].set()
            threads[working].join(20)
    finally:
        for name, stop in stops.items():
            stop.set()
            threads[name].join(20)


def test_a_failure_does_not_end_it(
    here: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the next round comes."""
    monkeypatch.setattr(housekeeping, "EXPIRY_SECONDS", 0.01)
    rounds: list[int] = []

    def fail(_: object) -> None:
        rounds.append(1)
        raise OSError("disk gone")

    monkeypatch.setattr(type(here.services.housekeeping), "remove_expired", fail)
    stop = threading.Event()
    thread = threading.Thread(target=here.services.housekeeping.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: len(rounds) >= 2)
    finally:
        stop.set()
        thread.join(20)
    assert "housekeeping failed" in caplog.text


@pytest.mark.parametrize("error", [Unavailable("The database does not answer."), OSError("disk gone")])
def test_who_waits_for_the_lock_outlives_what_keeps_it(
    here: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Where locks can't be had for a while, it is tried again."""
    monkeypatch.setattr(housekeeping, "EXPIRY_SECONDS", 0.01)
    lock, stop = here.wiring.ephemeral.lock, threading.Event()
    answers = iter([error, error])

    def lock_in_the_end(key: str, wait_seconds: float) -> AbstractContextManager[None]:
        if key == "housekeeping" and (failure := next(answers, None)):
            raise failure
        return lock(key, wait_seconds)

    monkeypatch.setattr(here.wiring.ephemeral, "lock", lock_in_the_end)
    monkeypatch.setattr(type(here.services.housekeeping), "remove_expired", lambda _: stop.set())
    here.services.housekeeping.run(stop)
    assert stop.is_set()


def test_expired_files_are_gone_with_their_index(here: House, ada: Person) -> None:
    """Nothing on the disk names the file any more."""
    file = sample()
    ada.send(file, allowed_users=["bob@example.org"], expires_hours=1)
    here.clock.time += 3_600
    here.services.housekeeping.remove_expired()
    left = [path for path in Path(here.settings.data_dir).rglob(f"*{file.file_id}*") if path.is_file()]
    assert left == []


@pytest.mark.slow
def test_an_expired_files_bytes_are_gone_within_a_minute(tmp_path: Path) -> None:
    """By one of several real workers, once; and nobody gets it from the very second of its end."""
    with live_server(tmp_path, workers=3) as server:
        token = server.sign_in("ada@example.org")["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
        query = "filename=a&nonce=b&wrapped_key=c"
        answer = requests.post(f"{server.url}/upload?{query}", data=b"CIPHERTEXT", headers=headers, timeout=30)
        file_id = answer.json()["file_id"]
        records = JsonRecords(tmp_path / "records")
        file = records.file(uuid.UUID(file_id))
        assert file is not None

        def status() -> int:
            return requests.get(f"{server.url}/files/{file_id}", headers=headers, timeout=30).status_code

        assert status() == 200
        ends = int(time.time()) + 2
        records.replace_file(file, replace(file, expires_at=ends))
        wait_until(lambda: time.time() >= ends)
        assert status() in (410, 404)
        wait_until(lambda: not (tmp_path / "blobs" / file_id[:2] / file_id).exists(), seconds=60)
        wait_until(lambda: status() == 404)
        server.line_with(re.compile(f"removed expired file {file_id}"))
        assert len([line for line in server.lines if file_id in line and "removed expired" in line]) == 1


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"\xff"])
def test_a_damaged_record_stops_nothing(
    house_of_three: tuple[House, Person, list[Sample]], damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither what expires nor what is swept; it is logged once, its bytes stay, and an inspection names it."""
    here, ada, (damaged, other, unfinished) = house_of_three
    data = here.settings.data_dir
    for record in (*data.rglob(f"files/*/{damaged.file_id}.json"), *data.rglob(f"{unfinished.file_id}/upload.json")):
        record.write_bytes(damage)
    findings = list(here.services.inspection.findings(deep=True))
    assert {finding.where for finding in findings} == {f"file {damaged.file_id}", f"upload {unfinished.file_id}"}
    here.clock.time += housekeeping.LEFTOVER_SECONDS + limits.UPLOAD_IDLE_SECONDS
    for _ in range(2):
        here.services.housekeeping.remove_expired()
        here.services.housekeeping.sweep()
    assert not here.kept(other.parts[0][:64])
    assert here.kept(damaged.parts[0][:64])
    assert here.kept(unfinished.parts[0][:64])
    assert caplog.text.count(f"{damaged.file_id} can't be read") == 1
    usage = here.wiring.records.usage(ada.user_id)
    assert usage.files == 2


@pytest.fixture
def house_of_three(tmp_path: Path) -> tuple[House, Person, list[Sample]]:
    """With quotas; two files that end in an hour, and an upload of which a part has arrived."""
    here = house(tmp_path / "data", quota_files=10)
    ada = here.person("ada@example.org")
    damaged, other, unfinished = sample(), sample(), sample(MIB + 1)
    for file in (damaged, other):
        assert ada.send(file, expires_hours=1).status_code == 201
    ada.ask("POST", "/uploads", json=unfinished.start())
    assert ada.put_part(unfinished, 0).status_code == 200
    return here, ada, [damaged, other, unfinished]


def test_a_frozen_server_removes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a move to a database, bytes come that the old records know nothing of; what has expired stays, too."""
    monkeypatch.setattr(housekeeping, "EXPIRY_SECONDS", 0.01)
    ada = house(tmp_path).person("ada@example.org")
    expired = sample()
    ada.send(expired, expires_hours=1)
    left = left_over(tmp_path)
    frozen = house(tmp_path, read_only=True)
    frozen.clock.time = time.time() + housekeeping.LEFTOVER_SECONDS + 60
    keeper = frozen.services.housekeeping
    for work in (keeper.remove_expired, keeper.sweep, keeper.reclaim):
        with pytest.raises(Unavailable):
            work()
    rounds: list[float] = []

    class Stopping(threading.Event):
        """Set in the third round."""

        def wait(self, timeout: float | None = None) -> bool:
            rounds.append(timeout or 0)
            if len(rounds) == 3:
                self.set()
            return self.is_set()

    keeper.run(Stopping())
    assert len(rounds) >= 3
    assert left.exists()
    assert frozen.kept(expired.parts[0])


def test_what_became_a_file_after_the_first_look_stays(
    here: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A move ends between the sweep's look at the record and its lock: those are the only bytes by then."""
    file = sample()
    ada.send(file, expires_hours=8_760)
    records = here.wiring.records
    record = records.file(file.file_id)
    assert record is not None
    elsewhere = replace(record, backend=Backend.S3)
    records.replace_file(record, elsewhere)
    lock, locked = here.wiring.ephemeral.lock, list[str]()

    @contextmanager
    def moved_before(key: str, wait_seconds: float) -> Iterator[None]:
        if key == file_key(file.file_id) and not locked:
            locked.append(key)
            records.replace_file(elsewhere, record)
        with lock(key, wait_seconds):
            yield

    monkeypatch.setattr(here.wiring.ephemeral, "lock", moved_before, raising=False)
    here.clock.time = time.time() + housekeeping.LEFTOVER_SECONDS + 60
    here.services.housekeeping.sweep()
    assert locked
    assert here.kept(file.parts[0])


def test_bytes_whose_file_is_at_work_stay(here: House) -> None:
    """Whoever holds the file's lock, or moves it, is not swept under."""
    left = left_over(here.settings.data_dir)
    here.clock.time = time.time() + housekeeping.LEFTOVER_SECONDS + 60
    for key in (file_key(uuid.UUID(left.name)), moving_key(uuid.UUID(left.name))):
        with here.wiring.ephemeral.lock(key, 0):
            here.services.housekeeping.sweep()
        assert left.exists()
    here.services.housekeeping.sweep()
    assert not left.exists()


def left_over(data: Path) -> Path:
    """A blob that belongs to nothing."""
    blob_id = uuid.uuid4()
    left = data / "blobs" / blob_id.hex[:2] / str(blob_id)
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"LEFTOVER")
    return left
