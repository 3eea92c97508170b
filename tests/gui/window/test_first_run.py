"""The first run in the real window, with a real server: from its address to a file of one's own."""

import re
from pathlib import Path

import pytest

from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from client.local.session import Session
from client.local.vault import Vault
from tests.gui.window.conftest import Window, opened
from tests.support.cli import Cli
from tests.support.server import LiveServer

_PASSPHRASE = "correct horse battery"


def _code(server: LiveServer, email: str, since: int) -> str:
    return server.line_with(re.compile(rf"Sign-in code for {re.escape(email)}: (\d{{6}})"), since=since)[1]


def _to_code(window: Window, server: LiveServer, email: str) -> str:
    """From the first page to that of the code; returns what was mailed."""
    window.fill("Server", server.url)
    window.key("Return")
    window.wait_for_text("is a Sealcase server")
    since = len(server.lines)
    window.fill("Email address", email)
    window.key("Return")
    window.wait_for_focus("Code")
    return _code(server, email, since)


def _to_kit(window: Window, server: LiveServer, email: str) -> None:
    code = _to_code(window, server, email)
    window.type(code)  # goes on by itself at the sixth digit
    window.fill("New passphrase", _PASSPHRASE)
    window.fill("The same again", _PASSPHRASE)
    window.key("Return")
    window.wait_for_text("Your recovery kit")


def _words(window: Window) -> list[str]:
    """As they stand on the page."""
    window.click("link", "Show the words")
    window.find("link", "Hide the words")

    def shown() -> list[str] | None:
        texts = [each.label for each in window.tree() if each.role == "text"]
        found = [texts[texts.index(str(number)) + 1] for number in range(1, 25) if str(number) in texts]
        return found if len(found) == 24 else None

    return window.until(shown, "all words")


def _give_back(window: Window, words: list[str]) -> None:
    """The three that are asked for."""
    window.wait_for_text("Three words back")

    def asked() -> list[str] | None:
        fields = [each.label for each in window.tree() if each.role == "textbox"]
        return fields if len(fields) == 3 else None

    for label in window.until(asked, "three fields"):
        window.fill(label, words[int(label.removeprefix("Word ")) - 1])
    window.key("Return")


def test_a_newcomer_comes_to_a_file_of_their_own(display: str, server: LiveServer, home: Path) -> None:
    """All steps: server, address, code, passphrase, kit, three words, a file sent to oneself, which the command line
    receives; nothing but keys and clicks."""
    letter = home / "letter.txt"
    letter.write_text("to myself")
    with opened(display, home, {}) as window:
        _to_kit(window, server, "newcomer@example.org")
        words = _words(window)
        window.click("button", "I have them")
        _give_back(window, words)
        window.wait_for_text("Your recovery kit is ready")
        window.click("button", "Continue")
        window.click("button", "Choose a file")
        window.choose_path(letter)
        window.wait_for_text("✓ letter.txt")
        window.click("button", "Finish")
        window.wait_for_text("newcomer@example.org")
        assert not window.has("status", "recovery kit")
        window.close()
    secret = home / "secret"
    secret.write_text(_PASSPHRASE)
    secret.chmod(0o600)
    cli = Cli(home / "work", home, {"SEALCASE_PASSPHRASE_FILE": str(secret), "SEALCASE_HOME": str(home / "sealcase")})
    (file_id,) = cli.ok("ls").lines
    cli.ok("get", file_id)
    assert (cli.folder / "letter.txt").read_text() == "to myself"


@pytest.mark.slow
def test_whoever_closes_the_window_before_the_kit_is_reminded(display: str, server: LiveServer, home: Path) -> None:
    """Keys are there, the kit is not: the reminder stands at the next start, and leads to it."""
    with opened(display, home, {}) as window:
        _to_kit(window, server, "hasty@example.org")
        window.close()
    with opened(display, home, {}) as window:
        window.wait_for_text("There is no recovery kit yet")
        window.click("link", "Make a recovery kit")
        window.wait_for_text("Unlock your keys")
        window.wait_for_focus("Passphrase")
        window.type(_PASSPHRASE)
        window.key("Return")
        window.wait_for_text("If this machine is lost, these 24 words")
        words = _words(window)
        window.click("button", "I have them")
        window.wait_for_text("Three words back")
        window.click("link", "Later")
        window.wait_for_text("was not checked yet")  # in force, but who knows whether somebody has the words
        assert len(words) == 24
        window.close()


@pytest.mark.slow
def test_a_wrong_code_is_no_end(display: str, server: LiveServer, home: Path) -> None:
    """It is said, and the right one still goes on."""
    with opened(display, home, {}) as window:
        code = _to_code(window, server, "mistyped@example.org")
        window.fill("Code", "000000" if code != "000000" else "111111")
        window.wait_for_text("The code is wrong")
        window.key("ctrl+a")
        window.type(code)
        window.find("textbox", "New passphrase")


@pytest.mark.slow
def test_closing_in_the_middle_of_a_sign_in_leaves_nothing(display: str, server: LiveServer, home: Path) -> None:
    """A session whose keys are in an unknown state would be of no use: none stays here."""
    with opened(display, home, {}) as window:
        code = _to_code(window, server, "gone@example.org")
        window.type(code)
        window.find("textbox", "New passphrase")
        window.close()
    paths = Paths(home / "sealcase")
    assert Session.load(paths) is None
    assert not Vault(paths, nobody_to_ask).has("gone@example.org")


@pytest.mark.slow
def test_a_server_that_is_none_is_said(display: str, server: LiveServer, home: Path) -> None:
    """Not reachable, no address, not encrypted: each in words, with details to copy, and no raw exception."""
    with opened(display, home, {}) as window:
        window.fill("Server", "localhost:1")
        window.key("Return")
        window.wait_for_text("localhost:1 can't be reached")
        window.click("link", "Copy details")
        window.until(lambda: "Unreachable" in str(window.ask("clipboard")), "details on the clipboard")
        window.fill("Server", "http://files.example.org")
        window.key("Return")
        window.wait_for_text("not encrypted on the way")
        window.find("link", "I trust this network")
        assert not window.has("textbox", "Email address")


@pytest.mark.slow
def test_everything_is_reached_by_keyboard(display: str, server: LiveServer, home: Path) -> None:
    """Tab goes through the page in its order and shows where it is; Space presses."""
    with opened(display, home, {}) as window:
        window.find("textbox", "Server")
        left, top, _width, _height = window.geometry()
        window.xdotool("mousemove", str(left + 600), str(top + 20))
        window.until(lambda: (seen := window.focused()) and seen.label == "Server", "focus in the server's field")
        order: list[str] = []
        for _ in range(3):
            window.key("Tab")
            before = order[-1] if order else "Server"
            window.until(lambda last=before: (seen := window.focused()) and seen.label != last, "the next stop")  # type: ignore[misc]
            seen = window.focused()
            order.append(seen.label if seen else "")
        assert order == ["Continue", "I have a recovery kit", "Add this device"]
        window.key("space")
        window.until(lambda: "✓" in window.find("button", "Add this device").value, "the tile to be ticked")
