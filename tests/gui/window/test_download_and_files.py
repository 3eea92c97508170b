"""Download and My files in the real window: real files, real keys pressed, real things that go wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from client.local.paths import Paths
from tests.gui.presenters.at_home import PASSPHRASE as VAULT_PASSPHRASE
from tests.gui.presenters.at_home import settle
from tests.gui.window.conftest import SECONDS, Seen, Window, opened
from tests.gui.window.many_files import COUNT
from tests.support.people import PASSPHRASE, Person, sign_up
from tests.support.server import LiveServer

_MEMORY = 200 << 20
_WORK_SECONDS = 0.25
"""The longest that the main thread may work at a stretch, whatever else the machine does."""
_LARGE = 24_000_000
_SLOW = 3_000_000
"""Bytes a second."""
_SMALL_DISK = (
    "unshare",
    *(("-m",) if sys.platform != "win32" and os.geteuid() == 0 else ("-U", "-r", "-m")),
    "sh",
    "-c",
    'mount -t tmpfs -o size=9m none "$1" && shift && exec "$@"',
    "sh",
)
"""Runs a command in a mount namespace of its own, with a disk of 9 MiB in a folder."""


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def window(display: str, ada: Person, downloads: Path) -> Iterator[Window]:
    """Ada's, whose keys open without a question, as with a keyring."""
    with opened(display, ada.cli.home, {"download_folder": str(downloads)}, **ada.cli.settings) as window:
        yield window


def send(person: Person, name: str, content: bytes, to: Person) -> str:
    """A file's id."""
    (person.cli.folder / name).write_bytes(content)
    return person.cli.ok("send", name, "--to", to.email).lines[-1].split()[0]


def grid(window: Window) -> Seen | None:
    return next((each for each in window.tree() if each.role == "grid"), None)


def wait_for_rows(window: Window, value: str) -> None:
    """`value` as in `2 rows, 1 chosen`, or its beginning."""
    window.until(lambda: (seen := grid(window)) and seen.value.startswith(value), f"a list of {value}")


def go_to(window: Window, tab: str, rows: int) -> None:
    window.click("tab", tab)
    wait_for_rows(window, f"{rows} rows")


def choose_first(window: Window) -> None:
    """Clicks below the rows, where nothing is, until the list has the keyboard; then Home."""

    def focused() -> bool:
        seen = grid(window)
        if seen is not None and not seen.focused:
            window.xdotool("mousemove", str(seen.x + 40), str(seen.y + seen.height - 24), "click", "1")
        return seen is not None and seen.focused

    window.until(focused, "the list to have the keyboard")
    window.key("Home")
    window.until(lambda: (seen := grid(window)) and seen.value.endswith(" 1 chosen"), "a chosen row")


def test_a_file_is_received_by_keys_alone(window: Window, ada: Person, bob: Person, downloads: Path) -> None:
    """Chosen with Home, received with Return; a second time both are kept."""
    send(bob, "letter.txt", b"dear Ada", ada)
    go_to(window, "Download", 1)
    window.wait_for_text("1 file, 1 new")
    choose_first(window)
    window.wait_for_text("whose key you have not checked yet")
    window.key("Return")
    window.wait_for_text("letter.txt is saved.")
    assert (downloads / "letter.txt").read_bytes() == b"dear Ada"
    window.click("button", "Receive")
    window.wait_for_text("There is a file of that name")
    window.key("Return")
    window.until(lambda: (downloads / "letter (2).txt").exists(), "both")


@pytest.mark.slow
def test_a_pasted_message_is_looked_up(window: Window, ada: Person, bob: Person, downloads: Path) -> None:
    """The id in it is found; nothing is fetched before Receive."""
    file_id = send(bob, "plan.pdf", b"x" * 3_000, ada)
    window.click("tab", "Download")
    window.fill("Id or link", f"Here: {file_id}.")
    window.key("Return")
    window.wait_for_text("plan.pdf")
    assert list(downloads.iterdir()) == []
    window.click("button", "Receive what was found")
    window.wait_for_text("plan.pdf is saved.")
    assert (downloads / "plan.pdf").stat().st_size == 3_000


