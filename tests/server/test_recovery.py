"""The sealed copy of somebody's keys: bytes that belong to one account, and leave with it."""

import json

import pytest

from shared.api import limits
from shared.sealed.encoding import b64u
from tests.server.house import House, Person, code_of

SEALED = b64u(bytes(range(256)) * 40)


def store(person: Person, sealed: str = SEALED) -> None:
    assert person.ask("PUT", "/account/recovery", json={"sealed": sealed}).status_code == 200


def test_a_copy_comes_back_as_it_was_stored(here: House, ada: Person, bob: Person) -> None:
    """Byte for byte, to its owner alone; the next one takes its place."""
    assert code_of(ada.ask("GET", "/account/recovery")) == "not_found"
    store(ada, "AAAA")
    store(ada)
    assert ada.ask("GET", "/account/recovery").get_json() == {"sealed": SEALED, "stored_at": int(here.clock.time)}
    assert code_of(bob.ask("GET", "/account/recovery")) == "not_found"


def test_a_copy_can_be_taken_away(ada: Person) -> None:
    store(ada)
    assert ada.ask("DELETE", "/account/recovery").status_code == 200
    assert code_of(ada.ask("GET", "/account/recovery")) == "not_found"
    assert code_of(ada.ask("DELETE", "/account/recovery")) == "not_found"


@pytest.mark.parametrize("sealed", ["", "not base64!", "A" * (limits.MAX_RECOVERY_BYTES * 2), 1, None])
def test_what_is_no_copy_is_refused(ada: Person, sealed: object) -> None:
    """And the one that is there stays."""
    store(ada)
    assert code_of(ada.ask("PUT", "/account/recovery", json={"sealed": sealed})) == "invalid"
    assert ada.ask("GET", "/account/recovery").get_json()["sealed"] == SEALED


def test_it_shows_in_activity_and_in_the_export(ada: Person) -> None:
    """Whoever replaces it is seen; storing the same again is nothing new."""
    store(ada)
    store(ada)
    ada.ask("DELETE", "/account/recovery")
    store(ada)
    kinds = [item["kind"] for item in ada.ask("GET", "/activity").get_json()["activity"]]
    assert kinds[:3] == ["recovery_stored", "recovery_removed", "recovery_stored"]
    assert kinds.count("recovery_stored") == 2
    assert json.loads(ada.ask("GET", "/account/export").data)["recovery"]["sealed"] == SEALED


def test_it_leaves_with_the_account(here: House, ada: Person) -> None:
    store(ada)
    ada.ask("POST", "/account/deletion_code")
    code = here.mail.deletion_codes[ada.email][-1]
    assert ada.ask("DELETE", "/account", json={"otp": code}).status_code == 200
    assert here.kept(SEALED[:64].encode()) == []
    assert code_of(here.person(ada.email).ask("GET", "/account/recovery")) == "not_found"
