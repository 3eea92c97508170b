"""docs/api.md tells the truth: every shell block runs, in order, and prints what stands below it."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.server import LiveServer, live_server

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
_BLOCK = re.compile(r"^```(sh|json|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EMAIL = "ada@example.org"


@dataclass(frozen=True)
class Step:
    """A shell block, and the block with its output where there is one."""

    script: str
    kind: str | None
    output: str


def steps(page: str) -> Iterator[Step]:
    """The shell blocks of `page`, in order."""
    blocks = _BLOCK.findall(page)
    for (kind, script), (next_kind, output) in zip(blocks, [*blocks[1:], ("sh", "")], strict=True):
        if kind == "sh":
            yield Step(script, None if next_kind == "sh" else next_kind, "" if next_kind == "sh" else output)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """With the limits that every server has."""
    with live_server(tmp_path_factory.mktemp("api") / "data", rate_limits="1") as server:
        yield server


def test_every_block_of_the_page_runs(server: LiveServer, tmp_path: Path) -> None:
    """In one shell after the other, each with the variables and functions of those before it."""
    state = tmp_path / "state"
    state.touch()
    found = list(steps(PAGE.read_text(encoding="utf-8")))
    assert len(found) > 20
    for step in found:
        done = _run(step.script, state, server, tmp_path)
        assert done.returncode == 0, (step.script, done.stdout, done.stderr)
        if step.kind == "json":
            printed = json.loads(done.stdout)
            assert _shape(printed) == _shape(json.loads(step.output)), (step.script, printed)
        elif step.kind == "text":
            assert done.stdout == step.output, step.script


def _run(script: str, state: Path, server: LiveServer, folder: Path) -> subprocess.CompletedProcess[str]:
    keep = f"trap '{{ declare -f; export -p; }} > {state}' EXIT"
    code = server.line_with(re.compile(rf"code for {_EMAIL}: (\d{{6}})"))[1] if "read -r" in script else ""
    return subprocess.run(
        ["bash", "-c", f"set -aeuo pipefail\n. {state}\n{keep}\n{script}"],
        env={"PATH": os.environ["PATH"], "SERVER": server.url, "EMAIL": _EMAIL, "HOME": str(folder)},
        input=f"{code}\n",
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _shape(value: object) -> object:
    """Names and types, all the way down; of texts that mean something to programs also the text."""
    match value:
        case dict():
            return {name: each if name in ("code", "kind", "status") else _shape(each) for name, each in value.items()}
        case list():
            return [_shape(each) for each in value]
        case _:
            return type(value).__name__
