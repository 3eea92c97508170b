"""The bar at the right of what scrolls."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Palette


class Bar(ctk.CTkScrollbar):
    """Quiet, and quick: CustomTkinter's own lays out the whole window whenever it is drawn, even amid that."""

    _whole = True

    def __init__(self, master: tkinter.Misc, command: Callable[..., object], *, height: int | None = None) -> None:
        super().__init__(
            master,
            width=theme.units(1.5),
            height=height,
            fg_color="transparent",
            button_color=Palette.line,
            button_hover_color=Palette.edge,
            command=command,
        )
        self._canvas.__dict__["update_idletasks"] = lambda: None

    def set(self, first: float, last: float) -> None:
        """From where to where is in sight, of 1."""
        self._whole = first <= 0.0 and last >= 1.0
        super().set(first, last)

    def _draw(self, no_color_updates: bool = False) -> None:
        """Nothing where all is in sight; its place stays."""
        super()._draw(no_color_updates)
        self._canvas.itemconfigure("scrollbar_parts", state="hidden" if self._whole else "normal")
