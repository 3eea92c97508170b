"""A device gets its owner's keys from another one: both sides of the talk that `shared.crypto.pairing` describes."""

from __future__ import annotations  # so that a wire model is built when it is needed

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from client.actions.keys import my_published_card
from client.actions.move_in import know_others, make_room, move_in, refuse_other_keys
from client.actions.person import Person
from client.actions.recovery_kit import refuse_outdated
from client.api.failures import Conflict, TryAgain
from client.errors import ClientError, Expired, NotFound, Refused, UntrustedKey
from client.local.log_memory import LogMemory
from shared.api import models
from shared.api.limits import PAIRING_SECONDS
from shared.crypto.luggage import MAX_CONTACTS_BYTES, Luggage
from shared.crypto.pairing import NewDevice, OldDevice, code_of, commitment_in_qr, qr_text
from shared.sealed.card import Card
from shared.sealed.encoding import unb64u

ANSWER, OPENING, KEYS = 1, 2, 3
"""Numbers of messages; the commitment, 0, begins."""
_PAUSE_SECONDS = 0.5
_OPENING_SECONDS = 60
"""A new device opens by itself; it takes no person."""

Same = Callable[[str], bool]
"""Asks whether the other device shows these digits, too."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Keys that are on this machine now."""

    card: Card
    contacts: bool
    """Whether contacts came with them."""
    differing: tuple[str, ...]
    """People whom this machine knew by another key than the other one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device of mine that asks for keys, as the server says."""

    pairing_id: str
    name: str
    since: int
    commitment: bytes
    answered: bool

    @property
    def code(self) -> str:
        return code_of(self.commitment)


def get_keys(
    person: Person, show: Callable[[str, str], None], same: Same, go_on: Callable[[], None] = lambda: None
) -> Arrived:
    """Waits on a new device for the keys, and keeps them under a new passphrase, or in the keyring.

    `show` is told the code and the text of the QR code; `go_on` is called while it waits, and ends that by raising.
    Raises `Refused` where there is nothing to wait for, or the other device refused; `Expired` after ten minutes;
    `UntrustedKey` if `same` says no; `Altered` and what else damaged keys raise. Nothing is written before all of it
    was checked, and the keys come last: whoever is killed in between can begin again.
    """
    _refuse_needless(person)
    room = make_room(person)
    device = NewDevice.draw()
    ends_at = time.monotonic() + PAIRING_SECONDS
    with _waiting(person, device):
        show(device.code, qr_text(device.commitment))
        meeting = device.meet(person.email, _heard(person, device.pairing_id, ANSWER, ends_at, go_on))
        _say(person, device.pairing_id, OPENING, device.opening)
        if not same(meeting.digits):
            raise _mismatch()
        sealed = _heard(person, device.pairing_id, KEYS, ends_at, go_on)
        luggage = Luggage.decode(meeting.unseal(sealed, device.private), meeting.sender)
        if luggage.identity.card.email.casefold() != person.email.casefold():
            raise UntrustedKey(f"these are keys of {luggage.identity.card.email}, not of {person.email}; none was kept")
        differing = know_others(person, luggage.contacts, luggage.key_log)
        with person.vault.changing(person.email):
            move_in(person, luggage.identity, luggage.annex, room)
    return Arrived(luggage.identity.card, luggage.contacts is not None, differing)


def waiting_devices(person: Person) -> list[Waiting]:
    """My other devices that ask for keys, the first one first. Raises `FormatError` for a server that garbles."""
    return [_as_waiting(item) for item in person.api.pairings() if not item.current]


def chosen(devices: list[Waiting], fits: Callable[[bytes], bool]) -> Waiting:
    """The device whose commitment fits. Raises `NotFound`."""
    for device in devices:
        if fits(device.commitment):
            return device
    raise NotFound("no machine of yours waits with this code; it is good for ten minutes. Begin again there")


def device_in_picture(image: Path) -> Callable[[bytes], bool]:
    """Whether a device is the one whose QR code is in a picture, to the last bit.

    Raises `ClientError` where there is none, `FileProblem`.
    """
    from client.local.qr import scan_qr  # slow to import

    for text in scan_qr(image):
        if commitment := commitment_in_qr(text):
            return commitment.__eq__
    raise ClientError(f"there is no QR code of a new machine to be seen in {image}; its eight digits work, too")


