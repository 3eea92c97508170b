"""The real `sealcase` as a process, for tests: `cli = Cli(folder, home); cli("seal", "a.txt", "--to", "b.pem")`."""

import codecs
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SECONDS = 200
"""The longest that any command of a test may take."""
_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (str(Path(sys.executable).with_name("sealcase")),)

Arg = str | bytes | Path

_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.out.decode("utf-8").splitlines()

    @property
    def json(self) -> object:
        return json.loads(self.out)


@dataclass
class Cli:
    """`sealcase` with a home and an environment of its own; nothing of ours leaks into it."""

    folder: Path
    """Working directory."""
    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """More environment variables."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def data(self) -> Path:
        """SEALCASE_HOME."""
        return self.home / "sealcase"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "SYSTEMROOT") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(_ROOT),
            "PYTHONWARNINGS": "error",
            "SEALCASE_HOME": str(self.data),
            "SEALCASE_KEYRING": "off",
            **self.settings,
        }

    def with_settings(self, **settings: str) -> "Cli":
        return Cli(self.folder, self.home, {**self.settings, **settings})

    def at(self, folder: Path) -> "Cli":
        """The same person in another folder."""
        return Cli(folder, self.home, self.settings)

    def __call__(self, *arguments: Arg, stdin: bytes | None = None, prefix: tuple[str, ...] = ()) -> Result:
        """Runs a command to its end. Fails the test at once if it shows a traceback."""
        process = self.start(*arguments, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE, prefix=prefix)
        return finish(process, stdin)

    def ok(self, *arguments: Arg, stdin: bytes | None = None) -> Result:
        """Like a call, for a command that must succeed."""
        result = self(*arguments, stdin=stdin)
        assert result.code == 0, result.err
        return result

    def start(
        self,
        *arguments: Arg,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        prefix: tuple[str, ...] = (),
    ) -> subprocess.Popen[bytes]:
        """Starts a command in a session of its own, so that no terminal of ours is ever asked."""
        process = subprocess.Popen(
            [*prefix, *_COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        _started.append(process)
        return process

    @contextmanager
    def terminal(
        self, *arguments: Arg, stdin: int | None = None, stdout: int | None = None, columns: int = 100
    ) -> Iterator["Terminal"]:
        """A command at a terminal; what it prints there can be read, and its questions be answered."""
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, columns))
        process = subprocess.Popen(
            [sys.executable, "-c", _AT_TERMINAL, *_COMMAND, *arguments],
            cwd=self.folder,
            env={**self.environment, "TERM": "xterm"},
            stdin=theirs if stdin is None else stdin,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(SECONDS)
            if process.stdout:
                process.stdout.close()
            os.close(ours)


_AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass
class Terminal:
    """Our end of the terminal that a command runs at."""

    process: subprocess.Popen[bytes]
    _handle: int
    shown: str = ""
    """Everything that was shown, as it came: line ends are CR LF."""
    _seen: int = 0
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    """What is read may end in the middle of a character."""

    def wait_for(self, text: str, seconds: float = SECONDS) -> None:
        """Reads until `text` is shown, behind what was waited for before."""
        deadline = time.monotonic() + seconds
        while (found := self.shown.find(text, self._seen)) < 0:
            assert time.monotonic() < deadline, f"{text!r} is not in {self.shown!r}"
            assert self._read(), f"it ended without {text!r}: {self.shown!r}"
        self._seen = found + len(text)

    def answer(self, question: str, text: str) -> None:
        """Waits for a question, types an answer. The blank behind it comes when the terminal listens."""
        self.wait_for(f"{question} ")
        os.write(self._handle, text.encode("utf-8") + b"\n")

    def press(self, keys: bytes) -> None:
        os.write(self._handle, keys)

    def interrupt(self) -> None:
        """Ctrl-C, again if need be: pressed just before a program listens, it is heard with the next key only."""
        while True:
            shown = len(self.shown)
            self.press(b"\x03")
            while _has_more(self._handle, 1):
                if not self._read():
                    return
            if len(self.shown) > shown + len("^C"):
                return

    def end(self) -> int:
        """Reads to the end; returns the exit code."""
        deadline = time.monotonic() + SECONDS
        while self._read():
            assert time.monotonic() < deadline, self.shown
        code = self.process.wait(SECONDS)
        assert "Traceback" not in self.shown, self.shown
        return code

    def _read(self) -> bool:
        """Reads once; False at the end."""
        assert _has_more(self._handle, SECONDS), f"nothing more came after {self.shown!r}"
        data = b""
        with suppress(OSError):  # EIO: the other end was closed
            data = os.read(self._handle, 65_536)
        self.shown += self._decoder.decode(data)
        return bool(data)


def _has_more(handle: int, seconds: float) -> bool:
    """Whether `handle` can be read, or has ended, within `seconds`; however many files are open."""
    looking = select.poll()
    looking.register(handle, select.POLLIN)
    return bool(looking.poll(seconds * 1_000))


def finish(process: subprocess.Popen[bytes], stdin: bytes | None = None) -> Result:
    """Waits for a command; its result. Fails the test if it shows a traceback or a warning."""
    try:
        out, err = process.communicate(stdin, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    result = Result(process.returncode, out or b"", err.decode("utf-8", "replace"))
    assert "Traceback" not in result.err, result.err
    assert "Warning" not in result.err, result.err
    return result


def end_what_was_left() -> None:
    """Kills the commands that a test started and did not see to their end: one that failed, that is."""
    while _started:
        process = _started.pop()
        if process.returncode is None:
            process.kill()
            process.communicate()


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C."""
    process.send_signal(signal.SIGINT)


def wait_until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Waits for a condition, as shortly as it takes."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        select.select([], [], [], 0.005)


def wait_until_written(path: Path, size: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until `path` has at least `size` bytes; fails if the process ends before."""

    def reached() -> bool:
        assert process.poll() is None, "the command ended too soon"
        with suppress(FileNotFoundError):
            return path.stat().st_size >= size
        return False

    wait_until(reached, f"{path} of {size} bytes")


def argument_lists(process: subprocess.Popen[bytes]) -> str:
    """What every user of the machine can read about a command."""
    lists: list[str] = []
    with suppress(psutil.NoSuchProcess):
        main = psutil.Process(process.pid)
        for each in (main, *main.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # over meanwhile
                lists += each.cmdline()
    return "\n".join(lists)


def tree(folder: Path) -> set[str]:
    """The names of everything below a folder that is no folder itself."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
