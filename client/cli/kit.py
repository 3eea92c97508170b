"""`key backup` and `key restore`: the recovery kit, on paper and back."""

from contextlib import ExitStack, suppress
from pathlib import Path

import click

from client.actions.keys import make_known
from client.actions.person import Person
from client.actions.recovery_kit import (
    Outcome,
    asked_back,
    is_word,
    make_kit,
    restore,
    save_page,
    words_in_picture,
)
from client.cli.terminal import ask_line, ask_secret, has_reader, note, result_path
from client.errors import ClientError, FileProblem, NeedsInput
from client.local.inputs import read_small
from client.local.outputs import refuse_existing
from client.local.paths import Paths
from client.local.private_files import set_aside
from shared.crypto.recovery import WORDS, NoKit, draw_words, key_of, looks_whole

WAYS_TO_KEYS = """Choose one:
  sealcase key restore    with the 24 words, or the QR code, of your recovery kit
  sealcase device add     with a machine that has the keys, at hand
  sealcase key new        if both are lost: new keys. Files sealed for the old ones stay closed for good, unless their
                          senders share them again; and everybody who knows you is warned until they have checked"""
_TRIES = 3
_COLUMNS = 4
_MAX_FILE = 16_384
_PATH = click.Path(path_type=Path)


@click.command("backup")
@click.option("--pdf", metavar="FILE", type=_PATH, help="A page to print, with a QR code.")
@click.option("--png", metavar="FILE", type=_PATH, help="The same page as a picture.")
@click.option("--text", metavar="FILE", type=_PATH, help="The words as text.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def backup_command(pdf: Path | None, png: Path | None, text: Path | None, force: bool) -> None:
    """Make a recovery kit: 24 words that bring your keys back when every machine of yours is lost.

    At a terminal the words are shown, unless they go to a file; three of them are asked back. A kit that was made
    before no longer restores anything.
    """
    targets = [path for path in (pdf, png, text) if path is not None]
    if not targets and not has_reader():
        raise NeedsInput("there is no terminal to show the words at; name a file for them: --pdf, --png or --text")
    for path in targets:
        refuse_existing(path, force=force)
    person = Person.signed_in(Paths.default(), ask_secret)
    person.unlock_soon()
    words = draw_words()
    with ExitStack() as pages:
        for path in targets:  # words that are in force nowhere lie nowhere, least of all in the place of those that are
            pages.enter_context(set_aside(path))
        _write(person, words, pdf, png, text)
        if not targets:
            _show(words)
        if has_reader():
            _ask_back(words)
        make_kit(person, words)
    for path in targets:
        result_path(path)
    note(
        "The recovery kit is ready. Keep it where nobody else comes to it, and not on this machine: whoever has it and"
    )
    note("can read your mail, or runs the server, has your keys. If you have made a kit before, destroy that one.")


@click.command("restore")
@click.option("--words-file", metavar="FILE", type=_PATH, help="A file (mode 0600) with the words, or the QR's text.")
@click.option("--scan", metavar="IMAGE", type=_PATH, help="A photograph of the kit's QR code.")
@click.option("--older", is_flag=True, help="Even if the copy is older than the keys that others see.")
def restore_command(words_file: Path | None, scan: Path | None, older: bool) -> None:
    """Bring your keys back from the words of your recovery kit. Sign in first.

    Without a file, the words are asked for. Case, spaces, line breaks and numbers between them don't matter.
    """
    if words_file and scan:
        raise click.UsageError("--words-file and --scan contradict each other.")
    person = Person.signed_in(Paths.default(), ask_secret)
    if words_file:
        words = _read_words(words_file)
    elif scan:
        words = words_in_picture(scan)
    else:
        words = ask_words()
    restore_from_words(person, words, older=older)


def restore_from_words(person: Person, words: str, *, older: bool = False) -> None:
    """Raises what `recovery_kit.restore` raises."""
    restored = restore(person, words, older=older)
    note(f"The keys of {person.email} are on this machine again: {person.vault.path_of(person.email)}")
    if restored.contacts:
        note("Contacts came with them, as they were when the kit was made, or your keys last changed.")
    else:
        note("No contacts came with them: whom you meet is new, not checked.")
    for email in restored.differing:
        note(f"WARNING: this machine knew {email} by another key. Compare: sealcase contacts verify {email}")
    if restored.outcome is Outcome.OLDER:
        note("They are older than those that others seal to. Change them now: sealcase key rotate")
        return
    make_known(person)


def ask_words() -> str:
    """Asks for the words until they are those of some kit; says which of them is none, and what it may have been.

    Raises `NeedsInput` without a terminal, `NoKit` when patience ends.
    """
    for tries_left in reversed(range(_TRIES)):
        text = ask_line(f"The {WORDS} words of your recovery kit, on one line or several (or its QR code's text)")
        while not looks_whole(text):
            text += " " + ask_line("Go on")
        try:
            key_of(text)
        except NoKit as error:
            if not tries_left:
                raise
            note(f"{str(error).capitalize()}. {_meant(error)}Once more, please.")
        else:
            return text
    raise AssertionError("the loop ends by itself")


def _meant(error: NoKit) -> str:
    return f"Perhaps it is {' or '.join(error.suggestions)}. " if error.suggestions else ""


def _read_words(path: Path) -> str:
    """Lines that begin with # are none of them. Raises `FileProblem`."""
    raw = read_small(path, _MAX_FILE, "the words of a recovery kit")
    with suppress(OSError):
        if path.stat().st_mode & 0o077:
            note(f"Others on this machine can read {path}: chmod 600, and remove it when you are done.")
    try:
        lines = raw.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise FileProblem(f"{path} is no text") from None
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def _write(person: Person, words: str, pdf: Path | None, png: Path | None, text: Path | None) -> None:
    if pdf:
        save_page(person, words, pdf, "pdf")
    if png:
        save_page(person, words, png, "png")
    if text:
        save_page(person, words, text, "text")


def _show(words: str) -> None:
    note("These words are your recovery kit. Write them down; they are shown this one time.")
    numbered = [f"{number:2}. {word:<10}" for number, word in enumerate(words.split(), 1)]
    rows = WORDS // _COLUMNS
    for row in range(rows):
        note("  " + "  ".join(numbered[row::rows]).rstrip())


def _ask_back(words: str) -> None:
    """Three of them, wherever they may stand. Raises `ClientError` if that goes wrong too often."""
    for position in asked_back():
        for _ in range(_TRIES):
            if is_word(words, position, ask_line(f"To be sure that you have them: word {position + 1}")):
                break
            note("That is another word.")
        else:
            raise ClientError("these are not the words, so no recovery kit was made. Begin again: sealcase key backup")
