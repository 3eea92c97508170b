"""Opening files and folders with what the system has for them."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from client.errors import FileProblem


def open_path(path: Path) -> None:
    """Opens a file with its program, or a folder in the file manager. Raises `FileProblem`."""
    if not os.path.lexists(path):
        raise FileProblem(f"{path} is not there any more")
    if sys.platform == "win32":
        try:
            os.startfile(path)  # noqa: S606  (that is what it is for)
        except OSError as error:
            raise FileProblem(f"{path} can't be opened: {error.strerror}") from None
        return
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if opener is None:
        raise FileProblem(f"this system has no program to open files with; it is at {path}")
    try:
        process = subprocess.Popen(  # noqa: S603  (a program of the system's, and a path that can't be an option)
            [opener, str(path.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise FileProblem(f"{path} can't be opened: {error.strerror}") from None
    threading.Thread(target=process.wait, name="opened file", daemon=True).start()
