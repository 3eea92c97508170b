"""Drop boxes in the real window: made by keys and clicks, its address shown with a code, closed."""

from collections.abc import Iterator

import pytest

from tests.gui.window.conftest import Window, opened
from tests.support.people import PASSPHRASE, Person


@pytest.fixture
def window(display: str, ada: Person) -> Iterator[Window]:
    """Ada's, whose keys are locked."""
    with opened(display, ada.cli.home, {}) as window:
        yield window


@pytest.mark.slow
def test_a_box_is_made_shown_and_closed(window: Window, ada: Person, bob: Person) -> None:
    """What somebody leaves at its address lies in the inbox; once it is closed, nothing more does."""
    window.click("tab", "Settings")
    window.click("button", "Drop boxes")
    window.fill("Name", "Taxes")
    window.fill("Files at most", "none")
    window.wait_for_text("A whole number from 1 to")
    window.fill("Files at most", "20")
    window.key("Return")
    window.fill("Passphrase", PASSPHRASE)
    window.key("Return")
    url = window.until(
        lambda: next((each.value for each in window.tree() if each.label == "QR code of the address"), None),
        "the address",
    )
    window.wait_for_text("The address of Taxes")
    (bob.cli.folder / "scan.pdf").write_bytes(b"scan")
    (bob.cli.folder / "address").write_text(url)
    leave = ("box", "leave", "scan.pdf", "--address-file", "address", "--allow-http")
    bob.cli.ok(*leave)
    assert len(ada.cli.ok("ls", "--received").lines) == 1
    window.click("button", "Done")
    window.wait_until_gone("The address of Taxes")
    window.until(lambda: window.find("grid", "Drop boxes").value.startswith("1"), "its row")
    window.click("grid", "Drop boxes")
    window.key("Home")
    window.click("button", "Close …")
    window.wait_for_text("Close Taxes?")
    window.click("button", "Close it")
    window.wait_for_text("The drop box is closed.")
    assert bob.cli(*leave).code != 0
