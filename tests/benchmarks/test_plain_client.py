"""The client that measures a server alone: every byte goes where it belongs, and a refusal is noticed."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import plain_client
from tests.support.network import Answer, Asked, web_server

_CONTENT = bytes(range(256)) * 4_000
_PART = 300_000


def _run(action: str, url: str, file: Path) -> int:
    command = [sys.executable, "-I", "-S", plain_client.__file__, action, url, str(file), str(_PART), "2"]
    environment = {**os.environ, "TOKEN": "secret"}
    return subprocess.run(command, env=environment, check=False, timeout=60, stderr=subprocess.DEVNULL).returncode


def _file(folder: Path) -> Path:
    path = folder / "content"
    path.write_bytes(_CONTENT)
    return path


def test_parts_are_put_one_by_one(tmp_path: Path) -> None:
    """Each under its number, with the token, and together they are the file."""
    with web_server(lambda _: Answer(200)) as (url, asked):
        assert _run("put", f"{url}/up", _file(tmp_path)) == 0
    parts = {int(each.path.removeprefix("/up/")): each.body for each in asked}
    assert b"".join(parts[number] for number in sorted(parts)) == _CONTENT
    assert {each.headers["Authorization"] for each in asked} == {"Bearer secret"}


def test_ranges_are_got_and_their_lengths_checked(tmp_path: Path) -> None:
    """Together they cover the file; a server that gives less than was asked for is no success."""
    ranges: list[tuple[int, int]] = []

    def serve(asked: Asked) -> Answer:
        first, last = asked.headers["Range"].removeprefix("bytes=").split("-")
        ranges.append((int(first), int(last) + 1))
        return Answer(206, _CONTENT[int(first) : int(last) + 1])

    with web_server(serve) as (url, _):
        assert _run("get", f"{url}/down", _file(tmp_path)) == 0
    assert sorted(ranges) == [(start, min(start + _PART, len(_CONTENT))) for start in range(0, len(_CONTENT), _PART)]
    with web_server(lambda _: Answer(206, b"short")) as (url, _):
        assert _run("get", f"{url}/down", _file(tmp_path)) == 1


def test_a_refusal_is_a_failure(tmp_path: Path) -> None:
    """Otherwise a server that says no would look fast."""
    with web_server(lambda _: Answer(507)) as (url, _):
        assert _run("put", f"{url}/up", _file(tmp_path)) == 1
