"""The server is told of parts that went straight to the store: some at a time, none twice, none forgotten."""

import threading
import uuid

import pytest

from client.actions.acknowledging import Acknowledging, InStore
from client.actions.upload_journal import NotedPart
from client.api.api import Api
from client.api.http import Http
from client.api.retries import Patience, Retries
from client.errors import NetworkError
from shared.api.models import Part, SentParts, StoredParts
from tests.support.network import Answer, Asked, web_server

FILE_ID = str(uuid.uuid4())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Takes note of parts, of all or of all but one."""

    def __init__(self, failing: int = 0) -> None:
        self.told: list[list[int]] = []
        self.failing = failing
        self.forgets: int | None = None

    def answer(self, asked: Asked) -> Answer:
        assert (asked.method, asked.path) == ("POST", f"/uploads/{FILE_ID}/parts")
        if self.failing:
            self.failing -= 1
            return Answer(503)
        parts = SentParts.model_validate_json(asked.body).parts
        self.told.append([part.number for part in parts])
        known = [part for part in parts if part.number != self.forgets]
        stored = [Part(number=part.number, size=part.size, digest=part.digest) for part in known]
        return Answer(200, StoredParts(parts=stored).model_dump_json().encode())


def _in_store(index: int) -> InStore:
    return InStore(index, 9, '"etag"', NotedPart(bytes(32), b"", 5))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next try comes at once."""
    monkeypatch.setattr("client.api.retries._FIRST_PAUSE", 0.0)


def test_parts_share_a_request() -> None:
    """The first one goes at once, what comes soon after it together, the rest at the end; only then is it noted."""
    server, noted, clock = Server(), list[int](), Clock()
    with web_server(server.answer) as (url, _):
        telling = Acknowledging(Api(Http(url)), FILE_ID, Retries(), lambda index, _: noted.append(index), clock)
        for index in range(4):
            telling.add(_in_store(index))
        assert (server.told, noted) == ([[0]], [0])
        clock.now += 1.0
        telling.add(_in_store(4))
        assert (server.told, noted) == ([[0], [1, 2, 3, 4]], [0, 1, 2, 3, 4])
        telling.add(_in_store(5))
        telling.finish()
        telling.finish()
    assert (server.told[2:], noted[5:]) == ([[5]], [5])


def test_no_more_than_a_hundred_at_once() -> None:
    server, clock = Server(), Clock()
    with web_server(server.answer) as (url, _):
        telling = Acknowledging(Api(Http(url)), FILE_ID, Retries(), lambda *_: None, clock)
        for index in range(251):
            telling.add(_in_store(index))
        telling.finish()
    assert [len(numbers) for numbers in server.told] == [1, 100, 100, 50]
    assert [number for numbers in server.told for number in numbers] == list(range(251))


def test_a_server_that_is_away_for_a_moment() -> None:
    """It is told again; nothing is noted before."""
    server, noted = Server(failing=2), list[int]()
    with web_server(server.answer) as (url, _):
        telling = Acknowledging(Api(Http(url)), FILE_ID, Retries(), lambda index, _: noted.append(index))
        telling.add(_in_store(0))
    assert (server.told, noted) == ([[0]], [0])


def test_a_server_that_takes_no_note() -> None:
    """A part that it does not name is not noted."""
    server, noted = Server(), list[int]()
    server.forgets = 0
    with web_server(server.answer) as (url, _):
        retries = Retries(Patience(0.0))
        telling = Acknowledging(Api(Http(url)), FILE_ID, retries, lambda index, _: noted.append(index))
        with pytest.raises(NetworkError, match="did not take note"):
            telling.add(_in_store(0))
    assert not noted


def test_many_threads() -> None:
    """Whoever brings a part tells of all that wait; each is told of once."""
    server, noted = Server(), list[int]()
    with web_server(server.answer) as (url, _):
        telling = Acknowledging(Api(Http(url)), FILE_ID, Retries(), lambda index, _: noted.append(index))

        def work(lane: int) -> None:
            for index in range(lane, 40, 8):
                telling.add(_in_store(index))

        threads = [threading.Thread(target=work, args=(lane,)) for lane in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        telling.finish()
    assert sorted(number for numbers in server.told for number in numbers) == sorted(noted) == list(range(40))
