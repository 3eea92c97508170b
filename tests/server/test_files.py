"""Finished files: who sees them, how they are read, when they are gone."""

import re
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.adapters.records.json_files import JsonRecords
from server.errors import RangeNotSatisfiable
from server.http.content import ByteRange, parse_range
from shared.sealed.encoding import b64u
from shared.sealed.geometry import MIB
from tests.server.house import House, Person, code_of
from tests.server.samples import GRANT, Sample, sample

BOB = "bob@example.org"


@pytest.fixture
def shared_file(ada: Person) -> Sample:
    """A file of ada's that bob may read."""
    file = sample(MIB + 1000)
    assert ada.send(file, allowed_users=[BOB], expires_hours=2).status_code == 201
    return file


def get(person: Person, file: Sample, path: str = "", **headers: str) -> tuple[int, bytes]:
    answer = person.ask("GET", f"/files/{file.file_id}{path}", headers=headers)
    return answer.status_code, answer.data


def listed(person: Person, query: str = "") -> list[str]:
    return [file["file_id"] for file in person.ask("GET", f"/files{query}").get_json()["files"]]


def test_owner_and_reader_see_what_is_theirs_to_see(ada: Person, bob: Person, shared_file: Sample) -> None:
    """Both get manifest, grants and hashes; who else may read it is told to the owner only."""
    mine = ada.ask("GET", f"/files/{shared_file.file_id}").get_json()
    his = bob.ask("GET", f"/files/{shared_file.file_id}").get_json()
    assert mine["owner"] is True
    assert his["owner"] is False
    assert mine["allowed_users"] == [bob.user_id]
    assert his["allowed_users"] is None
    for detail in (mine, his):
        assert detail["from_email"] == "ada@example.org"
        assert detail["manifest"] == b64u(shared_file.manifest().raw)
        assert detail["grants"] == [{**GRANT, "by": None}]
        assert detail["expires_at"] == detail["uploaded_at"] + 7_200


def test_a_stranger_gets_the_404_of_a_file_that_is_not(here: House, shared_file: Sample) -> None:
    """Word for word the same, on every route."""
    eve = here.person("eve@example.org")
    missing = sample()
    for method, path in (("GET", ""), ("GET", "/content"), ("HEAD", "/content"), ("DELETE", "")):
        there = eve.ask(method, f"/files/{shared_file.file_id}{path}")
        nowhere = eve.ask(method, f"/files/{missing.file_id}{path}")
        assert there.status_code == nowhere.status_code == 404
        if method != "HEAD":
            assert code_of(there) == "not_found"
            assert there.get_json()["detail"] == nowhere.get_json()["detail"]
    assert listed(eve) == []


def test_somebody_invited_reads_it_once_signed_up(here: House, ada: Person) -> None:
    """Emails without an account can be named; user ids too."""
    file = sample()
    ada.send(file, allowed_users=["Later@Example.org", "later@example.org", ada.user_id, ada.email])
    later = here.person("later@example.org")
    assert get(later, file, "/content") == (200, file.body)
    assert ada.ask("GET", f"/files/{file.file_id}").get_json()["allowed_users"] == [later.user_id]


def test_only_the_owner_removes_a_file(here: House, ada: Person, bob: Person, shared_file: Sample) -> None:
    """A reader is told so; after the removal record and ciphertext are gone from the disk."""
    assert code_of(bob.ask("DELETE", f"/files/{shared_file.file_id}")) == "forbidden"
    assert ada.ask("DELETE", f"/files/{shared_file.file_id}").get_json()["status"] == "deleted"
    for person in (ada, bob):
        assert get(person, shared_file)[0] == 404
        assert listed(person) == []
    assert not here.kept(shared_file.parts[0][:64])
    assert not [path for path in here.settings.data_dir.rglob(f"*{shared_file.file_id}*") if path.is_file()]
    assert code_of(ada.ask("DELETE", f"/files/{shared_file.file_id}")) == "not_found"


