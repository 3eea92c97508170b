"""A large thing to press: a picture, a title, and a line below it that says how things stand."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Palette
from client.gui.widgets.described import Described
from client.gui.widgets.focus import make_tab_stop
from client.gui.widgets.icons import icon
from client.gui.widgets.labels import Label


class Tile(Described, ctk.CTkFrame):
    """Pressed by mouse, Space or Return."""

    role = "button"

    def __init__(self, master: tkinter.Misc, picture: str, title: str, command: Callable[[], object]) -> None:
        super().__init__(
            master,
            fg_color=Palette.surface,
            corner_radius=theme.CARD_RADIUS,
            border_width=theme.RING,
            border_color=Palette.line,
        )
        self.label = title
        self._command = command
        self.grid_columnconfigure(1, weight=1)
        sign = Label(self, "")
        sign.configure(image=icon(picture, 24, Palette.accent))
        sign.grid(row=0, column=0, rowspan=2, padx=(theme.units(2), theme.units(1.5)), pady=theme.units(2))
        heading = Label(self, title, theme.STRONG, wrap=True)
        heading.grid(row=0, column=1, sticky="sew", padx=(0, theme.units(2)), pady=(theme.units(1.5), 0))
        self._below = Label(self, "", theme.SMALL, Palette.muted, wrap=True)
        self._below.grid(row=1, column=1, sticky="new", padx=(0, theme.units(2)), pady=(2, theme.units(1.5)))
        make_tab_stop(self, self.show_ring, command)
        for part in (self, sign, heading, self._below):
            part.bind("<Button-1>", lambda _event: self.after_idle(command), add=True)
        tkinter.Misc.bind(self, "<Enter>", lambda _event: self.configure(fg_color=Palette.raised), add=True)
        tkinter.Misc.bind(self, "<Leave>", self._left, add=True)
        tkinter.Misc.bind(self, "<Unmap>", lambda _event: self.configure(fg_color=Palette.surface), add=True)

    def show(self, below: str) -> None:
        self._below.show(below)

    def value(self) -> str:
        return self._below.label

    def show_ring(self, on: bool) -> None:
        self.configure(border_color=Palette.ring if on else Palette.line)

    def focus_set(self) -> None:
        tkinter.Misc.focus_set(self)

    def _left(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        under = self.winfo_containing(event.x_root, event.y_root)
        if under is None or not str(under).startswith(str(self)):  # not onto its own text
            self.configure(fg_color=Palette.surface)
