"""What a card's keys may look like."""

import pytest

from shared.crypto.errors import BadKey
from shared.crypto.keys import RecipientKey, rsa_spki
from shared.sealed.card import encode_card
from tests.shared.vectors import private_keys

NULL_PARAMETERS = bytes.fromhex("0500")


def test_an_rsa_key_in_an_unusual_spelling_is_refused() -> None:
    """The same key without its NULL parameters has another hash: grants would name somebody whom no server knows."""
    usual = rsa_spki(private_keys("alice", rsa_only=True).rsa.public_key())
    null = usual.index(NULL_PARAMETERS)
    unusual = b"\x30\x82" + (len(usual) - 6).to_bytes(2) + b"\x30\x0b" + usual[6:null] + usual[null + 2 :]
    card = encode_card(
        email="alice@example.org",
        signing_key=bytes(32),
        rsa_key=unusual,
        mlkem_key=None,
        sequence=0,
        previous=None,
        created_at=0,
    )
    with pytest.raises(BadKey, match="unusual"):
        RecipientKey.of_card(card)
