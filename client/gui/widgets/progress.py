"""How far something is."""

import tkinter

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Palette
from client.gui.widgets.described import Described


class Progress(Described, ctk.CTkProgressBar):
    """`show(0.4)` of a known whole; `show(None)` where nobody knows how much there is."""

    role = "progressbar"

    def __init__(self, master: tkinter.Misc, label: str = "", *, width: int = 0) -> None:
        super().__init__(
            master,
            width=width or 200,
            height=theme.units(0.75),
            corner_radius=theme.units(0.5),
            border_width=0,
            fg_color=Palette.raised,
            progress_color=Palette.accent,
        )
        self.label = label
        self._share: float | None = 0.0
        self._moving = False
        self._failed = False
        self.set(0)

    def show(self, share: float | None, *, failed: bool = False) -> None:
        """0 to 1. Draws only what can be seen."""
        shown = None if share is None else round(share, 3)
        if shown is None and not self._moving:
            self._moving = True
            self.configure(mode="indeterminate")
            self.start()
        elif shown is not None:
            if self._moving:
                self._moving = False
                self.stop()
                self.configure(mode="determinate")
            if shown != self._share:
                self.set(shown)
        self._share = shown
        if failed != self._failed:  # configuring draws all of it anew
            self._failed = failed
            self.configure(progress_color=Palette.danger if failed else Palette.accent)

    def value(self) -> str:
        return "" if self._share is None else f"{self._share:.0%}"
