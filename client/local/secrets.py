"""Passphrases: from a file for scripts, from the terminal for people. Never from an argument list."""

import os
from collections.abc import Callable
from pathlib import Path

from client.errors import FileProblem, NeedsInput

PASSPHRASE_FILE_VARIABLE = "SEALCASE_PASSPHRASE_FILE"  # noqa: S105  (a variable's name)
TOKEN_VARIABLE = "SEALCASE_TOKEN"  # noqa: S105
TOKEN_FILE_VARIABLE = "SEALCASE_TOKEN_FILE"  # noqa: S105

Ask = Callable[[str, bool], str]
"""Asks for a secret with a prompt, twice if the flag is set; raises `NeedsInput` where nobody can be asked."""


def passphrase_from_file() -> str | None:
    """The first line of the file that SEALCASE_PASSPHRASE_FILE names; None where it is not set."""
    return _first_line(PASSPHRASE_FILE_VARIABLE)


def access_token() -> str | None:
    """What SEALCASE_TOKEN holds, or the first line of the file that SEALCASE_TOKEN_FILE names; None without either."""
    return os.environ.get(TOKEN_VARIABLE) or _first_line(TOKEN_FILE_VARIABLE)


def passphrase(ask: Ask, prompt: str, *, twice: bool = False) -> str:
    """From the file if one is named, else asked for. Raises `NeedsInput`."""
    return passphrase_from_file() or ask(prompt, twice)


def nobody_to_ask(prompt: str, _twice: bool) -> str:
    """For callers without a terminal."""
    raise NeedsInput(
        f"{prompt.lower().rstrip(': ')} is needed, and there is no terminal to ask at. "
        f"Put it into a file of mode 0600 and set {PASSPHRASE_FILE_VARIABLE} to its path."
    )


def _first_line(variable: str) -> str | None:
    """Of the file that an environment variable names; None where it is not set."""
    name = os.environ.get(variable)
    return first_line(Path(name), f", which {variable} names,") if name else None


def first_line(path: Path, which: str = "") -> str:
    """The secret in a file. Raises `FileProblem` where there is none; `which` says whose file it is."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FileProblem(f"can't read {path}{which.rstrip(',')}") from None
    if not lines or not lines[0]:
        raise FileProblem(f"{path}{which} is empty")
    return lines[0]
