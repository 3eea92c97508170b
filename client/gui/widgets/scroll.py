"""The bar at the side of what is longer than its place."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Palette


class ScrollBar(ctk.CTkScrollbar):
    """Is drawn when Tk has time: CustomTkinter's would lay out the whole window anew at each step of its own."""

    def __init__(self, master: tkinter.Misc, command: Callable[..., object]) -> None:
        super().__init__(
            master,
            width=theme.units(1.5),
            height=theme.units(4),
            fg_color="transparent",
            button_color=Palette.line,
            button_hover_color=Palette.edge,
            command=command,
        )
        self._canvas.update_idletasks = _nothing  # type: ignore[method-assign]


def _nothing() -> None:
    return None
