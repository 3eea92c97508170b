"""What every `LinkRecords` keeps to. A new adapter joins `places.LINKS` and has to pass all of it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from server.domain import Link, LinkedFile
from server.errors import Conflict, NotFound
from server.ports import LinkRecords
from shared.sealed.encoding import b64u
from shared.sealed.grant import Grant, GrantType
from tests.contracts.places import LINKS

NOW = 1_800_000_000.0
ADA, BOB = "a" * 32, "b" * 32


@pytest.fixture(params=LINKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def links(name: str, place: Path) -> LinkRecords:
    return LINKS[name](place)


def a_link(number: int = 0, owner: str = ADA, files: tuple[uuid.UUID, ...] = (), at: float = NOW) -> Link:
    """Its id begins with what ids may begin with."""
    recipient = bytes((0xF8 + number % 8, *(7 * number % 256 for _ in range(31))))
    grant = Grant(GrantType.LINK, recipient, bytes(40), bytes(64) if number % 2 else None)
    return Link(
        link_id=b64u(recipient),
        owner_id=owner,
        owner_email="ada@example.org",
        access_hash=bytes(range(32)),
        items=tuple(LinkedFile(file_id, grant) for file_id in files or (uuid.uuid4(),)),
        created_at=at + 0.25,
        expires_at=int(at) + 3_600,
        download_limit=None if number % 2 else 7,
        password=bool(number % 2),
        notify=not number % 2,
    )


@pytest.mark.parametrize("number", [0, 1, 5])
def test_a_link_is_kept_as_it_was_made(name: str, links: LinkRecords, place: Path, number: int) -> None:
    """Also after a restart; made twice, it is refused."""
    link = a_link(number, files=(uuid.uuid4(), uuid.uuid4()))
    assert links.link(link.link_id) is None
    links.add_link(link)
    assert links.link(link.link_id) == LINKS[name](place).link(link.link_id) == link
    with pytest.raises(Conflict):
        links.add_link(a_link(number, BOB))
    assert links.link(link.link_id) == link


def test_a_change_replaces_it(links: LinkRecords) -> None:
    link = a_link()
    with pytest.raises(NotFound):
        links.replace_link(link, link)
    links.add_link(link)
    new = replace(link, revoked_at=NOW + 5.5, download_limit=None, notify=False, expires_at=5)
    links.replace_link(link, new)
    assert links.link(link.link_id) == new
    assert list(links.links_of(ADA)) == [new]


def test_links_are_found_by_person_and_by_file(links: LinkRecords) -> None:
    """Newest first, and from any position on."""
    shared, other = uuid.uuid4(), uuid.uuid4()
    made = [a_link(number, files=(shared,) if number % 2 else (other, shared), at=NOW + number) for number in range(6)]
    for link in (made[3], made[0], made[5], made[1], made[4], made[2]):
        links.add_link(link)
    links.add_link(a_link(6, BOB))
    assert list(links.links_of(ADA)) == made[::-1]
    assert list(links.links_of(ADA, made[3].position)) == made[2::-1]
    assert list(links.links_of("c" * 32)) == []
    assert links.links_to(shared) == made[::-1]
    assert links.links_to(other) == made[4::-2]
    assert links.links_to(uuid.uuid4()) == []
    assert sorted(links.link_ids()) == sorted([*(link.link_id for link in made), a_link(6).link_id])


def test_a_removed_link_is_gone(links: LinkRecords) -> None:
    """From everywhere, with its count; removing it again changes nothing."""
    file_id = uuid.uuid4()
    gone, stays = a_link(0, files=(file_id,)), a_link(1, files=(file_id,), at=NOW + 1)
    for link in (gone, stays):
        links.add_link(link)
        links.count_link_download(link.link_id)
    for _ in range(2):
        links.remove_link(gone)
    assert links.link(gone.link_id) is None
    assert list(links.links_of(ADA)) == links.links_to(file_id) == [stays]
    assert list(links.link_ids()) == [stays.link_id]
    assert (links.link_downloads(gone.link_id), links.link_downloads(stays.link_id)) == (0, 1)
    links.add_link(gone)
    assert links.link_downloads(gone.link_id) == 0


def test_no_two_downloads_are_the_first(links: LinkRecords) -> None:
    """Of fifty at once, each is told another number."""
    link = a_link()
    links.add_link(link)
    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda _: links.count_link_download(link.link_id), range(50)))
    assert sorted(told) == list(range(1, 51))
    assert links.link_downloads(link.link_id) == 50


def test_of_two_who_take_an_id_at_once_one_does(links: LinkRecords) -> None:
    def take(owner: str) -> bool:
        try:
            links.add_link(a_link(0, owner))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, [ADA, BOB] * 4)) == 1


@pytest.mark.parametrize("wrong", ["", "x", "../" * 4, "A" * 42, "A" * 44, "A" * 42 + "/", "A" * 42 + "="])
def test_ids_that_are_none_are_refused(links: LinkRecords, wrong: str) -> None:
    """Whatever comes from outside, no path is made of it."""
    for ask in (links.link, links.link_downloads, links.count_link_download):
        with pytest.raises(ValueError, match="id"):
            ask(wrong)
    with pytest.raises(ValueError, match="id"):
        list(links.links_of(wrong))


def test_a_sweep_leaves_what_is_there(links: LinkRecords) -> None:
    link = a_link(files=(uuid.uuid4(), uuid.uuid4()))
    links.add_link(link)
    links.count_link_download(link.link_id)
    links.sweep_links(2 * NOW)
    assert list(links.links_of(ADA)) == links.links_to(link.items[1].file_id) == [link]
    assert links.link_downloads(link.link_id) == 1
