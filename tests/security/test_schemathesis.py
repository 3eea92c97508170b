"""schemathesis: requests made from our own OpenAPI document, valid and hostile, against the live server.

With all its checks: no 5xx, every status, header, media type and body as documented, what breaks the schema is refused,
nothing works without a token that should need one, `Allow` is right, and what was deleted is gone.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from shared.api.scopes import Scope
from tests.support.server import LiveServer, live_server

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("schemathesis.toml")
EVERYTHING = "examples,coverage,fuzzing,stateful"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """With a limit on sizes: otherwise a request for more than this disk holds is a 507, which counts as an error."""
    with live_server(tmp_path_factory.mktemp("schemathesis") / "data", max_file_size=str(100 << 20)) as server:
        yield server


def test_a_few_requests_a_route(server: LiveServer, tmp_path: Path) -> None:
    """Examples and fuzzing, as part of every `make test`."""
    assert_conforming(server, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "3", "--seed", "1")


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_many_requests_a_route(server: LiveServer, tmp_path: Path) -> None:
    """Every phase: borders of every rule, random requests, and chains of calls that use each other's answers.

    Always the same ones, so that a red run is about the change at hand; another `--seed` looks elsewhere.
    """
    assert_conforming(server, tmp_path, "--phases", EVERYTHING, "--max-examples", "60", "--seed", "2")


def assert_conforming(server: LiveServer, folder: Path, *options: str) -> None:
    """Run schemathesis signed in as somebody with a file; its report is the failure's message.

    In one thread: Python 3.11 counts the depth of its parser for all threads together, and Hypothesis parses.
    """
    session = server.sign_in("ada@example.org")["token"]
    headers = {"Authorization": f"Bearer {session}"}
    fields = {"filename": "a", "nonce": "b", "wrapped_key": "c", "ciphertext": "ZA=="}
    file = requests.post(f"{server.url}/upload", json=fields, headers=headers, timeout=30).json()
    asked = {"name": "schemathesis", "scopes": [scope.value for scope in Scope]}
    token = requests.post(f"{server.url}/auth/tokens", json=asked, headers=headers, timeout=30).json()
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "--no-color", "--config-file", CONFIG),
            *("run", f"{server.url}/openapi.json", "--checks", "all", "--workers", "1", "--continue-on-failure"),
            *("--no-shrink", "--warnings", "off", "--suppress-health-check", "all", *options),
        ],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LIVE_TOKEN": token["token"],
            "LIVE_SESSION": session,
            "LIVE_FILE_ID": file["file_id"],
        },
        capture_output=True,
        text=True,
        timeout=1_100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [line for line in server.lines if "Traceback" in line or "unexpected error" in line]
