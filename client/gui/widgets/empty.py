"""What stands where there is nothing yet: it says so, and invites."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.theme import Palette
from client.gui.widgets.button import Button, Look
from client.gui.widgets.icons import icon
from client.gui.widgets.labels import Box, Label
from client.gui.widgets.look import scaled

_ROOMY = 230
"""Pixels at 100 % that all of it needs."""


class Empty(Box):
    """A picture, a sentence, what to do, and a button for it; in the middle of its place."""

    def __init__(
        self,
        master: tkinter.Misc,
        picture: str,
        title: str,
        text: str,
        action: str = "",
        command: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure((0, 5), weight=1)
        Label(self, "", justify="center").grid(row=0, column=0)
        sign = Label(self, "", justify="center")
        sign.configure(image=icon(picture, theme.units(6), Palette.accent))
        sign.grid(row=1, column=0, pady=(theme.units(2), theme.units(2)))
        self._sign = sign
        tkinter.Misc.bind(self, "<Configure>", lambda event: self._fit(event.height), add=True)
        self.title = Label(self, title, theme.TITLE, wrap=True, justify="center")
        self.title.grid(row=2, column=0, sticky="ew", padx=theme.units(2))
        self.text = Label(self, text, theme.BODY, Palette.muted, wrap=True, justify="center")
        self.text.grid(row=3, column=0, sticky="ew", padx=theme.units(6), pady=(theme.units(1), theme.units(3)))
        self.button = None
        if command is not None:
            self.button = Button(self, action, command, look=Look.PRIMARY)
            self.button.grid(row=4, column=0)

    def _fit(self, height: int) -> None:
        """In a low place the picture gives way to the button."""
        if height >= scaled(_ROOMY):
            self._sign.grid()
        else:
            self._sign.grid_remove()
