"""Attacks on a second device: the server relays all that two machines say to each other, and wants the keys, or in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from shared.crypto.annex import Annex
from shared.crypto.identity import Identity
from shared.crypto.luggage import Luggage
from shared.crypto.pairing import Meeting, NewDevice, OldDevice
from shared.sealed.encoding import b64u, unb64u
from tests.e2e.test_devices import ASKED_NEW, ASKED_OLD, CODE, digits
from tests.hostile.cheat import Cheat, Record, as_json, edited, problem
from tests.hostile.conftest import Actor, Cast
from tests.support.cli import Cli, Terminal, tree
from tests.support.network import Answer, Asked
from tests.support.people import change_server

pytestmark = pytest.mark.slow

KEYS = r"/pairings/[0-9a-f]+/messages/3"
ONE = r"/pairings/[0-9a-f]+$"


@dataclass(frozen=True)
class Machines:
    """Ada's two machines, both signed in at the cheat."""

    old: Actor
    new: Cli

    @contextmanager
    def meeting(self) -> Iterator[tuple[Terminal, Terminal]]:
        """The new one waits, and the old one was told its code: (old, new)."""
        with self.new.terminal("device", "add") as there:
            there.wait_for("Waiting for it")
            with self.old.cli.terminal("device", "approve", CODE.findall(there.shown)[-1]) as here:
                yield here, there

    @property
    def has_keys(self) -> bool:
        return any("identities" in name and not name.endswith(".lock") for name in tree(self.new.home))


@pytest.fixture
def machines(cast: Cast, ada: Actor, cheat: Cheat, tmp_path: Path) -> Machines:
    new = Cli(tmp_path / "new" / "work", tmp_path / "new" / "home", ada.cli.settings)
    code = cast.server.request_code(ada.email)
    new.ok("login", "--server", cast.server.url, "--email", ada.email, "--code", code)
    change_server(new.data / "session.json", cheat.url)
    return Machines(ada, new)


def told(record: Record) -> list[bytes]:
    """What the devices have said, as it stands in a true answer."""
    return [unb64u(text, "message") for text in record["messages"]]


def telling(change: Callable[[Record, list[bytes]], list[bytes]]) -> Callable[[Asked, Answer], Answer]:
    """A lie about what was said; `record["current"]` tells whether the new device asks."""

    def lie(asked: Asked, truth: Answer) -> Answer:
        if truth.status != 200:
            return truth
        return edited(
            lambda record: record.update(messages=[b64u(message) for message in change(record, told(record))])
        )(asked, truth)

    return lie


def agree(here: Terminal, there: Terminal) -> None:
    """Nobody sits between, so the digits are the same, and both people say yes."""
    assert digits(here, ASKED_OLD) == digits(there, ASKED_NEW)
    here.press(b"y\n")
    assert here.end() == 0, here.shown
    there.press(b"y\n")


def test_somebody_between_two_devices(machines: Machines, cheat: Cheat) -> None:
    """Machine in the middle (any key exchange that nobody authenticates): own keys to both sides, all else relayed.

    The digits differ; whoever says so has lost nothing, and the old machine has sealed nothing.
    """
    mallory, impostor = NewDevice.draw(), Identity.create(machines.old.email, 2048)
    false = OldDevice.draw("", b"", impostor.card.signing_key).answer

    def between(record: Record, messages: list[bytes]) -> list[bytes]:
        theirs = [messages[0], false] if record["current"] else [mallory.commitment, messages[1], mallory.opening]
        return [*theirs[: len(messages)], *messages[len(theirs) :]]

    cheat.lie("GET", ONE, telling(between))
    cheat.lie("GET", "/pairings$", edited(lambda page: _exchange(page, mallory.commitment)))
    with machines.new.terminal("device", "add") as there:
        there.wait_for("Waiting for it")
        with machines.old.cli.terminal("device", "approve") as here:
            assert digits(here, ASKED_OLD) != digits(there, ASKED_NEW)
            for terminal in (here, there):
                terminal.press(b"n\n")
                assert terminal.end() == 7
                assert "nothing was handed over" in terminal.shown
    assert not [each for each in cheat.asked if each.path.endswith("/messages/3")]
    assert not machines.has_keys


def _exchange(page: Record, commitment: bytes) -> None:
    for item in page["pairings"]:
        item["messages"][0] = b64u(commitment)


def test_a_device_that_the_server_invents(machines: Machines, cheat: Cheat) -> None:
    """A ghost device (WhatsApp linking, GCHQ's "ghost" proposal 2018): no machine of Ada's shows these digits.

    Its name can't fake anything on her screen.
    """
    mallory = NewDevice.draw()
    ghost = {"pairing_id": mallory.pairing_id, "device": "Ada's phone\x1b[2J\u202e", "current": False}
    times = {"created_at": 1_700_000_000, "expires_at": 2_000_000_000}
    messages = [mallory.commitment, b"", mallory.opening]
    item = {**ghost, **times, "messages": [b64u(mallory.commitment)]}
    cheat.lie("GET", "/pairings$", edited(lambda page: page.update(pairings=[item])))
    whole = {**item, "messages": [b64u(message) for message in messages]}
    for method in ("GET", "PUT", "DELETE"):
        answer = whole if method != "DELETE" else {"status": "ok"}
        cheat.lie(method, f"/pairings/{mallory.pairing_id}", _always(answer))
    with machines.old.cli.terminal("device", "approve") as here:
        here.answer(ASKED_OLD, "n")
        assert here.end() == 7
        assert "\x1b[2J" not in here.shown
        assert "\u202e" not in here.shown
    assert not [each for each in cheat.asked if each.path.endswith("/messages/3")]


