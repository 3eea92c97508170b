"""Attack: many downloads at once of a file that may be downloaded a few times."""

import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from tests.support.server import LiveServer, live_server

AT_ONCE = 50
PLACES = 5
PATIENCE = 200


@dataclass(frozen=True)
class Limited:
    """A file of ada's that bob and eve may download a few times."""

    server: LiveServer
    url: str
    content: bytes
    tokens: tuple[str, str, str]

    def get(self, reader: int, **options: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens[reader]}"}
        return requests.get(f"{self.url}/content", headers=headers, timeout=60, **options)  # type: ignore[arg-type]

    def get_in_the_end(self, reader: int) -> requests.Response:
        """Who has the last byte may be faster than the server that writes it down: what is said once that is done."""
        for _ in range(PATIENCE):
            answer = self.get(reader)
            if answer.status_code != 429:
                return answer
        raise AssertionError("a place was never free, and never used up")

    @property
    def downloads(self) -> int:
        headers = {"Authorization": f"Bearer {self.tokens[0]}"}
        return int(requests.get(f"{self.url}/metadata", headers=headers, timeout=60).json()["downloads"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("data"), workers=4) as running:
        yield running


def limited(server: LiveServer, size: int, places: int) -> Limited:
    emails = [f"{name}-{secrets.token_hex(4)}@example.org" for name in ("ada", "bob", "eve")]
    tokens = [server.sign_in(email)["token"] for email in emails]
    content = secrets.token_bytes(size)
    query = f"filename=a&nonce=b&wrapped_key=c&download_limit={places}&allowed_users={emails[1]},{emails[2]}"
    headers = {"Authorization": f"Bearer {tokens[0]}", "Content-Type": "application/octet-stream"}
    answer = requests.post(f"{server.url}/upload?{query}", data=content, headers=headers, timeout=60)
    return Limited(server, f"{server.url}/files/{answer.json()['file_id']}", content, (tokens[0], tokens[1], tokens[2]))


def test_fifty_at_once_get_five_downloads(server: LiveServer) -> None:
    """Over four worker processes; those who are told to wait and do, find it used up."""
    file = limited(server, 3 << 20, PLACES)

    def patient(number: int) -> int:
        answer = file.get_in_the_end(1 + number % 2)
        assert answer.status_code != 200 or answer.content == file.content
        return answer.status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = Counter(pool.map(patient, range(AT_ONCE)))
    assert ends == {200: PLACES, 410: AT_ONCE - PLACES}
    assert file.downloads == PLACES


def test_fifty_who_hang_up_use_up_nothing(server: LiveServer) -> None:
    """Each of them takes a little and breaks off: every place is given back."""
    file = limited(server, 48 << 20, PLACES)

    def hang_up(number: int) -> int:
        with file.get(1 + number % 2, stream=True) as answer:
            if answer.status_code == 200:
                assert answer.raw.read(100) == file.content[:100]
            return answer.status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert set(pool.map(hang_up, range(AT_ONCE))) <= {200, 429}
    for _ in range(PLACES):
        assert file.get_in_the_end(1).content == file.content
    assert file.get_in_the_end(2).status_code == 410
    assert file.downloads == PLACES


def test_parallel_ranges_are_one_download(server: LiveServer) -> None:
    """As our client fetches a file: many ranges at once by one reader, while another has to wait."""
    file = limited(server, 8 << 20, 1)
    step = 1 << 18

    def fetch(start: int) -> bytes:
        headers = {"Authorization": f"Bearer {file.tokens[1]}", "Range": f"bytes={start}-{start + step - 1}"}
        answer = requests.get(f"{file.url}/content", headers=headers, timeout=60)
        assert answer.status_code == 206
        return answer.content

    with ThreadPoolExecutor(8) as pool:
        got = b"".join(pool.map(fetch, range(0, len(file.content), step)))
    assert got == file.content
    assert file.get_in_the_end(1).status_code == file.get_in_the_end(2).status_code == 410
    assert file.downloads == 1
