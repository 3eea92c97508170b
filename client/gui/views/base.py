"""What every tab's view is."""

import tkinter

import customtkinter as ctk

from client.gui.theme import Palette


class View(ctk.CTkFrame):
    """Made at its first sight, and kept. It watches a presenter, and renders what that shows."""

    def __init__(self, master: tkinter.Misc) -> None:
        super().__init__(master, fg_color=Palette.window, corner_radius=0)

    def shown(self) -> None:
        """The tab was opened: ask for what may be old by now, and take the focus."""

    def shortcut(self, name: str) -> bool:
        """`open`, `paste`, `find` or `refresh` was pressed; whether that means something here."""
        del name
        return False
