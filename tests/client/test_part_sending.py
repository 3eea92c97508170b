"""A part whose answer never came is not sent again while the server is at work on it, nor where it is there by then."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from client import errors
from client.actions.part_sending import Body, PartSending
from client.api.api import Api
from client.api.failures import TryAgain, Unreachable
from client.api.retries import Alarm, Patience, Retries
from client.api.wire import Part
from shared.sealed.encoding import b64u

SILENT = Unreachable("the server did not answer for 30 s")
STORING = TryAgain("somebody is at work on it", 0.0)


@dataclass
class Server:
    """Answers what it is told to, one after the other; a part that it was sent it can always tell the hash of."""

    puts: list[Exception | None]
    looks: list[Exception | str]
    asked: list[str] = field(default_factory=list)

    def put_part(self, _file_id: str, number: int, body: Callable[[], Body]) -> Part:
        self.asked.append("put")
        sent = b"".join(bytes(piece) for piece in body())
        if (failure := self.puts.pop(0)) is not None:
            raise failure
        return self._part(number, sent)

    def part(self, _file_id: str, number: int) -> Part:
        self.asked.append("look")
        answer = self.looks.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return self._part(number, answer.encode())

    def _part(self, number: int, data: bytes) -> Part:
        return Part(number, len(data), b64u(hashlib.sha256(data).digest()))


class Sealed:
    """Other bytes at every try."""

    def __init__(self) -> None:
        self.tries = 0

    @property
    def data(self) -> bytes:
        return f"try {self.tries}".encode()

    def pieces(self) -> Iterator[memoryview]:
        self.tries += 1
        yield memoryview(self.data)

    def digest(self) -> bytes:
        return hashlib.sha256(self.data).digest()


@pytest.mark.parametrize(
    ("puts", "looks", "asked"),
    [
        pytest.param([SILENT], [STORING, STORING, "try 1"], ["put", "look", "look", "look"], id="it is stored slowly"),
        pytest.param([SILENT, None], [errors.NotFound("no")], ["put", "look", "put"], id="it never came"),
        pytest.param([SILENT, None], ["another"], ["put", "look", "put"], id="it is of another try"),
        pytest.param([SILENT, None], [errors.Refused("?")], ["put", "look", "put"], id="a server that does not know"),
        pytest.param([STORING, None], [], ["put", "put"], id="the server asked for patience"),
    ],
)
def test_a_part_whose_answer_never_came(
    puts: list[Exception | None], looks: list[Exception | str], asked: list[str]
) -> None:
    server, sealed, alarm = Server(puts, looks), Sealed(), Alarm()
    alarm.end()  # no pause takes any time
    retries = Retries(Patience(60.0), alarm=alarm)
    sending = PartSending(cast("Api", server), "file", retries, lambda *_: None, None, lambda _: [])
    assert sending.put(0, Body(5, sealed.pieces), sealed.digest, lambda: None) is None
    assert server.asked == asked
    assert sealed.tries == asked.count("put")
