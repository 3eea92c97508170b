"""The plays of a first run and of most tabs: what opens there is opened, photographed and closed again."""

import re

from tests.gui.screenshots.cast import BEN, PASSPHRASE
from tests.gui.screenshots.scenes import Stage, beginning, ending, scene

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
    _show_words(stage)
    stage.take("first-run-5-kit")
    words = _words(stage)
    stage.click("button", "I have them")
    stage.window.wait_for_text("Three words back")
    stage.take("first-run-6-check")
    _give_back(stage, words)
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


@beginning
def renew_the_kit(stage: Stage) -> None:
    stage.open_tab("Account")
    stage.click("button", "Make a new one")
    _show_words(stage)
    words = _words(stage)
    stage.click("button", "I have them")
    stage.window.wait_for_text("Three words back")
    _give_back(stage, words)
    stage.take("account-kit-renewed")


@scene("account")
def sign_out_everywhere(stage: Stage) -> None:
    stage.click("link", "Sign out everywhere")
    stage.take_question("Sign out everywhere?", "account-sign-out-everywhere")


@scene("account")
def kit_of_one_who_has_none(stage: Stage) -> None:
    stage.click("button", "Make a recovery kit")
    stage.unlock()
    stage.window.find("link", "Show the words")
    stage.take("account-kit")
    stage.click("link", "Later")
    stage.window.find("button", "Sign out")


@scene("files")
def unlock_files(stage: Stage) -> None:
    stage.unlock()
    stage.choose_first("My files")
    stage.take("files")


@scene("files")
def no_match(stage: Stage) -> None:
    stage.window.fill("Search", "holiday")
    stage.window.wait_for_text("No file fits")
    stage.take("files-no-match")
    stage.window.key("Escape")
    stage.choose_first("My files")


@scene("files")
def delete_and_undo(stage: Stage) -> None:
    stage.window.key("Delete")
    stage.window.find("link", "Undo")
    stage.take("files-undo", moving=True)
    stage.click("link", "Undo")
    stage.choose_first("My files")


@scene("files")
def share_dialog(stage: Stage) -> None:
    stage.click("button", "Share")
    stage.take_question("Tell them where it is", "files-share")


@scene("files")
def link_dialog(stage: Stage) -> None:
    stage.click("button", "Link")
    stage.window.fill("Password of the link", "a word between us")
    stage.take("files-link")
    stage.click("button", "Make the link")
    stage.window.until(lambda: stage.window.has("img", "QR code of the link"), "the link")
    stage.window.wait_for_text("Works until")
    stage.take_question("A link for people without an account", "files-link-made")


@scene("files")
def terms_dialog(stage: Stage) -> None:
    stage.click("button", "Extend")
    stage.take_question("How long, and how often", "files-terms")


@scene("files")
def details_page(stage: Stage) -> None:
    stage.click("button", "Details")
    stage.window.wait_for_text("Who gets it")
    stage.window.wait_for_text(BEN)
    stage.take("files-details")
    stage.click("link", "Extend …")
    stage.take_question("How long the link works, and how often", "files-link-terms")
    stage.click("link", "My files")


@ending
def offline(stage: Stage) -> None:
    stage.open_tab("Upload")
    stage.window.wait_for_text("No connection to the server")
    stage.take("offline")


def _show_words(stage: Stage) -> None:
    stage.click("link", "Show the words")
    stage.window.find("link", "Hide the words")


def _words(stage: Stage) -> list[str]:
    """Those that are shown, in their order."""
    texts = [each.label for each in stage.window.tree() if each.role == "text"]
    return [texts[texts.index(str(number)) + 1] for number in range(1, _WORDS + 1)]


def _give_back(stage: Stage, words: list[str]) -> None:
    """Those that are asked for."""
    window = stage.window
    for label in [each.label for each in window.tree() if each.role == "textbox"]:
        window.fill(label, words[int(label.removeprefix("Word ")) - 1])
    window.key("Return")
    window.wait_for_text("Your recovery kit is ready")
