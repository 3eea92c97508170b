"""A whole server over a bucket: what the documents say in curl, memory that stays flat, people with the real client."""

import re
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from shared.sealed.geometry import MIB
from tests.s3.conftest import Bucket
from tests.server.samples import Sample, sample
from tests.support.server import LiveServer, live_server

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
SECONDS = 120
MOST_MEMORY = 150_000_000
"""Of the master and both workers."""
pytestmark = pytest.mark.slow


@pytest.fixture
def server(bucket: Bucket, tmp_path: Path) -> Iterator[LiveServer]:
    with live_server(tmp_path / "data", workers=2, **bucket.service.settings(bucket.name)) as server:
        yield server


@pytest.fixture
def auth(server: LiveServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.sign_in('ada@example.org')['token']}"}


def test_the_page_tells_the_truth(server: LiveServer, auth: dict[str, str], tmp_path: Path) -> None:
    """docs/api.md: straight to the bucket, with curl."""
    page = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tools,) = re.findall(r"^(?:curl=|field\(\)).*$(?:\n(?:curl=|field\(\)).*$)*", page, re.MULTILINE)
    (tmp_path / "sealed.bin").write_bytes(b"sealed" * 1_000)
    script = f"set -e\nSERVER={server.url}\nauth='Authorization: {auth['Authorization']}'\n{tools}\n{block}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    (found,) = requests.get(f"{server.url}/files", headers=auth, timeout=SECONDS).json()["files"]
    assert found["filename"] == "sealed.bin"
    assert found["file_id"] in done.stdout
    url = f"{server.url}/files/{found['file_id']}/content"
    whole = requests.get(url, headers=auth, timeout=SECONDS)
    assert (whole.content, [each.status_code for each in whole.history]) == (b"sealed" * 1_000, [307])


@pytest.mark.parametrize("part_size", [MIB, 8 * MIB])
def test_memory_stays_flat(server: LiveServer, auth: dict[str, str], part_size: int) -> None:
    """Through the server in parts that S3 takes and in such that it does not, eight at a time, and out again."""
    file = sample(64 * MIB, part_size)
    stop, most = threading.Event(), [0]

    def watch() -> None:
        while not stop.wait(0.05):
            most[0] = max(most[0], server.memory()[0])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        _send(server, auth, file)
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda _: _size(server, auth, file), range(4))) == [len(file.body)] * 4
    finally:
        stop.set()
        watcher.join()
    assert 0 < most[0] < MOST_MEMORY


def _send(server: LiveServer, auth: dict[str, str], file: Sample) -> None:
    url = f"{server.url}/uploads"
    requests.post(url, json=file.start(), headers=auth, timeout=SECONDS).raise_for_status()

    def put(number: int) -> None:
        answer = requests.put(
            f"{url}/{file.file_id}/parts/{number}", data=file.parts[number], headers=auth, timeout=SECONDS
        )
        answer.raise_for_status()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(len(file.parts))))
    done = requests.post(f"{url}/{file.file_id}/complete", json=file.completion(), headers=auth, timeout=SECONDS)
    done.raise_for_status()


def _size(server: LiveServer, auth: dict[str, str], file: Sample) -> int:
    url = f"{server.url}/files/{file.file_id}/content?direct=false"
    with requests.get(url, headers=auth, stream=True, timeout=SECONDS) as answer:
        return sum(len(block) for block in answer.iter_content(1 << 20))