@pytest.mark.slow
def test_a_wrong_passphrase_is_said_and_can_be_mended(display: str, ada: Person, bob: Person) -> None:
    """Names are seen only with the right one."""
    send(bob, "letter.txt", b"dear Ada", ada)
    with opened(display, ada.cli.home, {}) as window:
        window.click("tab", "Download")
        window.wait_for_text("Unlock your keys")
        window.fill("Passphrase", "wrong")
        window.key("Return")
        window.wait_for_text("That is not the passphrase. Try again.")
        assert not window.has("text", "letter.txt")
        window.fill("Passphrase", PASSPHRASE)
        window.key("Return")
        wait_for_rows(window, "1 rows")


@pytest.mark.slow
def test_a_changed_key_is_warned_of_before_anything_is_fetched(
    window: Window, ada: Person, bob: Person, downloads: Path
) -> None:
    """The careful answer has the keyboard; the other one receives it all the same."""
    file_id = send(bob, "letter.txt", b"dear Ada", ada)
    ada.cli.ok("get", file_id)
    contacts = ada.cli.data / "contacts.json"
    record = json.loads(contacts.read_text())
    known = next(iter(record["contacts"].values())) if isinstance(record["contacts"], dict) else record["contacts"][0]
    contacts.write_text(contacts.read_text().replace(known["signing_key"], "A" * len(known["signing_key"])))
    go_to(window, "Download", 1)
    choose_first(window)
    window.wait_for_text("is not the one you know")
    window.click("button", "Receive")
    window.wait_for_text("Nobody can say for sure who sent this")
    window.until(lambda: (seen := window.focused()) and "Don't receive it" in seen.label, "the careful answer")
    window.key("Return")
    window.wait_until_gone("Nobody can say for sure")
    assert list(downloads.iterdir()) == []
    window.click("button", "Receive")
    window.click("button", "Receive all the same")
    window.wait_for_text("letter.txt is saved.")


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_half_written(display: str, ada: Person, bob: Person, downloads: Path) -> None:
    """It is said before, and again when somebody tries all the same; the window goes on."""
    inside = (*_SMALL_DISK, str(downloads))
    try:
        subprocess.run([*inside, "true"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here")
    send(bob, "large.bin", os.urandom(24 << 20), ada)
    with opened(
        display, ada.cli.home, {"download_folder": str(downloads)}, inside=inside, **ada.cli.settings
    ) as window:
        go_to(window, "Download", 1)
        choose_first(window)
        window.click("button", "Receive")
        window.wait_for_text("There may not be enough room")
        window.until(lambda: (seen := window.focused()) and "Try all the same" in seen.label, "the first answer")
        window.key("Return")
        window.wait_for_text("disk is full")
        window.find("link", "Try again")
        here = f"/proc/{window.process.pid}/root{downloads}"
        assert not os.path.lexists(f"{here}/large.bin")


def test_a_file_of_mine_is_found_shared_and_deleted_with_undo(window: Window, ada: Person, bob: Person) -> None:
    """Delete takes it out of sight; Undo brings it back; without it the server forgets it."""
    for name in ("one.txt", "two.txt"):
        send(ada, name, b"x", bob)
    go_to(window, "My files", 2)
    window.key("ctrl+f")
    window.type("one")
    wait_for_rows(window, "1 rows")
    window.key("Escape")
    wait_for_rows(window, "2 rows")
    window.key("Tab")
    choose_first(window)
    window.click("button", "Share")
    window.wait_for_text("I have sealed something for you with Sealcase.")
    window.click("button", "Copy text")
    window.until(lambda: "paste this id" in str(window.ask("clipboard")), "the text on the clipboard")
    window.key("Escape")
    window.wait_until_gone("I have sealed something")
    choose_first(window)
    window.key("Delete")
    wait_for_rows(window, "1 rows")
    window.click("link", "Undo")
    wait_for_rows(window, "2 rows")
    assert len(ada.cli.ok("ls").lines) == 2
    choose_first(window)
    window.key("Delete")
    wait_for_rows(window, "1 rows")
    window.close()
    assert len(ada.cli.ok("ls").lines) == 1


@pytest.mark.slow
def test_people_are_added_and_taken_away_on_the_details_page(
    window: Window, ada: Person, bob: Person, server: LiveServer, tmp_path: Path
) -> None:
    """Return opens it, Esc closes it; the server's answers count."""
    cy = sign_up("cy", server, tmp_path)
    file_id = send(ada, "plan.txt", b"x", bob)
    go_to(window, "My files", 1)
    choose_first(window)
    window.key("Return")
    window.wait_for_text(f"{bob.email} · not checked")
    window.fill("Add people", cy.email)
    window.key("Return")
    window.wait_for_text(f"{cy.email} can open it now.")
    window.wait_for_text(f"{cy.email} · not checked")
    cy.cli.ok("get", file_id)
    window.click("button", f"Remove {bob.email}")
    window.wait_until_gone(f"{bob.email} · not checked")
    assert bob.cli("get", file_id).code != 0
    window.key("Escape")
    wait_for_rows(window, "1 rows")


@pytest.mark.slow
def test_twenty_thousand_files_scroll_and_are_found(display: str, tmp_path: Path) -> None:
    """Filled in slices, paged through and searched; the window answers all the time, and stays small."""
    home = tmp_path / "home"
    settle(Paths(home / "sealcase"))
    secret = tmp_path / "passphrase"
    secret.write_text(f"{VAULT_PASSPHRASE}\n")
    secret.chmod(0o600)
    with opened(
        display, home, {}, harness="tests.gui.window.many_files", SEALCASE_PASSPHRASE_FILE=str(secret)
    ) as window:
        window.click("tab", "My files")
        window.wait_for_text("My files")
        window.ask("work")
        wait_for_rows(window, f"{COUNT} rows")
        choose_first(window)
        window.key(*["Next"] * 40)
        window.key("End")
        wait_for_rows(window, f"{COUNT} rows, 1 chosen")
        window.key("ctrl+f")
        window.type("report 1234")
        wait_for_rows(window, "10 rows")
        window.key("Escape")
        wait_for_rows(window, f"{COUNT} rows")
        window.click("tab", "Download")
        window.click("tab", "My files")
        work, memory = window.ask("work"), psutil.Process(window.process.pid).memory_info().rss
        print(f"longest work {work} s, {memory / 2**20:.0f} MiB")
        assert isinstance(work, float)
        assert work < _WORK_SECONDS
        assert memory <= _MEMORY


@pytest.mark.slow
def test_what_is_received_can_be_paused(display: str, ada: Person, bob: Person, downloads: Path) -> None:
    """By an id as well that is in no list; it goes on where it stopped."""
    content = os.urandom(_LARGE)
    send(bob, "large.bin", content, ada)
    settings = {"download_folder": str(downloads), "bandwidth_limit": _SLOW}
    with opened(display, ada.cli.home, settings, **ada.cli.settings) as window:
        notes = _half_received(window, ada)
        window.click("link", "Pause: large.bin")
        window.wait_for_text("Paused: continues where it stopped")
        had = _noted_parts(notes)
        window.click("link", "Continue: large.bin")
        window.wait_for_text("large.bin is saved.")
        window.click("link", "Clear: large.bin")
        window.wait_until_gone("Transfers")
    assert had > 1
    assert (downloads / "large.bin").read_bytes() == content


@pytest.mark.slow
def test_a_killed_window_goes_on_receiving_where_it_stopped(
    display: str, ada: Person, bob: Person, downloads: Path
) -> None:
    """After `kill -9` the next window offers to continue; what had arrived does not travel again."""
    content = os.urandom(_LARGE)
    send(bob, "large.bin", content, ada)
    settings = {"download_folder": str(downloads), "bandwidth_limit": _SLOW}
    with opened(display, ada.cli.home, settings, **ada.cli.settings) as window:
        notes = _half_received(window, ada)
        window.process.kill()
        window.process.wait(SECONDS)
    (ada.cli.data / "settings.json").unlink()
    had = _noted_parts(notes)
    with opened(display, ada.cli.home, {**settings, "bandwidth_limit": 0}, **ada.cli.settings) as window:
        window.wait_for_text("1 transfer of last time is not finished.")
        assert _noted_parts(notes) >= had
        window.click("link", "Continue")
        window.wait_for_text("large.bin is saved.")
    assert (downloads / "large.bin").read_bytes() == content
    assert [each.name for each in downloads.iterdir()] == ["large.bin"]


def _half_received(window: Window, person: Person) -> Path:
    """The first file of the inbox, of which some parts have arrived; where these are noted."""
    go_to(window, "Download", 1)
    choose_first(window)
    window.key("Return")
    notes = Paths(person.cli.data).downloads
    window.until(lambda: _noted_parts(notes) > 1, "parts to be noted")
    return notes


def _noted_parts(notes: Path) -> int:
    """That have arrived, by the journal of the one download that there is."""
    return sum(each.read_bytes().count(b'"part"') for each in notes.iterdir()) if notes.is_dir() else 0
