"""The plays of the settings: each page, and the dialogs that open there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from pyotp import TOTP

from client.gui.presenters.settings.hub import PAGES
from tests.gui.screenshots.cast import BEN, JONAS
from tests.gui.screenshots.scenes import Stage, scene


@scene("settings")
def every_page(stage: Stage) -> None:
    for name, _icon, title in PAGES:
        with _page(stage, title()):
            stage.take(f"settings-{name.replace('_', '-')}")


@scene("settings")
def verify_somebody(stage: Stage) -> None:
    with _page(stage, "Contacts"):
        _verify(stage, BEN)
        stage.window.find("button", "They match")
        stage.take_question("Compare safety numbers", "settings-contacts-verify")


@scene("settings")
def a_changed_key(stage: Stage) -> None:
    with _page(stage, "Contacts"):
        _verify(stage, JONAS)
        stage.window.find("button", "They match")
        stage.take_question("Compare safety numbers", "settings-contacts-changed-key")


@scene("settings")
def forget_somebody(stage: Stage) -> None:
    with _page(stage, "Contacts"):
        stage.choose_first("People")
        stage.take("settings-contacts-chosen")
        stage.click("button", "Forget …")
        stage.take_question("Forget", "settings-contacts-forget")
        stage.click("button", "Add …")
        stage.take_question("group", "settings-contacts-group")


@scene("settings")
def change_keys(stage: Stage) -> None:
    with _page(stage, "Keys"):
        stage.click("button", "Change keys …")
        stage.take_question("Change your encryption keys?", "settings-keys-change")


@scene("settings")
def change_passphrase(stage: Stage) -> None:
    with _page(stage, "Security"):
        stage.click("button", "Change …")
        stage.take_question("Change the passphrase", "settings-security-passphrase")


@scene("settings")
def give_keys_to_a_device(stage: Stage) -> None:
    window = stage.window
    with _page(stage, "Devices"), stage.cast.laptop.terminal("device", "add") as laptop:
        laptop.wait_for("Waiting for it")
        stage.click("button", "Type its code …")
        stage.take_question("Add a device", "settings-devices-add")
        window.find("button", "Approve …")
        stage.take("settings-devices-waiting")
        stage.click("button", "Approve …")
        stage.unlock()
        stage.take_question("Compare the six digits", "settings-devices-compare")
        stage.window.find("button", "Close")
        stage.close_notices()


@scene("settings")
def devices_that_end(stage: Stage) -> None:
    with _page(stage, "Devices"):
        stage.choose_first("Devices")
        stage.click("button", "Rename …")
        stage.take_question("Rename the device", "settings-devices-rename")
        stage.window.key("End")
        stage.click("button", "Sign out everywhere …")
        stage.take_question("Sign out everywhere?", "settings-devices-sign-out-everywhere")


@scene("settings")
def drop_boxes(stage: Stage) -> None:
    window = stage.window
    with _page(stage, "Drop boxes"):
        window.fill("Name", "Taxes")
        window.fill("Files at most", "20")
        window.fill("Size of all at most", "2 GB")
        stage.click("checkbox", "Mail me when files were left")
        stage.click("button", "Make the drop box")
        window.until(lambda: window.has("img", "QR code of the address"), "the address")
        stage.take("settings-boxes-address")
        stage.click("button", "Done")
        stage.choose_first("Drop boxes")
        stage.take("settings-boxes-chosen")
        stage.click("button", "Extend …")
        stage.take_question("How long is Taxes open?", "settings-boxes-extend")
        stage.click("button", "Close …")
        window.wait_for_text("Close Taxes?")
        stage.take("settings-boxes-close")
        stage.click("button", "Close it")
        window.wait_for_text("The drop box is closed.")
        stage.close_notices()


@scene("settings")
def two_steps(stage: Stage) -> None:
    window = stage.window
    with _page(stage, "Two-step sign-in"):
        stage.click("button", "Turn on")
        uri = window.until(lambda: window.find("img", "QR code for the app").value, "the QR code")
        stage.take("settings-two-step-set-up")
        stage.click("textbox", "Code that the app shows now")
        window.type(TOTP(parse_qs(urlsplit(uri).query)["secret"][0]).now())
        window.find("button", "I have them")
        stage.take("settings-two-step-codes")
        codes = next(each.label for each in window.tree() if re.match(r"\S+\n\S+\n", each.label))
        stage.click("button", "I have them")
        stage.click("button", "Turn off …")
        window.fill("Code of the app", codes.splitlines()[0])
        stage.take("settings-two-step-off")
        stage.click("button", "Turn off")
        window.find("button", "Turn on")
        stage.close_notices()


@scene("settings")
def token(stage: Stage) -> None:
    window = stage.window
    with _page(stage, "Access tokens"):
        window.fill("Name", "nightly backup")
        stage.click("checkbox", "Write files")
        stage.click("button", "Make the token")
        window.find("button", "I have it")
        stage.take("settings-tokens-new")
        stage.click("button", "I have it")
        stage.choose_first("Tokens")
        stage.click("button", "Revoke …")
        window.wait_for_text("Revoke nightly backup?")
        stage.take("settings-tokens-revoke")
        stage.click("button", "Revoke")
        window.wait_for_text("None yet.")
        stage.close_notices()


@scene("settings")
def delete_account(stage: Stage) -> None:
    with _page(stage, "Account"):
        stage.click("button", "Delete …")
        stage.take_question("Delete your account for good?", "settings-account-delete")


@contextmanager
def _page(stage: Stage, title: str) -> Iterator[None]:
    stage.click("button", title)
    stage.window.find("link", "All settings")
    yield
    stage.click("link", "All settings")


def _verify(stage: Stage, email: str) -> None:
    stage.click("button", "Verify somebody else …")
    stage.window.fill("Their email address", email)
    stage.window.key("Return")
