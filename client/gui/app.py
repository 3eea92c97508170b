"""`sealcase-desktop`, `python -m client`: opens the window."""

import argparse
import os
import sys
from typing import NoReturn


def main() -> None:
    """Runs until the window is closed. Where it can't open, says why and what to do; exit code 1.

    A signal closes it as well; then the exit code is as shells have it, 128 and the signal's number.
    """
    options = _parser().parse_args()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # none is ours, and looking for them takes time
    try:
        import tkinter
    except ImportError:
        _refuse("Python lacks tkinter, which the window needs. On Debian and Ubuntu: sudo apt install python3-tk")
    from client.errors import ClientError
    from client.gui.signals import close_on_signals
    from client.gui.window import App
    from client.local.paths import Paths

    try:
        window = App(Paths.default(), options.server)
    except tkinter.TclError as error:
        _refuse(f"There is no screen to open a window on ({error}). The command line does the same work: sealcase -h")
    except ClientError as error:
        _refuse(str(error))
    heard = close_on_signals(window, window.close)
    window.mainloop()
    if heard:
        raise SystemExit(128 + heard[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sealcase-desktop", description="Sealcase in a window.")
    parser.add_argument(
        "--server", default="", metavar="ADDRESS", help="suggested at the first sign-in, where none was used before"
    )
    return parser


def _refuse(why: str) -> NoReturn:
    sys.stderr.write(f"sealcase-desktop: {why}\n")
    raise SystemExit(1)
