"""What is done to one's own account and keys, in the real window: a second machine, a change of keys, the end."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.local.paths import Paths
from client.local.secrets import nobody_to_ask
from client.local.vault import Vault
from tests.gui.window.conftest import Window, opened
from tests.support.cli import Cli
from tests.support.people import PASSPHRASE, Person
from tests.support.server import LiveServer

pytestmark = pytest.mark.slow

_DIGITS = re.compile(r"This machine shows  (\d{3} \d{3})")


@pytest.fixture
def window(display: str, ada: Person) -> Iterator[Window]:
    """Ada's, with the settings open. Her keys are locked."""
    with opened(display, ada.cli.home, {}) as window:
        window.click("tab", "Settings")
        window.find("button", "Appearance")
        yield window


def _unlock(window: Window) -> None:
    window.fill("Passphrase", PASSPHRASE)
    window.key("Return")


@pytest.fixture
def new_machine(ada: Person, server: LiveServer, tmp_path: Path) -> Cli:
    """Ada at another machine, with nothing there but a session."""
    cli = Cli(tmp_path / "new" / "work", tmp_path / "new" / "home", ada.cli.settings)
    cli.ok("login", "--server", server.url, "--email", ada.email, "--code", server.request_code(ada.email))
    return cli


def test_a_second_machine_gets_the_keys(window: Window, ada: Person, bob: Person, new_machine: Cli) -> None:
    """It is seen waiting, both show the same six digits, and after yes on both it opens what was sent before."""
    (bob.cli.folder / "letter.txt").write_text("dear ada")
    (file_id,) = bob.cli.ok("send", "letter.txt", "--to", ada.email).lines
    with new_machine.terminal("device", "add") as there:
        there.wait_for("Waiting for it")
        window.click("button", "Devices")
        waiting = "Machines that wait for your keys"
        window.until(lambda: window.find("grid", waiting).value.startswith("1 "), "the machine that waits")
        window.click("button", "Approve …")
        _unlock(window)
        there.wait_for("show the same six digits? [y/N]:")
        digits = _DIGITS.findall(there.shown)[-1]
        window.wait_for_text(digits)
        window.click("button", "They are the same")
        there.press(b"y\n")
        assert there.end() == 0, there.shown
    window.wait_for_text("Your keys and contacts are on their way")
    new_machine.ok("get", file_id)
    assert (new_machine.folder / "letter.txt").read_text() == "dear ada"


def test_other_digits_give_nothing_away(window: Window, ada: Person, new_machine: Cli) -> None:
    """Who says that they differ hands over no key; the new machine hears of it."""
    with new_machine.terminal("device", "add") as there:
        there.wait_for("Waiting for it")
        window.click("button", "Devices")
        window.click("button", "Approve …")
        _unlock(window)
        there.wait_for("show the same six digits? [y/N]:")
        window.click("button", "They differ")
        there.press(b"y\n")
        assert there.end() != 0
    assert not Vault(Paths(new_machine.data), nobody_to_ask).has(ada.email)


def test_keys_are_changed_and_everything_opens_as_before(window: Window, ada: Person, bob: Person) -> None:
    """The card has the next number, old files open with the new keys, and others seal to them without a question."""
    vault = Vault(Paths(ada.cli.data), nobody_to_ask)
    (bob.cli.folder / "before.txt").write_text("before")
    (before,) = bob.cli.ok("send", "before.txt", "--to", ada.email).lines
    first = vault.card_of(ada.email).sequence
    window.click("button", "Keys")
    window.click("button", "Change keys …")
    window.click("button", "Change keys")
    _unlock(window)
    window.wait_for_text("Your keys are changed.")
    window.until(lambda: vault.card_of(ada.email).sequence == first + 1 or None, "the next card")
    (bob.cli.folder / "after.txt").write_text("after")
    (after,) = bob.cli.ok("send", "after.txt", "--to", ada.email).lines
    for file_id in (before, after):
        ada.cli.ok("get", file_id)
    assert [(ada.cli.folder / name).read_text() for name in ("before.txt", "after.txt")] == ["before", "after"]


def test_an_account_is_deleted_with_the_code_from_the_mail(
    window: Window, ada: Person, bob: Person, server: LiveServer
) -> None:
    """A wrong code deletes nothing; with the right one the account and its files are gone, and the keys stay here."""
    (ada.cli.folder / "mine.txt").write_text("mine")
    (file_id,) = ada.cli.ok("send", "mine.txt", "--to", bob.email).lines
    window.click("button", "Account")
    since = len(server.lines)
    window.click("button", "Delete …")
    window.find("textbox", "Code from the mail")
    code = server.line_with(re.compile(rf"Account deletion code for {re.escape(ada.email)}: (\d{{6}})"), since=since)[1]
    window.fill("Code from the mail", "000000" if code != "000000" else "111111")
    window.key("Return")
    window.wait_for_text("Nothing was deleted")
    assert bob.cli.ok("show", file_id).lines
    window.fill("Code from the mail", code)
    window.key("Return")
    window.wait_for_text("Your account is deleted.")
    assert bob.cli("show", file_id).code != 0
    assert not (ada.cli.data / "session.json").exists()
    assert Vault(Paths(ada.cli.data), nobody_to_ask).has(ada.email)
