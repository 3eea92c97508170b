"""A line between two people and their server: long, narrow, and counted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from benchmarks.line_proxy import Passed
from benchmarks.processes import Failed
from benchmarks.servers import Server, stopped_afterwards

_ROOT = Path(__file__).resolve().parents[1]


class Line:
    """A running proxy; `server` is what it leads to, as clients see it."""

    def __init__(self, server: Server, questions: IO[str], answers: IO[str]) -> None:
        self.server = server
        self._questions = questions
        self._answers = answers

    def passed(self) -> Passed:
        """What has passed so far."""
        self._questions.write("\n")
        self._questions.flush()
        return Passed(**json.loads(self._answers.readline()))


@contextmanager
def line_to(server: Server, *, delay: float = 0.0, rate: float = float("inf")) -> Iterator[Line]:
    """A line to `server`: `delay` in seconds each way, `rate` in bytes a second each way."""
    command = [sys.executable, "-m", "benchmarks.line_proxy", str(urlsplit(server.url).port)]
    command += ["--delay", str(delay), "--rate", str(rate)]
    process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with stopped_afterwards(process):
        if process.stdin is None or process.stdout is None:
            raise Failed("the line has no pipes")
        port = process.stdout.readline().strip()
        if not port:
            raise Failed("the line did not start")
        yield Line(Server(f"http://127.0.0.1:{port}", process.pid), process.stdin, process.stdout)
