"""Download and My files against a real server, with real people and real files."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from client.gui.bus import CameOnline
from client.gui.presenters.download import Download
from client.gui.presenters.file_list import Blank
from client.gui.presenters.files import Files
from client.gui.presenters.house import House
from client.gui.presenters.receiving_questions import About, Choice
from client.gui.wiring import build_house
from client.local.contact import Trust
from client.local.paths import Paths
from tests.gui.clock import FakeClock
from tests.support.files import contents_below
from tests.support.people import Person, sign_up
from tests.support.server import LiveServer


@dataclass
class Home:
    """Somebody with a house of presenters."""

    person: Person
    house: House
    clock: FakeClock


MakeHome = Callable[[str], Home]


@pytest.fixture
def home(
    server: LiveServer, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Home]]:
    """Whoever is named signs up; their keys open without a dialog, as with a keyring."""
    houses: list[House] = []

    def make(name: str) -> Home:
        person = sign_up(name, server, tmp_path)
        monkeypatch.setenv("SEALCASE_PASSPHRASE_FILE", person.cli.settings["SEALCASE_PASSPHRASE_FILE"])
        house = build_house(Paths(person.cli.data), clock)
        house.change_settings(lambda now: replace(now, download_folder=str(tmp_path / f"{name} downloads")))
        house.shell.look_again()
        houses.append(house)
        return Home(person, house, clock)

    yield make
    for house in houses:
        house.close()


def send(person: Person, name: str, content: bytes, *more: str) -> str:
    """A file's id."""
    (person.cli.folder / name).write_bytes(content)
    return person.cli.ok("send", name, *more).lines[-1].split()[0]


def shown(files: "Files | Download", clock: FakeClock, count: int) -> list[tuple[str, ...]]:
    files.refresh()
    clock.until(lambda: len(files.state.rows) == count and not files.state.busy)
    return [row.cells for row in files.state.rows]


@pytest.mark.slow
def test_a_file_is_sent_listed_shared_extended_and_deleted(home: MakeHome, server: LiveServer, tmp_path: Path) -> None:
    """The whole life of a file of mine; the server's word for each step."""
    ada, cy = home("ada"), sign_up("cy", server, tmp_path)
    bob = sign_up("bob", server, tmp_path)
    file_id = send(ada.person, "plan.txt", b"the plan", "--to", bob.email, "--note", "For Monday.")
    bob.cli.ok("get", file_id)
    files, clock = Files(ada.house), ada.clock
    noted = ada.house.keys.person().api.activity
    clock.until(lambda: [*noted("download")])  # when the answer is over, and the client may be ahead of that
    rows = shown(files, clock, 1)
    assert (rows[0][0], rows[0][1], rows[0][4], rows[0][5]) == ("plan.txt", "8 B", "1", "post-quantum")

    files.open_details(file_id)
    details = files.details
    assert details.state.title == "plan.txt"
    clock.until(lambda: not details.state.loading)
    state = details.state
    assert state.note == "For Monday."
    assert [reader.text for reader in state.readers] == [f"{bob.email} · not checked"]
    assert state.downloads[0].startswith(f"{bob.email}, today")
    assert ("Safety", "safe against future quantum computers, too") in state.facts
    assert ("Storage", "the server's own disk") in state.facts

    details.type_people(f"{cy.email}, nobody-{cy.email}")
    details.add_people()
    clock.until(lambda: len(details.state.readers) == 2 and not details.state.loading)
    assert details.state.offer == (f"nobody-{cy.email}",)
    cy.cli.ok("get", file_id)
    clock.until(lambda: len([*noted("download")]) == 2)
    details.invite()
    clock.until(lambda: len(details.state.readers) == 3 and not details.state.loading)
    assert any(reader.text.endswith("· invited") for reader in details.state.readers)

    said: list[str] = []
    ada.house.notices.watch(lambda state: said.extend(each.text for each in state.notices))
    details.remove(bob.email)
    clock.until(lambda: len(details.state.readers) == 2 and not details.state.loading)
    assert bob.cli("get", file_id, "--force").code != 0
    assert any("fetched already, they keep" in text for text in said)
    details.close()

    files.choose((file_id,))
    files.open_terms()
    files.terms.choose_expiry("month")
    files.terms.type_limit("9")
    files.terms.save()
    clock.until(lambda: files.state.rows[0].cells[4] == "2 of 9")
    assert files.state.rows[0].cells[3] == "29 days left"

    files.choose((file_id,))
    files.delete()
    clock.advance(5.1)
    clock.until(lambda: files.state.blank is Blank.NOTHING and not files.state.busy)
    clock.until(lambda: cy.cli("get", file_id, "--force").code != 0)


