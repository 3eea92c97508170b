"""The real window on a screen of its own, against a real server; used by real key strokes and clicks."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TypeVar

import pytest

from tests.gui.window.seen import Seen as Seen
from tests.support.screen import INSTALL, missing_programs, picture_of, virtual_screen, xdotool
from tests.support.server import LiveServer, live_server

Found = TypeVar("Found")
SECONDS = 30.0
"""The longest that anything may take."""
_STILL = 4
"""So many looks in a row must find a widget at the same place before it is pressed, or all of them at rest."""
_ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """An X server on a free display, such as `:5`."""
    if missing := missing_programs():
        pytest.skip(f"{' and '.join(missing)} not installed: {INSTALL}")
    with virtual_screen() as display:
        yield display


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server for all windows; each test brings people of its own."""
    with live_server(tmp_path_factory.mktemp("server") / "data", workers=1) as server:
        yield server


class Gone(AssertionError):
    """The window is no longer there."""


@dataclass
class Window:
    """A window that runs. What it does is real events; each waits until there is what it needs."""

    process: subprocess.Popen[bytes]
    display: str
    home: Path
    _socket: socket.socket
    _lines: "Iterator[str]" = field(repr=False)

    def ask(self, command: str) -> object:
        try:
            self._socket.sendall(f"{command}\n".encode())
            return json.loads(next(self._lines))
        except (OSError, StopIteration):
            raise Gone("the window has closed") from None

    def tree(self) -> list[Seen]:
        answer = self.ask("tree")
        assert isinstance(answer, list)
        return [Seen(**each) for each in answer]

    def find(self, role: str, label: str) -> Seen:
        """The widget with that role whose label is `label`, or holds it; waits for it to be seen and usable."""
        return self.until(lambda: self._found(role, label), f"{role} {label!r}")

    def has(self, role: str, label: str) -> bool:
        return any(each.role == role and label in each.label for each in self.tree())

    def wait_for_text(self, text: str) -> Seen:
        """Anything that says so."""
        return self.until(lambda: next((each for each in self.tree() if text in each.label), None), f"text {text!r}")

    def wait_until_gone(self, text: str) -> None:
        self.until(lambda: not any(text in each.label for each in self.tree()), f"{text!r} to be gone")

    def at_rest(self) -> list[Seen]:
        """What is there once no job is at work and nothing changes any more. One that waits for an answer is not."""
        trees: list[list[Seen]] = []

        def still() -> bool:
            trees.append(self.tree())
            if self.ask("busy"):
                trees.clear()
            return len(trees) >= _STILL and all(tree == trees[-1] for tree in trees[-_STILL:])

        self.until(still, "the window to be at rest")
        return trees[-1]

    def click(self, role: str, label: str, button: int = 1) -> None:
        """Scrolls to it if need be; presses only what stands still."""
        self.find(role, label)

        def pointed_at() -> bool:
            seen = self.until(lambda: self._in_sight(role, label), f"{role} {label!r} in sight")
            x, y = seen.middle
            self.xdotool("mousemove", str(x), str(y))
            after = [self._found(role, label) for _ in range(_STILL)]
            return all(each is not None and each.in_sight and each.middle == (x, y) for each in after)

        self.until(pointed_at, f"{role} {label!r} to stand still")
        self.xdotool("click", str(button))

    def wait_for_focus(self, field: str) -> None:
        """Until what is typed goes into it: a dialog has the keyboard a moment after it is seen."""
        self.until(lambda: self._found("textbox", field, focused=True), f"focus in {field!r}")

    def fill(self, label: str, text: str) -> None:
        """Clicks into a field, and types over what it holds."""
        self.click("textbox", label)
        self.wait_for_focus(label)
        self.key("ctrl+a")
        self.type(text)
        self.until(lambda: self._holds(label, text), f"{label!r} to hold what was typed")

    def choose_path(self, path: Path) -> None:
        """In the system's dialog for files, which is Tk's own here."""
        place = self.until(lambda: self.ask("file dialog"), "the dialog for files")
        assert isinstance(place, list)
        self.xdotool("mousemove", str(place[0]), str(place[1]), "click", "1")
        self.key("ctrl+slash")  # selects all of what it suggests
        self.type(str(path))
        self.key("Return")
        self.until(lambda: self.ask("file dialog") is None, "the dialog for files to be gone")

    def type(self, text: str) -> None:
        self.xdotool("type", "--delay", "0", "--", text)

    def key(self, *keys: str) -> None:
        """Names of X, such as `Tab`, `Return`, `ctrl+v`."""
        self.xdotool("key", "--delay", "0", *keys)

    def focused(self) -> Seen | None:
        found = [each for each in self.tree() if each.focused]
        return found[-1] if found else None

    def until(self, look: Callable[[], Found | None], what: str) -> Found:
        deadline = time.monotonic() + SECONDS
        while not (found := look()):
            if time.monotonic() > deadline:
                self.screenshot(Path("/tmp/sealcase-window-test.png"))
                texts = "\n".join(f"  {each.role} {each.label!r} {each.value!r}" for each in self.tree())
                raise AssertionError(f"never saw {what}; there is:\n{texts}")
            Event().wait(0.02)
        return found

    def cut_off(self) -> list[str]:
        """What is shown, and can neither be seen whole nor be scrolled into sight."""
        answer = self.ask("cut off")
        assert isinstance(answer, list)
        return [str(each) for each in answer]

    def screenshot(self, path: Path) -> None:
        picture_of(self.display).save(path)

    def close(self) -> None:
        """As a person does, by the keyboard."""
        self.key("ctrl+w")
        assert self.process.wait(SECONDS) == 0

    def xdotool(self, *arguments: str) -> str:
        """What it prints."""
        return xdotool(self.display, *arguments)

    def _found(self, role: str, label: str, *, focused: bool = False) -> Seen | None:
        fitting = [
            each
            for each in self.tree()
            if each.role == role and label in each.label and each.usable and (each.focused or not focused)
        ]
        return next((each for each in fitting if each.label == label), fitting[0] if fitting else None)

    def _in_sight(self, role: str, label: str) -> Seen | None:
        seen = self._found(role, label)
        if seen is None or seen.in_sight:
            return seen
        left, top, width, height = self.geometry()
        down = seen.y > top + height // 2
        self.xdotool("mousemove", str(left + width * 2 // 3), str(top + height // 2), "click", "5" if down else "4")
        return None

    def _holds(self, label: str, text: str) -> bool:
        seen = self._found("textbox", label)
        return seen is not None and (seen.value == text or seen.value == "•" * len(text))

    def geometry(self) -> tuple[int, int, int, int]:
        """Left, top, width and height on the screen, in pixels."""
        answer = self.ask("geometry")
        assert isinstance(answer, list)
        left, top, width, height = answer
        return left, top, width, height


OpenWindow = Callable[..., "Window"]


@contextmanager
def opened(
    display: str,
    home: Path,
    settings: Mapping[str, object],
    *,
    inside: Sequence[str] = (),
    harness: str = "tests.gui.window.harness",
    **environment: str,
) -> Iterator[Window]:
    """The window of whoever lives at `home`. `inside`: a command that ends by running its last arguments."""
    data = home / "sealcase"
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "settings.json").exists():
        (data / "settings.json").write_text(json.dumps({"theme": "light", "language": "en", **settings}))
    address = home / f"look-{time.monotonic_ns()}"
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    with (home / "window.log").open("ab") as log:
        process = subprocess.Popen(
            [*inside, sys.executable, "-m", harness, str(address)],
            cwd=home,
            env={
                **kept,
                "HOME": str(home),
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(_ROOT),
                "DISPLAY": display,
                "SEALCASE_HOME": str(data),
                "SEALCASE_KEYRING": "off",
                **environment,
            },
            stdout=log,
            stderr=log,
        )
    connection = socket.socket(socket.AF_UNIX)
    try:
        _connect(connection, address, process, home)
        connection.settimeout(SECONDS)
        with connection.makefile("r") as lines:
            yield Window(process, display, home, connection, lines)
    finally:
        connection.close()
        if process.poll() is None:
            process.kill()
        process.wait(SECONDS)
        address.unlink(missing_ok=True)
        said = (home / "window.log").read_text()
        assert "Traceback" not in said, said


def _connect(connection: socket.socket, address: Path, process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            connection.connect(str(address))
            return
        except OSError:
            assert process.poll() is None, (home / "window.log").read_text()
            assert time.monotonic() < deadline, "the window did not open"
            Event().wait(0.02)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of somebody who has never used Sealcase."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder
