"""Unlocking once, and forgetting after a while."""

import gc
import threading
import weakref
from dataclasses import replace

import pytest

from client.actions.person import Person
from client.gui.bus import Locked, SignedOut, Unlocked
from client.gui.presenters import keys
from client.gui.presenters.house import House
from client.local.paths import Paths
from client.local.private_files import write_private
from client.local.secrets import nobody_to_ask
from client.local.session import Session
from client.local.vault import Unlocking, Vault
from shared.crypto import vault_file
from shared.crypto.identity import Identity
from tests.gui.clock import FakeClock

_EMAIL = "ada@example.org"
_PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def locked_keys() -> bytes:
    return vault_file.lock(Identity.create(_EMAIL, 2048), _PASSPHRASE, vault_file.Cost(19_456, 2, 1))


@pytest.fixture
def ada(house: House, locked_keys: bytes) -> House:
    """Somebody who is signed in, whose keys are locked."""
    Session("http://127.0.0.1:1", _EMAIL, "0" * 32, "token", "again", 1 << 40).save(house.paths)
    write_private(Vault(house.paths, nobody_to_ask).path_of(_EMAIL), locked_keys)
    return house


def _unlocked(house: House) -> bool:
    """Right now: a type checker would remember how it was."""
    return house.keys.state.unlocked


def _unlock(house: House, clock: FakeClock) -> list[str]:
    got: list[str] = []
    house.keys.with_keys(lambda person: got.append(person.identity.card.email))
    clock.until(lambda: house.keys.state.asking)
    house.keys.try_passphrase(_PASSPHRASE)
    clock.until(lambda: got)
    return got


def test_the_passphrase_is_asked_for_once(ada: House, clock: FakeClock) -> None:
    """Whoever needs the keys after that gets them at once."""
    assert _unlock(ada, clock) == [_EMAIL]
    got: list[str] = []
    ada.keys.with_keys(lambda person: got.append(person.email))
    assert got == [_EMAIL]


def test_all_who_wait_get_the_keys(ada: House, clock: FakeClock) -> None:
    """One dialog for several."""
    got: list[int] = []
    ada.keys.with_keys(lambda _person: got.append(1))
    ada.keys.with_keys(lambda _person: got.append(2))
    clock.until(lambda: ada.keys.state.asking)
    ada.keys.try_passphrase(_PASSPHRASE)
    clock.until(lambda: len(got) == 2)
    assert got == [1, 2]


def test_a_wrong_passphrase_is_said_in_the_dialog(ada: House, clock: FakeClock) -> None:
    """It stays open, and the right one still opens."""
    got: list[str] = []
    ada.keys.with_keys(lambda person: got.append(person.email))
    clock.until(lambda: ada.keys.state.asking)
    ada.keys.try_passphrase("wrong")
    clock.until(lambda: ada.keys.state.error)
    assert ada.keys.state.asking
    assert not got
    ada.keys.try_passphrase(_PASSPHRASE)
    clock.until(lambda: got)
    assert not ada.keys.state.asking


def test_closing_the_dialog_tells_whoever_waits(ada: House, clock: FakeClock) -> None:
    """And the next who needs the keys is asked again."""
    refused: list[bool] = []
    ada.keys.with_keys(lambda _person: None, refused=lambda: refused.append(True))
    clock.until(lambda: ada.keys.state.asking)
    ada.keys.close_dialog()
    assert refused == [True]
    assert not ada.keys.state.asking
    _unlock(ada, clock)


def test_keys_are_forgotten_after_a_while_without_input(ada: House, clock: FakeClock) -> None:
    """A key or a move of the mouse begins the time anew."""
    ada.change_settings(lambda now: replace(now, auto_lock_minutes=10))
    news: list[object] = []
    ada.bus.on(Locked, news.append)
    _unlock(ada, clock)
    clock.advance(9 * 60)
    ada.keys.touched()
    clock.advance(9 * 60)
    assert _unlocked(ada)
    clock.advance(61)
    assert not _unlocked(ada)
    assert len(news) == 1


def test_without_a_limit_they_stay(ada: House, clock: FakeClock) -> None:
    """Zero minutes mean never; a limit that is set later counts at once."""
    ada.change_settings(lambda now: replace(now, auto_lock_minutes=0))
    _unlock(ada, clock)
    clock.advance(86_400)
    assert _unlocked(ada)
    ada.change_settings(lambda now: replace(now, auto_lock_minutes=5))
    assert not _unlocked(ada)


def test_locking_and_signing_out_forget(ada: House, clock: FakeClock) -> None:
    """Whoever shows something secret hears of it."""
    news: list[object] = []
    ada.bus.on(Unlocked, news.append)
    ada.bus.on(Locked, news.append)
    _unlock(ada, clock)
    ada.keys.lock()
    assert [type(each) for each in news] == [Unlocked, Locked]
    _unlock(ada, clock)
    ada.bus.tell(SignedOut())
    assert not _unlocked(ada)


def test_locked_keys_are_in_memory_no_more(ada: House, clock: FakeClock) -> None:
    """Also where they were used, by somebody who holds themselves through their connections."""
    _unlock(ada, clock)

    def used() -> weakref.ref[Person]:
        person = ada.keys.person()
        assert person.api is not None
        assert person.identity.card.email == _EMAIL
        return weakref.ref(person)

    person = used()
    gc.disable()
    try:
        ada.keys.lock()
        clock.until(lambda: person() is None)
    finally:
        gc.enable()


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Passphrases are tried, but how that ends is not known before the test says so."""
    go_on, unlock = threading.Event(), keys._unlock

    def slow(paths: Paths, email: str, passphrase: str | None) -> Unlocking:
        if passphrase is not None:
            assert go_on.wait(20)
        return unlock(paths, email, passphrase)

    monkeypatch.setattr(keys, "_unlock", slow)
    return go_on


def test_keys_that_come_after_the_sign_out_are_not_taken(ada: House, clock: FakeClock, slowly: threading.Event) -> None:
    """They are not those of whoever signs in next."""
    got: list[str] = []
    ada.keys.with_keys(lambda person: got.append(person.email))
    clock.until(lambda: ada.keys.state.asking)
    ada.keys.try_passphrase(_PASSPHRASE)
    ada.bus.tell(SignedOut())
    slowly.set()
    clock.until(lambda: ada.jobs.running == 0)
    assert not _unlocked(ada)
    assert ada.keys.state.email == ""
    assert not got


@pytest.mark.parametrize("passphrase", [_PASSPHRASE, "wrong"])
def test_a_closed_dialog_stays_closed(ada: House, clock: FakeClock, slowly: threading.Event, passphrase: str) -> None:
    """However the passphrase turns out that is being tried."""
    ada.keys.with_keys(lambda _person: None)
    clock.until(lambda: ada.keys.state.asking)
    ada.keys.try_passphrase(passphrase)
    ada.keys.close_dialog()
    slowly.set()
    clock.until(lambda: ada.jobs.running == 0)
    assert not ada.keys.state.asking
    assert not ada.keys.state.error
    assert not _unlocked(ada)


def test_where_nobody_is_signed_in_it_is_refused(house: House) -> None:
    """At once, and without a dialog."""
    refused: list[bool] = []
    house.keys.with_keys(lambda _person: None, refused=lambda: refused.append(True))
    assert refused == [True]
    assert not house.keys.state.asking
