"""Links in the real window: made and shown with its QR code; one that is pasted is opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gui.window.conftest import Window, opened
from tests.gui.window.test_download_and_files import choose_first, go_to, send
from tests.support.people import Person


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def window(display: str, ada: Person, downloads: Path) -> Iterator[Window]:
    with opened(display, ada.cli.home, {"download_folder": str(downloads)}, **ada.cli.settings) as window:
        yield window


@pytest.mark.slow
def test_a_link_is_made_shown_and_opened(window: Window, ada: Person, bob: Person, downloads: Path) -> None:
    """With a password, by keys and clicks alone."""
    send(ada, "plan.txt", b"the plan", bob)
    go_to(window, "My files", 1)
    choose_first(window)
    window.click("button", "Link …")
    window.fill("Password of the link", "between us")
    window.fill("How often it can be used", "1")
    window.click("button", "Make the link")
    url = window.until(
        lambda: next((each.value for each in window.tree() if each.label == "QR code of the link"), None), "the link"
    )
    assert url.endswith(".p")
    window.wait_for_text("used 0 of 1 times · with a password")
    window.click("button", "Close")

    window.click("button", "Details")
    window.wait_for_text("Links")
    window.wait_for_text("used 0 of 1 times · with a password")
    window.click("link", "Extend …")
    window.wait_for_text("How long the link works, and how often")
    window.find("combobox", "It works, from now on")
    window.key("Down")  # which has the focus
    window.until(lambda: window.find("combobox", "It works, from now on").value == "day", "another time")
    window.click("button", "Save")
    window.wait_for_text("The link has new terms.")
    window.key("Escape")

    window.click("tab", "Download")
    window.fill("Id or link", url)
    window.key("Return")
    window.fill("Password of the link", "between us")
    window.key("Return")
    window.wait_for_text("plan.txt  ·  8 B")
    window.click("button", "Receive")
    window.wait_for_text("plan.txt is saved.")
    assert (downloads / "plan.txt").read_bytes() == b"the plan"
