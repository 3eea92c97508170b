"""Whole processes, timed from start to exit as a user sees them, with the peak of their memory."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

_KIB = 1_024


class Failed(Exception):
    """A process that was to be measured failed; the message is what it wrote to stderr."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process, or a pipe of several, went."""

    seconds: float
    peak: int
    """Largest resident set of any of them, in bytes. Never below our own: Linux counts the moment before exec."""


def run(
    *pipe: Sequence[str | Path],
    stdin: Path | None = None,
    stdout: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Outcome:
    """Runs commands joined by pipes, from a file or nothing into a file or nothing. Raises `Failed`."""
    with ExitStack() as stack:
        source = stack.enter_context((stdin or Path(os.devnull)).open("rb")).fileno()
        sink = stack.enter_context((stdout or Path(os.devnull)).open("wb")).fileno()
        said = os.memfd_create("stderr")
        stack.callback(os.close, said)
        began = time.perf_counter()
        running: list[subprocess.Popen[bytes]] = []
        for number, command in enumerate(pipe):
            last = number == len(pipe) - 1
            process = subprocess.Popen(
                command, stdin=source, stdout=sink if last else subprocess.PIPE, stderr=said, env=environment
            )
            if process.stdout is not None:
                source = stack.enter_context(process.stdout).fileno()
            if number:
                _close(running[-1])
            running.append(process)
        ended = [_wait(process) for process in running]
        seconds = time.perf_counter() - began
        _check(running, [code for code, _ in ended], said)
    return Outcome(seconds, max(peak for _, peak in ended))


def side_by_side(*commands: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Outcome:
    """Runs commands that need each other at the same time, until all have ended; one that fails ends the others.

    Raises `Failed`.
    """
    with tempfile.TemporaryFile() as said, ThreadPoolExecutor(len(commands)) as pool:
        began = time.perf_counter()
        running = [
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment)
            for command in commands
        ]

        def wait(process: subprocess.Popen[bytes]) -> tuple[int, int]:
            code, peak = _wait(process)
            if code:
                for other in running:
                    if other.returncode is None:
                        with suppress(ProcessLookupError):
                            os.kill(other.pid, signal.SIGTERM)
            return code, peak

        ended = list(pool.map(wait, running))
        seconds = time.perf_counter() - began
        _check(running, [code for code, _ in ended], said.fileno())
    return Outcome(seconds, max(peak for _, peak in ended))


def output_of(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints, stdout before stderr. Raises `Failed`."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise Failed(f"{command!r} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout + done.stderr


def _check(processes: Sequence[subprocess.Popen[bytes]], codes: Sequence[int], said: int) -> None:
    """Raises `Failed` for the first that did not end with 0; `said` is the file of what they wrote to stderr."""
    for process, code in zip(processes, codes, strict=True):
        if code:
            text = os.pread(said, os.fstat(said).st_size, 0).decode(errors="replace")
            raise Failed(f"{process.args!r} ended with {code}:\n{text}")


def _close(process: subprocess.Popen[bytes]) -> None:
    """Our end of a pipe that its reader has inherited: only so does the writer notice a reader that died."""
    if process.stdout is not None:
        process.stdout.close()


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Exit code, and peak memory in bytes."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss * _KIB
