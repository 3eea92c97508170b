"""`sealcase-desktop`, `python -m client`: opens the window."""

import argparse
import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from client.gui.mover import WORD

if TYPE_CHECKING:
    from client.gui.window import App
    from client.local.paths import Paths


_COLLECT = (20_000, 20, 50)
"""Python's own (700, 10, 10) suits programs that nobody watches; here a click waits while it looks at all there is."""


def main() -> None:
    """Runs until the window is closed. Where it can't open, says why and what to do; exit code 1.

    Where one is open already over the same data, that one comes to the front; exit code 0.

    A signal closes it as well; then the exit code is as shells have it, 128 and the signal's number.
    """
    if sys.argv[1:] == [WORD]:  # said by a window that is a bundle to its own program, and by nobody else
        from client.gui.mover.worker import main as move_files

        move_files()
    options = _parser().parse_args()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # none is ours, and looking for them takes time
    try:
        import tkinter
    except ImportError:
        _refuse("Python lacks tkinter, which the window needs. On Debian and Ubuntu: sudo apt install python3-tk")
    from client.errors import ClientError
    from client.gui.only_one import take_or_show
    from client.local.paths import Paths

    paths = Paths.default()
    try:
        only = take_or_show(paths)
    except TimeoutError:
        _refuse(f"Sealcase is open already, over {paths.data}. Close that window first; it does not answer.")
    if only is None:
        sys.stderr.write("sealcase-desktop: Sealcase is open already; its window is in front now.\n")
        return
    from client.gui.signals import close_on_signals

    try:
        window = open_window(paths, options.server)
    except tkinter.TclError as error:
        _refuse(f"There is no screen to open a window on ({error}). The command line does the same work: sealcase -h")
    except ClientError as error:
        _refuse(str(error))
    except Exception as error:  # noqa: BLE001  (a bug of ours, which is said as the window would say it)
        from client.gui.problem import problem_of

        problem = problem_of(error)
        _refuse(f"{problem.what} {problem.safe} {problem.then}\n{problem.code}")
    window.after_idle(only.listen, window, window.to_front)
    heard = close_on_signals(window, window.close)
    window.mainloop()
    only.close()
    if heard:
        raise SystemExit(128 + heard[0])


def open_window(paths: "Paths", server: str = "") -> "App":
    """The window, laid out. Raises `FileProblem`, `TclError`."""
    gc.disable()  # what is made here stays: to look through it again and again takes a tenth of the time
    try:
        from client.gui.window import App

        return App(paths, server)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(*_COLLECT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sealcase-desktop", description="Sealcase in a window.")
    parser.add_argument(
        "--server", default="", metavar="ADDRESS", help="suggested at the first sign-in, where none was used before"
    )
    return parser


def _refuse(why: str) -> NoReturn:
    sys.stderr.write(f"sealcase-desktop: {why}\n")
    raise SystemExit(1)
