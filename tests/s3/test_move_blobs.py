"""`sealcase-server admin move-blobs` between the disk and a bucket: killed midway, while people read and delete."""

import hashlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from shared.sealed.geometry import MIB
from tests.s3.conftest import Bucket
from tests.s3.faults import Answer, Cut, Fault, Faults, Request, Silent, faults_before
from tests.server.samples import Sample, sample
from tests.support.server import LiveServer, live_server
from tests.support.waiting import until

pytestmark = pytest.mark.slow
SECONDS = 120
PART = 8 * MIB


@pytest.fixture
def faults(bucket: Bucket) -> Iterator[Faults]:
    with faults_before(bucket.service.url) as proxy:
        yield proxy


@pytest.fixture
def server(bucket: Bucket, faults: Faults, tmp_path: Path) -> Iterator[LiveServer]:
    """Keeps new files on its disk, and knows of a bucket."""
    settings = {**bucket.service.settings(bucket.name), "storage": "local", "s3_endpoint": faults.url}
    with live_server(tmp_path / "data", workers=2, **settings) as server:
        yield server


@pytest.fixture
def ada(server: LiveServer) -> "Owner":
    return Owner(server, server.sign_in("ada@example.org")["token"])


class Owner:
    """Somebody with files at the server."""

    def __init__(self, server: LiveServer, token: str) -> None:
        self._server = server
        self._auth = {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, **options: object) -> requests.Response:
        answer = self._answer(method, path, **options)
        answer.raise_for_status()
        return answer

    def sent(self, size: int, part_size: int = PART) -> Sample:
        file = sample(size, part_size)
        self.ask("POST", "/uploads", json=file.start())
        for number, part in enumerate(file.parts):
            self.ask("PUT", f"/uploads/{file.file_id}/parts/{number}", data=part)
        self.ask("POST", f"/uploads/{file.file_id}/complete", json=file.completion())
        return file

    def digest(self, file: Sample) -> str:
        """SHA-256 of what anybody gets, wherever it comes from.

        An address in the bucket is good while the file lies there: whoever was sent to one too late asks again.
        """
        content = self._answer("GET", f"/files/{file.file_id}/content")
        while content.history and content.status_code == 404:
            content = self._answer("GET", f"/files/{file.file_id}/content")
        content.raise_for_status()
        return hashlib.sha256(content.content).hexdigest()

    def storage(self, file: Sample) -> str:
        return str(self.ask("GET", f"/files/{file.file_id}").json()["storage"])

    def _answer(self, method: str, path: str, **options: object) -> requests.Response:
        url = f"{self._server.url}{path}"
        return requests.request(method, url, headers=self._auth, timeout=SECONDS, **options)  # type: ignore[arg-type]


