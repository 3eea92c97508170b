"""A line that cuts, stalls, truncates and corrupts, as the server sees it: a part counts whole or not at all."""

import base64
import hashlib
import re
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from shared.sealed.geometry import MIB
from tests.server.samples import Sample, sample
from tests.support.network import Wire, wire_to
from tests.support.server import LiveServer, live_server

_STALL_SECONDS = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """It gives up a transfer that stands still for a second."""
    folder = tmp_path_factory.mktemp("data")
    with live_server(folder, body_timeout=str(_STALL_SECONDS)) as server:
        yield server


@pytest.fixture
def wire(server: LiveServer) -> Iterator[Wire]:
    with wire_to(server.url) as wire:
        yield wire


class _Sender:
    """Sends each request on a connection of its own."""

    def __init__(self, server: LiveServer, email: str = "ada@example.org") -> None:
        self.headers = {"Authorization": f"Bearer {server.sign_in(email)['token']}", "Connection": "close"}

    def ask(self, url: str, method: str, path: str, **options: object) -> requests.Response:
        headers = {**self.headers, **options.pop("headers", {})}  # type: ignore[dict-item]
        return requests.request(method, f"{url}{path}", headers=headers, timeout=60, **options)  # type: ignore[arg-type]

    def put(self, url: str, file: Sample, number: int) -> requests.Response:
        digest = base64.b64encode(hashlib.sha256(file.parts[number]).digest()).decode()
        path = f"/uploads/{file.file_id}/parts/{number}"
        return self.ask(url, "PUT", path, data=file.parts[number], headers={"Content-Digest": f"sha-256=:{digest}:"})


@pytest.mark.parametrize("trouble", ["cut_up_after", "truncate_up_after", "stall_up_after", "flip_up_at"])
def test_a_part_on_a_bad_line(server: LiveServer, wire: Wire, trouble: str) -> None:
    """It is not acknowledged, also where it had been before; the other part is, and the file is whole in the end."""
    ada, file = _Sender(server), sample(MIB + 1_000_000)
    assert ada.ask(server.url, "POST", "/uploads", json=file.start()).status_code == 201
    for number in range(2):
        assert ada.put(server.url, file, number).status_code == 200
    setattr(wire, trouble, 500_000)
    before = len(server.lines)
    try:
        answer = ada.put(wire.url, file, 1)
    except requests.RequestException:
        pass
    else:
        assert answer.json()["code"] in ("interrupted", "digest_mismatch")
    assert wire.troubles == 1
    server.line_with(re.compile(rf"PUT /uploads/{file.file_id}/parts/1 4\d\d"), since=before)
    state = ada.ask(server.url, "GET", f"/uploads/{file.file_id}").json()
    assert [part["number"] for part in state["parts"]] == [0]
    wire.trouble_ends_after = 1
    assert ada.put(wire.url, file, 1).status_code == 200
    assert ada.ask(wire.url, "POST", f"/uploads/{file.file_id}/complete", json=file.completion()).status_code == 201
    assert ada.ask(wire.url, "GET", f"/files/{file.file_id}/content").content == file.body


@pytest.mark.parametrize("trouble", ["cut_down_after", "truncate_down_after", "stall_down_after"])
def test_a_download_on_a_bad_line(server: LiveServer, wire: Wire, trouble: str) -> None:
    """A download that broke off does not count, and the place that it had is free for another try."""
    ada, bob, file = _Sender(server), _Sender(server, "bob@example.org"), sample(24 * MIB, 8 * MIB)
    assert ada.ask(server.url, "POST", "/uploads", json=file.start()).status_code == 201
    for number in range(len(file.parts)):
        assert ada.put(server.url, file, number).status_code == 200
    completion = file.completion(allowed_users=["bob@example.org"], download_limit=1)
    ada.ask(server.url, "POST", f"/uploads/{file.file_id}/complete", json=completion).raise_for_status()
    path = f"/files/{file.file_id}/content"
    setattr(wire, trouble, 500_000)
    wire.trouble_ends_after = 1
    before = len(server.lines)
    got = b""
    with pytest.raises(requests.RequestException):
        broken = requests.get(f"{wire.url}{path}", headers=bob.headers, stream=True, timeout=(60, 3 * _STALL_SECONDS))
        for block in broken.iter_content(1 << 16):
            got += block
    assert len(got) < len(file.body)
    assert file.body.startswith(got)
    server.line_with(re.compile(path), since=before)
    again = _until_free(bob, wire.url, path)
    assert again.content == file.body
    assert _until_free(bob, wire.url, path).status_code == 410


def _until_free(reader: _Sender, url: str, path: str) -> requests.Response:
    """The server notices within its stall time that a reader has left, and counts after the last byte."""
    deadline = time.monotonic() + 60
    while (answer := reader.ask(url, "GET", path)).status_code == 429:
        assert time.monotonic() < deadline, answer.text
        threading.Event().wait(0.05)
    return answer
