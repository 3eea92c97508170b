"""Does a bundle work? It is opened by somebody new, and by somebody who is signed in; the server is a real one."""

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from client.actions.person import Person
from client.errors import ClientError
from client.gui.jobs import Job
from client.gui.mover import WORD
from client.gui.mover.running import Running
from client.gui.presenters.queue_work import Try
from client.gui.problem import Told
from client.gui.window import TABS
from client.local.paths import Paths
from client.local.queue import Queued, SendOrder
from client.local.secrets import nobody_to_ask
from client.local.session import require_session
from client.local.vault import Vault
from tests.support.cli import Cli
from tests.support.network import wire_to
from tests.support.screen import picture_of, virtual_screen, windows_of, xdotool
from tests.support.server import LiveServer, live_server

if TYPE_CHECKING:
    from PIL.Image import Image

_SECONDS = 60.0
_FEWEST_COLORS = 64
"""Of a page with text and an icon; an empty window has one or two."""
EMAIL = "ada@example.org"
_PASSPHRASE = "correct horse battery staple"


class Broken(Exception):
    """What the bundle did not do."""


def try_out(program: Path, picture: Path) -> str:
    """What was seen. Saves a picture of the first page. Raises `Broken`."""
    with tempfile.TemporaryDirectory(prefix="sealcase-smoke-") as name, virtual_screen() as display:
        folder = Path(name)
        first = _first_page(program, display, folder / "new")
        first.save(picture, optimize=True)
        with live_server(folder / "server", workers=1) as server:
            answered, moved = _signed_in(program, display, folder / "ada", server)
    seen = f"first page shown, {answered:,} bytes of the server's answers arrived, {moved:,} bytes of a file sent"
    return f"{seen}, all ended cleanly"


def _first_page(program: Path, display: str, home: Path) -> "Image":
    with _running(program, display, home) as process:
        seen = _settled(process, display)
        _end(process, display)
    return seen


def _signed_in(program: Path, display: str, home: Path, server: LiveServer) -> tuple[int, int]:
    """Goes through all tabs, each of which asks the server for something or other; then a file is sent."""
    with wire_to(server.url) as wire:
        secret = home / "passphrase"
        person = Cli(home, home, {"SEALCASE_PASSPHRASE_FILE": str(secret)})
        secret.touch(mode=0o600)
        secret.write_text(_PASSPHRASE)
        result = person("login", "--server", wire.url, "--email", EMAIL, "--code", server.request_code(EMAIL))
        if result.code:
            raise Broken(f"nobody can sign in: {result.err}")
        before = wire.passed_down
        with _running(program, display, home) as process:
            _settled(process, display)
            for number in range(1, len(TABS) + 1):
                xdotool(display, "key", f"ctrl+{number}")
            _until(process, lambda: wire.passed_down > before, "an answer of the server")
            _settled(process, display)
            _end(process, display)
        answered = wire.passed_down - before
        return answered, _moves_a_file(program, home)


def _moves_a_file(program: Path, home: Path) -> int:
    """By the bundle's own process for that, to whoever sends it; the bytes that were sent."""
    paths, source = Paths(home / "sealcase"), home / "letter.txt"
    source.write_text("dear reader")
    unlocking = Vault(paths, lambda _prompt, _twice: _PASSPHRASE).begin_unlocking(EMAIL)
    person = Person(paths, require_session(paths), nobody_to_ask, unlocking)
    order = SendOrder(str(source), (EMAIL,), (), (), 24, None, "", True)
    queued = Queued.new(person.session, order, source.name, None, time.time())
    running = Running.start(paths, "en", 0, [str(program), WORD])
    try:
        outcome = running.transfer(1, queued, person, Try(), Job(lambda _job, _latest, call: call()))
    except (ClientError, Told) as error:
        raise Broken(f"its process for files: {error or type(error).__name__}") from None
    finally:
        running.end(_SECONDS)
    return outcome.size


@contextmanager
def _running(program: Path, display: str, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """In an environment that has no Python of ours."""
    home.mkdir(exist_ok=True)
    environment = {
        "DISPLAY": display,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "SEALCASE_HOME": str(home / "sealcase"),
        "SEALCASE_KEYRING": "off",
    }
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([program], cwd=home, env=environment, stdout=log, stderr=log)
    try:
        yield process
    except Broken as problem:
        raise Broken(f"{problem}\n{(home / 'log').read_text()}") from None
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(_SECONDS)
    if said := (home / "log").read_text():
        raise Broken(f"it said:\n{said}")


def _settled(process: subprocess.Popen[bytes], display: str) -> "Image":
    """The window once it is there, with something on it, and no longer changes."""
    _until(process, lambda: bool(windows_of(display)), "a window")
    last: list[bytes] = []

    def look() -> bool:
        image = picture_of(display).convert("RGB")
        colors = image.getcolors(1 << 24) or []
        last.append(image.tobytes())
        return len(colors) >= _FEWEST_COLORS and len(last) > 1 and last[-1] == last[-2]

    _until(process, look, "a page that is drawn", pause=0.3)
    return picture_of(display)


def _end(process: subprocess.Popen[bytes], display: str) -> None:
    xdotool(display, "key", "ctrl+q")
    try:
        code = process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        raise Broken("Ctrl+Q did not end it") from None
    if code:
        raise Broken(f"it ended with {code}")


def _until(process: subprocess.Popen[bytes], look: Callable[[], bool], what: str, pause: float = 0.05) -> None:
    deadline = time.monotonic() + _SECONDS
    while not look():
        if process.poll() is not None:
            raise Broken(f"it ended with {process.returncode} before there was {what}")
        if time.monotonic() > deadline:
            raise Broken(f"there never was {what}")
        threading.Event().wait(pause)
