"""Contacts, safety numbers and groups."""

from pathlib import Path

import pytest

from client.actions.contacts import compare
from client.gui.bus import ShowContact
from client.gui.presenters.settings.hub import Hub
from client.gui.presenters.settings.people import People
from client.local.contacts import Contacts
from client.local.paths import Paths
from client.local.qr import save_qr
from client.local.secrets import nobody_to_ask
from client.local.vault import Vault
from shared.crypto import vault_file
from tests.gui.presenters.settings.conftest import Seat, now


@pytest.fixture
def people(ada: Seat) -> People:
    return People(ada.house, ada.questions)


def _met(ada: Seat, people: People, bob: Seat) -> None:
    """Ada's list with Bob in it, chosen."""
    people.verify.begin(bob.email)
    ada.until(lambda: people.verify.state.can_compare)
    people.verify.close()
    people.shown()
    ada.until(lambda: people.state.people)
    people.choose(bob.email)


def _new_keys_of(bob: Seat) -> None:
    """Bob has lost his keys, and made new ones."""
    paths = Paths(bob.person.cli.data)
    path = Vault(paths, nobody_to_ask).path_of(bob.email)
    for file in path.parent.iterdir():
        file.unlink()
    bob.person.cli.ok("key", "new", "--bits", "2048", "--yes")
    raw = path.read_bytes()
    assert vault_file.card_of(raw).sequence == 1


def test_nobody_is_known_at_first(ada: Seat, people: People) -> None:
    people.shown()
    ada.until(lambda: people.state.loaded)
    assert people.state.people == ()
    assert not people.state.can_verify
    people.verify_chosen()
    people.forget_chosen()
    assert ada.questions.state.question is None


def test_another_tab_points_at_a_contact(ada: Seat, bob: Seat, people: People) -> None:
    """The page of contacts opens with that person chosen, also a second time; somebody unknown leaves none chosen."""
    _met(ada, people, bob)
    people.choose("")
    hub = Hub(ada.house)
    ada.house.bus.tell(ShowContact(bob.email))
    assert (hub.state.page, hub.state.about) == ("contacts", bob.email)
    people.show_contact(bob.email)
    ada.until(lambda: people.state.chosen == bob.email)
    assert people.state.can_verify
    hub.back()
    assert (hub.state.page, hub.state.about) == ("", "")
    people.show_contact("nobody@example.org")
    ada.until(lambda: not people.state.chosen)


def test_compared_by_eye(ada: Seat, bob: Seat, people: People) -> None:
    """Both see the same 60 digits in three rows; afterwards the list says so, with the sign before it."""
    people.verify_somebody()
    ada.answer(email=f" {bob.email.upper()} ")
    verify = people.verify
    ada.until(lambda: verify.state.can_compare)
    theirs = compare(bob.house.keys.person(), ada.email)
    assert " ".join(verify.state.rows) == theirs.number
    assert len(verify.state.rows) == 3
    verify.they_match()
    ada.until(lambda: not verify.state.open)
    assert f"{bob.email} is verified." in ada.said()
    people.shown()
    ada.until(lambda: people.state.people and people.state.people[0].verified)
    assert people.state.people[0].trust == "✓ verified"


def test_digits_compare_themselves(ada: Seat, bob: Seat, people: People) -> None:
    """Sixty of them, however they are spaced; fewer do nothing yet."""
    verify = people.verify
    verify.begin(bob.email)
    ada.until(lambda: verify.state.can_compare)
    number = compare(bob.house.keys.person(), ada.email).number
    verify.type_digits(number[:40])
    assert verify.state.can_compare
    assert not verify.state.error
    verify.type_digits(number.replace(" ", "\n"))
    ada.until(lambda: not verify.state.open)
    assert Contacts(ada.house.paths).everybody()[bob.email].verified_at is not None


def test_other_digits_are_an_alarm(ada: Seat, bob: Seat, people: People) -> None:
    """Nobody is verified by them, and the dialog stays."""
    verify = people.verify
    verify.begin(bob.email)
    ada.until(lambda: verify.state.can_compare)
    verify.type_digits("12345" * 12)
    ada.until(lambda: verify.state.error)
    assert now(verify).alarm
    assert "Nothing was changed" in verify.state.error.text
    verify.type_digits("12")
    assert not now(verify).alarm
    verify.they_differ()
    assert verify.state.alarm
    assert Contacts(ada.house.paths).everybody()[bob.email].verified_at is None


