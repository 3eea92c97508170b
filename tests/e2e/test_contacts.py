"""People make sure of each other's keys: numbers compared, codes photographed, changed keys refused and accepted."""

import json
import re
from pathlib import Path

import pytest

from shared.crypto.identity import Identity
from shared.sealed.card import Card
from shared.sealed.encoding import unb64u
from tests.client.test_qr import drawn, photograph
from tests.e2e.conftest import KeyFiles, NewPerson, Person
from tests.e2e.test_hostile_server import _cards, _swap
from tests.e2e.test_two_people import send
from tests.support.server import LiveServer

NUMBER = re.compile(r"(\d{5} ){3}\d{5}")


def number_of(person: Person, other: Person) -> str:
    """The safety number that `person` sees."""
    result = person.cli.ok("contacts", "verify", other.email)
    assert len(result.lines) == 3
    assert all(NUMBER.fullmatch(line) for line in result.lines)
    assert "run this again with --number or --scan" in result.err
    return " ".join(result.lines)


def contact(person: Person, other: Person) -> dict[str, object]:
    record = person.cli.ok("contacts", "show", other.email, "--json").json
    assert isinstance(record, dict)
    return record


def new_key_of(server: LiveServer, person: Person) -> Identity:
    """On the server's disk, another key takes the place of somebody's own."""
    other = Identity.create(person.email, 2048)
    _swap(_cards(server, person.email), other.card, other.card_signature)
    return other


def test_two_people_see_the_same_number(new_person: NewPerson) -> None:
    """60 digits; typed, pasted or read out, it marks the key as verified, and files then say so."""
    ada, bob = new_person("ada"), new_person("bob")
    number = number_of(ada, bob)
    assert number == number_of(bob, ada)
    assert contact(ada, bob)["verified_at"] is None
    assert contact(ada, bob)["safety_number"] == number
    ada.cli.ok("contacts", "verify", bob.email.upper(), "--number", number.replace(" ", "\n"))
    assert contact(ada, bob)["verified_at"] is not None
    assert "verified" in ada.cli.ok("contacts", "ls").lines[0]
    file_id = send(bob, "a", b"hello", ada.email)
    got = ada.cli.ok("get", file_id, "--json")
    assert f"from {bob.email}, verified" in got.err
    assert json.loads(got.out)[0]["sender"] == "verified"


@pytest.mark.slow
def test_a_wrong_number_changes_nothing(new_person: NewPerson, ada: Person) -> None:
    """Exit code 7, with what to do; what is no number is only said."""
    bob = new_person("bob")
    number = number_of(bob, ada)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    refused = bob.cli("contacts", "verify", ada.email, "--number", wrong)
    assert refused.code == 7
    assert "the safety numbers differ" in refused.err
    assert bob.cli("contacts", "verify", ada.email, "--number", "12345").code == 1
    assert bob.cli("contacts", "verify", bob.email, "--number", number).code == 1
    assert bob.cli("contacts", "verify", "nobody@example.org").code == 4
    assert contact(bob, ada)["verified_at"] is None


@pytest.mark.slow
def test_a_photograph_verifies(new_person: NewPerson, ada: Person) -> None:
    """What the other person's screen shows, turned and blurred; not one's own code, nor a third person's, nor a cat."""
    bob = new_person("bob")
    eve = new_person("eve")
    theirs, mine, third = ada.cli.folder / "a.png", bob.cli.folder / "b.png", eve.cli.folder / "e.png"
    ada.cli.ok("contacts", "verify", bob.email, "--qr", theirs)
    bob.cli.ok("contacts", "verify", ada.email, "--qr", mine)
    eve.cli.ok("contacts", "verify", ada.email, "--qr", third)
    for path, code, words in (
        (mine, 1, "of this very machine"),
        (third, 7, "differ"),
        (bob.cli.folder / "x", 1, "no file"),
    ):
        result = bob.cli("contacts", "verify", ada.email, "--scan", path)
        assert (result.code, words in result.err) == (code, True), result.err
    photograph(theirs, degrees=12, scale=0.9, blur=1)
    assert "is verified" in bob.cli.ok("contacts", "verify", ada.email, "--scan", theirs).err
    assert contact(bob, ada)["verified_at"] is not None


