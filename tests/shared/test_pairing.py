"""How two devices meet through a server that may be hostile: who may learn what, and when it is noticed."""

import secrets
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shared.crypto.annex import Annex
from shared.crypto.errors import Altered, BadKey
from shared.crypto.identity import Identity
from shared.crypto.luggage import Luggage
from shared.crypto.pairing import (
    Meeting,
    NewDevice,
    OldDevice,
    chooser,
    code_of,
    commitment_in_qr,
    qr_text,
)
from shared.sealed.errors import FormatError

EMAIL = "ada@example.org"


@pytest.fixture(scope="module")
def ada() -> Identity:
    return Identity.create(EMAIL, 2048)


def met(signing_key: bytes) -> tuple[NewDevice, Meeting, Meeting]:
    """A new device, and how it and the old one see their meeting."""
    new = NewDevice.draw()
    old = OldDevice.draw(new.pairing_id, new.commitment, signing_key)
    return new, new.meet(EMAIL, old.answer), old.meet(EMAIL, new.opening)


def test_two_devices_without_anybody_between(ada: Identity) -> None:
    """Both show the same digits, and the luggage arrives as it was packed, with earlier keys and contacts."""
    new, there, here = met(ada.card.signing_key)
    assert there.digits == here.digits
    assert len(here.digits.replace(" ", "")) == 6
    annex = Annex(recovery_key=secrets.token_bytes(32)).with_replaced(ada.keys)
    sealed = here.seal(Luggage(ada, annex, b"pins", b"log").encode())
    luggage = Luggage.decode(there.unseal(sealed, new.private), there.sender)
    assert luggage.identity.encode_secret() == ada.encode_secret()
    assert luggage.annex.recipients == annex.recipients
    assert luggage.annex.recovery_key == annex.recovery_key
    assert (luggage.contacts, luggage.key_log) == (b"pins", b"log")


def test_digits_depend_on_everything_that_was_said(ada: Identity) -> None:
    """Whatever a server changes, even one bit, changes them (but for one in a million)."""
    _, _, here = met(ada.card.signing_key)
    others = [
        replace(here, **{name: bytes([value[0] ^ 1]) + value[1:]})
        for name in ("commitment", "answer", "opening")
        if (value := getattr(here, name))
    ]
    others += [replace(here, email="eve@example.org"), replace(here, pairing_id="0" * 32)]
    digits = [other.digits for other in others]
    assert len({here.digits, *digits}) > 4  # two in six may be the same by chance, once in 70,000 runs


def test_a_key_that_was_not_announced_is_refused(ada: Identity) -> None:
    """The server lets the right device announce itself, and then opens with a key of its own."""
    new, mallory = NewDevice.draw(), NewDevice.draw()
    old = OldDevice.draw(new.pairing_id, new.commitment, ada.card.signing_key)
    for opening in (mallory.opening, new.opening[:-1], new.opening + b"\0", b""):
        with pytest.raises(Altered, match="announced"):
            old.meet(EMAIL, opening)


def test_somebody_between_gets_no_second_try(ada: Identity) -> None:
    """Having seen the digits of one side, it can do nothing but hope for those of the other: its key is fixed by then.

    It meets the new device first, learns its digits, and draws as many keys as it likes. What the old device will
    show depends on a salt that comes after the choice; each choice fits as rarely as any other.
    """
    new = NewDevice.draw()
    impostor = OldDevice.draw(new.pairing_id, new.commitment, secrets.token_bytes(32))
    shown = new.meet(EMAIL, impostor.answer).digits
    fitting = 0
    for _ in range(40):
        mallory = replace(NewDevice.draw(), pairing_id=new.pairing_id)
        old = OldDevice.draw(new.pairing_id, mallory.commitment, ada.card.signing_key)
        fitting += old.meet(EMAIL, mallory.opening).digits == shown
    assert fitting < 2


def test_the_same_key_shows_other_digits_each_time(ada: Identity) -> None:
    """The old device adds a salt of its own each time: nothing that was seen before helps."""
    new = NewDevice.draw()
    olds = [OldDevice.draw(new.pairing_id, new.commitment, ada.card.signing_key) for _ in range(20)]
    assert len({old.meet(EMAIL, new.opening).digits for old in olds}) > 18


def test_what_is_sealed_opens_for_one_device_at_one_meeting(ada: Identity) -> None:
    """Not for another device, not in another meeting of the same two, not altered."""
    new, there, here = met(ada.card.signing_key)
    sealed = here.seal(b"secret")
    assert there.unseal(sealed, new.private) == b"secret"
    other, elsewhere, _ = met(ada.card.signing_key)
    again = OldDevice.draw(new.pairing_id, new.commitment, ada.card.signing_key)
    for meeting, private, text in (
        (elsewhere, other.private, sealed),
        (there, other.private, sealed),
        (new.meet(EMAIL, again.answer), new.private, sealed),
        (there, new.private, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (there, new.private, sealed[:20]),
        (there, new.private, b""),
    ):
        with pytest.raises(Altered):
            meeting.unseal(text, private)


def test_keys_of_somebody_else_are_refused(ada: Identity) -> None:
    """Even if they come sealed as they should: only the signing key that was compared counts."""
    eve = Identity.create(EMAIL, 2048)
    with pytest.raises(BadKey, match="compared"):
        Luggage.decode(Luggage(eve, Annex(), None).encode(), ada.card.signing_key)
    mixed = replace(ada, keys=eve.keys)
    with pytest.raises(BadKey):
        Luggage.decode(Luggage(mixed, Annex(), None).encode(), ada.card.signing_key)
    for raw in (b"{}", b"", b'{"format":"sealcase-device/2"}', b"x" * 100):
        with pytest.raises(FormatError):
            Luggage.decode(raw, ada.card.signing_key)


def test_a_key_that_is_none_seals_nothing(ada: Identity) -> None:
    """A point of small order, or bytes that are no ML-KEM key."""
    new, _, here = met(ada.card.signing_key)
    for opening in (new.opening[:-32] + bytes(32), new.opening[:32] + b"\xff" * 1184 + new.opening[-32:]):
        with pytest.raises(Altered):
            replace(here, opening=opening).seal(b"secret")


def test_lengths_tell_little(ada: Identity) -> None:
    """One contact more or less, and most often one earlier key more or less, is the same length."""
    lengths = {len(Luggage(ada, Annex(), bytes(size)).encode()) for size in range(8_000, 8_200, 10)}
    assert len(lengths) < 3
    with_earlier = Annex().with_replaced(replace(ada.keys, rsa=generate_private_key(65_537, 2048)))
    assert len(Luggage(ada, with_earlier, None).encode()) > len(Luggage(ada, Annex(), None).encode())


def test_codes_and_pictures_name_one_device() -> None:
    """The code is found however it is spaced; a picture holds the whole commitment, and other pictures none."""
    commitment = NewDevice.draw().commitment
    code = code_of(commitment)
    assert chooser(code)(commitment)
    assert chooser(code.replace("-", ""))(commitment)
    assert chooser(code.replace("-", " "))(commitment)
    assert not chooser(code)(NewDevice.draw().commitment)
    assert commitment_in_qr(qr_text(commitment)) == commitment
    for text in ("", "SEALCASE-KIT-1:AB:CD", "SEALCASE-DEVICE-1:", "SEALCASE-DEVICE-1:XY", qr_text(commitment)[:-2]):
        assert commitment_in_qr(text) is None
