"""Attacks on listings: names and sizes mixed up, files of others among mine, old pages shown again."""

import pytest

from tests.hostile.cheat import Cheat, Record, edited
from tests.hostile.conftest import Actor, Cast
from tests.hostile.sealed import NAME, Fake, recipe

pytestmark = pytest.mark.slow


def _rows(person: Actor, *options: str) -> dict[str, Record]:
    entries = person.cli.ok("ls", "--json", *options).json
    assert isinstance(entries, list)
    return {entry["file_id"]: entry for entry in entries}


def test_two_rows_are_exchanged(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Sync, pCloud, Seafile, Icedrive 2024 (names of files exchanged): each id shows its own name, or none."""

    def swap(page: Record) -> None:
        one, two = (
            next(item for item in page["files"] if item["file_id"] == name) for name in (cast.letter, cast.other)
        )
        one["file_id"], two["file_id"] = two["file_id"], one["file_id"]

    cheat.lie("GET", r"/files\?", edited(swap))
    rows = _rows(bob, "--received")
    assert rows[cast.letter]["name"] is None
    assert rows[cast.other]["name"] is None
    assert "(altered: does not open)" in bob.cli.ok("ls", "--received", "--long").out.decode()


def test_sizes_are_lied_about(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Tresorit and others 2024 (unauthenticated metadata): what is shown is what the sender sealed."""
    truth = _rows(bob, "--received")[cast.letter]
    cheat.lie("GET", r"/files\?", edited(lambda page: [item.update(size=1) for item in page["files"]]))
    assert _rows(bob, "--received")[cast.letter]["size"] == truth["size"]


def test_a_file_in_a_contacts_name_in_the_list(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Injected files (pCloud 2024): in a list, too, an injected file says that nobody signed it."""
    fakes = [
        Fake.of(recipe(None, bob.identity.card), cast.ada.email),
        Fake.of(recipe(cast.eve.identity, bob.identity.card), cast.ada.email),
    ]
    cheat.lie("GET", r"/files\?", edited(lambda page: page["files"].extend(fake.item() for fake in fakes)))
    rows = _rows(bob, "--received")
    assert [rows[fake.file_id]["sender"] for fake in fakes] == ["unsigned", "signed, but that key changed"]
    assert rows[cast.letter]["sender"] == "signed by a key you have not checked"


def test_a_file_among_my_own(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """MEGA 2022 (framing attack): among what I sent, a file that I did not sign is not mine."""
    fake = Fake.of(recipe(None, bob.identity.card), bob.email, owner=True)
    cheat.lie("GET", r"/files\?", edited(lambda page: page["files"].append(fake.item())))
    rows = _rows(bob)
    assert rows[fake.file_id]["sender"] == "unsigned"
    assert rows[cast.answer]["sender"] == "you"
    assert rows[cast.answer]["name"] == NAME


def test_an_old_version_in_a_listing(bob: Actor, cheat: Cheat, cast: Cast) -> None:
    """Rollback of listings: there are no versions, so an old row is a row of its own file.

    A server can hide files and show deleted ones again; it can't put one into the place of another.
    """
    before = _rows(bob, "--received")
    cheat.lie("GET", r"/files\?", edited(lambda page: page.update(files=page["files"][:1])))
    after = _rows(bob, "--received")
    assert len(after) == 1
    assert all(before[file_id] == row for file_id, row in after.items())
