"""The main thread's clock and the clipboard, as Tk keeps them."""

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


class TkBoard:
    """A `Board`. Only to be used on the thread that runs the window."""

    def __init__(self, root: tkinter.Misc) -> None:
        self._root = root

    def read(self) -> str | None:
        try:
            return self._root.clipboard_get()
        except tkinter.TclError:  # empty, or no text
            return None

    def write(self, text: str) -> None:
        self._root.clipboard_clear()
        self._root.clipboard_append(text)

    def clear(self) -> None:
        self._root.clipboard_clear()
