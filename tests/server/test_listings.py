"""Listings: searched, sorted, in pages, as fresh as the store."""

import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from shared.api.models import FilePage
from tests.server.house import House, Person, code_of, house
from tests.server.samples import sample
from tests.server.test_simple_uploads import upload


@pytest.fixture
def mixed(here: House, ada: Person, bob: Person) -> list[str]:
    """Seven files of ada's of several sizes and ends, in the order of their upload."""
    sent = []
    for number, (size, hours) in enumerate([(50, 5), (10, 9), (50, 1), (70, 2), (10, 5), (90, 8), (20, 3)]):
        answer = upload(ada, secrets.token_bytes(size), filename=f"Draft {number}.TXT", expires_hours=hours)
        sent.append(answer.get_json()["file_id"])
        here.clock.time += 1
    return sent


def pages(person: Person, query: str, limit: int) -> Iterator[list[str]]:
    url = f"/files?limit={limit}{query}"
    while url:
        answer = person.ask("GET", url)
        assert answer.status_code == 200, answer.text
        yield [file["file_id"] for file in FilePage.model_validate_json(answer.data).model_dump()["files"]]
        link = answer.headers.get("Link", "")
        assert dict(parse_qsl(link.partition(">")[0])).get("cursor") == answer.get_json()["next_cursor"]
        url = f"/files{link[1 : link.index('>')]}" if link else ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [6, 5, 4, 3, 2, 1, 0]),
        ("&order=asc", [0, 1, 2, 3, 4, 5, 6]),
        ("&sort=size", [5, 3, 2, 0, 6, 4, 1]),
        ("&sort=size&order=asc", [1, 4, 6, 0, 2, 3, 5]),
        ("&sort=expires_at&order=asc", [2, 3, 6, 0, 4, 5, 1]),
        ("&sort=expires_at", [1, 5, 4, 0, 6, 3, 2]),
        ("&q=draft+3", [3]),
        ("&q=.txt&sort=size&order=asc", [1, 4, 6, 0, 2, 3, 5]),
        ("&q=none+such", []),
        ("&q=ADA@", [6, 5, 4, 3, 2, 1, 0]),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_every_order_in_pages(ada: Person, mixed: list[str], query: str, expected: list[int], limit: int) -> None:
    """Nothing twice and nothing missing, whatever the size of a page."""
    found = list(pages(ada, query, limit))
    assert [file_id for page in found for file_id in page] == [mixed[number] for number in expected]
    assert all(len(page) == limit for page in found[:-1])


def test_an_id_finds_its_file(ada: Person, mixed: list[str]) -> None:
    assert list(pages(ada, f"&q={mixed[4][:13]}", 50)) == [[mixed[4]]]


def test_a_page_that_ended_at_a_file_that_is_gone(ada: Person, mixed: list[str]) -> None:
    """Newest first goes on behind it; in another order nobody can say where that is."""
    for query, status in (("", 200), ("&sort=size", 400)):
        answer = ada.ask("GET", f"/files?limit=2{query}").get_json()
        ada.ask("DELETE", f"/files/{answer['files'][-1]['file_id']}")
        after = ada.ask("GET", f"/files?limit=2{query}&cursor={answer['next_cursor']}")
        assert after.status_code == status
        if status != 200:
            assert code_of(after) == "bad_request"


def test_a_file_that_expires_between_two_pages_is_not_shown(here: House, ada: Person, mixed: list[str]) -> None:
    """Nor counted towards the page."""
    first = ada.ask("GET", "/files?limit=2").get_json()
    here.clock.time += 3_600
    ada.token = here.person(ada.email).token
    rest = ada.ask("GET", f"/files?cursor={first['next_cursor']}").get_json()
    assert [file["file_id"] for file in rest["files"]] == [mixed[number] for number in (4, 3, 1, 0)]


def test_other_processes_changes_show_at_once(here: House, ada: Person, bob: Person) -> None:
    """What one worker keeps in memory never hides what another has done."""
    file = sample()
    ada.send(file, allowed_users=[bob.email])
    other = house(here.settings.data_dir)
    other.clock.time = here.clock.time
    there = Person(other.http, ada.email, ada.user_id, ada.token, ada.refresh_token)

    def both() -> list[dict[str, Any]]:
        listed = [person.ask("GET", "/files").get_json()["files"] for person in (ada, there)]
        assert len(listed[0]) == len(listed[1])
        return [file for files in listed for file in files]

    for number in range(1, 30):
        assert ada.ask("PATCH", f"/files/{file.file_id}", json={"download_limit": number}).status_code == 200
        mine, theirs = both()
        assert mine["download_limit"] == theirs["download_limit"] == number
    assert bob.ask("GET", f"/files/{file.file_id}/content").data == file.body
    mine, theirs = both()
    assert mine["downloads"] == theirs["downloads"] == 1
    there.ask("DELETE", f"/files/{file.file_id}")
    assert both() == []
    ada.send(file, expires_hours=9)
    mine, theirs = both()
    assert mine == theirs
    assert mine["download_limit"] is None
