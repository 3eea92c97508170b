"""Sending from the real window: dropped, named, sent; paused, cancelled, killed, and continued."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event

import pytest

from client.local.paths import Paths
from tests.gui.window.conftest import SECONDS, Window, opened
from tests.hostile.cheat import cheating
from tests.support.files import files_below
from tests.support.network import Answer, Asked
from tests.support.people import PASSPHRASE, Person, sign_up
from tests.support.ports import free_port
from tests.support.screen import other_program
from tests.support.server import LiveServer, live_server

_LARGE = 48_000_000
"""Six parts."""
_SLOW = 8_000_000
"""Bytes a second: so that there is time to stop it."""
_MANY = 120
_WORK_SECONDS = 0.1
"""The longest that the main thread may work at a stretch, whatever else the machine does."""
_MOST_STOPS = 30
"""For Tab, on the whole page."""
_SERVER_SIDE = 1 << 20
"""Nothing else at the server is as large."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("server") / "data", workers=1) as server:
        yield server


@contextmanager
def upload_tab(display: str, person: Person, settings: Mapping[str, object] | None = None) -> Iterator[Window]:
    """The window of that person, with the Upload tab open."""
    with opened(display, person.cli.home, settings or {}) as window:
        window.click("tab", "Upload")
        window.wait_for_text("Drop files or folders")
        yield window


