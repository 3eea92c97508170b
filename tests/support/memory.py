"""Peak memory: of a process from start to exit, and of processes that go on running."""

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY_SECONDS = 0.05


def run_measured(command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> tuple[str, int]:
    """Runs a command; returns its standard output and its peak memory in bytes (RSS; never less than our own of now).

    Raises `subprocess.CalledProcessError` if it fails.
    """
    process = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    reader = threading.Thread(target=lambda stream: errors.append(stream.read()), args=(process.stderr,))
    reader.start()
    output = process.stdout.read()
    reader.join()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output, "".join(errors))
    return output, usage.ru_maxrss * 1024


class PeakOf:
    """The largest value that `memory` gave (bytes: shared pages once, and the plain sum) while the block ran."""

    def __init__(self, memory: Callable[[], tuple[int, int]]) -> None:
        self._memory = memory
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            self.bytes = max(self.bytes, self._memory()[0])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