def give_keys(person: Person, device: Waiting, same: Same) -> None:
    """Gives my keys and contacts to a device that waits, if `same` says that it is the right one.

    Raises `UntrustedKey` if not, `Altered` for a device that does not say what it announced; `Refused` where the keys
    here are not the newest, or the device went away. Whatever happens before the end, nothing was handed over, and the
    device waits no more.
    """
    luggage = _packed(person)
    old = OldDevice.draw(device.pairing_id, device.commitment, luggage.identity.card.signing_key)
    try:
        _say(person, device.pairing_id, ANSWER, old.answer)
    except Conflict:
        raise Refused("this machine was answered already, here or elsewhere. Begin again there: device add") from None
    with _ended_by_failure(person, device.pairing_id):
        opening = _heard(person, device.pairing_id, OPENING, time.monotonic() + _OPENING_SECONDS)
        meeting = old.meet(person.email, opening)
        if not same(meeting.digits):
            raise _mismatch()
        _say(person, device.pairing_id, KEYS, meeting.seal(luggage.encode()))


def _packed(person: Person) -> Luggage:
    """Raises `Refused` where the keys here are not what a new device should get."""
    identity = person.identity
    with person.vault.changing(person.email):
        refuse_outdated(person, identity)
        annex = person.vault.annex(identity)
    if annex.begun is not None:
        raise Refused("a change of your keys was interrupted. Finish it first: sealcase key rotate --resume")
    contacts, key_log = person.contacts.packed(), LogMemory(person.paths).packed(person.session.server)
    fitting = contacts if contacts and len(contacts) <= MAX_CONTACTS_BYTES else None
    return Luggage(identity, annex, fitting, key_log)


def _refuse_needless(person: Person) -> None:
    published = my_published_card(person)
    if published is None:
        raise Refused(f"{person.email} has no keys anywhere yet. Sign in again, and they are made: sealcase login")
    refuse_other_keys(person, published)


@contextmanager
def _waiting(person: Person, device: NewDevice) -> Iterator[None]:
    """While the server knows that this device waits; not a moment longer, however it ends."""
    try:
        person.api.begin_pairing(device.pairing_id, device.commitment)
        yield
    finally:
        _end(person, device.pairing_id)


@contextmanager
def _ended_by_failure(person: Person, pairing_id: str) -> Iterator[None]:
    """The device waits no more if this ends in any other way than it should."""
    try:
        yield
    except BaseException:
        _end(person, pairing_id)
        raise


def _end(person: Person, pairing_id: str) -> None:
    with suppress(ClientError):
        person.api.end_pairing(pairing_id)


def _say(person: Person, pairing_id: str, number: int, message: bytes) -> None:
    """Raises `Refused` where nobody waits any more, `Conflict` where something else was said."""
    try:
        person.api.say(pairing_id, number, message)
    except NotFound:
        raise _gone() from None


def _heard(
    person: Person, pairing_id: str, number: int, ends_at: float, go_on: Callable[[], None] = lambda: None
) -> bytes:
    """The message `number`, once it is there. Raises `Refused`, `Expired`, `FormatError`.

    A server or network that is away for a moment is waited for.
    """
    while time.monotonic() < ends_at:
        go_on()
        try:
            messages = person.api.pairing(pairing_id).messages
        except NotFound:
            raise _gone() from None
        except TryAgain:
            messages = []
        if len(messages) > number:
            return unb64u(messages[number], "message")
        time.sleep(_PAUSE_SECONDS)
    raise Expired("the other machine has not answered in time; nothing was handed over. Begin again: device add")


def _as_waiting(item: models.PairingItem) -> Waiting:
    commitment = unb64u(item.messages[0] if item.messages else None, "message")
    return Waiting(item.pairing_id, item.device, item.created_at, commitment, len(item.messages) > 1)


def _gone() -> Refused:
    return Refused("the other machine has stopped, or refused, or ten minutes are over; nothing was handed over")


def _mismatch() -> UntrustedKey:
    return UntrustedKey(
        "the digits are not the same, so nothing was handed over. Perhaps you answered the wrong machine. If it "
        "happens again, the server, or somebody on the way to it, sits between your machines: tell whoever runs it"
    )
