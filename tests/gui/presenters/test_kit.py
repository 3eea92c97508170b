"""A recovery kit on its way: what its owner holds, and what is in force, are the same words."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from client.errors import Refused
from client.gui.bus import SignedOut
from client.gui.presenters.house import House
from client.gui.presenters.kit import Kit, KitStep
from tests.gui.clock import FakeClock
from tests.gui.presenters.at_home import unlock


@dataclass
class Store:
    """Takes kits when the test says so: `open` lets a call through, in any order."""

    in_force: list[str] = field(default_factory=list)
    fails: bool = False
    gates: dict[str, threading.Event] = field(default_factory=dict)

    def make_kit(self, _person: object, words: str, *, checked: bool = True) -> None:
        assert not checked
        assert self.gates.get(words, _open()).wait(20)
        if self.fails:
            raise Refused("not now")
        self.in_force.append(words)


def _open() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr("client.actions.recovery_kit.make_kit", store.make_kit)
    return store


@pytest.fixture
def kit(house: House, clock: FakeClock, store: Store) -> Kit:
    """Its words are drawn; nothing is at the server."""
    del store
    unlock(house, clock)
    kit = Kit(house, lambda: None)
    kit.begin()
    return kit


def _words(kit: Kit) -> str:
    return " ".join(kit.state.words)


def _texts(house: House) -> list[str]:
    return [notice.text for notice in house.notices.state.notices]


def test_words_that_come_into_force_late_are_not_taken_for_those_that_are_shown(
    kit: Kit, store: Store, house: House, clock: FakeClock, tmp_path: Path
) -> None:
    """They were given up while the server was slow; the new ones are put in force after them."""
    first = _words(kit)
    store.gates[first] = threading.Event()
    kit.save(tmp_path / "first.txt", "text")
    kit.leave()
    kit.begin()
    second = _words(kit)
    kit.show_words()
    store.gates[first].set()
    clock.until(lambda: "Saved as first.txt." in _texts(house))
    assert (kit.state.in_force, kit.state.saved, kit.state.renews) == (False, (), True)
    kit.go_on()
    clock.until(lambda: kit.state.step is KitStep.CHECK)
    assert store.in_force == [first, second]


def test_words_that_were_given_up_never_come_into_force_after_newer_ones(
    kit: Kit, store: Store, clock: FakeClock
) -> None:
    """However long the server takes for them."""
    first = _words(kit)
    store.gates[first] = threading.Event()
    kit.show_words()
    kit.go_on()
    kit.leave()
    kit.begin()
    second = _words(kit)
    kit.show_words()
    kit.go_on()
    clock.advance(1)
    assert store.in_force == []
    store.gates[first].set()
    clock.until(lambda: kit.state.step is KitStep.CHECK)
    assert store.in_force == [first, second]


def test_what_fails_late_is_said_in_a_notice(
    kit: Kit, store: Store, house: House, clock: FakeClock, tmp_path: Path
) -> None:
    """And changes nothing of the words that are shown now."""
    first = _words(kit)
    store.gates[first], store.fails = threading.Event(), True
    kit.save(tmp_path / "first.txt", "text")
    kit.leave()
    kit.begin()
    store.gates[first].set()
    clock.until(lambda: _texts(house))
    assert not kit.state.error
    assert not (tmp_path / "first.txt").exists()


def test_a_page_is_replaced_only_once_the_new_kit_is_in_force(
    kit: Kit, store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """Until then the old one is the only way back, and nothing lies beside it afterwards."""
    page = tmp_path / "kit.txt"
    page.write_text("the page of the kit in force")
    store.fails = True
    kit.save(page, "text")
    clock.until(lambda: kit.state.error)
    assert page.read_text() == "the page of the kit in force"
    assert [each.name for each in tmp_path.glob("*kit.txt*")] == ["kit.txt"]
    store.fails = False
    kit.save(page, "text")
    clock.until(lambda: kit.state.in_force)
    assert kit.state.words[0] in page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600


def test_locking_takes_the_words_off_the_screen(kit: Kit, house: House) -> None:
    """And out of memory; it is said that they may be of no use."""
    kit.show_words()
    house.keys.lock()
    assert kit.state.words == ()
    assert "They may not be in force: make a new kit." in _texts(house)[-1]


def test_locking_leaves_a_kit_in_force_as_it_is(
    kit: Kit, house: House, store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """Also in the midst of its three words."""
    words = _words(kit)
    kit.save(tmp_path / "kit.txt", "text")
    clock.until(lambda: kit.state.in_force)
    kit.go_on()
    house.keys.lock()
    assert (kit.state.step, kit.state.words) == (KitStep.WORDS, ())
    assert "The kit is in force" in _texts(house)[-1]
    assert store.in_force == [words]


def test_signing_out_forgets_the_words(kit: Kit, house: House) -> None:
    kit.show_words()
    house.bus.tell(SignedOut())
    assert kit.state.words == ()