@pytest.mark.slow
def test_at_a_terminal(new_person: NewPerson, ada: Person) -> None:
    """The code is on the screen, the question is asked, and only a yes verifies."""
    bob = new_person("bob")
    for answer, code in (("", 7), ("n", 7), ("y", 0)):
        with bob.cli.terminal("contacts", "verify", ada.email) as terminal:
            terminal.answer("Do the numbers match? [y/N]:", answer)
            assert terminal.end() == code
        assert (contact(bob, ada)["verified_at"] is not None) == (code == 0)
    lines = [line for line in terminal.shown.split("\r\n") if "\x1b[48" in line or "48;5;231m" in line]
    screen = bob.cli.folder / "screen.png"
    drawn([re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines], screen)
    ada.cli.ok("contacts", "verify", bob.email, "--scan", screen)


def test_a_changed_key_is_refused_until_it_is_verified(new_person: NewPerson, server: LiveServer) -> None:
    """Sending ends with exit code 7, receiving warns; both keys are remembered; comparing numbers settles it."""
    ada, bob = new_person("ada"), new_person("bob")
    number = number_of(ada, bob)
    ada.cli.ok("contacts", "verify", bob.email, "--number", number)
    old = contact(ada, bob)["fingerprint"]
    new_key_of(server, bob)
    (ada.cli.folder / "a").write_text("hello")
    blocked = ada.cli("send", "a", "--to", bob.email)
    assert blocked.code == 7
    assert f"sealcase contacts verify {bob.email}" in blocked.err
    assert "REFUSED since" in ada.cli.ok("contacts", "ls").lines[0]
    known = contact(ada, bob)
    assert known["fingerprint"] == old
    assert isinstance(known["refused"], dict)
    assert known["refused"]["fingerprint"] not in (None, old)
    assert ada.cli("contacts", "verify", bob.email, "--number", number).code == 7  # the number of the old key
    shown = ada.cli.ok("contacts", "verify", bob.email)
    assert f"It was  {old}" in shown.err
    ada.cli.ok("contacts", "verify", bob.email, "--number", " ".join(shown.lines))
    known = contact(ada, bob)
    assert known["refused"] is None
    assert isinstance(known["earlier"], list)
    assert known["earlier"][0]["fingerprint"] == old
    ada.cli.ok("send", "a", "--to", bob.email)


@pytest.mark.slow
def test_a_changed_key_is_accepted_unseen(new_person: NewPerson, server: LiveServer) -> None:
    """Only with a yes, or with the new fingerprint; it is not checked then, whatever the old one was."""
    ada, bob = new_person("ada"), new_person("bob")
    ada.cli.ok("contacts", "verify", bob.email, "--number", number_of(ada, bob))
    assert "nothing to accept" in ada.cli.ok("contacts", "accept", bob.email).err
    new_key_of(server, bob)
    assert ada.cli("contacts", "accept", bob.email).code == 1
    assert ada.cli("contacts", "accept", bob.email, "--fingerprint", "0000 1111 2222 3333 4444").code == 7
    with ada.cli.terminal("contacts", "accept", bob.email) as terminal:
        terminal.answer("[y/N]:", "n")
        assert terminal.end() == 1
    refused = contact(ada, bob)["refused"]
    assert isinstance(refused, dict)
    ada.cli.ok("contacts", "accept", bob.email, "--fingerprint", refused["fingerprint"])
    assert contact(ada, bob)["verified_at"] is None
    assert contact(ada, bob)["fingerprint"] == refused["fingerprint"]
    send(ada, "a", b"hello", bob.email)


@pytest.mark.slow
def test_cards_in_between_are_checked(new_person: NewPerson, ada: Person, bob: Person, server: LiveServer) -> None:
    """Carol changed her encryption keys twice, unseen by ada: fine. That a card on the way was altered is seen by both
    her who knew the first one and him who knows none: exit code 7, or 6 where its signature does not hold."""
    carol = new_person("carol")
    number_of(ada, carol)
    for _ in range(2):
        carol.cli.ok("key", "rotate", "--bits", "2048")
    (ada.cli.folder / "a").write_text("hello")
    (bob.cli.folder / "a").write_text("hello")
    second = _cards(server, carol.email) / "00000001.json"
    genuine = second.read_bytes()
    other = Identity.create(carol.email, 2048)
    record = json.loads(genuine)
    for card, signature, code in (
        (other.card, other.card_signature, 7),
        (Card.parse(unb64u(record["card"], "card")), bytes(64), 6),
    ):
        _swap(second.parent, card, signature, 1)
        for person in (ada, bob):
            refused = person.cli("send", "a", "--to", carol.email)
            assert (refused.code, refused.out) == (code, b"")
    second.write_bytes(genuine)
    for person in (ada, bob):
        (file_id,) = person.cli.ok("send", "a", "--to", carol.email).lines
        assert carol.cli.ok("get", file_id, "-o", "-").out == b"hello"
    assert contact(ada, carol)["earlier"] == []


