"""Text on a page: in steps of the type scale, wrapped to the room that there is."""

import tkinter

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Color, Font, Palette, Style
from client.gui.widgets.described import Described

_LEAST_WRAP = 80
_FIRST_WRAP = 240
"""Before it is known how wide its place is."""


class Label(Described, ctk.CTkLabel):
    """A line or a paragraph. `wrap` makes it as wide as its place, however many lines that takes."""

    role = "text"

    def __init__(
        self,
        master: tkinter.Misc,
        text: str = "",
        style: Style = theme.BODY,
        color: Color = Palette.text,
        *,
        wrap: bool = False,
        font: Font | None = None,
        justify: str = "left",
    ) -> None:
        super().__init__(
            master,
            text=text,
            font=font or style.font,
            text_color=color,
            height=0,
            corner_radius=0,
            anchor="w" if justify == "left" else "center",
            justify=justify,
        )
        self.label = text
        self._color = color
        self._wrapped_at = 0
        if wrap:
            self._label.configure(wraplength=_FIRST_WRAP)
            tkinter.Misc.bind(self, "<Configure>", self._wrap, add=True)

    def show(self, text: str, color: Color | None = None) -> None:
        """Draws only what changed."""
        if text != self.label:
            self.label = text
            self.configure(text=text)
        if color is not None and color != self._color:
            self._color = color
            self.configure(text_color=color)

    def _draw(self, no_color_updates: bool = False) -> None:
        """Nothing but text and ground; a page has dozens of them."""
        if no_color_updates:
            return
        ground = self._apply_appearance_mode(self._bg_color)
        self._canvas.configure(bg=ground)
        self._label.configure(fg=self._apply_appearance_mode(self._text_color), bg=ground)

    def _wrap(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        width = max(_LEAST_WRAP, event.width)
        if width != self._wrapped_at:
            self._wrapped_at = width
            self._label.configure(wraplength=width)

    def _set_scaling(self, new_widget_scaling: float, new_window_scaling: float) -> None:
        super()._set_scaling(new_widget_scaling, new_window_scaling)
        if self._wrapped_at:
            self._label.configure(wraplength=self._wrapped_at)


class Card(ctk.CTkFrame):
    """A surface that holds what belongs together."""

    def __init__(self, master: tkinter.Misc, ground: Color = Palette.surface, edge: Color = Palette.line) -> None:
        super().__init__(master, corner_radius=theme.CARD_RADIUS, fg_color=ground, border_width=1, border_color=edge)


class Box(ctk.CTkFrame):
    """Holds others, and is not seen itself."""

    def __init__(self, master: tkinter.Misc) -> None:
        super().__init__(master, fg_color="transparent", corner_radius=0, width=0, height=0)

    def _draw(self, no_color_updates: bool = False) -> None:
        """Nothing but its ground: CustomTkinter would draw a rectangle with corners that nobody sees."""
        del no_color_updates
        self._canvas.configure(bg=self._apply_appearance_mode(self._bg_color))
