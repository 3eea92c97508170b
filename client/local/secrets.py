"""Passphrases: from a file for scripts, from the terminal for people. Never from an argument list."""

import os
from collections.abc import Callable
from pathlib import Path

from client.errors import FileProblem, NeedsInput

PASSPHRASE_FILE_VARIABLE = "SEALCASE_PASSPHRASE_FILE"  # noqa: S105  (a variable's name)

Ask = Callable[[str, bool], str]
"""Asks for a secret with a prompt, twice if the flag is set; raises `NeedsInput` where nobody can be asked."""


def passphrase_from_file() -> str | None:
    """The first line of the file that SEALCASE_PASSPHRASE_FILE names; None where it is not set."""
    name = os.environ.get(PASSPHRASE_FILE_VARIABLE)
    if not name:
        return None
    try:
        lines = Path(name).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FileProblem(f"can't read {name}, which {PASSPHRASE_FILE_VARIABLE} names") from None
    if not lines or not lines[0]:
        raise FileProblem(f"{name}, which {PASSPHRASE_FILE_VARIABLE} names, is empty")
    return lines[0]


def passphrase(ask: Ask, prompt: str, *, twice: bool = False) -> str:
    """From the file if one is named, else asked for. Raises `NeedsInput`."""
    return passphrase_from_file() or ask(prompt, twice)


def nobody_to_ask(prompt: str, _twice: bool) -> str:
    """For callers without a terminal."""
    raise NeedsInput(
        f"{prompt.lower().rstrip(': ')} is needed, and there is no terminal to ask at. "
        f"Put it into a file of mode 0600 and set {PASSPHRASE_FILE_VARIABLE} to its path."
    )
