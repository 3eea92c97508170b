"""Menus that pop up at a button or under the mouse."""

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from client.gui import theme
from client.gui.theme import Palette
from client.gui.widgets.look import color, on_look, scaled_font


@dataclass(frozen=True, slots=True)
class Item:
    """An empty text is a line between others."""

    text: str
    do: Callable[[], object] | None = None
    enabled: bool = True
    danger: bool = False


class Menu:
    """Made once; filled each time."""

    def __init__(self, owner: tkinter.Misc) -> None:
        self._menu = tkinter.Menu(owner, tearoff=False, borderwidth=1, relief="flat", activeborderwidth=0)
        on_look(self._menu, self._paint)

    def popup(self, items: Sequence[Item], x: int, y: int) -> None:
        """At a place of the screen, in pixels."""
        self._menu.delete(0, "end")
        for item in items:
            if not item.text:
                self._menu.add_separator()
                continue
            self._menu.add_command(
                label=item.text,
                command=item.do or _nothing,
                state="normal" if item.enabled else "disabled",
                foreground=color(Palette.danger if item.danger else Palette.text),
            )
        try:
            self._menu.tk_popup(x, y)
        finally:
            self._menu.grab_release()

    def popup_below(self, widget: tkinter.Misc, items: Sequence[Item]) -> None:
        self.popup(items, widget.winfo_rootx(), widget.winfo_rooty() + widget.winfo_height())

    def _paint(self) -> None:
        self._menu.configure(
            bg=color(Palette.surface),
            fg=color(Palette.text),
            activebackground=color(Palette.accent_soft),
            activeforeground=color(Palette.text),
            disabledforeground=color(Palette.disabled),
            font=scaled_font(theme.BODY.font),
        )


def _nothing() -> None:
    return None