def test_an_expired_file_is_gone_from_that_second(here: House, ada: Person, bob: Person, shared_file: Sample) -> None:
    """410 for those who could read it, 404 for others, absent from listings; then housekeeping takes the bytes."""
    eve = here.person("eve@example.org")
    here.clock.time += 3_000
    ada.token, bob.token, eve.token = (here.person(each.email).token for each in (ada, bob, eve))
    here.clock.time += 4_199
    assert get(bob, shared_file)[0] == 401
    ada.token, bob.token, eve.token = (here.person(each.email).token for each in (ada, bob, eve))
    assert get(bob, shared_file)[0] == 200
    here.clock.time += 1
    for person in (ada, bob):
        assert listed(person) == []
        for path in ("", "/content"):
            assert code_of(person.ask("GET", f"/files/{shared_file.file_id}{path}")) == "gone"
    assert get(eve, shared_file)[0] == 404
    here.services.housekeeping.remove_expired()
    assert not here.kept(shared_file.parts[0][:64])
    assert get(ada, shared_file)[0] == 404


def test_listings_are_newest_first_and_in_pages(here: House, ada: Person, bob: Person) -> None:
    """Pages follow each other by cursor and by Link without a gap or a double, also over the turn of a month."""
    sent: list[str] = []
    for number in range(7):
        file = sample()
        sender = ada if number % 2 else bob
        sender.token = here.person(sender.email).token
        assert sender.send(file, allowed_users=[ada.email, bob.email], expires_hours=8_760).status_code == 201
        sent.insert(0, str(file.file_id))
        here.clock.time += 6 * 86_400
    ada.token = here.person(ada.email).token
    assert listed(ada, "?role=all") == sent
    assert listed(ada) == listed(ada, "?role=owned") == sent[1::2]
    assert listed(ada, "?role=received") == sent[0::2]
    pages, url = [], "/files?limit=3&role=all"
    while url:
        answer = ada.ask("GET", url)
        pages.append([file["file_id"] for file in answer.get_json()["files"]])
        link = re.fullmatch(r'<\?(.+)>; rel="next"', answer.headers.get("Link", ""))
        assert (link is None) == (answer.get_json()["next_cursor"] is None)
        url = f"/files?{link[1]}" if link else ""
    assert pages == [sent[:3], sent[3:6], sent[6:]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "invalid"),
        ("limit=201", "invalid"),
        ("limit=x", "invalid"),
        ("role=other", "invalid"),
        ("sort=name", "invalid"),
        ("order=up", "invalid"),
        ("q=" + "x" * 257, "invalid"),
        ("more=1", "invalid"),
        ("limit=1&limit=2", "bad_request"),
        ("cursor=!!", "bad_request"),
        ("cursor=" + b64u(b"../../../etc"), "bad_request"),
    ],
)
def test_a_listing_refuses_what_it_does_not_know(ada: Person, query: str, code: str) -> None:
    assert code_of(ada.ask("GET", f"/files?{query}")) == code


