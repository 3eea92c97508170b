"""A disk that is full: on a small file system of its own, mounted where only the server sees it."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from shared.sealed.geometry import MIB
from tests.server.samples import Sample, sample
from tests.support.server import LiveServer, live_server

_DISK_MIB = 28
_PART = 8 * MIB
_MOUNTED = (
    "unshare",
    *(("-m",) if sys.platform != "win32" and os.geteuid() == 0 else ("-U", "-r", "-m")),
    "sh",
    "-c",
    'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"',
    "sh",
)
"""Runs a command in a mount namespace of its own, with a new file system in a folder."""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[LiveServer]:
    """A server whose folder lies on a disk of 28 MiB."""
    inside = (*_MOUNTED, f"{_DISK_MIB}m", str(tmp_path))
    try:
        subprocess.run([*inside, "true"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here")
    with live_server(tmp_path, inside=inside) as server:
        yield server


class _Sender:
    def __init__(self, server: LiveServer) -> None:
        self._url = server.url
        self.headers = {"Authorization": f"Bearer {server.sign_in('ada@example.org')['token']}"}

    def ask(self, method: str, path: str, **options: object) -> requests.Response:
        return requests.request(method, f"{self._url}{path}", headers=self.headers, timeout=60, **options)  # type: ignore[arg-type]

    def put(self, file: Sample, number: int) -> requests.Response:
        return self.ask("PUT", f"/uploads/{file.file_id}/parts/{number}", data=file.parts[number])

    def start(self, file: Sample) -> None:
        assert self.ask("POST", "/uploads", json=file.start()).status_code == 201

    def complete(self, file: Sample) -> None:
        answer = self.ask("POST", f"/uploads/{file.file_id}/complete", json=file.completion())
        assert answer.status_code == 201, answer.text
        assert self.ask("GET", f"/files/{file.file_id}/content").content == file.body

    def arrived(self, file: Sample) -> list[int]:
        return [part["number"] for part in self.ask("GET", f"/uploads/{file.file_id}").json()["parts"]]

    def put_slowly(self, file: Sample, number: int) -> "_SlowPart":
        return _SlowPart(self._url, f"/uploads/{file.file_id}/parts/{number}", self.headers, file.parts[number])


class _SlowPart:
    """A part of which only the first MiB is sent until `finish`."""

    def __init__(self, url: str, path: str, headers: dict[str, str], data: bytes) -> None:
        self._rest = data[MIB:]
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._connection.putrequest("PUT", path)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self._connection.putheader(name, value)
        self._connection.endheaders(data[:MIB])

    def finish(self) -> tuple[int, bytes]:
        """Send the rest, as far as it is taken; status and body of the answer."""
        with suppress(BrokenPipeError, ConnectionResetError):  # the answer may come, and the door close, before the end
            self._connection.send(self._rest)
        answer = self._connection.getresponse()
        found = answer.status, answer.read()
        self._connection.close()
        return found


def test_a_disk_that_fills_up_during_a_part(small: LiveServer) -> None:
    """507 for that part; what was acknowledged stays, others go on, and there being room again it completes."""
    ada = _Sender(small)
    old, torn, quick = sample(_PART, _PART), sample(2 * _PART, _PART), sample(4 * MIB, _PART)
    for file in (old, torn, quick):
        ada.start(file)
    assert ada.put(old, 0).status_code == 200
    ada.complete(old)
    assert ada.put(torn, 0).status_code == 200
    slow = ada.put_slowly(torn, 1)  # there is room for it when it begins
    assert ada.put(quick, 0).status_code == 200  # and this takes it
    status, body = slow.finish()
    assert status == 507, body
    assert b"storage_full" in body
    assert ada.arrived(torn) == [0]
    ada.complete(quick)  # room for its records: what is of no use was given back
    again = ada.put(torn, 1)
    assert again.status_code == 507
    assert ada.arrived(torn) == [0]
    assert ada.ask("DELETE", f"/files/{old.file_id}").status_code == 200
    assert ada.put(torn, 1).status_code == 200
    ada.complete(torn)


def test_a_disk_that_is_full_when_a_part_comes(small: LiveServer) -> None:
    """507 before its bytes are read; reading, signing in and deleting go on."""
    ada = _Sender(small)
    files = [sample(_PART, _PART) for _ in range(4)]
    for file in files:
        ada.start(file)
    for file in files[:3]:
        assert ada.put(file, 0).status_code == 200
        ada.complete(file)
    assert ada.ask("POST", "/uploads", json=sample(_PART, _PART).start()).status_code == 507
    assert ada.put(files[3], 0).status_code == 507
    assert _Sender(small).ask("GET", f"/files/{files[0].file_id}/content").content == files[0].body
    assert ada.ask("DELETE", f"/files/{files[1].file_id}").status_code == 200
    assert ada.put(files[3], 0).status_code == 200
    ada.complete(files[3])