def _always(record: Record) -> Callable[[Asked, Answer], Answer]:
    return lambda _asked, _truth: as_json(record)


def test_a_key_that_was_not_announced(machines: Machines, cheat: Cheat) -> None:
    """Short digits without commitment (Vaudenay 2005): it waits for the old machine's salt, then draws its key."""
    mallory = NewDevice.draw()
    cheat.lie("GET", ONE, telling(lambda _record, said: [*said[:2], mallory.opening] if len(said) > 2 else said))
    with machines.meeting() as (here, there):
        assert here.end() == 6
        assert "not the one that it had announced" in here.shown
        assert "This machine shows" not in here.shown
        there.answer(ASKED_NEW, "y")
        assert there.end() == 9
    assert not machines.has_keys


NOT_SEALED = "not sealed for this device"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("flipped", NOT_SEALED),
        ("cut", NOT_SEALED),
        ("replayed", NOT_SEALED),
        ("another identity", "not those of the device that was compared"),
        ("mixed up", "do not belong to its card"),
    ],
)
def test_what_arrives_is_not_what_was_sealed(machines: Machines, cheat: Cheat, kind: str, words: str) -> None:
    """After both people said yes: altered, an earlier meeting's, or keys of the server's own. None is kept.

    Key injection (MEGA 2022, Sync 2024): everybody may seal for the new machine, since its key is public.
    """
    impostor = Identity.create(machines.old.email, 2048)

    def other(record: Record, said: list[bytes]) -> bytes:
        mine = machines.old.identity
        meeting = Meeting(machines.old.email, record["pairing_id"], *said[:3])
        mixed = replace(impostor, card=mine.card, card_signature=mine.card_signature)
        earlier = replace(meeting, answer=bytes(64))
        return {
            "flipped": lambda: said[3][:-1] + bytes([said[3][-1] ^ 1]),
            "cut": lambda: said[3][:-100],
            "replayed": lambda: earlier.seal(Luggage(mine, Annex(), None).encode()),
            "another identity": lambda: meeting.seal(Luggage(impostor, Annex(), None).encode()),
            "mixed up": lambda: meeting.seal(Luggage(mixed, Annex(), None).encode()),
        }[kind]()

    cheat.lie("GET", ONE, telling(lambda record, said: [*said[:3], other(record, said)] if len(said) > 3 else said))
    with machines.meeting() as (here, there):
        agree(here, there)
        assert there.end() == 6, there.shown
        assert words in there.shown.replace("\r\n", " ")
    assert not machines.has_keys


def test_the_relay_changes_its_mind(machines: Machines, cheat: Cheat) -> None:
    """What was compared counts: another answer, given out later, is not looked at."""
    seen: list[int] = []

    def lie(record: Record, said: list[bytes]) -> list[bytes]:
        if record["current"] and len(said) > 1:
            seen.append(len(said))
        return [said[0], bytes(64), *said[2:]] if len(seen) > 1 else said

    cheat.lie("GET", ONE, telling(lie))
    with machines.meeting() as (here, there):
        agree(here, there)
        assert there.end() == 0, there.shown
    assert machines.has_keys


def test_a_relay_that_is_away_for_a_moment(machines: Machines, cheat: Cheat) -> None:
    """A server that restarts, or a proxy that does: both machines wait for it, and nobody has to begin again."""
    failures: list[str] = []

    def lie(asked: Asked, truth: Answer) -> Answer:
        if failures.count(asked.path) < 4:
            failures.append(asked.path)
            return problem(503, "unavailable", "not now")
        return truth

    cheat.lie("GET", ONE, lie)
    with machines.meeting() as (here, there):
        agree(here, there)
        assert there.end() == 0, there.shown
    assert failures
    assert machines.has_keys


def test_a_server_that_only_garbles(machines: Machines, cheat: Cheat) -> None:
    """Refusal of service is all that it gets."""
    cheat.lie("GET", "/pairings$", edited(lambda page: [each.update(messages=[]) for each in page["pairings"]]))
    with machines.new.terminal("device", "add") as there:
        there.wait_for("Waiting for it")
        with machines.old.cli.terminal("device", "approve") as here:
            assert here.end() == 6
    cheat.lie("GET", ONE, telling(lambda _record, said: [said[0], b"short"]))
    with machines.new.terminal("device", "add") as there:
        assert there.end() == 6
    assert not machines.has_keys
