"""The plays of each tab: what opens there is opened, photographed and closed again."""

import re
from pathlib import Path

from client.gui.presenters.settings.hub import PAGES
from tests.gui.screenshots.cast import BEN, PASSPHRASE
from tests.gui.screenshots.scenes import Stage, beginning, scene
from tests.gui.window.conftest import Window

NEWCOMERS = {"-light": "nora.hale@example.org", "-dark": "paul.reyes@example.org"}
"""One for each film: nobody is new twice."""
_WORDS = 24


@beginning
def find_server(stage: Stage) -> None:
    stage.window.find("textbox", "Server")
    stage.take("first-run-1-server")
    stage.window.fill("Server", stage.cast.server.url)
    stage.window.key("Return")


@beginning
def sign_in(stage: Stage) -> None:
    server, since = stage.cast.server, len(stage.cast.server.lines)
    newcomer = NEWCOMERS[stage.camera.suffix]
    stage.window.fill("Email address", newcomer)
    stage.take("first-run-2-email")
    stage.window.key("Return")
    stage.window.find("textbox", "Code")
    stage.take("first-run-3-code")
    code = server.line_with(re.compile(rf"Sign-in code for {re.escape(newcomer)}: (\d{{6}})"), since=since)[1]
    stage.window.fill("Code", code[:-1])
    stage.window.type(code[-1])  # goes on by itself


@beginning
def lock_keys(stage: Stage) -> None:
    stage.window.fill("New passphrase", PASSPHRASE)
    stage.window.fill("The same again", PASSPHRASE)
    stage.take("first-run-4-keys")
    stage.window.key("Return")


@beginning
def make_kit(stage: Stage) -> None:
    window = stage.window
    stage.click("link", "Show the words")
    window.find("link", "Hide the words")
    stage.take("first-run-5-kit")
    texts = [each.label for each in window.tree() if each.role == "text"]
    words = [texts[texts.index(str(number)) + 1] for number in range(1, _WORDS + 1)]
    stage.click("button", "I have them")
    window.wait_for_text("Three words back")
    stage.take("first-run-6-check")
    for label in [each.label for each in window.tree() if each.role == "textbox"]:
        window.fill(label, words[int(label.removeprefix("Word ")) - 1])
    window.key("Return")
    window.wait_for_text("Your recovery kit is ready")
    stage.click("button", "Continue")


@beginning
def first_file(stage: Stage) -> None:
    stage.window.find("button", "Choose a file")
    stage.take("first-run-7-first-file")
    stage.click("button", "Not now")
    stage.window.wait_for_text(NEWCOMERS[stage.camera.suffix])
    for tab in ("Download", "My files", "Activity"):  # as they are while there is nothing in them
        if stage.window.has("tab", tab):
            stage.open_tab(tab)
            stage.take(f"empty-{tab.lower().replace(' ', '-')}")


@scene("account")
def sign_out_everywhere(stage: Stage) -> None:
    stage.click("link", "Sign out everywhere")
    stage.window.find("button", "Cancel")
    stage.take("account-sign-out-everywhere")
    stage.click("button", "Cancel")


@scene("upload")
def choose_what_to_send(stage: Stage) -> None:
    window = stage.window
    for number, name in enumerate(("Annual report 2026.pdf", "Logo, all sizes.zip", "Budget 2027.xlsx")):
        stage.click(*(("link", "Add files") if number else ("button", "Choose files")))
        window.choose_path(Path(f"{{{stage.cast.folder / name}}}"))  # a list of Tk's: braces keep blanks together
        window.wait_for_text("What to send")
    window.fill("To", BEN)
    window.key("Return")
    stage.take("upload-chosen")


@scene("download")
def unlock(stage: Stage) -> None:
    if stage.window.has("dialog", "Unlock your keys"):
        stage.take("unlock")
        stage.unlock()
        _rows(stage.window, "Received files")
        stage.take("download")


@scene("files")
def unlock_files(stage: Stage) -> None:
    stage.unlock()
    _rows(stage.window, "My files")
    stage.click("grid", "My files")
    stage.window.key("Home")
    stage.take("files")


@scene("files")
def share_dialog(stage: Stage) -> None:
    stage.click("button", "Share")
    stage.window.wait_for_text("Tell them where it is")
    stage.take("files-share")
    stage.click("button", "Close")


@scene("files")
def terms_dialog(stage: Stage) -> None:
    stage.click("button", "Extend")
    stage.window.wait_for_text("How long, and how often")
    stage.take("files-terms")
    stage.click("button", "Cancel")


@scene("files")
def details_page(stage: Stage) -> None:
    stage.click("button", "Details")
    stage.window.wait_for_text("Who gets it")
    stage.window.wait_for_text(BEN)
    stage.take("files-details")
    stage.click("link", "My files")


@scene("settings")
def every_page(stage: Stage) -> None:
    for name, _icon, title in PAGES:
        stage.click("button", title())
        stage.window.find("link", "All settings")
        stage.take(f"settings-{name.replace('_', '-')}")
        stage.click("link", "All settings")


def _rows(window: Window, table: str) -> None:
    """Until it has some."""

    def filled() -> bool:
        return any(
            each.role == "grid" and each.label == table and not each.value.startswith("0 ") for each in window.tree()
        )

    window.until(filled, f"rows in {table}")
