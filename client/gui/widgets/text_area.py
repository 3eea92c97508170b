"""A field of several lines."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Font, Palette
from client.gui.widgets.described import Described
from client.gui.widgets.labels import Box, Label

_LINE = 1.6
"""Of the font's size."""


class TextArea(Described, Box):
    """Tab leaves it, as every other field."""

    role = "textbox"

    def __init__(
        self,
        master: tkinter.Misc,
        label: str,
        *,
        lines: int = 3,
        font: Font | None = None,
        on_change: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(master)
        self.label = label
        self._on_change = on_change
        self._known = ""
        self.grid_columnconfigure(0, weight=1)
        Label(self, label, theme.STRONG).grid(row=0, column=0, sticky="w", pady=(0, theme.units(0.5)))
        chosen = font or theme.BODY.font
        self.field = ctk.CTkTextbox(
            self,
            height=round(lines * chosen[1] * _LINE) + theme.units(2),
            corner_radius=theme.RADIUS,
            border_width=1,
            fg_color=Palette.surface,
            border_color=Palette.edge,
            text_color=Palette.text,
            scrollbar_button_color=Palette.line,
            scrollbar_button_hover_color=Palette.edge,
            font=chosen,
            wrap="word",
        )
        self.field.grid(row=1, column=0, sticky="ew")
        inner = self.field._textbox
        inner.bind("<FocusIn>", lambda _event: self._edge(True), add=True)
        inner.bind("<FocusOut>", lambda _event: self._edge(False), add=True)
        inner.bind("<KeyRelease>", lambda _event: self._look(), add=True)
        for event in ("<<Paste>>", "<<Cut>>", "<<Undo>>", "<<PasteSelection>>"):
            inner.bind(event, lambda _event: self.after_idle(self._look), add=True)
        inner.bind("<Tab>", self._leave(1))
        inner.bind("<Shift-Tab>", self._leave(-1))
        inner.bind(
            "<ISO_Left_Tab>" if self.tk.call("tk", "windowingsystem") == "x11" else "<Shift-Tab>", self._leave(-1)
        )
        inner.bind("<Control-a>", self._select_all)

    @property
    def text(self) -> str:
        return self.field.get("1.0", "end-1c")

    def show_text(self, text: str) -> None:
        """Without telling `on_change`; what stands there already is left alone, with its cursor."""
        if self.text != text:
            self.field.delete("1.0", "end")
            self.field.insert("1.0", text)
        self._known = text

    def value(self) -> str:
        return self.text

    def target(self) -> object:
        return self.field

    def focus_set(self) -> None:
        self.field._textbox.focus_set()

    def _look(self) -> None:
        text = self.text
        if text != self._known:
            self._known = text
            if self._on_change is not None:
                self._on_change(text)

    def _edge(self, on: bool) -> None:
        self._look()
        color = Palette.accent if on else Palette.edge
        self.field.configure(border_color=color, border_width=theme.RING if on else 1)

    def _leave(self, step: int) -> Callable[["tkinter.Event[tkinter.Misc]"], str]:
        def leave(event: "tkinter.Event[tkinter.Misc]") -> str:
            other = event.widget.tk_focusNext() if step > 0 else event.widget.tk_focusPrev()
            if other is not None:
                other.focus_set()
            return "break"

        return leave

    def _select_all(self, _event: object) -> str:
        self.field._textbox.tag_add("sel", "1.0", "end-1c")
        return "break"
