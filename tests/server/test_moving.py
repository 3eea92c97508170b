"""Files move from one storage to another while they are read, deleted and changed, whoever kills the mover.

The other storage is a second folder here, under the name of one that is far away: what moves knows no difference. With
the command, over a bucket it is in `tests/s3/test_move_blobs`, over a real IPFS node in `tests/e2e/test_ipfs`.
"""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import pytest

from server.adapters.blobs.local import LocalBlobs
from server.app import app_over
from server.domain import Backend
from server.errors import Busy, StoreUnavailable, Unavailable
from server.ports import BlobStore, PartPlace, Source, StoredPart, file_key
from server.services.copying import _NOTE_BYTES
from server.services.housekeeping import LEFTOVER_SECONDS
from server.services.moving import Outcome
from server.services.stores import Stores
from server.wiring import services
from tests.faults.steps import cut_before
from tests.server.house import House, Person, house
from tests.server.samples import Sample, sample

MIB = 1 << 20
FAR = Backend.S3
_MOST_STEPS = 300


def with_far(
    folder: Path, far: Callable[[Path], BlobStore] = LocalBlobs, near: Callable[[Path], BlobStore] = LocalBlobs
) -> House:
    """A server with a second storage in `folder`/far."""
    here = house(folder)
    makers = {Backend.LOCAL: lambda: near(folder), FAR: lambda: far(folder / "far")}
    wiring = replace(here.wiring, stores=Stores(makers, Backend.LOCAL))
    everything = services(here.settings, wiring)
    return replace(here, wiring=wiring, services=everything, app=app_over(everything, here.settings))


@pytest.fixture
def here(tmp_path: Path) -> House:
    return with_far(tmp_path / "data")


@pytest.fixture
def ada(here: House) -> Person:
    return here.person("ada@example.org")


def move(here: House, source: Backend = Backend.LOCAL, target: Backend = FAR) -> list[Outcome]:
    return [each.outcome for each in here.services.moving.move(source, target, lambda _: None)]


def sent(person: Person, *sizes: int) -> list[Sample]:
    files = [sample(size) for size in sizes]
    for file in files:
        assert person.send(file, allowed_users=["bob@example.org"]).status_code == 201
    return files


def body(person: Person, file: Sample) -> bytes | int:
    answer = person.ask("GET", f"/files/{file.file_id}/content")
    return bytes(answer.data) if answer.status_code == 200 else answer.status_code


def in_store(here: House, backend: Backend) -> set[UUID]:
    return {file_id for file_id, _ in here.wiring.stores.of(backend).list_blobs()}


def backend_of(here: House, file: Sample) -> Backend:
    record = here.wiring.records.file(file.file_id)
    assert record is not None
    return record.backend


def test_files_of_every_kind_move_and_come_back(here: House, ada: Person) -> None:
    """In parts, of one part, empty, and of the old format; each is in one place, and the same."""
    files = sent(ada, 2 * MIB + 7, 5, 0)
    headers = {"Content-Type": "application/octet-stream"}
    simple = ada.ask("POST", "/upload?filename=a&nonce=b&wrapped_key=c", data=b"sealed" * 999, headers=headers)
    simple_id = UUID(simple.get_json()["file_id"])
    everything = {file.file_id for file in files} | {simple_id}
    for source, target in ((Backend.LOCAL, FAR), (FAR, Backend.LOCAL)):
        assert here.services.moving.plan(source).files == 4
        assert move(here, source, target) == [Outcome.MOVED] * 4
        assert in_store(here, source) == set()
        assert in_store(here, target) == everything
        assert [body(ada, file) for file in files] == [file.body for file in files]
        assert ada.ask("GET", f"/files/{simple_id}/content").data == b"sealed" * 999
        assert list(here.services.inspection.findings(deep=True)) == []
        assert move(here, source, target) == []


def test_what_is_not_meant_stays(here: House, ada: Person) -> None:
    """Unfinished uploads are told, expired files left to housekeeping; new files go where the settings say."""
    (old,) = sent(ada, 5)
    here.clock.time += 30 * 86_400
    ada = here.person(ada.email)
    upload = sample(2 * MIB)
    assert ada.ask("POST", "/uploads", json=upload.start()).status_code == 201
    assert ada.put_part(upload, 0).status_code == 200
    plan = here.services.moving.plan(Backend.LOCAL)
    assert (plan.files, plan.uploads) == (0, 1)
    assert move(here) == []
    assert in_store(here, Backend.LOCAL) == {old.file_id}
    assert ada.put_part(upload, 1).status_code == 200
    assert ada.complete(upload).status_code == 201
    assert move(here) == [Outcome.MOVED]
    assert body(ada, upload) == upload.body


