"""A server that cheats: what is asked goes to the real one, and its answers are altered on their way back."""

import http.client
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from tests.hostile.sealed import Fake
from tests.support.network import Answer, Asked, web_server
from tests.support.server import LiveServer

Record = dict[str, Any]
Lie = Callable[[Asked, Answer], Answer]
"""Makes of a request and its true answer the one that is given."""
_KEPT = ("content-type", "content-encoding", "content-range", "retry-after")
_HOP_BY_HOP = ("host", "connection", "content-length", "transfer-encoding")
_PROBLEM = "application/problem+json"


@dataclass
class Cheat:
    """A running one. The last lie about a request counts; where there is none, the truth is told."""

    honest: LiveServer
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    """Every request so far."""
    faults: list[Exception] = field(default_factory=list)
    """What went wrong in the lies themselves."""
    _lies: list[tuple[str, re.Pattern[str], Lie]] = field(default_factory=list)
    _instead: list[tuple[str, re.Pattern[str], Answer]] = field(default_factory=list)

    def lie(self, method: str, path: str, lie: Lie) -> None:
        """About requests whose path (with its query) matches the regular expression `path` from its beginning."""
        self._lies.append((method, re.compile(path), lie))

    def instead(self, method: str, path: str, answer: Answer) -> None:
        """The same for an answer that the honest server is not asked for: it does nothing."""
        self._instead.append((method, re.compile(path), answer))

    def serve(self, fake: Fake) -> str:
        """Pretends to have a file that nobody ever uploaded; its id."""
        file_id = fake.file_id
        self.lie("GET", rf"/files/{file_id}(\?.*)?$", lambda _asked, _truth: as_json(fake.detail()))
        self.lie("GET", rf"/files/{file_id}/content", lambda asked, _truth: ranged(asked, fake.body))
        return file_id

    def changes(self, *, to: str = "") -> list[Asked]:
        """What was asked that could have changed something, on paths that begin with `to`."""
        return [each for each in self.asked if each.method != "GET" and each.path.startswith(to)]

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        for method, path, answer in reversed(self._instead):
            if method == asked.method and path.match(asked.path):
                return answer
        truth = self._truth(asked)
        try:
            for method, path, lie in reversed(self._lies):
                if method == asked.method and path.match(asked.path):
                    return lie(asked, truth)
        except Exception as fault:  # noqa: BLE001  (raised again by `cheating`)
            self.faults.append(fault)
        return truth

    def _truth(self, asked: Asked) -> Answer:
        address = urlsplit(self.honest.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        try:
            headers = {name: value for name, value in asked.headers.items() if name.lower() not in _HOP_BY_HOP}
            connection.request(asked.method, asked.path, asked.body or None, headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() in _KEPT}
            return Answer(answer.status, answer.read(), kept)
        finally:
            connection.close()


@contextmanager
def cheating(honest: LiveServer) -> Iterator[Cheat]:
    """A cheat before `honest`, on a port of its own. Fails if a lie could not be told."""
    cheat = Cheat(honest)
    with web_server(cheat.answer) as (url, _):
        cheat.url = url
        yield cheat
    assert not cheat.faults, cheat.faults


def as_json(record: Record, status: int = 200) -> Answer:
    return Answer(status, json.dumps(record).encode(), {"Content-Type": "application/json"})


def problem(status: int, code: str, detail: str, **headers: str) -> Answer:
    """An error in the server's own words."""
    record = {"title": "t", "status": status, "detail": detail, "code": code, "request_id": "1"}
    kept = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(record).encode(), {"Content-Type": _PROBLEM, **kept})


def edited(change: Callable[[Record], object]) -> Lie:
    """The true answer with its JSON changed in place."""

    def lie(_asked: Asked, truth: Answer) -> Answer:
        record = json.loads(truth.body)
        change(record)
        return replace(truth, body=json.dumps(record).encode())

    return lie


def always(answer: Answer) -> Lie:
    """One answer, whatever the truth."""
    return lambda _asked, _truth: answer


def in_body(change: Callable[[bytes], bytes], whole: bytes) -> Lie:
    """Ranges of `whole` after it was changed."""
    changed = change(whole)
    return lambda asked, _truth: ranged(asked, changed, len(whole))


def ranged(asked: Asked, body: bytes, size: int | None = None) -> Answer:
    """The range that was asked for, of a body that is said to have `size` bytes."""
    match = re.fullmatch(r"bytes=(\d+)-(\d+)", {name.lower(): v for name, v in asked.headers.items()}["range"])
    assert match is not None
    first, last = int(match[1]), int(match[2])
    total = len(body) if size is None else size
    return Answer(206, body[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{total}"})