def drag(window: Window, *paths: Path) -> None:
    """Onto the middle of the window, from a window of another program."""
    left, top, width, height = window.geometry()
    place = (str(left + width // 2), str(top + height // 2))
    subprocess.run(
        [sys.executable, "-m", "tests.gui.window.drag", *place, *map(str, paths)],
        env={**os.environ, "DISPLAY": window.display},
        cwd=Path(__file__).parents[3],
        check=True,
        timeout=SECONDS,
    )


def name_them(window: Window, email: str, trust: str = "not checked") -> None:
    window.click("textbox", "To")
    window.type(f"{email} ")
    window.wait_for_text(f"{email} · {trust}")


def send(window: Window, text: str = "Send") -> None:
    window.click("button", text)
    window.fill("Passphrase", PASSPHRASE)
    window.key("Return")


def copied_id(window: Window, name: str) -> str:
    """Pressed again where the row moved away just then: it becomes lower when its bar goes."""
    before = window.ask("clipboard")

    def copied() -> bool:
        window.click("link", f"Copy id: {name}")
        return window.ask("clipboard") != before

    window.until(copied, "an id on the clipboard")
    return str(window.ask("clipboard"))


def large_file(person: Person) -> Path:
    path = person.cli.folder / "large.bin"
    path.write_bytes(os.urandom(_LARGE))
    return path


def begun(window: Window, name: str) -> None:
    """Some of its parts have arrived: the journal knows the first."""
    uploads = window.home / "sealcase" / "uploads"
    window.until(
        lambda: any(b'"part"' in each.read_bytes() for each in uploads.iterdir()) if uploads.is_dir() else False,
        f"a part of {name} to be noted",
    )


def noted_id(window: Window) -> str:
    """Of the upload that the journal tells of."""
    (journal,) = (window.home / "sealcase" / "uploads").iterdir()
    return str(json.loads(journal.read_text().strip().splitlines()[0])["file_id"])


def at_server(server: LiveServer) -> set[Path]:
    return {path for path, status in files_below(server.data_dir) if status.st_blocks * 512 > _SERVER_SIDE}


def test_files_and_folders_are_dropped_named_and_sent(display: str, ada: Person, bob: Person) -> None:
    """By a real drag from another window; names with blanks, braces and letters of all kinds arrive as they are."""
    odd = ada.cli.folder / "a {b} c's ü 100%.txt"
    odd.write_bytes(b"dropped")
    folder = ada.cli.folder / "two words"
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "x.txt").write_bytes(b"x")
    with upload_tab(display, ada) as window:
        drag(window, odd, folder)
        window.wait_for_text("2 items")
        name_them(window, bob.email)
        window.fill("Downloads at most", "2")
        send(window, "Send 2 items")
        window.wait_for_text("2 finished")
        ids = [copied_id(window, name) for name in (odd.name, folder.name)]
        window.close()
    inbox = bob.cli.folder / "inbox"
    inbox.mkdir()
    bob.cli.ok("get", *ids, "-o", "inbox")
    assert (inbox / odd.name).read_bytes() == b"dropped"
    assert (inbox / "two words" / "inside" / "x.txt").read_bytes() == b"x"


@pytest.mark.slow
def test_a_button_that_is_half_in_sight_does_not_move_away_under_the_mouse(
    display: str, ada: Person, bob: Person
) -> None:
    """The page comes to what has the focus, but not between pressing and letting go, which would be no click then."""
    path = ada.cli.folder / "a.txt"
    path.write_bytes(b"a")
    with upload_tab(display, ada) as window:
        drag(window, path)
        name_them(window, bob.email)
        window.until(lambda: window._in_sight("button", "Send"), "the button")
        _left, top, width, height = window.geometry()
        _scrolled_down(window)
        button = window.find("button", "Send")
        lower = top + height - button.y - button.height // 2
        window.xdotool("search", "--onlyvisible", "--name", "^Sealcase", "windowsize", str(width), str(height - lower))
        window.until(lambda: window.geometry()[3] == height - lower, "a lower window")
        button = window.find("button", "Send")
        assert button.y < top + height - lower < button.y + button.height
        window.xdotool("mousemove", str(button.middle[0]), str(button.y + 4), "mousedown", "1")
        window.until(lambda: window._found("button", "Send", focused=True), "the button to have the focus")
        assert window.find("button", "Send").y == button.y
        window.xdotool("mouseup", "1")
        window.find("textbox", "Passphrase")


def _scrolled_down(window: Window) -> None:
    """To the end of the page."""
    before = -1
    while before != (before := window.find("button", "Send").y):
        left, top, width, height = window.geometry()
        window.xdotool("mousemove", str(left + width * 2 // 3), str(top + height // 2), "click", "5")
        window.ask("gap")


def test_a_drop_opens_the_tab_wherever_one_is(display: str, ada: Person) -> None:
    """The whole window takes files."""
    path = ada.cli.folder / "a.txt"
    path.write_bytes(b"a")
    with opened(display, ada.cli.home, {}) as window:
        window.click("tab", "Settings")
        drag(window, path)
        window.wait_for_text("1 item")


@pytest.mark.slow
def test_sharing_shows_the_id_as_a_code(display: str, ada: Person, bob: Person) -> None:
    """The text, the id and its QR code in a dialog that Esc closes."""
    path = ada.cli.folder / "a.txt"
    path.write_bytes(b"a")
    with upload_tab(display, ada) as window:
        drag(window, path)
        name_them(window, bob.email)
        send(window)
        window.wait_for_text("Sent. Kept until")
        file_id = copied_id(window, "a.txt")
        window.click("link", "Share: a.txt")
        assert window.find("img", "QR code").value == file_id
        window.key("Escape")
        window.until(lambda: not window.has("img", "QR code"), "the dialog to close")
        window.click("link", "My files: a.txt")
        window.until(lambda: window.has("grid", "My files"), "My files")


@pytest.mark.slow
def test_pause_and_continue_then_cancel(display: str, server: LiveServer, ada: Person, bob: Person) -> None:
    """A pause keeps what has arrived; a cancelled upload leaves nothing, here or at the server.

    Only the first part is ever answered, so that it is under way for as long as pressing takes.
    """
    before, over = at_server(server), Event()

    def stand(_asked: Asked, truth: Answer) -> Answer:
        over.wait()
        return truth

    with cheating(server) as cheat, ada.at(cheat.url), upload_tab(display, ada) as window:
        cheat.lie("PUT", "/uploads/.*/parts/[1-9]", stand)
        drag(window, large_file(ada))
        name_them(window, bob.email)
        send(window)
        begun(window, "large.bin")
        window.click("link", "Pause: large.bin")
        window.wait_for_text("Paused: continues where it stopped")
        assert at_server(server) > before
        window.click("link", "Continue: large.bin")
        window.find("link", "Pause: large.bin")
        window.click("link", "Cancel: large.bin")
        window.wait_for_text("was cancelled")
        window.until(lambda: at_server(server) == before, "the server to be as before")
        assert [*(window.home / "sealcase" / "uploads").iterdir()] == []
        over.set()


@pytest.mark.slow
def test_a_killed_window_continues_where_it_stopped(display: str, ada: Person, bob: Person) -> None:
    """After `kill -9` the next window has the row, and the same upload goes on under the same id."""
    path = large_file(ada)
    with upload_tab(display, ada, {"bandwidth_limit": _SLOW}) as window:
        drag(window, path)
        name_them(window, bob.email)
        send(window)
        begun(window, "large.bin")
        window.process.send_signal(signal.SIGKILL)
        window.process.wait(SECONDS)
        file_id = noted_id(window)
    with upload_tab(display, ada) as window:
        window.wait_for_text("Paused: continues where it stopped")
        window.click("link", "Continue: large.bin")
        window.fill("Passphrase", PASSPHRASE)
        window.key("Return")
        window.wait_for_text("Sent. Kept until")
        assert copied_id(window, "large.bin") == file_id
        window.close()
    bob.cli.ok("get", file_id)
    assert (bob.cli.folder / "large.bin").read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_a_server_that_goes_away_and_comes_back(display: str, tmp_path: Path) -> None:
    """The row says why nothing moves, and goes on by itself; nobody has to press anything."""
    port = str(free_port())
    with live_server(tmp_path / "data", workers=1, port=port) as server:
        ada, bob = (sign_up(name, server, tmp_path) for name in ("ada", "bob"))
        path = large_file(ada)
        with upload_tab(display, ada, {"bandwidth_limit": _SLOW}) as window:
            drag(window, path)
            name_them(window, bob.email)
            send(window)
            begun(window, "large.bin")
            server.kill()
            window.wait_for_text("Waiting for the network: the server can't be reached")
            with live_server(tmp_path / "data", workers=1, port=port):
                window.wait_for_text("Sent. Kept until")
                file_id = copied_id(window, "large.bin")
                bob.cli.ok("get", file_id)
    assert (bob.cli.folder / "large.bin").read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_the_page_can_be_used_by_keyboard_alone(display: str, ada: Person, bob: Person) -> None:
    """Files by Ctrl+V as a file manager copies them, from any tab; then Tab and Return to the end."""
    path = ada.cli.folder / "by keyboard.txt"
    path.write_bytes(b"k")
    with upload_tab(display, ada) as window, _clipboard(window, path.as_uri()):
        window.key("ctrl+5")
        window.find("button", "Export CSV …")
        window.key("ctrl+v")
        window.wait_for_text("1 item")
        _tab_to(window, "textbox", "To")
        window.type(bob.email)
        window.key("Return")
        window.wait_for_text(f"{bob.email} · not checked")
        _tab_to(window, "button", "Send")
        window.key("Return")
        window.wait_for_focus("Passphrase")
        window.type(PASSPHRASE)
        window.key("Return")
        window.wait_for_text("Sent. Kept until")


def _tab_to(window: Window, role: str, label: str) -> None:
    """By the keyboard alone."""
    for _ in range(_MOST_STOPS):
        seen = window.focused()
        if seen is not None and (seen.role, seen.label) == (role, label):
            return
        window.key("Tab")
        window.until(lambda seen=seen: window.focused() != seen, "the focus to move")  # type: ignore[misc]
    raise AssertionError(f"Tab never came to {role} {label!r}")


def _clipboard(window: Window, uri: str) -> AbstractContextManager[None]:
    """Another program has a file on the clipboard, as a list of URIs."""
    return other_program(window.display, "-m", "tests.gui.window.copied", uri)


@pytest.mark.slow
def test_many_small_files_never_hold_up_the_window(display: str, ada: Person, bob: Person) -> None:
    """However many of them come and go in a second, the main thread works in short pieces, and all arrive."""
    folder = ada.cli.folder
    paths = [folder / f"{number:03}.txt" for number in range(_MANY)]
    for path in paths:
        path.write_bytes(os.urandom(2_000))
    with upload_tab(display, ada) as window:
        drag(window, *paths)
        name_them(window, bob.email)
        send(window)
        window.wait_for_text("under way")
        window.ask("work")
        window.until(lambda: any(f"{_MANY} finished" in each.label for each in window.tree()), "the end of all of them")
        work = window.ask("work")
    assert isinstance(work, float)
    assert work < _WORK_SECONDS
    assert len(ada.cli.ok("ls").lines) == _MANY


@pytest.mark.slow
def test_a_changed_key_leads_to_the_contact(display: str, ada: Person, bob: Person) -> None:
    """Nothing is sent to it; Check the key opens the contacts with that person chosen."""
    (ada.cli.folder / "first.txt").write_bytes(b"x")
    ada.cli.ok("send", "first.txt", "--to", bob.email)
    for path in Paths(bob.cli.data).identities.iterdir():
        path.unlink()
    bob.cli.ok("key", "new", "--bits", "2048", "--yes")
    with upload_tab(display, ada) as window:
        drag(window, ada.cli.folder / "first.txt")
        window.click("textbox", "To")
        window.type(f"{bob.email} ")
        window.click("button", "Check the key")
        window.wait_for_text("All settings")
        window.until(
            lambda: any(
                each.role == "grid" and each.label == "People" and each.value.endswith("1 chosen")
                for each in window.tree()
            ),
            "the contact to be chosen",
        )
        window.find("button", "Accept the new key")
