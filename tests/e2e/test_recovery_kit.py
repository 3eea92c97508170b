"""The recovery kit: everything is back on an empty machine, from the words alone."""

import json
import os
import re
import stat
from pathlib import Path

import pytest
import requests

from shared.crypto.identity import Identity
from shared.crypto.recovery import Copy, draw_words, key_of, qr_text
from shared.sealed.encoding import b64u, unb64u
from tests.e2e.conftest import NewPerson, Person
from tests.e2e.test_two_people import send
from tests.support.cli import Cli, Terminal, tree
from tests.support.server import LiveServer
from tests.support.words import tells_words

pytestmark = pytest.mark.slow

WORD = re.compile(r"(\d+)\. ([a-z]+)")


def words_in(text: str) -> list[str]:
    """The numbered words of a kit, in their order."""
    found = {int(number): word for number, word in WORD.findall(text)}
    assert sorted(found) == list(range(1, 25))
    return [found[number] for number in sorted(found)]


def answer_what_is_asked_back(terminal: Terminal, words: list[str], times: int = 3) -> list[int]:
    """Answers with the right words; the positions that were asked for."""
    positions = []
    for _ in range(times):
        terminal.wait_for("be sure that you have them: word ")
        terminal.wait_for(": ")
        asked = re.findall(r"have them: word (\d+)", terminal.shown)
        positions.append(int(asked[-1]))
        terminal.press(words[positions[-1] - 1].encode() + b"\n")
    return positions


def backup(person: Person) -> str:
    """Makes a kit; its words."""
    person.cli.ok("key", "backup", "--text", "kit.txt", "--force")
    return " ".join(words_in((person.cli.folder / "kit.txt").read_text()))


def empty_machine(person: Person, folder: Path, server: LiveServer) -> Person:
    """The same person, signed in where there is nothing of theirs."""
    cli = Cli(folder / "work", folder / "home", person.cli.settings)
    cli.ok("login", "--server", server.url, "--email", person.email, "--code", server.request_code(person.email))
    return Person(person.email, cli)


def words_file(person: Person, text: str) -> str:
    path = person.cli.folder / "words"
    path.write_text(text)
    path.chmod(0o600)
    return "words"


def identities(person: Person) -> set[str]:
    return {name for name in tree(person.cli.data) if name.endswith((".json", ".annex")) and "identities" in name}