def admin(server: LiveServer, *arguments: str) -> subprocess.Popen[str]:
    """`sealcase-server admin ...` beside the server."""
    command = [sys.executable, "-m", "server", "admin", *arguments]
    return subprocess.Popen(
        command, env=dict(server.settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def mover(server: LiveServer, source: str, target: str, *options: str) -> subprocess.Popen[str]:
    return admin(server, "move-blobs", "--from", source, "--to", target, "--json", *options)


def said(command: subprocess.Popen[str]) -> list[dict[str, object]]:
    """The JSON lines of a command that succeeds."""
    out, err = command.communicate(timeout=SECONDS)
    assert command.returncode == 0, out + err
    return [json.loads(line) for line in out.splitlines()]


def on_disk(server: LiveServer) -> set[str]:
    return {path.name for path in (server.data_dir / "blobs").rglob("*") if path.is_file()}


def stored_in(server: LiveServer, bucket: Bucket, files: list[Sample], target: str) -> bool:
    """Whether these lie there, and nothing lies anywhere else."""
    ids = {str(file.file_id) for file in files}
    here, there = (ids, set()) if target == "local" else (set(), {f"blobs/{each}" for each in ids})
    return (on_disk(server), set(bucket.keys()), bucket.uploads()) == (here, there, [])


def test_there_and_back_while_it_serves(server: LiveServer, ada: Owner, bucket: Bucket) -> None:
    """Parts that S3 takes and parts that it does not, one part, none; the mover dies between two files, and again.

    Everybody reads the same bytes at any time, and what was deleted meanwhile is in neither place.
    """
    files = [ada.sent(PART + 7), ada.sent(2 * MIB + 5, MIB), ada.sent(5), ada.sent(0)]
    digests = [hashlib.sha256(file.body).hexdigest() for file in files]
    doomed = ada.sent(MIB)
    (plan,) = said(mover(server, "local", "s3", "--dry-run"))
    assert (plan["files"], bucket.keys()) == (5, [])
    stop = threading.Event()

    def read_on() -> int:
        rounds = 0
        while not stop.is_set():
            assert [ada.digest(file) for file in files] == digests
            rounds += 1
        return rounds

    for source, target in (("local", "s3"), ("s3", "local")):
        stop.clear()
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(read_on)
            try:
                for _ in range(2):
                    _kill_after_a_file(mover(server, source, target))
                if target == "s3":
                    ada.ask("DELETE", f"/files/{doomed.file_id}")
                done = said(mover(server, source, target))[-1]
            finally:
                stop.set()
            assert reading.result(SECONDS) > 0
        assert (done["damaged"], done["busy"]) == (0, 0)
        assert [ada.digest(file) for file in files] == digests
        assert {ada.storage(file) for file in files} == {target}
        assert stored_in(server, bucket, files, target)
        assert said(mover(server, source, target))[-1]["moved"] == 0
    said(admin(server, "verify", "--deep", "--json"))


def test_a_large_file_goes_on_where_it_was(server: LiveServer, ada: Owner, bucket: Bucket, faults: Faults) -> None:
    """Killed within it: the next run copies what had not been noted, in both directions, and the bytes are the same."""
    large = ada.sent(9 * PART + 7)
    digest, first, noted = hashlib.sha256(large.body).hexdigest(), len(large.parts[0]), 8
    stops: dict[str, Callable[[Request], Fault]] = {
        "s3": lambda asked: Silent() if _part_number(asked) == noted + 2 else None,
        "local": lambda asked: _cut_off(asked, 9 * first) if _reads(asked) else None,
    }
    for source, target in (("local", "s3"), ("s3", "local")):
        began = len(faults.seen)
        faults.fault = stops[target]
        process = mover(server, source, target)
        try:
            until(partial(_waits, faults, began), "a mover that waits for the store within the file", SECONDS)
        finally:
            _kill(process)
        faults.always(None)
        again = len(faults.seen)
        assert ada.storage(large) == source
        assert ada.digest(large) == digest
        assert said(mover(server, source, target))[-1]["moved"] == 1
        assert ada.digest(large) == digest
        assert stored_in(server, bucket, [large], target)
        asked = faults.seen[again:]
        if target == "s3":
            assert {n for each in asked if (n := _part_number(each))} == {noted + 1, noted + 2}
        else:
            assert f"bytes={noted * first}-{len(large.body) - 1}" in [each.range for each in asked if _reads(each)]


def test_a_store_that_refuses(server: LiveServer, ada: Owner, bucket: Bucket, faults: Faults) -> None:
    """Said, with exit code 1; every file is whole where it was, and moves once the store is right again."""
    file = ada.sent(PART + 7)
    faults.always(Answer(403, "AccessDenied"))
    process = mover(server, "local", "s3")
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "run the same again" in err
    assert ada.digest(file) == hashlib.sha256(file.body).hexdigest()
    faults.always(None)
    assert said(mover(server, "local", "s3"))[-1]["moved"] == 1
    assert ada.digest(file) == hashlib.sha256(file.body).hexdigest()
    assert stored_in(server, bucket, [file], "s3")


def _reads(asked: Request) -> bool:
    """A part of a body, as the mover does; people get all of it."""
    return asked.method == "GET" and "/blobs/" in asked.path and bool(asked.range)


def _waits(faults: Faults, began: int) -> bool:
    """Whether one of the requests since then gets no answer."""
    return any(isinstance(faults.fault(each), Silent) for each in faults.seen[began:])


def _cut_off(asked: Request, after: int) -> Fault:
    """The first answer breaks off, and to whoever asks for the rest nothing is said."""
    return Cut(after) if asked.range.startswith("bytes=0-") else Silent()


def _part_number(asked: Request) -> int:
    numbers = parse_qs(urlsplit(asked.path).query).get("partNumber", ["0"])
    return int(numbers[0]) if asked.method == "PUT" else 0


def _kill_after_a_file(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline()
    _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=SECONDS)
