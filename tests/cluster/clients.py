"""People who send, receive and sign in while the cluster is in trouble, and remember what they were told.

Each goes on after every failure, as a client does. What counts is what was acknowledged: that must be true in the end.
"""

import hashlib
import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from shared.sealed.geometry import MIB
from tests.cluster.nodes import Cluster
from tests.server.samples import Sample, sample

LIMIT = 3
"""Complete downloads of each limited file."""
_TRIES = 400
_WAIT = 0.25


@dataclass
class Memory:
    """What all of them were told."""

    counts: Counter[str] = field(default_factory=Counter)
    sent: dict[uuid.UUID, tuple[str, bytes]] = field(default_factory=dict)
    """Acknowledged files: whose token opens it, and the SHA-256 of its bytes."""
    whole_downloads: Counter[uuid.UUID] = field(default_factory=Counter)
    """Of limited files."""
    codes_twice: int = 0
    wrong: list[str] = field(default_factory=list)
    changing: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.changing:
            self.counts[what] += 1


@dataclass
class Client:
    """Somebody signed in, who speaks to nginx."""

    url: str
    token: str
    memory: Memory
    stop: threading.Event

    def ask(self, method: str, path: str, **options: object) -> requests.Response | None:
        """One answer; None where there was none, or one that says to come back."""
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = requests.request(method, self.url + path, headers=headers, timeout=60, **options)  # type: ignore[arg-type]
        except requests.RequestException:
            self.memory.count("requests without an answer")
            return None
        if answer.status_code in (429, 500, 502, 503, 504):
            self.memory.count(f"answers {answer.status_code}")
            return None
        busy = answer.status_code == 409 and answer.json().get("code") == "conflict"
        return None if busy and "Retry-After" in answer.headers else answer

    def until(self, method: str, path: str, **options: object) -> requests.Response:
        """An answer, however often it takes."""
        for _ in range(_TRIES):
            if (answer := self.ask(method, path, **options)) is not None:
                return answer
            threading.Event().wait(_WAIT)
        raise AssertionError(f"{method} {path} was never answered")

    def send(self, each: Sample, **completion: object) -> bool:
        """Whether it was acknowledged; not, where the person's share is used up."""
        begun = self.until("POST", "/uploads", json=each.start())
        if begun.status_code == 507:
            self.memory.count("files refused: share used up")
            return False
        assert begun.status_code in (200, 201), begun.text
        for number, part in enumerate(each.parts):
            answer = self.until("PUT", f"/uploads/{each.file_id}/parts/{number}", data=part)
            # A try before may have come through to the end although its answer was lost.
            assert answer.status_code in (200, 404, 409), answer.text
        answer = self.until("POST", f"/uploads/{each.file_id}/complete", json=each.completion(**completion))
        assert answer.status_code in (200, 201), answer.text
        with self.memory.changing:
            self.memory.sent[each.file_id] = self.token, hashlib.sha256(each.body).digest()
        self.memory.count("files acknowledged")
        return True

    def receive(self, file_id: uuid.UUID, digest: bytes) -> None:
        answer = self.ask("GET", f"/files/{file_id}/content")
        if answer is None:
            return
        if answer.status_code != 200 or hashlib.sha256(answer.content).digest() != digest:
            self.memory.wrong.append(f"{file_id}: {answer.status_code}")
        self.memory.count("files received")

    def remove(self, file_id: uuid.UUID) -> None:
        with self.memory.changing:
            self.memory.sent.pop(file_id, None)
        self.until("DELETE", f"/files/{file_id}")

    def work_once(self, chance: random.Random, keep: int) -> None:
        """Send a file, read some again, list; remove the oldest of more than `keep`."""
        self.send(sample(chance.choice((100, 40_000, MIB + 5))))
        with self.memory.changing:
            mine = [(each, digest) for each, (token, digest) in self.memory.sent.items() if token == self.token]
        for file_id, digest in chance.sample(mine, min(2, len(mine))):
            self.receive(file_id, digest)
        self.ask("GET", "/files")
        for file_id, _ in mine[:-keep]:
            self.remove(file_id)


def race_for_places(owner: Client, readers: list[Client], reader_emails: list[str]) -> None:
    """Limited files, each fetched by all readers at once again and again."""
    while not owner.stop.is_set():
        each = sample(40_000)
        owner.send(each, allowed_users=reader_emails, download_limit=LIMIT)

        with ThreadPoolExecutor(len(readers)) as pool:
            list(pool.map(lambda reader, each=each: fetch_often(reader, each), readers))
        owner.remove(each.file_id)


def fetch_often(reader: Client, each: Sample) -> None:
    """Each download that came whole is remembered."""
    for _ in range(4):
        answer = reader.ask("GET", f"/files/{each.file_id}/content")
        if answer is not None and answer.status_code == 200:
            if answer.content != each.body:
                reader.memory.wrong.append(f"limited {each.file_id}")
            with reader.memory.changing:
                reader.memory.whole_downloads[each.file_id] += 1


def race_for_codes(cluster: Cluster, memory: Memory, stop: threading.Event) -> None:
    """Each code is tried at every node at the same time, twice."""
    number = 0
    while not stop.is_set():
        number += 1
        code = _code(cluster, f"racer-{number}@example.org")
        if code is None:
            memory.count("codes refused")
            threading.Event().wait(_WAIT)
            continue
        body = {"email": f"racer-{number}@example.org", "otp": code}

        def sign_in(url: str, body: dict[str, str] = body) -> bool:
            try:
                return requests.post(f"{url}/auth/login", json=body, timeout=60).status_code == 200
            except requests.RequestException:
                return False

        with ThreadPoolExecutor(6) as pool:
            accepted = sum(pool.map(sign_in, [node.url for node in cluster.nodes] * 2))
        memory.count(f"codes accepted {'once' if accepted == 1 else 'never' if accepted == 0 else 'more than once'}")
        memory.codes_twice += accepted > 1


def _code(cluster: Cluster, email: str) -> str | None:
    """Asked for at a node that runs, read in its terminal; None where none is given out."""
    for node in random.sample(cluster.nodes, len(cluster.nodes)):
        server = node.server
        if server is None:
            continue
        server.url = node.url
        try:
            return server.request_code(email)
        except (requests.RequestException, AssertionError):
            continue
    return None


def in_threads(jobs: list[Callable[[], None]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    return threads