def test_files_without_a_server_tell_whose_key_it_is(new_person: NewPerson, bob: Person, bob_keys: KeyFiles) -> None:
    """Once the sender is a contact, by name; before, only by the fingerprint."""
    ada = new_person("ada")
    (ada.cli.folder / "a").write_text("hello")
    ada.cli.ok("seal", "a", "--sign", "--to", bob_keys.public)
    sealed = ada.cli.folder / "a.sealed"
    opened = bob.cli.ok("open", sealed, "--key", bob_keys.private, "-o", "-")
    assert "Sender: signed by a key you have not checked" in opened.err
    bob.cli.ok("contacts", "verify", ada.email, "--number", number_of(bob, ada))
    opened = bob.cli.ok("open", sealed, "--key", bob_keys.private, "-o", "-")
    assert f"Sender: {ada.email}, verified" in opened.err


@pytest.mark.slow
def test_receiving_warns_of_a_changed_key(new_person: NewPerson, server: LiveServer) -> None:
    """The file arrives, with a warning; that the key changed is remembered."""
    ada, bob = new_person("ada"), new_person("bob")
    first_card = _cards(server, ada.email) / "00000000.json"
    genuine = first_card.read_bytes()
    new_key_of(server, ada)
    number_of(bob, ada)
    first_card.write_bytes(genuine)  # what bob takes for hers is not what she signs with
    file_id = send(ada, "a", b"hello", bob.email)
    got = bob.cli.ok("get", file_id, "--json")
    assert "WARNING" in got.err
    assert "signed, but that key changed" in got.err
    assert json.loads(got.out)[0]["sender"] == "signed, but that key changed"
    assert contact(bob, ada)["refused"] is not None


def test_a_sender_without_a_card_is_unchecked(new_person: NewPerson, server: LiveServer) -> None:
    """Nothing is known of the key that signed, so nothing has changed either."""
    ada, bob = new_person("ada"), new_person("bob")
    file_id = send(ada, "a", b"hello", bob.email)
    (_cards(server, ada.email) / "00000000.json").unlink()
    assert "signed by a key you have not checked" in bob.cli.ok("get", file_id, "-o", "-").err
    assert bob.cli.ok("contacts", "ls").lines == []


@pytest.mark.slow
def test_forgotten_people_are_new(new_person: NewPerson, ada: Person) -> None:
    bob = new_person("bob")
    number_of(bob, ada)
    assert bob.cli.ok("contacts", "forget", ada.email).lines == [ada.email]
    assert bob.cli("contacts", "forget", ada.email).code == 4
    assert bob.cli("contacts", "show", ada.email).code == 4
    assert bob.cli.ok("contacts", "ls", "--json").json == []
    (bob.cli.folder / "a").write_text("hello")
    assert "new, not checked" in bob.cli.ok("send", "a", "--to", ada.email).err


@pytest.mark.slow
def test_groups(new_person: NewPerson, bob: Person) -> None:
    """Made with a first member, gone with the last; the same people in any spelling; nothing of it on the server."""
    ada = new_person("ada")
    members = ada.cli.ok("contacts", "group", "Team", "--add", "Carol@example.org", "--add", bob.email).lines
    assert members == sorted([bob.email, "carol@example.org"])
    assert ada.cli.ok("contacts", "group", "@team", "--add", bob.email).lines == members
    assert ada.cli.ok("contacts", "group").lines == [f"team  {', '.join(members)}"]
    assert ada.cli("contacts", "group", "team", "--remove", "eve@example.org").code == 4
    assert ada.cli("contacts", "group", "none").code == 4
    assert ada.cli("contacts", "group", "a b", "--add", bob.email).code == 1
    assert ada.cli.ok("contacts", "group", "team", "--remove", "CAROL@example.org").lines == [bob.email]
    assert ada.cli.ok("contacts", "group", "team", "--remove", bob.email).lines == []
    assert ada.cli.ok("contacts", "group", "--json").json == {}


@pytest.mark.parametrize("content", [b"", b"{}", b'{"groups": {"a": [1]}}'])
def test_a_damaged_groups_file_is_said(ada: Person, content: bytes, tmp_path: Path) -> None:
    """A group that has silently lost its members would send to nobody, or to too few."""
    path = ada.cli.data / "groups.json"
    path.write_bytes(content)
    try:
        result = ada.cli("contacts", "group", "a")
        assert result.code == 1
        assert "groups.json is damaged" in result.err
    finally:
        path.unlink()
