"""A reader who has changed keys adds one grant to their own new key, and can do nothing else to somebody's file."""

from typing import Any

import pytest

from shared.sealed.card import Card
from shared.sealed.encoding import b64u
from tests.server.house import House, Person, code_of
from tests.server.samples import GRANT, Sample, sample
from tests.server.test_cards import card, publish

SIGNED = b64u(bytes(64))


def own_grant(to: Card, **changes: object) -> dict[str, Any]:
    """A grant to the key in a card, as the holder of that card makes it."""
    wrapped = b64u(bytes(1_088 + 384 + 40))
    made = {"type": "mlkem768-rsa-oaep-256", "recipient": b64u(to.recipient), "wrapped_key": wrapped}
    return {**made, "signature": SIGNED, "by": b64u(to.signing_key), **changes}


def put(person: Person, thing: Sample, grant: dict[str, Any], recipient: str | None = None) -> str:
    """`ok`, or the code of the problem."""
    path = f"/files/{thing.file_id}/grants/{recipient or grant['recipient']}"
    answer = person.ask("PUT", path, json=grant)
    return "ok" if answer.status_code == 200 else code_of(answer)


def grants(person: Person, thing: Sample) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.ask("GET", f"/files/{thing.file_id}").get_json()["grants"]
    return [{key: value for key, value in grant.items() if value is not None} for grant in found]


@pytest.fixture
def thing(ada: Person, bob: Person) -> Sample:
    """A file of Ada's that Bob may read."""
    thing = sample()
    ada.send(thing, allowed_users=[bob.email])
    return thing


@pytest.fixture
def bobs_card(bob: Person) -> Card:
    made = card(bob.email)
    assert publish(bob, made) == (201, "")
    return made


def test_a_reader_adds_a_grant_to_their_own_new_key(ada: Person, bob: Person, thing: Sample, bobs_card: Card) -> None:
    """Beside the sender's, for everybody to see; again the same changes nothing more."""
    mine = own_grant(bobs_card)
    assert put(bob, thing, mine) == "ok"
    assert put(bob, thing, mine) == "ok"
    (first, second) = grants(ada, thing)
    assert first == {key: value for key, value in GRANT.items() if value is not None}
    assert second == mine


def test_the_next_key_takes_the_place_of_the_last(bob: Person, thing: Sample, bobs_card: Card) -> None:
    """However often somebody changes keys, the file holds one grant that they made."""
    put(bob, thing, own_grant(bobs_card))
    following = card(bob.email, 1, bobs_card.digest)
    publish(bob, following)
    assert put(bob, thing, own_grant(bobs_card)) == "invalid"
    assert put(bob, thing, own_grant(following)) == "ok"
    assert [grant["recipient"] for grant in grants(bob, thing)[1:]] == [b64u(following.recipient)]


@pytest.mark.parametrize(
    "changes",
    [
        {"by": None},
        {"by": b64u(bytes([1] * 32))},
        {"signature": None},
        {"recipient": b64u(bytes([1] * 32))},
        {"type": "unheard-of"},
        {"wrapped_key": b64u(bytes(5))},
    ],
)
def test_nothing_else_can_be_added(bob: Person, thing: Sample, bobs_card: Card, changes: dict[str, Any]) -> None:
    """No grant in the sender's name, none by another, none to a key that is not in the reader's own card."""
    assert put(bob, thing, own_grant(bobs_card, **changes)) == "invalid"
    assert len(grants(bob, thing)) == 1


def test_without_a_card_nothing_can_be_added(bob: Person, thing: Sample) -> None:
    assert put(bob, thing, own_grant(card(bob.email))) == "invalid"


def test_for_strangers_there_is_no_such_file(here: House, thing: Sample) -> None:
    stranger = here.person("mallory@example.org")
    theirs = card(stranger.email)
    publish(stranger, theirs)
    assert put(stranger, thing, own_grant(theirs)) == "not_found"


def test_simple_uploads_have_no_grants(ada: Person, bob: Person, bobs_card: Card) -> None:
    body = {"filename": "a", "nonce": "b", "wrapped_key": "c", "ciphertext": "ZGF0YQ==", "allowed_users": [bob.email]}
    file_id = ada.ask("POST", "/upload", json=body).get_json()["file_id"]
    mine = own_grant(bobs_card)
    answer = bob.ask("PUT", f"/files/{file_id}/grants/{mine['recipient']}", json=mine)
    assert code_of(answer) == "conflict"