@pytest.mark.slow
def test_a_folder_changes_with_all_its_files(home: MakeHome, server: LiveServer, tmp_path: Path) -> None:
    """It is one line; its files are extended with it, and deleted with it."""
    ada, bob = home("ada"), sign_up("bob", server, tmp_path)
    folder = ada.person.cli.folder / "Report"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text("x" * number)
    folder_id = ada.person.cli.ok("send", str(folder), "--to", bob.email).lines[-1].split()[0]
    files, clock = Files(ada.house), ada.clock
    assert shown(files, clock, 1)[0][:2] == ("Report/  (3 files)", "3 B")
    files.choose((folder_id,))
    files.open_terms()
    files.terms.choose_expiry("year")
    files.terms.save()
    clock.until(lambda: not files.terms.state.is_open and files.state.rows[0].cells[3] == "364 days left")
    listed = json.loads(ada.person.cli.ok("ls", "--all", "--json").out)
    assert len(listed) == 4
    assert len({each["expires_at"] // 86_400 for each in listed}) == 1
    files.choose((folder_id,))
    files.delete()
    clock.advance(5.1)
    clock.until(lambda: json.loads(ada.person.cli.ok("ls", "--all", "--json").out) == [])


@pytest.mark.slow
def test_names_are_opened_in_the_background_and_known_the_next_time(
    home: MakeHome, server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than are opened at once; a refresh opens none of them again, and no name reaches the disk."""
    ada = home("ada")
    monkeypatch.setattr("client.gui.presenters.listing._OPENED_AT_ONCE", 2)
    monkeypatch.setattr("client.gui.presenters.listing._KEPT_ITEMS", 1)
    for number in range(5):
        send(ada.person, f"secret name {number}.txt", b"x", "--to", ada.person.email)
    files, clock = Files(ada.house), ada.clock
    rows = shown(files, clock, 5)
    assert [row[0] for row in rows] == [f"secret name {number}.txt" for number in reversed(range(5))]

    def never(*_given: object) -> None:
        raise AssertionError("opened twice")

    monkeypatch.setattr("client.actions.library.entry_of", never)
    assert shown(files, clock, 5) == rows
    for path, content in contents_below(ada.house.paths.data):
        assert b"secret name" not in content, path


def test_a_received_file_is_saved_and_never_over_another(home: MakeHome, server: LiveServer, tmp_path: Path) -> None:
    """From the inbox into the folder of the settings; the second time it is asked, and both are kept."""
    ada, bob = home("ada"), sign_up("bob", server, tmp_path)
    file_id = send(bob, "letter.txt", b"dear Ada", "--to", ada.person.email, "--note", "At last.")
    download, clock = Download(ada.house), ada.clock
    download.shown()
    row = shown(download, clock, 1)[0]
    assert (row[0], row[1], row[2], row[-1]) == ("letter.txt", bob.email, "not checked", "● new")
    download.choose((file_id,))
    assert download.state.picked is not None
    assert download.state.picked.note == "At last."
    download.receive()
    clock.until(lambda: download.state.can_open)
    saved = tmp_path / "ada downloads" / "letter.txt"
    assert saved.read_bytes() == b"dear Ada"
    download.receive()
    clock.until(lambda: download.receiving.state.ask)
    assert download.receiving.state.ask is not None
    assert download.receiving.state.ask.about is About.CLASH
    download.receiving.answer(Choice.KEEP_BOTH)
    clock.until((tmp_path / "ada downloads" / "letter (2).txt").exists)
    assert saved.read_bytes() == b"dear Ada"


def test_a_file_for_a_pem_key_is_looked_up_and_received_with_it(
    home: MakeHome, server: LiveServer, tmp_path: Path
) -> None:
    """My own keys don't open it, and that is said; the key file does."""
    ada, bob = home("ada"), sign_up("bob", server, tmp_path)
    ada.person.cli.ok("keygen", "--out", str(tmp_path), "--bits", "2048", "--no-passphrase")
    file_id = send(
        bob, "for-pem.txt", b"old tools", "--to", str(tmp_path / "public_key.pem"), "--allow", ada.person.email
    )
    download, clock = Download(ada.house), ada.clock
    download.type_id(f"Here it is: {file_id}")
    download.look()
    clock.until(lambda: download.state.id_error)
    assert "key file" in download.state.id_error.text
    download.receiving.use_key_file(str(tmp_path / "private_key.pem"))
    clock.until(lambda: download.receiving.keys)
    download.look()
    clock.until(lambda: download.state.found)
    found = download.state.found[0]
    assert (found.name, found.wanted.trust) == ("for-pem.txt", Trust.UNCHECKED)
    download.receive_found()
    clock.until((tmp_path / "ada downloads" / "for-pem.txt").exists)
    assert (tmp_path / "ada downloads" / "for-pem.txt").read_bytes() == b"old tools"


def test_without_a_connection_the_list_comes_by_itself_later(home: MakeHome, server: LiveServer) -> None:
    """Offline is a state, no storm of messages."""
    ada = home("ada")
    send(ada.person, "a.txt", b"x", "--to", ada.person.email)
    files, clock = Files(ada.house), ada.clock
    with ada.person.at("http://127.0.0.1:9"):
        files.shown()
        clock.until(lambda: ada.house.connection.state.offline and files.state.blank is Blank.OFFLINE)
        assert ada.house.notices.state.notices == ()
    ada.house.keys.forget()
    files.refresh()
    clock.until(lambda: ada.house.keys.state.unlocked)
    ada.house.bus.tell(CameOnline())
    clock.until(lambda: len(files.state.rows) == 1)