def test_everything_opens_on_an_empty_machine(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """Sent and received, before and after a change of keys for which nobody typed a word; and it is the same person."""
    ada, bob = new_person("ada"), new_person("bob")
    words = backup(ada)
    sent, received = send(ada, "sent", b"sent", bob.email), send(bob, "received", b"received", ada.email)
    (ada.cli.folder / "mine").write_bytes(b"on disk")
    ada.cli.ok("seal", "mine", "--to-self")
    ada.cli.ok("key", "rotate", "--bits", "2048")
    later = send(bob, "later", b"later", ada.email)

    again = empty_machine(ada, tmp_path / "new", server)
    assert again.cli("get", sent, "-o", "-").code == 4
    numbered = "\n".join(f"{number}. {word.upper()}" for number, word in enumerate(words.split(), 1))
    restored = again.cli.ok("key", "restore", "--words-file", words_file(again, numbered))
    assert not tells_words(restored.err, words)
    contents = [again.cli.ok("get", file_id, "-o", "-").out for file_id in (sent, received, later)]
    assert contents == [b"sent", b"received", b"later"]
    assert again.cli.ok("open", ada.cli.folder / "mine.sealed", "-o", "-").out == b"on disk"
    assert again.cli.ok("whoami", "--json").json == ada.cli.ok("whoami", "--json").json
    again.cli.ok("key", "rotate", "--resume")
    again.cli.ok("key", "rotate", "--destroy-old", "--yes")
    assert again.cli.ok("get", received, "-o", "-").out == b"received"


def test_whom_i_have_verified_stays_verified(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """Contacts and the key log's checkpoint come with the keys; who is met there first meets no other key of Bob's."""
    ada, bob = new_person("ada"), new_person("bob")
    number = " ".join(ada.cli.ok("contacts", "verify", bob.email).lines)
    ada.cli.ok("contacts", "verify", bob.email, "--number", number)
    words = backup(ada)
    again = empty_machine(ada, tmp_path / "new", server)
    restored = again.cli.ok("key", "restore", "--words-file", words_file(again, words))
    assert "Contacts came with them" in restored.err
    assert again.cli.ok("contacts", "ls", "--json").json == ada.cli.ok("contacts", "ls", "--json").json
    assert (again.cli.data / "key_logs.json").read_bytes() == (ada.cli.data / "key_logs.json").read_bytes()
    file_id = send(bob, "a", b"hello", ada.email)
    assert f"from {bob.email}, verified" in again.cli.ok("get", file_id).err


def test_at_a_terminal_words_are_shown_and_asked_back(
    new_person: NewPerson, server: LiveServer, tmp_path: Path
) -> None:
    """A wrong answer is asked again; typed in lines, with a slip that is named by position, they restore."""
    ada = new_person("ada")
    with ada.cli.terminal("key", "backup") as terminal:
        terminal.wait_for("24. ")
        terminal.wait_for("be sure that you have them: word ")
        terminal.wait_for(": ")
        terminal.press(b"zzz\n")
        terminal.wait_for("That is another word.")
        words = words_in(terminal.shown)
        positions = answer_what_is_asked_back(terminal, words)
        assert terminal.end() == 0
    assert positions == sorted(set(positions))
    assert "recovery kit is ready" in terminal.shown
    record = ada.cli.ok("key", "show", "--json").json
    assert isinstance(record, dict)
    assert record["recovery_kit"] is True

    again = empty_machine(ada, tmp_path / "new", server)
    slip = [*words[:4], "abandn", *words[5:]]
    with again.cli.terminal("key", "restore") as terminal:
        terminal.answer("(or its QR code's text):", " ".join(slip[:12]))
        terminal.answer("Go on:", " ".join(slip[12:]))
        terminal.wait_for("Word 5 is no word of a recovery kit. Perhaps it is abandon")
        terminal.answer("(or its QR code's text):", " ".join(words))
        assert terminal.end() == 0
    assert identities(again)


def test_words_that_are_not_known_make_no_kit(new_person: NewPerson) -> None:
    """Three wrong answers: nothing is in force, no file is left."""
    ada = new_person("ada")
    with ada.cli.terminal("key", "backup", "--text", "kit.txt") as terminal:
        for _ in range(3):
            terminal.wait_for("be sure that you have them: word ")
            terminal.wait_for(": ")
            terminal.press(b"zzz\n")
        assert terminal.end() == 1
    assert "no recovery kit was made" in terminal.shown
    assert not WORD.search(terminal.shown)
    assert tree(ada.cli.folder) == set()
    assert ada.cli.ok("whoami", "--json").json["recovery_kit"] is False  # type: ignore[index]


def test_a_page_of_the_kit_in_force_stays_where_the_next_is_not_made(new_person: NewPerson) -> None:
    """With --force, too: it is the only one that restores anything."""
    ada = new_person("ada")
    ada.cli.ok("key", "backup", "--text", "kit.txt")
    page = (ada.cli.folder / "kit.txt").read_text()
    with ada.at("http://127.0.0.1:1"):
        failed = ada.cli.with_settings(SEALCASE_PATIENCE="0")("key", "backup", "--text", "kit.txt", "--force")
    assert failed.code == 8, failed.err
    assert (ada.cli.folder / "kit.txt").read_text() == page
    assert tree(ada.cli.folder) == {"kit.txt"}
    ada.cli.ok("key", "backup", "--text", "kit.txt", "--force")
    assert (ada.cli.folder / "kit.txt").read_text() != page
    assert tree(ada.cli.folder) == {"kit.txt"}
    (ada.cli.folder / "kit.txt.earlier").write_text(page)  # as after a power cut
    assert "move it away" in ada.cli("key", "backup", "--text", "kit.txt", "--force").err
    assert (ada.cli.folder / "kit.txt.earlier").read_text() == page


def test_pages_for_paper(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """PDF, picture and text, for their owner's eyes; a picture of the page restores."""
    ada = new_person("ada")
    made = ada.cli.ok("key", "backup", "--pdf", "kit.pdf", "--png", "kit.png", "--text", "kit.txt")
    assert made.lines == ["kit.pdf", "kit.png", "kit.txt"]
    paths = [ada.cli.folder / name for name in made.lines]
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600] * 3
    assert paths[0].read_bytes().startswith(b"%PDF-")
    words = words_in(paths[2].read_text())
    assert not tells_words(made.err, " ".join(words))
    kept = [path.read_bytes() for path in paths]
    assert ada.cli("key", "backup", "--text", "kit.txt").code == 1
    assert [path.read_bytes() for path in paths] == kept

    by_picture = empty_machine(ada, tmp_path / "picture", server)
    by_picture.cli.ok("key", "restore", "--scan", paths[1])
    by_text = empty_machine(ada, tmp_path / "text", server)
    by_text.cli.ok("key", "restore", "--words-file", paths[2])
    by_qr = empty_machine(ada, tmp_path / "qr", server)
    by_qr.cli.ok("key", "restore", "--words-file", words_file(by_qr, qr_text(" ".join(words))))
    again = by_qr.cli("key", "restore", "--words-file", "words")
    assert again.code == 9
    assert "already" in again.err


def test_other_words_change_nothing(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """Of another kit, or of the one before; without a kit it is said what else can be done."""
    ada = new_person("ada")
    again = empty_machine(ada, tmp_path / "new", server)
    first = again.cli("key", "restore", "--words-file", words_file(again, draw_words()))
    assert first.code == 4
    assert "device add" in first.err
    old = backup(ada)
    backup(ada)
    for words in (old, draw_words()):
        result = again.cli("key", "restore", "--words-file", words_file(again, words))
        assert result.code == 6
        assert "do not open" in result.err
    short = again.cli("key", "restore", "--words-file", words_file(again, " ".join(old.split()[:12])))
    assert short.code == 6
    assert "24 words, and these are 12" in short.err
    assert identities(again) == set()


def test_a_copy_that_the_server_exchanged_is_refused(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """Another's keys in the right wrapping, an older copy, a damaged one: nothing is written."""
    ada = new_person("ada")
    words = backup(ada)
    key, headers = key_of(words), {"Authorization": f"Bearer {_token(ada)}"}
    older = requests.get(f"{server.url}/account/recovery", headers=headers, timeout=30).json()["sealed"]
    ada.cli.ok("key", "rotate", "--bits", "2048")
    again = empty_machine(ada, tmp_path / "new", server)
    mallory = Copy(Identity.create(ada.email, 2048), None).lock(key)
    for sealed, code in ((older, 9), (b64u(mallory), 7), (b64u(b"{}"), 6), (b64u(unb64u(older, "copy")[:-8]), 6)):
        answer = requests.put(f"{server.url}/account/recovery", json={"sealed": sealed}, headers=headers, timeout=30)
        assert answer.ok
        result = again.cli("key", "restore", "--words-file", words_file(again, words))
        assert result.code == code, result.err
        assert identities(again) == set()


def test_an_older_copy_is_taken_if_one_insists(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """Where it is all that is left: older files open, and a change of keys makes all good."""
    ada, bob = new_person("ada"), new_person("bob")
    words, received = backup(ada), send(bob, "received", b"received", ada.email)
    headers = {"Authorization": f"Bearer {_token(ada)}"}
    older = requests.get(f"{server.url}/account/recovery", headers=headers, timeout=30).json()
    ada.cli.ok("key", "rotate", "--bits", "2048")
    requests.put(
        f"{server.url}/account/recovery", json={"sealed": older["sealed"]}, headers=headers, timeout=30
    ).raise_for_status()
    again = empty_machine(ada, tmp_path / "new", server)
    again.cli.ok("key", "restore", "--words-file", words_file(again, words), "--older")
    again.cli.ok("key", "rotate", "--bits", "2048")
    assert again.cli.ok("get", received, "-o", "-").out == b"received"
    assert again.cli.ok("get", send(bob, "later", b"later", ada.email), "-o", "-").out == b"later"


def test_a_kit_made_on_another_device_stays_good(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """A change of keys here never makes its words worthless; this device says that it has no kit any more."""
    ada = new_person("ada")
    first = backup(ada)
    other = empty_machine(ada, tmp_path / "other", server)
    other.cli.ok("key", "restore", "--words-file", words_file(other, first))
    newer = backup(other)
    ada.cli.ok("key", "rotate", "--bits", "2048")
    assert "no recovery kit" in ada.cli.ok("whoami").err
    third = empty_machine(ada, tmp_path / "third", server)
    assert third.cli("key", "restore", "--words-file", words_file(third, first)).code == 6
    assert "older" in third.cli("key", "restore", "--words-file", words_file(third, newer)).err
    third.cli.ok("key", "restore", "--words-file", "words", "--older")


def test_another_device_gets_newer_keys_from_the_kit(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """What it has stays: keys of its own that are in no copy still open what was sealed for them."""
    ada, bob = new_person("ada"), new_person("bob")
    words = backup(ada)
    other = empty_machine(ada, tmp_path / "other", server)
    other.cli.ok("key", "restore", "--words-file", words_file(other, words))
    for path in (other.cli.data / "identities").glob("*.annex"):
        path.unlink()  # as if the kit were not known here, so that the next change stays on this device
    other.cli.ok("key", "rotate", "--bits", "2048")
    between = send(bob, "between", b"between", ada.email)
    ada.cli.ok("key", "rotate", "--bits", "2048")
    latest = send(bob, "latest", b"latest", ada.email)
    assert ada.cli("get", between, "-o", "-").code == 6
    assert other.cli("get", latest, "-o", "-").code == 6
    other.cli.ok("key", "restore", "--words-file", "words")
    assert other.cli.ok("get", latest, "-o", "-").out == b"latest"
    assert other.cli.ok("get", between, "-o", "-").out == b"between"


def test_who_lost_everything_begins_anew(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    """With a plain warning, and never where keys are; what is sent to the new keys opens."""
    ada, bob = new_person("ada"), new_person("bob")
    lost = send(bob, "lost", b"lost", ada.email)
    assert ada.cli("key", "new", "--yes").code == 9
    again = empty_machine(ada, tmp_path / "new", server)
    assert again.cli("key", "new").code == 1
    assert identities(again) == set()
    assert "lost for good" in again.cli.ok("key", "new", "--bits", "2048", "--yes").err
    closed = again.cli("get", lost, "-o", "-")
    assert closed.code == 6
    assert "share" in closed.err
    assert bob.cli("send", "lost", "--to", ada.email).code == 7
    carol = new_person("carol")
    assert again.cli.ok("get", send(carol, "new", b"new", ada.email), "-o", "-").out == b"new"
    code = server.request_code(ada.email)
    assert "WARNING" in ada.cli.ok("login", "--server", server.url, "--email", ada.email, "--code", code).err


def test_signing_in_at_a_terminal_offers_to_restore(new_person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    ada = new_person("ada")
    words = backup(ada)
    cli = Cli(tmp_path / "new", tmp_path / "home", ada.cli.settings)
    code = server.request_code(ada.email)
    with cli.terminal("login", "--server", server.url, "--email", ada.email, "--code", code) as terminal:
        terminal.answer("recovery kit now? [y/N]:", "y")
        terminal.answer("(or its QR code's text):", words)
        assert terminal.end() == 0
    assert "on this machine again" in terminal.shown


def test_without_a_kit_one_is_reminded_once_a_day(new_person: NewPerson) -> None:
    """At a terminal, in one line; scripts hear nothing."""
    ada = new_person("ada")
    said = "There is no recovery kit"
    assert said not in ada.cli.ok("ls").err
    assert said in ada.cli.ok("whoami").err

    def at_terminal() -> bool:
        with ada.cli.terminal("ls", "--long") as terminal:
            assert terminal.end() == 0
        return said in terminal.shown

    assert at_terminal()
    assert not at_terminal()
    os.utime(ada.cli.data / "reminded", (1, 1))
    assert at_terminal()
    os.utime(ada.cli.data / "reminded", (1, 1))
    backup(ada)
    assert not at_terminal()
    assert said not in ada.cli.ok("whoami").err


@pytest.mark.parametrize("arguments", [(), ("--pdf", "kit.pdf", "--png", "no/such/folder")])
def test_a_kit_that_nobody_could_see_is_not_made(new_person: NewPerson, arguments: tuple[str, ...]) -> None:
    """Without a terminal a file must be named; if one of several can't be written, none is left."""
    ada = new_person("ada")
    (ada.cli.folder / "no").write_text("a file")
    assert ada.cli("key", "backup", *arguments).code == 1
    assert tree(ada.cli.folder) == {"no"}
    assert not list((ada.cli.data / "identities").glob("*.annex"))


def _token(person: Person) -> str:
    return str(json.loads((person.cli.data / "session.json").read_bytes())["token"])
