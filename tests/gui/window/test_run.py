"""`make run`: the server, and the window beside it where there is a screen."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.ports import free_port
from tests.support.screen import quit_windows, windows_of
from tests.support.waiting import until

_SCRIPT = Path(__file__).resolve().parents[3] / "client" / "gui" / "bundle" / "run.sh"
_SECONDS = 60


class Running:
    """The script, in a group of processes of its own as a terminal gives it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.home = folder / "home"
        self.lines: list[str] = []
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        self.process = subprocess.Popen(
            ["sh", _SCRIPT, Path(sys.executable).parent],
            cwd=folder,
            env={
                **kept,
                "HOME": str(folder),
                "LANG": "C.UTF-8",
                "PORT": str(port),
                "DATA_DIR": str(folder / "data"),
                "SEALCASE_HOME": str(self.home),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def says(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def healthy(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=5).ok
        except requests.RequestException:
            return False

    def interrupt(self) -> None:
        """Ctrl-C: to all of the group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_SECONDS)
        self._reader.join(_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _read(self) -> None:
        if self.process.stdout is not None:
            for line in self.process.stdout:
                self.lines.append(line.rstrip())


@contextmanager
def _running(folder: Path, **environment: str) -> Iterator[Running]:
    running = Running(folder, environment)
    try:
        yield running
    finally:
        running.end()


def test_without_a_screen_there_is_only_the_server(tmp_path: Path) -> None:
    """It says so, serves, and ends by Ctrl-C."""
    with _running(tmp_path) as running:
        until(running.healthy, "a server that answers", _SECONDS)
        until(lambda: running.says("Sealcase serves"), "what the server says", _SECONDS)
        assert running.says("No window: there is no screen here")
        running.interrupt()
        assert running.process.wait(_SECONDS) == 0
        assert not running.home.exists()


@pytest.mark.slow
def test_a_closed_window_leaves_the_server_running(tmp_path: Path, display: str) -> None:
    """It opens beside the server, whose address it suggests; closing it ends nothing else, and says so."""
    with _running(tmp_path, DISPLAY=display) as running:
        until(lambda: windows_of(display), "a window", _SECONDS)
        quit_windows(display, lambda: running.says("The server goes on until Ctrl-C"), _SECONDS)
        assert running.url in (running.home / "settings.json").read_text()
        assert running.healthy()
        running.interrupt()
        assert running.process.wait(_SECONDS) == 0
        assert not running.says("Traceback")


@pytest.mark.slow
def test_ctrl_c_closes_both(tmp_path: Path, display: str) -> None:
    """The window ends as by its own cross: it remembers its place; nothing is said of a server that goes on."""
    with _running(tmp_path, DISPLAY=display) as running:
        until(lambda: windows_of(display), "a window", _SECONDS)
        running.interrupt()
        assert running.process.wait(_SECONDS) == 0
        until(lambda: not windows_of(display), "no window", _SECONDS)
        running.end()
        assert '"geometry": {' in (running.home / "settings.json").read_text()
        assert not running.says("The server goes on")
        assert not running.says("Traceback")
