"""compose.yml is started without an engine: the image's command with the file's own settings, in its order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.docker.compose import services
from tests.support.ports import free_port
from tests.support.server import server_environment, started
from tests.support.waiting import until

pytestmark = pytest.mark.slow


def test_one_server_with_nothing_but_its_address(tmp_path: Path) -> None:
    """Secrets are made in the volume; a second start finds them; the health check agrees with it."""
    port = free_port()
    (server,) = services("compose.yml", {"PUBLIC_URL": "https://sealcase.example.org"}).values()
    volume = tmp_path / "volume"
    bare = server_environment(volume)
    kept = {name: bare[name] for name in ("PATH", "HOME", "PYTHONPATH", "PYTHONUNBUFFERED") if name in bare}
    environment = {
        **kept,
        **server.environment,
        "DATA_DIR": str(volume),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_FORMAT": "json",
    }
    secrets: list[bytes] = []
    for _ in range(2):
        with started(environment, volume) as live:
            live.line_with(re.compile("Sealcase serves"))
            until(lambda: _healthy(environment) == 0, "a healthy server", 60)
            health = requests.get(f"http://127.0.0.1:{port}/health", timeout=10)
            assert health.headers["Strict-Transport-Security"]
            assert not any('"level": "ERROR"' in line for line in live.lines)
        secrets.append((volume / "secrets" / "secret_key").read_bytes())
    assert secrets[0] == secrets[1]
    assert _healthy(environment) == 1


def _healthy(environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "server.health"]
    return subprocess.run(command, env=environment, cwd=os.sep, capture_output=True, timeout=30).returncode
