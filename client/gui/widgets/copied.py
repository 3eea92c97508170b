"""What other programs have put on the clipboard."""

import tkinter
from collections.abc import Iterator
from contextlib import suppress

FILES = ("text/uri-list", "x-special/gnome-copied-files")
"""How file managers say which files they have copied."""
TEXTS = ("UTF8_STRING", "STRING")


def copied(owner: tkinter.Misc, kinds: tuple[str, ...]) -> Iterator[str]:
    """As each of these kinds, where it is there as such."""
    for kind in kinds:
        with suppress(tkinter.TclError):
            yield _bytes_as_text(str(owner.tk.call("selection", "get", "-selection", "CLIPBOARD", "-type", kind)))


def _bytes_as_text(text: str) -> str:
    """Tk gives what is no text as a list of numbers."""
    if not text.startswith("0x"):
        return text
    try:
        return bytes(int(each, 16) for each in text.split()).decode("utf-8", "surrogateescape")
    except ValueError:
        return text
