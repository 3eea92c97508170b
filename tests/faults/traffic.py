"""Clients that upload, resume, read and delete without pause, and know what they were promised."""

import hashlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

import requests

from shared.sealed.encoding import b64u
from shared.sealed.geometry import MIB
from tests.server.samples import Sample, sample

_SECONDS = 60
_MOST_FILES = 8
_PAUSE_SECONDS = 0.02
_PART = MIB


class Away(Exception):
    """The server did not answer."""


@dataclass
class Known:
    """What one client knows of the server. Only what was answered counts."""

    begun: dict[UUID, Sample] = field(default_factory=dict)
    """Uploads that were answered, as far as nobody has asked to give them up."""
    acknowledged: dict[UUID, set[int]] = field(default_factory=dict)
    """Parts of uploads."""
    finished: dict[UUID, Sample] = field(default_factory=dict)
    """Files that were answered, as far as nobody has asked to delete them."""
    rounds: int = 0


class Client:
    """One client with one connection. What it finds wrong it raises as `AssertionError`."""

    def __init__(self, seed: int) -> None:
        self.known = Known()
        self._random = random.Random(seed)  # not a secret
        self._http = requests.Session()
        self._url = ""

    def connect(self, url: str, token: str) -> None:
        """Go on with a server that has been started again."""
        self._http.close()
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._url = url

    def work(self, stop: threading.Event) -> None:
        """Do one thing after the other until `stop`; what broke off is not tried again at once."""
        while not stop.is_set():
            try:
                self._one()
                self.known.rounds += 1
            except Away:
                stop.wait(_PAUSE_SECONDS)

    def finish(self) -> None:
        """Bring every upload to its end, and look at every file."""
        for file_id in list(self.known.begun):
            self._resume(file_id)
        for file in self.known.finished.values():
            self._read(file)

    def _one(self) -> None:
        known, draw = self.known, self._random.random()
        if known.begun and draw < 0.3:
            self._resume(self._random.choice(list(known.begun)))
        elif known.finished and (draw < 0.5 or len(known.finished) > _MOST_FILES):
            self._delete(self._random.choice(list(known.finished)))
        elif known.finished and draw < 0.6:
            self._read(self._random.choice(list(known.finished.values())))
        elif known.begun and draw < 0.65:
            self._abandon(self._random.choice(list(known.begun)))
        else:
            self._send(sample(self._random.randrange(1, 3 * MIB), _PART))

    def _send(self, file: Sample) -> None:
        answer = self._ask("POST", "/uploads", json=file.start())
        assert answer.status_code == 201, answer.text
        self.known.begun[file.file_id] = file
        self.known.acknowledged[file.file_id] = set()
        self._put(file, self._random.sample(range(len(file.parts)), len(file.parts)))
        self._complete(file)

    def _resume(self, file_id: UUID) -> None:
        file = self.known.begun[file_id]
        answer = self._ask("GET", f"/uploads/{file_id}")
        if answer.status_code == 404:  # completed, and the answer was lost
            self._complete(file)
            return
        there = {part["number"]: part["digest"] for part in answer.json()["parts"]}
        assert self.known.acknowledged[file_id] <= set(there), "an acknowledged part is gone"
        for number, digest in there.items():
            assert digest == b64u(hashlib.sha256(file.parts[number]).digest())
        assert self._ask("POST", "/uploads", json=file.start()).status_code == 200
        self._put(file, [number for number in range(len(file.parts)) if number not in there])
        self._complete(file)

    def _put(self, file: Sample, numbers: list[int]) -> None:
        for number in numbers:
            answer = self._ask("PUT", f"/uploads/{file.file_id}/parts/{number}", data=file.parts[number])
            if answer.status_code == 409:  # all parts have come together, only the record is missing
                return
            assert answer.status_code == 200, answer.text
            self.known.acknowledged[file.file_id].add(number)

    def _complete(self, file: Sample) -> None:
        answer = self._ask("POST", f"/uploads/{file.file_id}/complete", json=file.completion())
        assert answer.status_code in (200, 201), answer.text
        self.known.finished[file.file_id] = file
        del self.known.begun[file.file_id]

    def _read(self, file: Sample) -> None:
        answer = self._ask("GET", f"/files/{file.file_id}/content")
        assert answer.status_code == 200, f"an acknowledged file is gone: {answer.text}"
        assert answer.content == file.body

    def _delete(self, file_id: UUID) -> None:
        del self.known.finished[file_id]  # from now on it may be there or not
        assert self._ask("DELETE", f"/files/{file_id}").status_code == 200

    def _abandon(self, file_id: UUID) -> None:
        del self.known.begun[file_id]
        assert self._ask("DELETE", f"/uploads/{file_id}").status_code in (200, 404)

    def _ask(self, method: str, path: str, **options: object) -> requests.Response:
        try:
            return self._http.request(method, f"{self._url}{path}", timeout=_SECONDS, **options)  # type: ignore[arg-type]
        except requests.RequestException:
            raise Away from None


class Traffic:
    """Several clients at once, between two moments at which the server is there."""

    def __init__(self, clients: list[Client]) -> None:
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(len(clients))
        self._running = [self._pool.submit(client.work, self._stop) for client in clients]

    def wait(self) -> None:
        """Until every client has noticed that the server is away. Raises what they found wrong."""
        self._stop.set()
        try:
            for each in self._running:
                each.result(_SECONDS)
        finally:
            self._pool.shutdown()
