"""Several parts that are one stop for Tab: arrows go from one to the next."""

import tkinter
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Palette
from client.gui.widgets.described import Described
from client.gui.widgets.focus import leave_to_window, make_tab_stop


class OneStop(Described, ctk.CTkFrame, ABC):
    """A raised strip for its parts, with a ring around all of them."""

    def __init__(self, master: tkinter.Misc, label: str, keys: Mapping[str, int]) -> None:
        """`keys`: how far each goes, such as -1 for `<Left>`."""
        super().__init__(
            master,
            fg_color=Palette.raised,
            corner_radius=theme.RADIUS + 2,
            border_width=theme.RING,
            border_color=Palette.raised,
        )
        self.label = label
        make_tab_stop(self, self.show_ring, None)
        for key, step in keys.items():
            tkinter.Misc.bind(self, key, lambda _event, step=step: self._move(step))  # type: ignore[misc]  # mypy can't type the default of a lambda
        leave_to_window(self, "<Alt-Left>", "<Alt-Right>")

    def show_ring(self, on: bool) -> None:
        self.configure(border_color=Palette.ring if on else Palette.raised)

    def focus_set(self) -> None:
        tkinter.Misc.focus_set(self)

    @abstractmethod
    def _move(self, step: int) -> str:
        """To the next part, or the one before; `break`, as Tk wants it where a key was taken."""


def beside(names: Sequence[str], chosen: str, step: int) -> str | None:
    """The name so many places from the chosen one; the first where none is chosen yet, None past either end."""
    at = names.index(chosen) + step if chosen in names else 0
    return names[at] if 0 <= at < len(names) else None
