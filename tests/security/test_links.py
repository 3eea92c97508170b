"""Attacks on links: fifty at once for five downloads, guessing, scanners that look at everything."""

import secrets
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from shared.sealed.encoding import b64u
from tests.server.linked import Linked
from tests.server.samples import Sample, sample
from tests.support.server import LiveServer, live_server
from tests.support.waiting import until

AT_ONCE = 50
PLACES = 5
PATIENCE = 400


@dataclass(frozen=True)
class Shared:
    """A file of ada's that a link leads to."""

    server: LiveServer
    link: Linked
    file: Sample
    token: str

    @property
    def url(self) -> str:
        return f"{self.server.url}/links/{self.link.link_id}"

    def claim(self) -> str:
        """A place, waited for: `429` says that others hold the last ones."""
        for _ in range(PATIENCE):
            answer = requests.post(f"{self.url}/claim", headers=self.link.headers, timeout=60)
            if answer.status_code == 201:
                return str(answer.json()["claim"])
            if answer.status_code != 429:
                return ""
        raise AssertionError("a place was never free, and never used up")

    def get(self, claim: str, **options: object) -> requests.Response:
        headers = {**self.link.headers, "Sealcase-Claim": claim}
        url = f"{self.url}/files/{self.file.file_id}/content"
        return requests.get(url, headers=headers, timeout=60, **options)  # type: ignore[arg-type]

    @property
    def downloads(self) -> int:
        headers = {"Authorization": f"Bearer {self.token}"}
        links = requests.get(f"{self.server.url}/links", headers=headers, timeout=60).json()["links"]
        return next(int(each["downloads"]) for each in links if each["link_id"] == self.link.link_id)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("data"), workers=4) as running:
        yield running


def shared(server: LiveServer, size: int, **terms: object) -> Shared:
    token = server.sign_in(f"ada-{secrets.token_hex(4)}@example.org")["token"]
    headers, file, link = {"Authorization": f"Bearer {token}"}, sample(size), Linked()
    uploads = f"{server.url}/uploads"
    for method, url, body in (
        ("POST", uploads, {"json": file.start()}),
        *(("PUT", f"{uploads}/{file.file_id}/parts/{n}", {"data": part}) for n, part in enumerate(file.parts)),
        ("POST", f"{uploads}/{file.file_id}/complete", {"json": file.completion()}),
        ("POST", f"{server.url}/links", {"json": link.body(file, **terms)}),
    ):
        requests.request(method, url, headers=headers, timeout=60, **body).raise_for_status()  # type: ignore[arg-type]
    return Shared(server, link, file, token)


def test_fifty_at_once_get_five_downloads(server: LiveServer) -> None:
    """Over four worker processes; those who are told to wait and do, find it used up."""
    link = shared(server, 2 << 20, download_limit=PLACES)

    def patient(_: int) -> bool:
        claim = link.claim()
        if not claim:
            return False
        answer = link.get(claim)
        assert (answer.status_code, answer.content) == (200, link.file.body)
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert Counter(pool.map(patient, range(AT_ONCE))) == {True: PLACES, False: AT_ONCE - PLACES}
    assert link.downloads == PLACES


@pytest.mark.slow
def test_fifty_who_hang_up_use_up_nothing(server: LiveServer) -> None:
    """Each of them takes a little, breaks off and gives its place back."""
    link = shared(server, 24 << 20, download_limit=PLACES)

    def hang_up(_: int) -> None:
        claim = link.claim()
        with link.get(claim, stream=True) as answer:
            assert answer.raw.read(100) == link.file.body[:100]
        requests.delete(f"{link.url}/claims/{claim}", headers=link.link.headers, timeout=60).raise_for_status()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(hang_up, range(AT_ONCE)))
    for number in range(PLACES):
        until(lambda number=number: link.downloads == number, "the count")  # type: ignore[misc]
        assert link.get(link.claim()).content == link.file.body
    assert link.claim() == ""


def test_scanners_use_nothing_up(server: LiveServer) -> None:
    """Whatever a preview asks without the secret: the address as it is shared, all around it, every method."""
    link = shared(server, 100, download_limit=1)
    paths = ("", "/", "/open", "/claim", f"/files/{link.file.file_id}/content", f"/claims/{'0' * 32}/done")
    urls = [f"{link.url}{path}" for path in paths] + [f"{server.url}/s/{link.link.link_id}"]
    for url in urls:
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            answer = requests.request(method, url, headers={"User-Agent": "Slackbot-LinkExpanding 1.0"}, timeout=30)
            assert answer.status_code < 500
            assert link.file.manifest().raw not in answer.content
    assert link.downloads == 0
    assert link.get(link.claim()).content == link.file.body


@pytest.mark.slow
def test_guessing_at_once_gets_little_further(tmp_path_factory: pytest.TempPathFactory) -> None:
    """However many try side by side: the limit is overstepped at most by those who were under way when it was met."""
    rates = {"rate_limits": "1", "rate_limit_link_guess_one": "10 per hour", "rate_limit_anonymous": "none"}
    with live_server(tmp_path_factory.mktemp("guessed"), workers=2, **rates) as limited:
        link = shared(limited, 100, password=True)

        def guess(_: int) -> int:
            headers = {"Authorization": f"Link {b64u(secrets.token_bytes(32))}"}
            return requests.get(f"{link.url}/open", headers=headers, timeout=30).status_code

        with ThreadPoolExecutor(20) as pool:
            told = Counter(pool.map(guess, range(100)))
        assert set(told) == {404, 429}
        assert told[404] <= 10 + 20
        assert requests.get(f"{link.url}/open", headers=link.link.headers, timeout=30).status_code == 429


@pytest.mark.slow
def test_an_answer_takes_as_long_for_a_link_that_is_there(server: LiveServer) -> None:
    """A wrong secret for a live link and for none: their medians differ by less than their own spread."""
    link = shared(server, 100)
    session = requests.Session()

    def seconds(link_id: str) -> float:
        headers = {"Authorization": f"Link {b64u(secrets.token_bytes(32))}"}
        began = time.perf_counter()
        assert session.get(f"{server.url}/links/{link_id}/open", headers=headers, timeout=30).status_code == 404
        return time.perf_counter() - began

    there, nowhere = link.link.link_id, Linked().link_id
    pairs = [(seconds(there), seconds(nowhere)) for _ in range(300)]
    one, other = ([pair[which] for pair in pairs] for which in (0, 1))
    spread = statistics.quantiles(one + other, n=4)
    assert abs(statistics.median(one) - statistics.median(other)) < spread[2] - spread[0]