def test_a_reader_that_has_it_open_reads_to_the_end(here: House, ada: Person) -> None:
    """And whoever had looked at the record before it moved finds the bytes where they are now."""
    (file,) = sent(ada, 3 * MIB)
    record = here.wiring.records.file(file.file_id)
    assert record is not None
    stores, records = here.wiring.stores, here.wiring.records
    with stores.content(records, record, 0, record.size) as content:
        first = content.read(1000)
        assert move(here) == [Outcome.MOVED]
        rest = b"".join(iter(lambda: content.read(MIB), b""))
    assert first + rest == file.body
    with stores.content(records, record, 10, 20) as content:
        assert content.read(10) == file.body[10:20]


class Meddled(LocalBlobs):
    """Something happens before a part is put."""

    def __init__(self, folder: Path, before: Callable[[PartPlace], object]) -> None:
        super().__init__(folder)
        self._before = before

    def put_part(
        self, blob_id: UUID, staging: str | None, place: PartPlace, source: Source, expected: bytes | None = None
    ) -> StoredPart:
        self._before(place)
        return super().put_part(blob_id, staging, place, source, expected)


def test_what_is_deleted_meanwhile_is_gone_from_both(tmp_path: Path) -> None:
    """The copy goes, too."""
    todo: list[Callable[[], object]] = []
    here = with_far(tmp_path, lambda folder: Meddled(folder, lambda _: todo.pop()() if todo else None))
    ada = here.person("ada@example.org")
    (file, other) = sent(ada, MIB + 7, 5)
    todo.append(lambda: [ada.ask("DELETE", f"/files/{file.file_id}"), ada.ask("DELETE", f"/files/{other.file_id}")])
    outcomes = move(here)
    assert Outcome.MOVED not in outcomes
    assert Outcome.DAMAGED not in outcomes
    assert in_store(here, Backend.LOCAL) == in_store(here, FAR) == set()
    assert not list(here.wiring.stores.of(FAR).list_staged())


def test_what_is_changed_meanwhile_keeps_its_change(tmp_path: Path) -> None:
    """Only the place is new."""
    todo: list[Callable[[], object]] = []
    here = with_far(tmp_path, lambda folder: Meddled(folder, lambda _: todo.pop()() if todo else None))
    ada = here.person("ada@example.org")
    (file,) = sent(ada, MIB + 7)
    change = {"download_limit": 7, "allowed_users": []}
    todo.append(lambda: ada.ask("PATCH", f"/files/{file.file_id}", json=change))
    assert move(here) == [Outcome.MOVED]
    detail = ada.ask("GET", f"/files/{file.file_id}").get_json()
    assert (detail["download_limit"], detail["allowed_users"], detail["storage"]) == (7, [], FAR.value)
    assert body(ada, file) == file.body


def test_damaged_bytes_stay_where_they_are(here: House, ada: Person) -> None:
    """Nothing is made better by moving it; the others move."""
    altered, short, lost, good = sent(ada, MIB + 7, 100, 5, 6)
    root = here.settings.data_dir / "blobs"
    paths = {file.file_id: root / file.file_id.hex[:2] / str(file.file_id) for file in (altered, short, lost)}
    paths[altered.file_id].write_bytes(altered.body[:-1] + b"!")
    paths[short.file_id].write_bytes(short.body[:-1])
    paths[lost.file_id].unlink()
    assert sorted(move(here)) == [Outcome.DAMAGED] * 3 + [Outcome.MOVED]
    assert backend_of(here, good) is FAR
    assert in_store(here, FAR) == {good.file_id}
    assert not list(here.wiring.stores.of(FAR).list_staged())
    assert {backend_of(here, file) for file in (altered, short, lost)} == {Backend.LOCAL}
    assert paths[short.file_id].exists()


class Lying(LocalBlobs):
    """Says that it has what it was given, and gives back something else."""

    def open_range(self, blob_id: UUID, locator: str | None, start: int, stop: int) -> BinaryIO:
        with super().open_range(blob_id, locator, start, stop) as body:
            path = Path(body.name)
        path.write_bytes(bytes(path.stat().st_size))
        return super().open_range(blob_id, locator, start, stop)


def test_a_store_that_lies_gets_nothing(tmp_path: Path) -> None:
    """The copy is read back before the original goes."""
    here = with_far(tmp_path, Lying)
    ada = here.person("ada@example.org")
    (file,) = sent(ada, MIB)
    with pytest.raises(Unavailable, match="other bytes"):
        move(here)
    assert body(ada, file) == file.body
    assert in_store(here, FAR) == set()


def test_one_moves_at_a_time(here: House, ada: Person) -> None:
    sent(ada, 5)
    with here.wiring.ephemeral.lock("moving", 0), pytest.raises(Busy):
        move(here)


