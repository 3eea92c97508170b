"""A limit of N downloads: what counts, what gives its place back, what is remembered."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from server.services.downloads import merged
from shared.sealed.geometry import MIB
from tests.server.house import LEASE_SECONDS, House, Person, code_of
from tests.server.samples import Sample, sample
from tests.server.test_simple_uploads import CONTENT, upload

BOB, EVE = "bob@example.org", "eve@example.org"


@pytest.fixture
def once(ada: Person) -> Sample:
    """A file of three parts that may be downloaded once, by bob or by eve."""
    file = sample(2 * MIB + 5)
    assert ada.send(file, allowed_users=[BOB, EVE], download_limit=1).status_code == 201
    return file


@pytest.fixture
def eve(here: House) -> Person:
    return here.person(EVE)


def get(person: Person, file: Sample, first: int | None = None, last: int | None = None) -> TestResponse:
    headers = {} if first is None else {"Range": f"bytes={first}-{last}"}
    return person.ask("GET", f"/files/{file.file_id}/content", headers=headers)


def broken_off(answer: TestResponse, blocks: int) -> None:
    """Take so many blocks of an answer, and hang up."""
    assert answer.status_code in (200, 206)
    for _ in range(blocks):
        next(answer.iter_encoded())
    answer.close()


def downloads(ada: Person, file: Sample) -> int:
    return int(ada.ask("GET", f"/files/{file.file_id}/metadata").get_json()["downloads"])


def test_a_whole_download_counts_once(here: House, ada: Person, bob: Person, eve: Person, once: Sample) -> None:
    """Then it is used up for everybody but the owner; a look at the headers is none."""
    assert bob.ask("HEAD", f"/files/{once.file_id}/content").status_code == 200
    assert get(bob, once).data == once.body
    for person in (bob, eve):
        answer = get(person, once)
        assert (answer.status_code, code_of(answer)) == (410, "used_up")
    assert get(ada, once).data == once.body
    assert downloads(ada, once) == 1
    assert bob.ask("GET", f"/files/{once.file_id}").status_code == 200
    assert ada.ask("PATCH", f"/files/{once.file_id}", json={"download_limit": 2}).status_code == 200
    assert get(eve, once).data == once.body


def test_a_place_is_taken_while_bytes_move(bob: Person, eve: Person, once: Sample) -> None:
    """Others are told to come back; one who hangs up gives the place back at once."""
    answer = get(bob, once)
    for other in (get(eve, once), get(eve, once, 0, 99), get(bob, once)):
        assert (other.status_code, code_of(other)) == (429, "places_taken")
        assert int(other.headers["Retry-After"]) > 0
    broken_off(answer, 3)
    assert get(eve, once).data == once.body


def test_ranges_share_a_place_and_count_together(ada: Person, bob: Person, eve: Person, once: Sample) -> None:
    """In any order, again, overlapping; complete with the last missing byte."""
    size = len(once.body)
    first, second = get(bob, once, 0, 999), get(bob, once, 500, MIB)
    assert (first.data, second.data) == (once.body[:1_000], once.body[500 : MIB + 1])
    assert code_of(get(eve, once)) == "places_taken"
    assert get(bob, once, MIB + 2, size - 1).data == once.body[MIB + 2 :]
    assert downloads(ada, once) == 0
    assert get(bob, once, MIB + 1, MIB + 1).data == once.body[MIB + 1 : MIB + 2]
    assert downloads(ada, once) == 1
    assert code_of(get(bob, once, 0, 5)) == code_of(get(eve, once)) == "used_up"


def test_an_idle_place_runs_out(here: House, ada: Person, bob: Person, eve: Person, once: Sample) -> None:
    """So does that of a worker that was killed; what was delivered by then is not forgotten."""
    assert get(bob, once, 0, MIB - 1).data
    killed = get(eve, once, 0, 5)
    assert code_of(killed) == "places_taken"
    here.clock.time += LEASE_SECONDS
    broken_off(get(eve, once), 2)
    assert get(bob, once, MIB, len(once.body) - 1).data
    assert downloads(ada, once) == 1


def test_broken_off_downloads_do_not_add_up_to_a_free_one(here: House, ada: Person, bob: Person, once: Sample) -> None:
    """A whole one that is broken off before its end, and then the rest of it by range, are one download."""
    answer = get(bob, once)
    blocks = iter(answer.iter_encoded())
    taken = sum(len(next(blocks)) for _ in range(4))
    next(blocks)  # asked for, so those before it have been handed over
    answer.close()
    assert get(bob, once, taken, len(once.body) - 1).data
    assert downloads(ada, once) == 1


def test_a_lost_place_ends_the_transfer(here: House, bob: Person, eve: Person, once: Sample) -> None:
    """One that stood still for longer than its lease does not go on beside whoever has the place now."""
    answer = get(bob, once)
    blocks = iter(answer.iter_encoded())
    next(blocks)
    here.clock.time += LEASE_SECONDS + 1
    assert get(eve, once).data == once.body
    with pytest.raises(Exception, match="stood still"):
        list(blocks)
    answer.close()


def test_bytes_that_move_keep_the_place(here: House, ada: Person, bob: Person, eve: Person, once: Sample) -> None:
    """However long the whole of them takes."""
    answer = get(bob, once)
    for _ in answer.iter_encoded():
        here.clock.time += LEASE_SECONDS / 2
        ada.token = eve.token = here.person(EVE).token
        assert code_of(get(eve, once)) in ("places_taken", "used_up")
    answer.close()
    ada.token = here.person(ada.email).token
    assert downloads(ada, once) == 1


def test_the_json_of_a_simple_upload_is_a_download(ada: Person, bob: Person) -> None:
    """Counted and limited as its content is."""
    file_id = upload(ada, allowed_users=[BOB], download_limit=2).get_json()["file_id"]
    assert bob.ask("GET", f"/files/{file_id}").get_json()["ciphertext"]
    assert bob.ask("GET", f"/files/{file_id}/content").data == CONTENT
    assert code_of(bob.ask("GET", f"/files/{file_id}")) == code_of(bob.ask("GET", f"/files/{file_id}/content"))
    assert bob.ask("GET", f"/files/{file_id}?ciphertext=false").status_code == 200


def test_a_removed_file_leaves_no_claims(here: House, ada: Person, bob: Person, once: Sample) -> None:
    assert get(bob, once, 0, 5).data
    assert here.kept(bob.user_id.encode())
    ada.ask("DELETE", f"/files/{once.file_id}")
    left = [path for path in here.kept(b'"delivered"') if "ephemeral" in path.parts]
    assert left == []


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12))
def test_merged_spans_are_the_same_bytes(spans: list[tuple[int, int]]) -> None:
    """In order, apart from each other, and none of them empty."""
    found = merged(tuple(spans))
    bytes_of = [set(range(start, stop)) for start, stop in found]
    assert set().union(*bytes_of) == set().union(*(set(range(start, stop)) for start, stop in spans))
    assert all(before[1] < after[0] for before, after in pairwise(found))