def test_a_picture_of_their_code(ada: Seat, bob: Seat, people: People, tmp_path: Path) -> None:
    """Theirs verifies; my own is a slip; a picture of nothing is said."""
    verify = people.verify
    verify.begin(bob.email)
    ada.until(lambda: verify.state.can_compare)
    theirs = compare(bob.house.keys.person(), ada.email)
    save_qr(theirs.code, tmp_path / "theirs.png")
    save_qr(verify.state.code, tmp_path / "mine.png")
    save_qr("https://example.org", tmp_path / "other.png")
    for name, words in (("mine.png", "this very machine"), ("other.png", "no safety number"), ("none.png", "no file")):
        verify.check_picture(str(tmp_path / name))
        ada.until(lambda: verify.state.error and not verify.state.working)
        assert words in verify.state.error.text
        assert not verify.state.alarm
        verify.type_digits("")
    verify.check_picture("")
    assert not verify.state.working
    verify.check_picture(str(tmp_path / "theirs.png"))
    ada.until(lambda: not verify.state.open)
    assert Contacts(ada.house.paths).everybody()[bob.email].verified_at is not None


def test_somebody_whom_the_server_does_not_know(ada: Seat, people: People) -> None:
    verify = people.verify
    verify.begin("nobody@example.org")
    ada.until(lambda: verify.state.error)
    assert verify.state.open
    assert not verify.state.can_compare
    verify.they_match()
    verify.check_digits()
    assert not verify.state.working
    verify.close()
    verify.begin("no address")
    ada.until(lambda: verify.state.error)
    assert "not an email address" in verify.state.error.text


def test_the_number_can_be_copied(ada: Seat, bob: Seat, people: People) -> None:
    """And goes from the clipboard like all else."""
    people.verify.begin(bob.email)
    ada.until(lambda: people.verify.state.can_compare)
    people.verify.copy_number()
    assert ada.board.text == "\n".join(people.verify.state.rows)
    ada.clock.advance(61)
    assert ada.board.text is None


def test_a_changed_key_is_accepted_only_knowingly(ada: Seat, bob: Seat, people: People) -> None:
    """The very key that was shown is taken, unchecked; Cancel changes nothing."""
    _met(ada, people, bob)
    assert not now(people).can_accept
    people.accept_chosen()
    before = people.state.people[0].fingerprint
    _new_keys_of(bob)
    people.verify_chosen()
    ada.until(lambda: people.verify.state.can_compare)
    assert "is not the one you knew" in people.verify.state.warning
    people.verify.close()
    ada.until(lambda: people.state.people[0].changed)
    assert people.state.people[0].tone == "danger"
    people.choose(bob.email)
    assert now(people).can_accept
    people.accept_chosen()
    assert "without comparing" in ada.asked()
    question = ada.questions.state.question
    assert question is not None
    assert question.danger
    assert question.big != before
    ada.questions.refuse()
    assert Contacts(ada.house.paths).everybody()[bob.email].refused is not None
    people.accept_chosen()
    ada.answer()
    ada.until(lambda: not people.state.people[0].changed)
    assert people.state.people[0].fingerprint == question.big
    assert people.state.people[0].trust == "not checked"


def test_forgotten(ada: Seat, bob: Seat, people: People) -> None:
    _met(ada, people, bob)
    people.copy_fingerprint()
    assert ada.board.text == people.state.people[0].fingerprint
    people.forget_chosen()
    ada.answer()
    ada.until(lambda: not people.state.people)
    assert people.state.chosen == ""
    assert not people.state.can_forget


def test_groups(ada: Seat, people: People) -> None:
    """Made with the first member, gone with the last; a name that can't be one leaves the dialog open."""
    people.add_to_group()
    ada.answer(name="fam ily", email="bob@example.org")
    assert "can't be the name of a group" in ada.questions.state.error.text
    ada.answer(name="@family", email="nobody")
    assert "not an email address" in ada.questions.state.error.text
    ada.answer(name="@family", email="Bob@Example.org")
    ada.until(lambda: people.state.groups)
    assert people.state.groups[0].name == "family"
    assert people.state.groups[0].members == ("bob@example.org",)
    assert people.state.groups[0].words == "1 person"
    people.remove_from_group("family", "bob@example.org")
    ada.until(lambda: not people.state.groups)
