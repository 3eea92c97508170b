"""The system's dialogs for files and folders. An empty answer means that the person closed it."""

import tkinter
from collections.abc import Sequence
from tkinter import filedialog

Types = Sequence[tuple[str, str]]
"""What a kind of file is called, and its pattern, such as ("Pictures", "*.png *.jpg")."""


def choose_file(owner: tkinter.Misc, title: str, types: Types = (), folder: str = "") -> str:
    """One file that is there."""
    return _path(
        filedialog.askopenfilename(
            parent=owner.winfo_toplevel(), title=title, filetypes=_split(types), initialdir=folder or None
        )
    )


def choose_folder(owner: tkinter.Misc, title: str, folder: str = "") -> str:
    return _path(filedialog.askdirectory(parent=owner.winfo_toplevel(), title=title, initialdir=folder or None))


def choose_target(owner: tkinter.Misc, title: str, name: str, types: Types = (), folder: str = "") -> str:
    """Where to write; the system's dialog has asked before something is replaced."""
    suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
    return _path(
        filedialog.asksaveasfilename(
            parent=owner.winfo_toplevel(),
            title=title,
            initialfile=name,
            filetypes=_split(types),
            defaultextension=suffix,
            initialdir=folder or None,
        )
    )


def _path(answer: object) -> str:
    """Tk answers with an empty tuple, too."""
    return answer if isinstance(answer, str) else ""


def _split(types: Types) -> list[tuple[str, tuple[str, ...]]]:
    return [(name, tuple(patterns.split())) for name, patterns in types]
