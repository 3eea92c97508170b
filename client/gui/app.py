"""`sealcase-desktop`, `python -m client`: opens the window."""

import os
import sys
from typing import NoReturn


def main() -> None:
    """Runs until the window is closed. Where it can't open, says why and what to do; exit code 1."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # none is ours, and looking for them takes time
    try:
        import tkinter
    except ImportError:
        _refuse("Python lacks tkinter, which the window needs. On Debian and Ubuntu: sudo apt install python3-tk")
    from client.errors import ClientError
    from client.gui.window import App
    from client.local.paths import Paths

    try:
        window = App(Paths.default())
    except tkinter.TclError as error:
        _refuse(f"There is no screen to open a window on ({error}). The command line does the same work: sealcase -h")
    except ClientError as error:
        _refuse(str(error))
    window.mainloop()


def _refuse(why: str) -> NoReturn:
    sys.stderr.write(f"sealcase-desktop: {why}\n")
    raise SystemExit(1)
