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
    core_seconds: float
    """What they used of the processors, in the kernel too."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """What the kernel tells of a process that has ended."""

    code: int
    peak: int
    core_seconds: float


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
        _check(running, ended, said)
    return _outcome(seconds, ended)


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

        def wait(process: subprocess.Popen[bytes]) -> _Ended:
            ended = _wait(process)
            if ended.code:
                for other in running:
                    if other.returncode is None:
                        with suppress(ProcessLookupError):
                            os.kill(other.pid, signal.SIGTERM)
            return ended

        all_ended = list(pool.map(wait, running))
        seconds = time.perf_counter() - began
        _check(running, all_ended, said.fileno())
    return _outcome(seconds, all_ended)


def output_of(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints, stdout before stderr. Raises `Failed`."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise Failed(f"{command!r} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout + done.stderr


def _check(processes: Sequence[subprocess.Popen[bytes]], ended: Sequence[_Ended], said: int) -> None:
    """Raises `Failed` for the first that did not end with 0; `said` is the file of what they wrote to stderr."""
    for process, end in zip(processes, ended, strict=True):
        if end.code:
            text = os.pread(said, os.fstat(said).st_size, 0).decode(errors="replace")
            raise Failed(f"{process.args!r} ended with {end.code}:\n{text}")


def _outcome(seconds: float, ended: Sequence[_Ended]) -> Outcome:
    return Outcome(seconds, max(end.peak for end in ended), sum(end.core_seconds for end in ended))


def _close(process: subprocess.Popen[bytes]) -> None:
    """Our end of a pipe that its reader has inherited: only so does the writer notice a reader that died."""
    if process.stdout is not None:
        process.stdout.close()


def _wait(process: subprocess.Popen[bytes]) -> _Ended:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return _Ended(process.returncode, usage.ru_maxrss * _KIB, usage.ru_utime + usage.ru_stime)
