"""Sealcase's icon, for the window's frame and the system's list of windows."""

import sys
import tkinter
from pathlib import Path

from client.gui import assets

_SIZES = (16, 24, 32, 48, 64, 128)


def put_icon(root: tkinter.Tk) -> None:
    """For `root` and every dialog of it."""
    folder = Path(assets.__file__).parent
    if sys.platform == "win32":
        root.iconbitmap(default=str(folder / "sealcase.ico"))
        return
    pictures = [tkinter.PhotoImage(master=root, data=(folder / f"sealcase-{size}.png").read_bytes()) for size in _SIZES]
    root.iconphoto(True, *pictures)  # Tk keeps copies: they need not outlive this call
