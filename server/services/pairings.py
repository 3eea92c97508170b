"""Devices that wait for the keys of their owner, and what they and older devices say to each other through us.

A relay, and nothing else: it keeps messages in their order for ten minutes. What they mean, and how the devices notice
a relay that lies, is in `shared.crypto.pairing`.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from server.domain import Caller, EventKind
from server.errors import Conflict, NotFound, TooLarge
from server.ports import Clock, Entry, Ephemeral
from server.services.activity import Activity
from server.services.sessions import Sessions
from shared.api import limits


@dataclass(frozen=True, slots=True)
class Pairing:
    """A device that waits."""

    pairing_id: str
    session_id: str | None
    """Of the device; None where an access token speaks."""
    device: str
    """Its name."""
    created_at: float
    messages: tuple[bytes, ...]
    """The new device's and an old one's in turn, the new one's first."""

    @property
    def expires_at(self) -> float:
        return self.created_at + limits.PAIRING_SECONDS


class Pairings:
    """Those of one person are one value, so that each change is one step among all workers."""

    def __init__(self, ephemeral: Ephemeral, clock: Clock, activity: Activity, sessions: Sessions) -> None:
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity
        self._sessions = sessions

    def begin(self, caller: Caller, pairing_id: str, message: bytes) -> Pairing:
        """The caller's device waits from now on, and for nothing else any more.

        Raises `Conflict` where the id is taken, or too many wait already; the very same again changes nothing.
        """
        session = self._sessions.get(caller.session_id) if caller.session_id else None
        name = session.name if session else ""
        wanted = Pairing(pairing_id, caller.session_id, name, self._clock.now(), (message,))

        def change(waiting: list[Pairing]) -> tuple[list[Pairing], tuple[Pairing, bool]]:
            for each in waiting:
                if each.pairing_id == pairing_id:
                    if each.messages[0] != message:
                        raise Conflict("There is another device with this id.")
                    return waiting, (each, False)
            others = [each for each in waiting if each.session_id is None or each.session_id != caller.session_id]
            if len(others) >= limits.MAX_PAIRINGS:
                raise Conflict("Too many devices wait for your keys already. Try again in ten minutes.")
            return [*others, wanted], (wanted, True)

        pairing, new = self._update(caller.user_id, change)
        if new:
            self._activity.record(EventKind.DEVICE_WAITS, caller.origin, actor=caller.user_id)
        return pairing

    def of(self, user_id: str) -> list[Pairing]:
        """Every device of a person that waits, the first one first."""
        return self._alive(self._ephemeral.get(_key(user_id)))

    def get(self, caller: Caller, pairing_id: str) -> Pairing:
        """Raises `NotFound`, also for somebody else's."""
        return _found(self.of(caller.user_id), pairing_id)

    def say(self, caller: Caller, pairing_id: str, number: int, message: bytes) -> Pairing:
        """Add message `number`. What was said stays: the same again changes nothing.

        Raises `NotFound`, `TooLarge`, and `Conflict` for another message than was said, or one out of turn.
        """

        def change(waiting: list[Pairing]) -> tuple[list[Pairing], tuple[Pairing, bool]]:
            pairing = _found(waiting, pairing_id)
            if number < len(pairing.messages) and pairing.messages[number] == message:
                return waiting, (pairing, False)
            if number != len(pairing.messages) or number >= limits.PAIRING_MESSAGES:
                raise Conflict("This was said already, or it is not its turn.")
            longer = replace(pairing, messages=(*pairing.messages, message))
            if sum(map(len, longer.messages)) > limits.MAX_PAIRING_BYTES:
                raise TooLarge(f"All messages together have at most {limits.MAX_PAIRING_BYTES} bytes.")
            return [longer if each is pairing else each for each in waiting], (longer, True)

        pairing, new = self._update(caller.user_id, change)
        if new and len(pairing.messages) == limits.PAIRING_MESSAGES:
            self._activity.record(EventKind.DEVICE_APPROVED, caller.origin, actor=caller.user_id, detail=pairing.device)
        return pairing

    def end(self, caller: Caller, pairing_id: str) -> None:
        """The device waits no more. Raises `NotFound`."""

        def change(waiting: list[Pairing]) -> tuple[list[Pairing], tuple[Pairing, bool]]:
            gone = _found(waiting, pairing_id)
            return [each for each in waiting if each is not gone], (gone, True)

        self._update(caller.user_id, change)

    def forget(self, user_id: str) -> None:
        """No device of this person waits any more."""
        self._ephemeral.update(_key(user_id), lambda _: (None, None))

    def _update(self, user_id: str, change: "_Change") -> tuple[Pairing, bool]:
        def changed(value: bytes | None) -> tuple[Entry | None, tuple[Pairing, bool]]:
            after, outcome = change(self._alive(value))
            return _entry(after), outcome

        return self._ephemeral.update(_key(user_id), changed)

    def _alive(self, value: bytes | None) -> list[Pairing]:
        now = self._clock.now()
        return [pairing for each in json.loads(value or b"[]") if (pairing := _read(each)).expires_at > now]


_Change = Callable[[list[Pairing]], tuple[list[Pairing], tuple[Pairing, bool]]]
"""What becomes of those who wait, which of them it is about, and whether anything changed."""


def _found(waiting: list[Pairing], pairing_id: str) -> Pairing:
    for each in waiting:
        if each.pairing_id == pairing_id:
            return each
    raise NotFound("No device of yours waits under this id (any more).")


def _read(record: dict[str, Any]) -> Pairing:
    return Pairing(**{**record, "messages": tuple(b64decode(text) for text in record["messages"])})


def _entry(waiting: list[Pairing]) -> Entry | None:
    if not waiting:
        return None
    records = [
        {**asdict(each), "messages": [b64encode(message).decode() for message in each.messages]} for each in waiting
    ]
    return Entry(json.dumps(records).encode(), max(each.expires_at for each in waiting))


def _key(user_id: str) -> str:
    return f"pairings:{user_id}"