@pytest.mark.parametrize(("swept", "expected"), [(False, [2, 3]), (True, [2, 3, 0, 1, 2, 3])])
def test_a_storage_that_goes_away_in_the_middle(tmp_path: Path, swept: bool, expected: list[int]) -> None:
    """Of the file that was under way only the rest is copied by the next run; all of it where the rest was swept."""
    put: list[int] = []

    def before(place: PartPlace) -> None:
        put.append(place.number)
        if len(put) == 3:
            raise StoreUnavailable("gone")

    here = with_far(tmp_path, lambda folder: Meddled(folder, before))
    ada = here.person("ada@example.org")
    (file,) = sent(ada, 3 * MIB + 7)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("server.services.copying._NOTE_BYTES", MIB)
        with pytest.raises(StoreUnavailable):
            move(here)
        assert body(ada, file) == file.body
        if swept:
            here.wiring.stores.of(FAR).discard_parts(file.file_id)
        assert move(here) == [Outcome.MOVED]
    assert put == [0, 1, 2, *expected]
    assert body(ada, file) == file.body
    assert _NOTE_BYTES > MIB


def test_housekeeping_leaves_a_copy_alone_that_is_under_way(tmp_path: Path) -> None:
    """However long it takes; once nobody is at it, what is old goes."""
    swept = threading.Event()
    houses: list[House] = []

    def before(place: PartPlace) -> None:
        if place.number == 1:
            houses[0].clock.time += 10 * 365 * 86_400 + LEFTOVER_SECONDS
            houses[0].services.housekeeping.sweep()
            swept.set()
            raise StoreUnavailable("gone")

    here = with_far(tmp_path, lambda folder: Meddled(folder, before))
    houses.append(here)
    ada = here.person("ada@example.org")
    file = sample(MIB + 7)
    assert ada.send(file, expires_hours=8_760).status_code == 201
    record = here.wiring.records.file(file.file_id)
    assert record is not None
    here.wiring.records.replace_file(record, replace(record, expires_at=2**40))
    with pytest.raises(StoreUnavailable):
        move(here)
    assert swept.is_set()
    far = here.wiring.stores.of(FAR)
    assert [each for each, _ in far.list_staged()] == [file.file_id]
    here.services.housekeeping.sweep()
    assert list(far.list_staged()) == []


@pytest.mark.parametrize("power_cut", [False, True], ids=["kill", "power cut"])
@pytest.mark.parametrize("every", [13, pytest.param(1, marks=pytest.mark.slow)])
def test_cut_short_before_any_step(tmp_path: Path, every: int, power_cut: bool) -> None:
    """The file is whole at any time; run again, it has moved; late housekeeping leaves one copy of it."""
    made = with_far(tmp_path / "made")
    ada = made.person("ada@example.org")
    (file,) = sent(ada, MIB + 7)
    for step in range(every // 2, _MOST_STEPS, every):
        data = tmp_path / f"data{step}"
        shutil.copytree(tmp_path / "made", data)
        cut = cut_before(step, data, partial(move, with_far(data)), power_cut=power_cut)
        _look_after(data, ada, file)
        shutil.rmtree(data)
        shutil.rmtree(f"{data}.stash")
        if not cut:
            assert step > 3
            return
    raise AssertionError(f"moving a file has more than {_MOST_STEPS} steps")


def _look_after(data: Path, ada: Person, file: Sample) -> None:
    after = with_far(data)
    owner = Person(after.http, ada.email, ada.user_id, ada.token, ada.refresh_token)
    assert body(owner, file) == file.body
    assert move(after) in ([], [Outcome.MOVED])
    assert body(owner, file) == file.body
    assert backend_of(after, file) is FAR
    for backend in (Backend.LOCAL, FAR):
        store = after.wiring.stores.of(backend)
        for left in (*store.list_blobs(), *store.list_staged()):
            assert left[0] == file.file_id
    record = after.wiring.records.file(file.file_id)
    assert record is not None
    after.wiring.records.replace_file(record, replace(record, expires_at=2**40))
    after.clock.time += 10 * 365 * 86_400 + LEFTOVER_SECONDS
    after.services.housekeeping.sweep()
    assert in_store(after, Backend.LOCAL) == set()
    assert in_store(after, FAR) == {file.file_id}
    assert not list(after.wiring.stores.of(Backend.LOCAL).list_staged())
    assert not list(after.wiring.stores.of(FAR).list_staged())


def test_the_files_lock_is_held_for_the_switch_only(tmp_path: Path) -> None:
    """Nobody who deletes or changes it waits for the copying."""
    free: list[bool] = []
    houses: list[House] = []

    def before(_: PartPlace) -> None:
        (file_id,) = houses[0].wiring.records.file_ids()
        with houses[0].wiring.ephemeral.lock(file_key(file_id), 0):
            free.append(True)

    here = with_far(tmp_path, lambda folder: Meddled(folder, before))
    houses.append(here)
    sent(here.person("ada@example.org"), MIB)
    assert move(here) == [Outcome.MOVED]
    assert free