def test_a_listing_reads_no_more_records_than_its_page(
    here: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cost of a page is that of the page, whatever else there is."""
    for _ in range(8):
        ada.send(sample())
    read: list[uuid.UUID] = []
    original = JsonRecords.file

    def counting(self: JsonRecords, file_id: uuid.UUID) -> object:
        read.append(file_id)
        return original(self, file_id)

    monkeypatch.setattr(JsonRecords, "file", counting)
    assert len(listed(ada, "?limit=3")) == 3
    assert len(read) <= 4


def test_content_comes_whole_or_by_range(bob: Person, shared_file: Sample) -> None:
    """206 with the range's place, 416 behind the end, 200 for what is no single range."""
    body = shared_file.body
    whole = bob.ask("GET", f"/files/{shared_file.file_id}/content")
    assert whole.data == body
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Cache-Control"] == "no-store"
    part = bob.ask("GET", f"/files/{shared_file.file_id}/content", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, body[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(body)}"
    assert part.headers["Content-Length"] == "10"
    assert get(bob, shared_file, "/content", Range="bytes=-5") == (206, body[-5:])
    assert get(bob, shared_file, "/content", Range="bytes=0-1,5-6") == (200, body)
    beyond = bob.ask("GET", f"/files/{shared_file.file_id}/content", headers={"Range": f"bytes={len(body)}-"})
    assert code_of(beyond) == "range_not_satisfiable"
    assert beyond.headers["Content-Range"] == f"bytes */{len(body)}"


def test_if_range_and_if_none_match(bob: Person, shared_file: Sample) -> None:
    """A range of other content is the whole; content that the caller has is not sent again."""
    etag = bob.ask("HEAD", f"/files/{shared_file.file_id}/content").headers["ETag"]
    assert re.fullmatch(r'"[\w-]{43}"', etag)
    assert get(bob, shared_file, "/content", **{"Range": "bytes=0-3", "If-Range": etag})[0] == 206
    assert get(bob, shared_file, "/content", **{"Range": "bytes=0-3", "If-Range": '"other"'})[0] == 200
    assert get(bob, shared_file, "/content", **{"If-None-Match": f'"other", {etag}'}) == (304, b"")
    assert get(bob, shared_file, "/content", **{"If-None-Match": '"other"'})[0] == 200


def test_head_tells_the_length_and_sends_nothing(bob: Person, shared_file: Sample) -> None:
    answer = bob.ask("HEAD", f"/files/{shared_file.file_id}/content")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(shared_file.body))


def test_a_download_counts_when_a_reader_gets_the_last_byte(ada: Person, bob: Person, shared_file: Sample) -> None:
    """However many ranges it comes in; the owner's own do not count, nor does a look at the headers."""
    size = len(shared_file.body)
    for headers in ({"Range": "bytes=0-99"}, {"Range": f"bytes=100-{size - 1}"}, {}):
        assert bob.ask("GET", f"/files/{shared_file.file_id}/content", headers=headers).data
    bob.ask("HEAD", f"/files/{shared_file.file_id}/content")
    assert ada.ask("GET", f"/files/{shared_file.file_id}/content").data
    assert ada.ask("GET", f"/files/{shared_file.file_id}").get_json()["downloads"] == 2


@given(size=st.integers(1, 300), first=st.integers(0, 320), last=st.integers(0, 320))
def test_ranges_from_to(size: int, first: int, last: int) -> None:
    """bytes=A-B is content[A:B+1], unsatisfiable from the end on, nothing at all where B < A."""
    content = bytes(n % 251 for n in range(size))
    header = f"bytes={first}-{last}"
    if last < first:
        assert parse_range(header, size) is None
    elif first >= size:
        with pytest.raises(RangeNotSatisfiable):
            parse_range(header, size)
    else:
        found = parse_range(header, size)
        assert found is not None
        assert content[found.start : found.stop] == content[first : last + 1]


@given(size=st.integers(1, 300), count=st.integers(1, 400))
def test_ranges_of_the_last_bytes(size: int, count: int) -> None:
    assert parse_range(f"bytes=-{count}", size) == ByteRange(max(0, size - count), size)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2,3-4", "items=0-1", "bytes=--1", "bytes=1", "bytes=²-3"],
)
def test_what_is_no_single_range_is_ignored(header: str | None) -> None:
    assert parse_range(header, 10) is None


def test_the_last_zero_bytes_are_no_range() -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse_range("bytes=-0", 10)


@pytest.fixture
def odd_ids() -> Iterator[list[str]]:
    yield ["..%2f..%2fetc", str(uuid.uuid1()), str(uuid.uuid4()).upper(), "x", "%00", uuid.uuid4().hex]


def test_ids_are_uuids_and_nothing_else(ada: Person, odd_ids: list[str]) -> None:
    for odd in odd_ids:
        for path in (f"/files/{odd}", f"/files/{odd}/content", f"/uploads/{odd}"):
            assert code_of(ada.ask("GET", path)) == "not_found"
