"""Parts that follow each other come in one answer; where that goes wrong, only what is missing is asked for again."""

import errno
import hashlib
import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from client.actions.events import untold
from client.actions.remote_body import RemoteBody
from client.api.api import Api
from client.api.connections import Reply
from client.api.http import Http
from client.api.retries import Patience
from shared.crypto.file_key import FileKey
from shared.crypto.metadata import Metadata
from shared.crypto.open import Opened
from shared.crypto.part_buffer import NoSpool, PartBuffer
from shared.crypto.parts import Fill
from shared.sealed.geometry import MIB, Geometry
from shared.sealed.manifest import Manifest
from tests.support.network import Answer, Asked, web_server

PARTS = 4
GEOMETRY = Geometry(MIB, PARTS * MIB)
LENGTH = GEOMETRY.sealed_length(0)
BODY = os.urandom(GEOMETRY.body_size)
Spoil = Callable[[int, bytes], tuple[bytes, int]]
"""What comes of an answer, by its number: its bytes, and the length that is announced."""


def _opened() -> Opened:
    manifest = Manifest(b"", uuid.uuid4(), 0, None, b"", MIB, GEOMETRY.body_size, b"", b"")
    size = GEOMETRY.stored_size
    return Opened(manifest, Metadata("a", None, size, size, size, None, "none", None), None, FileKey.draw())


def _whole(_number: int, data: bytes) -> tuple[bytes, int]:
    return data, len(data)


@contextmanager
def _fetching(spoil: Spoil = _whole, *, is_limited: bool = False) -> Iterator[tuple[RemoteBody, list[tuple[int, int]]]]:
    """A body at a server, and the ranges that were asked for: where each begins and ends."""
    ranges: list[tuple[int, int]] = []

    def answer(asked: Asked) -> Answer:
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers["Range"])
        assert match is not None
        start, stop = int(match[1]), int(match[2]) + 1
        data, length = spoil(len(ranges), BODY[start:stop])
        ranges.append((start, stop))
        about = {"Content-Range": f"bytes {start}-{stop - 1}/{len(BODY)}", "Content-Length": str(length)}
        return Answer(206, data, about if length == len(data) else {**about, "Connection": "close"})

    with web_server(answer) as (url, _):
        yield RemoteBody(Api(Http(url)), _opened(), untold, is_limited=is_limited), ranges


def _load(body: RemoteBody, part: int, then: int) -> None:
    """Part `part`, after which the same thread will load `then` more."""
    offset = GEOMETRY.sealed_offset(part)
    expected = hashlib.sha256(BODY[offset : offset + LENGTH]).digest()
    with PartBuffer(LENGTH) as buffer:
        body.load(buffer, part, offset, LENGTH, expected, then * LENGTH)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next try comes at once."""
    monkeypatch.setattr("client.api.retries._FIRST_PAUSE", 0.0)
    monkeypatch.setattr(Patience, "of_transfers", lambda: Patience(10.0))


def test_one_answer_for_parts_that_follow_each_other() -> None:
    """Asked for once, all of them."""
    with _fetching() as (body, ranges):
        for part in range(PARTS):
            _load(body, part, PARTS - 1 - part)
    assert ranges == [(0, len(BODY))]


def test_parts_that_do_not() -> None:
    """A gap, or a part that nobody announced, is asked for by itself."""
    with _fetching() as (body, ranges):
        _load(body, 0, 0)
        _load(body, 1, 1)
        _load(body, 3, 0)
        _load(body, 2, 0)
    assert ranges == [(0, LENGTH), (LENGTH, 3 * LENGTH), (3 * LENGTH, 4 * LENGTH), (2 * LENGTH, 3 * LENGTH)]


def test_an_answer_that_breaks_off() -> None:
    """What has arrived whole is not asked for again; the rest comes in one more answer."""

    def cut(number: int, data: bytes) -> tuple[bytes, int]:
        return (data[: 2 * LENGTH + 5] if number == 0 else data), len(data)

    with _fetching(cut) as (body, ranges):
        for part in range(PARTS):
            _load(body, part, PARTS - 1 - part)
    assert ranges == [(0, len(BODY)), (2 * LENGTH, len(BODY))]


def test_a_part_that_arrives_altered() -> None:
    """It is asked for again, with what follows it; what came before it holds."""

    def flip(number: int, data: bytes) -> tuple[bytes, int]:
        if number == 0:
            data = data[: LENGTH + 9] + bytes((data[LENGTH + 9] ^ 1,)) + data[LENGTH + 10 :]
        return data, len(data)

    with _fetching(flip) as (body, ranges):
        for part in range(PARTS):
            _load(body, part, PARTS - 1 - part)
    assert ranges == [(0, len(BODY)), (LENGTH, len(BODY))]


def test_where_downloads_are_counted() -> None:
    """Nothing behind a part is asked for with it: the last byte of all comes last."""
    with _fetching(is_limited=True) as (body, ranges):
        for part in range(PARTS):
            _load(body, part, PARTS - 1 - part)
    *most, last = ranges
    assert most[0] == (0, LENGTH)
    assert last == (len(BODY) - 1, len(BODY))


@pytest.mark.parametrize("is_limited", [False, True])
def test_a_part_that_finds_no_room(monkeypatch: pytest.MonkeyPatch, is_limited: bool) -> None:
    """Its connection is closed at once, whoever holds the error: what nobody reads is not sent, and nobody warns."""
    closed: list[Reply] = []
    close = Reply.close

    def noted_close(reply: Reply) -> None:
        closed.append(reply)
        close(reply)

    monkeypatch.setattr(Reply, "close", noted_close)
    for part in (0, PARTS - 1):
        with (
            _fetching(is_limited=is_limited) as (body, ranges),
            PartBuffer(LENGTH) as buffer,
            pytest.raises(NoSpool) as caught,
        ):
            monkeypatch.setattr(buffer, "load", _no_room_after_a_byte)
            body.load(buffer, part, GEOMETRY.sealed_offset(part), LENGTH, bytes(32))
        assert caught.value.errno == errno.EFBIG
        assert (len(closed), len(ranges)) == (1, 1)
        closed.clear()


def _no_room_after_a_byte(_index: int, _length: int, _hash: bytes, fill: Fill) -> None:
    fill(memoryview(bytearray(1)))
    raise NoSpool(errno.EFBIG, "File too large", "folder")
