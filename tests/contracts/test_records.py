"""What every `Records` keeps to. A new adapter joins `places.RECORDS` and has to pass all of it."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from server.domain import Backend, CardRecord, File, Receipt, SimpleFields, Upload, Usage, User
from server.errors import Conflict, NotFound
from server.ports import Records, Role
from shared.sealed.geometry import MIB
from shared.sealed.grant import Grant, GrantType
from tests.contracts.places import RECORDS, database_of

NOW = 1_800_000_000.0
ADA, BOB, EVE = "a" * 32, "b" * 32, "e" * 32


@pytest.fixture(params=RECORDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def records(name: str, place: Path) -> Records:
    return RECORDS[name](place)


def a_file(owner: str = ADA, readers: tuple[str, ...] = (), at: float = NOW, expires_at: int = int(NOW) * 2) -> File:
    grant = Grant(GrantType.LINK, bytes(32), bytes(40), None)
    return File(
        file_id=uuid.uuid4(),
        owner_id=owner,
        owner_email="ada@example.org",
        uploaded_at=at,
        expires_at=expires_at,
        size=72,
        manifest=b"{}",
        grants=(grant,),
        part_hashes=bytes(32),
        allowed_users=readers,
    )


def an_upload() -> Upload:
    return Upload(uuid.uuid4(), ADA, MIB, None, NOW)


def receipt(number: int, digest: bytes = bytes(32)) -> Receipt:
    return Receipt(number, 72, digest, NOW + number)


def page(records: Records, user: str, role: Role = Role.ALL, before: str | None = None, limit: int = 10) -> list[File]:
    return records.page(user, role, NOW, before, limit)


def test_records_have_a_name_of_their_own(records: Records, name: str, place: Path) -> None:
    """It stays, for every process and after a restart."""
    if name == "postgres":
        database_of(place).check_secret("as at every start")
    assert records.installation_id() == records.installation_id() == RECORDS[name](place).installation_id()


def test_an_account_is_made_once(records: Records) -> None:
    """The second time gives the first one back."""
    first = User(ADA, "ada@example.org", NOW)
    assert records.user(ADA) is None
    assert records.add_user(first) == first
    assert records.add_user(User(ADA, "ada@example.org", NOW + 5)) == first
    assert records.user(ADA) == first


def test_cards_are_appended_one_by_one(records: Records) -> None:
    """A sequence number is given once, also among ten at the same time."""
    assert records.latest_card(ADA) is None
    for sequence in (0, 1, 10):
        records.add_card(CardRecord(ADA, sequence, b"card", bytes(64)))
    with pytest.raises(Conflict):
        records.add_card(CardRecord(ADA, 1, b"other", bytes(64)))
    latest = records.latest_card(ADA)
    assert latest is not None
    assert latest.sequence == 10
    assert [card.sequence for card in records.cards(ADA)] == [0, 1, 10]
    assert records.cards(BOB) == []

    def add(number: int) -> bool:
        try:
            records.add_card(CardRecord(ADA, 11, b"%d" % number, bytes(64)))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(add, range(10))).count(True) == 1


def test_uploads_come_and_go(records: Records, name: str, place: Path) -> None:
    """Kept over a restart; the same id is a conflict while it is there."""
    upload = an_upload()
    assert records.upload(upload.file_id) is None
    records.add_upload(upload)
    with pytest.raises(Conflict):
        records.add_upload(upload)
    assert RECORDS[name](place).upload(upload.file_id) == upload
    assert list(records.upload_ids()) == [upload.file_id]
    records.remove_upload(upload.file_id)
    records.remove_upload(upload.file_id)
    assert records.upload(upload.file_id) is None
    assert list(records.upload_ids()) == []
    records.add_upload(upload)
    assert records.receipts(upload.file_id) == {}


@pytest.mark.parametrize("backend", Backend)
def test_where_bytes_lie_is_kept(records: Records, name: str, place: Path, backend: Backend) -> None:
    """The store and its own names; where it has none, None."""
    for own_name in (None, "bafy-or_2~upload/name"):
        upload = replace(an_upload(), backend=backend, staging=own_name)
        file = replace(a_file(), backend=backend, locator=own_name)
        records.add_upload(upload)
        records.add_file(file)
        assert RECORDS[name](place).upload(upload.file_id) == upload
        assert RECORDS[name](place).file(file.file_id) == file
        moved = replace(file, backend=Backend.LOCAL, locator=None)
        records.replace_file(file, moved)
        assert RECORDS[name](place).file(file.file_id) == moved
        assert moved in page(records, ADA)


def test_receipts_count_until_voided(records: Records, name: str, place: Path) -> None:
    """The last word on a part counts; a number is not taken for one that begins like it."""
    upload = an_upload()
    records.add_upload(upload)
    for number in (12, 1, 0):
        records.add_receipt(upload.file_id, receipt(number))
    records.void_receipt(upload.file_id, 2)
    records.void_receipt(upload.file_id, 1)
    records.add_receipt(upload.file_id, receipt(0, b"1" * 32))
    expected = {12: receipt(12), 0: receipt(0, b"1" * 32)}
    assert records.receipts(upload.file_id) == expected
    assert RECORDS[name](place).receipts(upload.file_id) == expected
    records.add_receipt(upload.file_id, receipt(1))
    assert set(records.receipts(upload.file_id)) == {0, 1, 12}


def test_receipts_keep_what_the_store_calls_a_part(records: Records, name: str, place: Path) -> None:
    """And whether the server saw its bytes."""
    upload = an_upload()
    records.add_upload(upload)
    named = replace(receipt(0), etag="9b2cf535f27731c974343645a3985328")
    expected = {0: named, 1: replace(named, number=1, direct=True), 2: receipt(2)}
    for each in expected.values():
        records.add_receipt(upload.file_id, each)
    assert RECORDS[name](place).receipts(upload.file_id) == expected
    named_anew = replace(named, etag="another", direct=True)
    records.add_receipt(upload.file_id, named_anew)
    assert RECORDS[name](place).receipts(upload.file_id)[0] == named_anew


def test_receipts_of_a_removed_upload_are_refused(records: Records) -> None:
    """A part that arrives too late does not bring the upload back."""
    upload = an_upload()
    records.add_upload(upload)
    records.remove_upload(upload.file_id)
    with pytest.raises(NotFound):
        records.add_receipt(upload.file_id, receipt(0))
    with pytest.raises(NotFound):
        records.void_receipt(upload.file_id, 0)
    assert records.receipts(upload.file_id) == {}


def test_receipts_arrive_at_the_same_time(records: Records) -> None:
    upload = an_upload()
    records.add_upload(upload)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: records.add_receipt(upload.file_id, receipt(number)), range(100)))
    assert set(records.receipts(upload.file_id)) == set(range(100))


def test_files_are_kept_as_they_are(records: Records, name: str, place: Path) -> None:
    file = a_file(readers=(BOB,))
    records.add_file(file)
    assert RECORDS[name](place).file(file.file_id) == file
    with pytest.raises(Conflict):
        records.add_file(file)
    assert records.file(uuid.uuid4()) is None


def test_listings_show_what_is_each_persons(records: Records) -> None:
    """Newest first, within a microsecond and over years; owned, received or both."""
    mine = [a_file(ADA, (BOB,), NOW - age) for age in (0, 0.001, 60, 40 * 86_400, 800 * 86_400)]
    his = [a_file(BOB, (ADA,), NOW - age) for age in (1, 41 * 86_400)]
    for file in (*reversed(mine), *his):
        records.add_file(file)
    both = sorted([*mine, *his], key=lambda file: -file.uploaded_at)
    assert page(records, ADA) == page(records, BOB) == both
    assert page(records, ADA, Role.OWNED) == page(records, BOB, Role.RECEIVED) == mine
    assert page(records, ADA, Role.RECEIVED) == page(records, BOB, Role.OWNED) == his
    assert page(records, EVE) == []
    assert page(records, ADA, limit=3) == both[:3]
    assert page(records, ADA, before=both[2].position, limit=3) == both[3:6]
    assert page(records, ADA, before=both[-1].position) == []


def test_expired_and_removed_files_are_not_listed(records: Records) -> None:
    """And do not make a page shorter."""
    files = [a_file(at=NOW - age) for age in range(6)]
    over = a_file(at=NOW - 0.5, expires_at=int(NOW))
    for file in (*files, over):
        records.add_file(file)
    records.remove_file(files[2])
    records.remove_file(files[2])
    assert page(records, ADA, limit=3) == [files[0], files[1], files[3]]
    assert records.file(files[2].file_id) is None


def test_expired_files_are_found(records: Records) -> None:
    """From the second of their end, also long after, and not before."""
    ends = [int(NOW) - 100_000, int(NOW) - 1, int(NOW), int(NOW) + 1, int(NOW) + 100_000]
    files = [a_file(expires_at=end) for end in ends]
    for file in files:
        records.add_file(file)
    due = set(records.due(NOW))
    assert {file.file_id for file in files[:3]} <= due
    assert files[4].file_id not in due
    for file in files[:3]:
        records.remove_file(file)
    assert not {file.file_id for file in files[:3]} & set(records.due(NOW))


def test_downloads_are_counted_one_by_one(records: Records) -> None:
    file = a_file()
    records.add_file(file)
    assert records.downloads(file.file_id) == 0
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: records.count_download(file.file_id), range(50)))
    assert records.downloads(file.file_id) == 50
    records.remove_file(file)
    assert records.downloads(file.file_id) == 0


def test_a_version_follows_what_a_person_sees(records: Records, name: str, place: Path) -> None:
    """Every change gives another one, to everybody whom it concerns and nobody else, in every process."""
    file = a_file(ADA, (BOB,))
    changed = replace(file, allowed_users=(EVE,), revision=1)
    steps: list[tuple[Callable[[], object], set[str]]] = [
        (lambda: records.add_file(file), {ADA, BOB}),
        (lambda: records.count_download(file.file_id), {ADA, BOB}),
        (lambda: records.replace_file(file, changed), {ADA, BOB, EVE}),
        (lambda: records.remove_file(changed), {ADA, EVE}),
    ]
    for step, concerned in steps:
        before = {person: records.listing_version(person) for person in (ADA, BOB, EVE)}
        step()
        after = {person: RECORDS[name](place).listing_version(person) for person in (ADA, BOB, EVE)}
        assert {person for person in before if before[person] != after[person]} == concerned


def test_a_file_is_replaced_with_what_points_at_it(records: Records, name: str, place: Path) -> None:
    """Who may read it and when it is over; one that is gone stays gone."""
    file = a_file(ADA, (BOB,))
    records.add_file(file)
    changed = replace(file, allowed_users=(EVE,), expires_at=int(NOW), download_limit=3, revision=1)
    records.replace_file(file, changed)
    assert RECORDS[name](place).file(file.file_id) == changed
    assert list(records.file_ids()) == [changed.file_id]
    assert list(records.files_of(BOB, Role.RECEIVED, 0)) == []
    assert list(records.files_of(EVE, Role.RECEIVED, 0)) == [changed]
    assert list(records.due(NOW)) == [changed.file_id]
    records.remove_file(changed)
    with pytest.raises(NotFound):
        records.replace_file(changed, file)
    assert list(records.file_ids()) == []


def test_simple_files_are_kept_as_they_are(records: Records, name: str, place: Path) -> None:
    file = replace(a_file(), manifest=b"", grants=(), simple=SimpleFields("a.txt", "b", "c", "{}"))
    records.add_file(file)
    assert RECORDS[name](place).file(file.file_id) == file


def test_reservations_add_up(records: Records, name: str, place: Path) -> None:
    """One for each file, whatever it was before; released twice is released."""
    one, two = uuid.uuid4(), uuid.uuid4()
    assert records.usage(ADA) == Usage(0, 0)
    assert records.reserved(ADA, one) == -1
    for file_id, size in ((one, 10), (two, 0), (one, 70), (one, 70)):
        records.reserve(ADA, file_id, size)
    records.reserve(BOB, one, 5)
    assert RECORDS[name](place).usage(ADA) == Usage(2, 70)
    assert records.usage(ADA, without=one) == Usage(1, 0)
    assert (records.reserved(ADA, one), records.reserved(ADA, two)) == (70, 0)
    assert {(each.user_id, each.file_id, each.size) for each in records.reservations()} == {
        (ADA, one, 70),
        (ADA, two, 0),
        (BOB, one, 5),
    }
    records.release(ADA, one)
    records.release(ADA, one)
    assert records.usage(ADA) == Usage(1, 0)


def test_what_is_reserved_wrongly_is_found(records: Records) -> None:
    """Too little or nothing for a file, something for nothing, and every upload; of those who are asked for alone."""
    right, little, unreserved = a_file(), a_file(), a_file()
    others = a_file(owner=BOB)
    upload, gone = an_upload(), uuid.uuid4()
    for file in (right, little, unreserved, others):
        records.add_file(file)
    records.add_upload(upload)
    records.reserve(ADA, right.file_id, right.size)
    records.reserve(ADA, little.file_id, little.size - 1)
    records.reserve(ADA, gone, 5)
    records.reserve(ADA, others.file_id, others.size)
    found = set(records.misreserved([ADA]))
    assert found == {(ADA, each) for each in (little.file_id, unreserved.file_id, upload.file_id, gone, others.file_id)}
    assert set(records.misreserved([BOB])) == {(BOB, others.file_id)}
    assert set(records.misreserved([])) == set()


def test_sweeping_leaves_what_is_whole(records: Records) -> None:
    """Nothing of a file or an upload goes, however old."""
    file, upload = a_file(readers=(BOB,)), an_upload()
    records.add_file(file)
    records.add_upload(upload)
    records.sweep(before=NOW * 2)
    assert page(records, ADA) == page(records, BOB) == [file]
    assert records.upload(upload.file_id) == upload
