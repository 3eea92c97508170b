"""The main thread's clock, as Tk keeps it."""

import time
import tkinter
from collections.abc import Callable
from contextlib import suppress

from client.gui.jobs import Cancel


class TkScheduler:
    """A `Scheduler`. Only to be used on the thread that runs the window."""

    def __init__(self, root: tkinter.Misc) -> None:
        self._root = root

    def now(self) -> float:
        return time.monotonic()

    def after(self, seconds: float, call: Callable[[], None]) -> Cancel:
        timer = self._root.after(max(1, round(seconds * 1_000)), call)

        def cancel() -> None:
            with suppress(tkinter.TclError, ValueError):  # the window is gone
                self._root.after_cancel(timer)

        return cancel
