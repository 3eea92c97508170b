"""Cards: published in a chain, found by email."""

import secrets

import pytest

from shared.sealed.card import Card, encode_card
from shared.sealed.encoding import b64u
from tests.server.house import Person, code_of

SIGNATURE = b64u(bytes(64))


def card(email: str, sequence: int = 0, previous: bytes | None = None) -> Card:
    return encode_card(
        email=email,
        signing_key=bytes(32),
        rsa_key=secrets.token_bytes(422),
        mlkem_key=bytes(1184),
        sequence=sequence,
        previous=previous,
        created_at=1_700_000_000,
    )


def publish(person: Person, card: Card, signature: str = SIGNATURE) -> tuple[int, str]:
    answer = person.ask("PUT", "/cards/me", json={"card": b64u(card.raw), "signature": signature})
    return answer.status_code, "" if answer.status_code < 400 else code_of(answer)


def test_a_card_is_found_by_everybody_signed_in(ada: Person, bob: Person) -> None:
    """As exactly the bytes that were published, whatever the spelling of the address."""
    first = card(ada.email)
    assert publish(ada, first) == (201, "")
    found = bob.ask("GET", "/cards?email=Ada@Example.org").get_json()
    assert found == {"card": b64u(first.raw), "signature": SIGNATURE, "user_id": ada.user_id}
    assert code_of(ada.http.get("/cards?email=ada@example.org")) == "not_signed_in"


def test_somebody_without_a_card_is_not_found(ada: Person) -> None:
    assert code_of(ada.ask("GET", "/cards?email=nobody@example.org")) == "not_found"
    assert code_of(ada.ask("GET", "/cards?email=nobody")) == "invalid"
    assert code_of(ada.ask("GET", "/cards")) == "invalid"


def test_cards_form_a_chain(ada: Person, bob: Person) -> None:
    """The next card names the one before; anything else is stale, and the same again is fine."""
    first = card(ada.email)
    second = card(ada.email, 1, first.digest)
    assert publish(ada, second) == (409, "stale_card")
    assert publish(ada, first) == (201, "")
    assert publish(ada, first) == (200, "")
    assert publish(ada, card(ada.email)) == (409, "stale_card")
    assert publish(ada, card(ada.email, 1, bytes(32))) == (409, "stale_card")
    assert publish(ada, card(ada.email, 2, first.digest)) == (409, "stale_card")
    assert publish(ada, second) == (201, "")
    assert publish(ada, first) == (409, "stale_card")
    assert bob.ask("GET", "/cards?email=ada@example.org").get_json()["card"] == b64u(second.raw)


def test_the_whole_chain_can_be_asked_for(ada: Person, bob: Person) -> None:
    """By anybody signed in, the first card first; somebody without a card is not found."""
    first = card(ada.email)
    second = card(ada.email, 1, first.digest)
    publish(ada, first)
    publish(ada, second)
    history = bob.ask("GET", f"/cards/{ada.user_id}/history").get_json()
    assert [published["card"] for published in history["cards"]] == [b64u(first.raw), b64u(second.raw)]
    assert code_of(bob.ask("GET", f"/cards/{bob.user_id}/history")) == "not_found"


@pytest.mark.parametrize("signature", ["", "AAAA", b64u(bytes(63)), b64u(bytes(65))])
def test_a_signature_has_64_bytes(ada: Person, signature: str) -> None:
    assert publish(ada, card(ada.email), signature) == (422, "invalid")


def test_a_card_is_the_callers_own(ada: Person, bob: Person) -> None:
    """Nobody publishes keys under another person's address."""
    assert publish(bob, card(ada.email)) == (422, "invalid")
    assert bob.ask("PUT", "/cards/me", json={"card": "e30", "signature": SIGNATURE}).status_code == 422
