"""docs/self-hosting.md tells the truth: every block marked `sh` runs, in order, in a fresh folder."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.test_api_docs import steps
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "self-hosting.md"
SECONDS = 240
_LINK = re.compile(r"\]\((\.\./[^)#]+|[a-z-]+\.(?:md|json))\)")


@pytest.mark.slow
def test_every_block_of_the_page_runs(tmp_path: Path) -> None:
    state, home = tmp_path / "state", tmp_path / "home"
    state.touch()
    home.mkdir()
    found = list(steps(PAGE.read_text(encoding="utf-8")))
    assert len(found) >= 10
    port = free_port()
    try:
        for step in found:
            done = _run(step.script, state, home, port)
            assert done.returncode == 0, (step.script, done.stdout, done.stderr)
            if step.kind == "text":
                assert done.stdout.strip() == step.output.strip(), step.script
        assert (home / "well").read_text() == "True\n"
        assert (home / "data" / "format").read_text() == "1\n"
    finally:
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(int((home / "server.pid").read_text()), signal.SIGKILL)


def test_what_the_page_points_at_is_there() -> None:
    for target in _LINK.findall(PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target


def _run(script: str, state: Path, home: Path, port: int) -> subprocess.CompletedProcess[str]:
    keep = f"trap '{{ declare -f; export -p; }} > {state}' EXIT"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", f"set -aeuo pipefail\n. {state}\n{keep}\n{script}"],
        env={"PATH": path, "PORT": str(port), "HOME": str(home), "FREE_DISK_FLOOR": "0", "PYTHONPATH": str(ROOT)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
