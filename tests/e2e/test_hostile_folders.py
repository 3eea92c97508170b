"""Folder lists that lie: nothing lands outside of the folder, and no file is taken for another."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from client.actions.folder_list import FolderList, ListedFile
from client.actions.order import Order, Terms
from client.actions.people import find_recipient
from client.actions.person import Person as Actor
from client.actions.send import nobody_notes
from client.actions.send_list import send_list
from client.api.retries import Retries
from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_folders import contents, make

pytestmark = pytest.mark.slow


@pytest.fixture
def lists_of(monkeypatch: pytest.MonkeyPatch) -> "Lists":
    return Lists(monkeypatch)


class Lists:
    """Sends folder lists that no client of ours would make."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def send(
        self, sender: Person, to: Person, name: str, files: Sequence[ListedFile], folders: Sequence[str] = ()
    ) -> str:
        """The id of the list."""
        for variable, value in sender.cli.environment.items():
            self._monkeypatch.setenv(variable, value)
        person = Actor.signed_in(Paths(sender.cli.data), nobody_to_ask)
        order = Order.of(person, [find_recipient(person, to.email)], [], 24, Terms())
        folder = FolderList(name, tuple(files), tuple(folders))
        return send_list(person, folder, order, Retries(), nobody_notes).file_id


def _folder_of(person: Person, to: Person, files: dict[str, bytes | None]) -> dict[str, str]:
    """Sends a real folder called `box`; ids by path."""
    make(person.cli.folder / "box", files)
    person.cli.ok("send", "box", "--to", to.email)
    entries = person.cli.ok("ls", "--all", "--json").json
    assert isinstance(entries, list)
    return {str(each["name"]).removeprefix("box/"): str(each["file_id"]) for each in reversed(entries)}


def test_a_file_of_somebody_else_is_refused(ada: Person, bob: Person, lists_of: Lists, new_person: NewPerson) -> None:
    """Who signed the list must have signed each file, or a server could mix them."""
    eve = new_person("eve")
    hers, evil = _folder_of(ada, bob, {"a": b"good"}), _folder_of(eve, bob, {"b": b"evil"})
    files = [ListedFile("a", hers["a"], 4), ListedFile("b", evil["b"], 4)]
    got = bob.cli("get", lists_of.send(ada, bob, "box", files))
    assert got.code == 6
    assert "box/b: it is signed by somebody else than the folder" in got.err
    assert contents(bob.cli.folder) == {"box/a": b"good"}


def test_a_file_of_another_place_is_refused(ada: Person, bob: Person, lists_of: Lists) -> None:
    """Each file knows its path and its size; single files know none."""
    ids = _folder_of(ada, bob, {"a": b"aaaa", "b": b"bbbb", "c": b"cccc"})
    make(ada.cli.folder, {"single": b"ssss"})
    single = ada.cli.ok("send", "single", "--to", bob.email).lines[0]
    files = [
        ListedFile("a", ids["b"], 4),
        ListedFile("b", ids["a"], 4),
        ListedFile("c", ids["c"], 5),
        ListedFile("single", single, 4),
    ]
    got = bob.cli("get", lists_of.send(ada, bob, "box", files))
    assert got.code == 6
    assert got.err.count("it is not the file that the folder's sender put there") == 4
    assert contents(bob.cli.folder) == {"box": None}


def test_a_list_takes_nothing_from_me(bob: Person, lists_of: Lists, new_person: NewPerson) -> None:
    """Whoever got a file of mine knows its id. In a list of theirs it is not hidden, and not deleted by `rm`."""
    eve = new_person("eve")
    make(bob.cli.folder, {"mine": b"mine"})
    make(eve.cli.folder, {"hers": b"hers"})
    (mine,) = bob.cli.ok("send", "mine", "--to", eve.email).lines
    (hers,) = eve.cli.ok("send", "hers", "--to", bob.email).lines
    list_id = lists_of.send(eve, bob, "box", [ListedFile("a", mine, 4), ListedFile("b", hers, 4)])
    assert bob.cli("get", list_id).code == 6
    assert hers in bob.cli.ok("ls", "--received", "--long").out.decode()
    assert bob.cli("rm", list_id).code != 0
    assert mine in bob.cli.ok("ls", "--long").out.decode()
    assert eve.cli.ok("get", mine, "-o", "-").out == b"mine"


@pytest.mark.parametrize(
    "path", ["../out", "/tmp/out", "a/../../out", "a\\..\\out", "con", "a/nul/b", "a//b", "", "\u202etxt"]
)
def test_a_path_that_leads_elsewhere_is_refused(ada: Person, bob: Person, lists_of: Lists, path: str) -> None:
    """The others go on, and the code says that no honest sender writes such names."""
    ids = _folder_of(ada, bob, {"a": b"aaaa", "b": b"bbbb"})
    files = [ListedFile(path, ids["a"], 4), ListedFile("b", ids["b"], 4)]
    before = set(Path("/tmp").glob("out*"))
    got = bob.cli("get", lists_of.send(ada, bob, "box", files, [f"{path}/empty"]))
    assert got.code == 6
    assert "It was not received" in got.err
    assert "\u202e" not in got.err
    assert contents(bob.cli.folder) == {"box/b": b"bbbb"}
    assert set(Path("/tmp").glob("out*")) == before


def test_a_folder_that_would_have_no_name_is_refused(ada: Person, bob: Person, lists_of: Lists) -> None:
    """As a file is."""
    list_id = lists_of.send(ada, bob, "NUL", [])
    got = bob.cli("get", list_id)
    assert got.code == 6
    assert "device on Windows" in got.err
    assert contents(bob.cli.folder) == {}


def test_files_that_are_gone_are_named(ada: Person, bob: Person) -> None:
    """The rest arrives."""
    ids = _folder_of(ada, bob, {"a": b"aaaa", "b": b"bbbb"})
    ada.cli.ok("rm", ids["a"])
    got = bob.cli("get", ids["box"])
    assert got.code == 4
    assert "box/a: " in got.err
    assert contents(bob.cli.folder) == {"box/b": b"bbbb"}


def test_names_that_differ_in_case_only(ada: Person, bob: Person) -> None:
    """Both arrive where the system tells them apart; received again, neither is taken for the other."""
    source = make(ada.cli.folder / "case", {"Read.me": b"one!", "read.ME": b"two!", "x": b"x"})
    folder_id = ada.cli.ok("send", "case", "--to", bob.email).lines[0]
    bob.cli.ok("get", folder_id)
    assert contents(bob.cli.folder / "case") == contents(source)
    again = bob.cli("get", folder_id)
    assert again.code == 1
    assert "1 were there already" in again.err
    assert "2 failed" in again.err
    assert contents(bob.cli.folder / "case") == contents(source)
