"""What goes through the pipe arrives as it was, and nothing else does."""

import os
import pickle
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from client.gui.mover.carried import CarriedIdentity, CarriedKeys
from client.gui.mover.messages import Cancel, Moved, Start
from client.gui.mover.pipe import Pipe
from client.gui.mover.worker import Telling
from client.gui.presenters.queue_work import Progress
from client.local.queue import GetOrder, Queued
from client.local.session import Session
from shared.crypto.identity import Identity
from shared.crypto.keys import PrivateKeys
from shared.crypto.pem import generate_rsa


@pytest.fixture
def ends() -> Iterator[tuple[Pipe[object, object], int]]:
    """One end that listens to whatever is written to a file descriptor."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as incoming, Path(os.devnull).open("wb") as outgoing:
        yield Pipe(incoming, outgoing), writing


def _framed(content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + content


def test_messages_arrive_one_after_the_other(ends: tuple[Pipe[object, object], int]) -> None:
    """Whole, in their order; after them comes the end."""
    pipe, writing = ends
    said = [Cancel(7), Moved(((1, Progress("a", 5, 10)), (2, Progress("b"))))]
    with os.fdopen(writing, "wb") as file:
        speaking: Pipe[object, object] = Pipe(file, file)
        for each in said:
            speaking.say(each)
    assert [pipe.hear(), pipe.hear(), pipe.hear()] == [*said, None]


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\0\0",
        struct.pack("!I", 100) + b"half a word",
        _framed(b"no pickle"),
        _framed(pickle.dumps(os.system)),
        _framed(pickle.dumps(print)),
        _framed(pickle.dumps(OSError("of another kind"))),
    ],
)
def test_what_is_no_message_is_the_end(ends: tuple[Pipe[object, object], int], bytes_: bytes) -> None:
    """Also where it would make something that is none of our records."""
    pipe, writing = ends
    with os.fdopen(writing, "wb") as file:
        file.write(bytes_)
    assert pipe.hear() is None


@pytest.fixture(scope="module")
def identity() -> Identity:
    """Of somebody who has changed their keys before."""
    identity = Identity.create("ada@example.org", 2048)
    earlier = PrivateKeys(generate_rsa(2048))
    keys = replace(identity.keys, earlier=(earlier,))
    return replace(identity, keys=keys, earlier_recipients=frozenset((earlier.public.recipient,)))


def test_an_identity_is_the_same_at_the_other_end(identity: Identity) -> None:
    """With its earlier keys, and all that a file's signatures are checked by."""
    carried = CarriedIdentity.of(identity)
    again = pickle.loads(pickle.dumps(carried)).identity()
    assert again.encode_secret() == identity.encode_secret()
    assert again.card == identity.card
    assert again.reader == identity.reader
    assert set(again.keys.recipients()) == set(identity.keys.recipients())


def test_keys_are_never_shown(identity: Identity) -> None:
    """No message says what it carries when it is printed."""
    session = Session("https://files.example.org", "ada@example.org", "u1", "SECRET-TOKEN", "SECRET-REFRESH", 0)
    queued = Queued.new(session, GetOrder("0" * 8, "/tmp", "", False, "", ""), "a", 1, 0.0)
    carried = CarriedIdentity.of(identity)
    start = Start(1, queued, session, carried, CarriedKeys.of(identity.keys), ())
    shown = f"{start!r} {carried!r} {carried.keys!r}"
    assert "SECRET" not in shown
    assert carried.secret.decode() not in shown
    assert "rsa_key" not in shown


def test_standings_are_told_together_and_seldom(ends: tuple[Pipe[object, object], int]) -> None:
    """Of a thousand that two transfers have, the newest of each in one message, at most ten times a second."""
    pipe, writing = ends
    began = time.monotonic()
    with os.fdopen(writing, "wb") as file:
        telling = Telling(Pipe(file, file))
        for done in range(1_000):
            for number in (1, 2):
                telling.put(number, Progress("a", done))
        telling.flush()
        seconds = time.monotonic() - began
    said = []
    while (news := pipe.hear()) is not None:
        assert isinstance(news, Moved)
        said.append(news)
    assert 1 <= len(said) <= seconds * 10 + 2
    newest = {number: progress.done for news in said for number, progress in news.standings}
    assert newest == {1: 999, 2: 999}
