"""What went wrong, where it was to be done: in a dialog, or on a page; with a way to copy what a helper needs."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.problem import FINE, Failure
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets.button import LinkButton
from client.gui.widgets.labels import Box, Label
from client.gui.widgets.page import page_above


class Wrong(Box):
    """Takes no room while nothing is wrong."""

    def __init__(self, master: tkinter.Misc, copy: Callable[[str], object], *, sign: str = "") -> None:
        """`copy` puts details on the clipboard; `sign` stands before what went wrong."""
        super().__init__(master)
        self._sign = sign
        self._failure = FINE
        self.grid_columnconfigure(0, weight=1)
        self._text = Label(self, "", theme.BODY, Palette.danger, wrap=True)
        self._text.role = "alert"
        self._copy = LinkButton(self, _("Copy details"), lambda: copy(self._failure.details))

    def show(self, failure: Failure) -> None:
        """Draws only what changed; what is wrong now comes into sight."""
        if failure == self._failure:
            return
        self._failure = failure
        self._text.show(f"{self._sign} {failure.text}".lstrip() if failure else "")
        above = (theme.units(1.5), 0)
        for part, on, row in ((self._text, bool(failure), 0), (self._copy, bool(failure and failure.details), 1)):
            if on:
                part.grid(row=row, column=0, sticky="w" if row else "ew", pady=0 if row else above)
            else:
                part.grid_remove()
        if not failure:
            tkinter.Frame.configure(self, width=1, height=1)  # a frame whose last content has gone keeps its size
        elif (page := page_above(self)) is not None:
            page.follow(self)
