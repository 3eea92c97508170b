"""The plays of Upload and Download: what is chosen, asked, on its way and done."""

from pathlib import Path

from tests.gui.screenshots.cast import BEN, CLASH, DOUBTFUL
from tests.gui.screenshots.scenes import Stage, scene

_SENT = ("Annual report 2026.pdf", "Logo, all sizes.zip", "Budget 2027.xlsx")
_LARGE = "Drone footage, river bank.mp4"


@scene("upload")
def choose_what_to_send(stage: Stage) -> None:
    window = stage.window
    for number, name in enumerate(_SENT):
        stage.click(*(("link", "Add files") if number else ("button", "Choose files")))
        window.choose_path(Path(f"{{{stage.cast.folder / name}}}"))  # a list of Tk's: braces keep blanks together
        window.wait_for_text("What to send")
    window.fill("To", BEN)
    window.key("Return")
    window.find("button", "Send 3 items")
    stage.take("upload-chosen")
    stage.click("checkbox", "Mail me when somebody first fetches it")
    stage.take("upload-terms")


@scene("upload")
def send_and_share(stage: Stage) -> None:
    """What was sent is deleted again: the list of files is to look the same in the next film."""
    window, ada = stage.window, stage.cast.ada
    before = ada.ok("ls").lines
    stage.click("button", "Send 3 items")
    stage.unlock()
    window.wait_for_text("2.1 MB of 3.1 MB")  # by then its speed is what the limit lets through
    stage.take("upload-under-way", moving=True)
    stage.click("link", "Pause all")
    window.find("link", "Continue all")
    window.wait_until_gone("Pausing …")
    stage.take("upload-paused")
    stage.click("link", "Continue all")
    window.wait_for_text("3 finished")
    stage.take("upload-finished")
    stage.click("link", f"Share: {_SENT[0]}")
    stage.take_question("Tell them where it is", "upload-share")
    ada.ok("rm", *(set(ada.ok("ls").lines) - set(before)))


@scene("download")
def unlock(stage: Stage) -> None:
    stage.window.find("textbox", "Passphrase")
    stage.take("unlock")
    stage.close_dialog("Unlock your keys")
    stage.take("download-locked")
    stage.click("button", "Unlock")
    stage.unlock()
    stage.choose_first("Received files")
    stage.take("download")


@scene("download")
def look_up_an_id(stage: Stage) -> None:
    file_id = stage.cast.ada.ok("ls", "--received", "--search", _LARGE).lines[0]
    stage.window.fill("Id or link", file_id)
    stage.window.key("Return")
    stage.window.find("button", "Receive what was found")
    stage.take("download-by-id")
    stage.click("link", "Close")


@scene("download")
def questions_before_receiving(stage: Stage) -> None:
    for name, title, picture in (
        (CLASH, "There is a file of that name", "download-name-clash"),
        (DOUBTFUL, "Nobody can say for sure who sent this", "download-changed-key"),
    ):
        _choose(stage, name)
        stage.click("button", "Receive")
        stage.take_question(title, picture)


@scene("download")
def key_file(stage: Stage) -> None:
    folder = stage.cast.folder.parent / f"key{stage.camera.suffix}"
    stage.cast.ada.ok("keygen", "--bits", "2048", "--out", folder)
    stage.click("link", "Key file")
    stage.window.choose_path(folder / "private_key.pem")
    stage.take_question("Passphrase of the key file", "download-key-file")


@scene("download")
def receive(stage: Stage) -> None:
    _choose(stage, _LARGE)
    stage.click("button", "Receive")
    stage.window.wait_for_text("Receiving")
    stage.take("download-under-way", moving=True)
    stage.click("link", "Cancel")
    stage.window.wait_for_text("was cancelled")


def _choose(stage: Stage, name: str) -> None:
    stage.window.fill("Search", name)
    stage.window.until(
        lambda: any(each.label == "Received files" and each.value.startswith("1 ") for each in stage.window.tree()),
        f"only {name}",
    )
    stage.choose_first("Received files")
