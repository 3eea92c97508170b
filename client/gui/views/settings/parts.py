"""What all pages of the settings are made of: cards with lines, text at the left, what to do at the right."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.text import _
from client.gui.theme import Color, Palette
from client.gui.widgets import Box, Card, Flow, Label, LinkButton, Page, Table
from client.gui.widgets.look import scaled

_SIDE_BY_SIDE = 430
"""From this width of a card on, in pixels at 100 %."""
WIDEST = 840
_LEAST_ROWS = 2


class SettingsPage(Page):
    """A column of cards."""

    def __init__(self, master: tkinter.Misc) -> None:
        super().__init__(master, widest=WIDEST)
        self._cards = 0
        self._first: Section | None = None

    def shown(self) -> None:
        """It was opened."""

    def turn_to(self, about: str) -> None:
        """Shows what somebody came for."""

    def left(self) -> None:
        """Another one was."""

    def head(self, title: str, back: Callable[[], object]) -> LinkButton:
        """Above all cards: the way back, and what the page is called."""
        head = page_head(self.body, title)
        if self._first is not None:
            tkinter.Misc.lower(head, self._first)  # the first for Tab as well
        link = LinkButton(head, _("‹ All settings"), back)
        link.grid(row=0, column=0, sticky="w", pady=(0, theme.units(0.5)))
        return link

    def card(self, title: str = "", text: str = "") -> "Section":
        section = Section(self.body, title, text)
        section.grid(row=self._cards + 1, column=0, sticky="ew", padx=theme.units(4), pady=(0, theme.units(2)))
        self._cards += 1
        self._first = self._first or section
        return section


class Section(Card):
    """A card with a heading and lines below each other."""

    def __init__(self, master: tkinter.Misc, title: str, text: str) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self.body = Box(self)
        self.body.grid(row=0, column=0, sticky="ew", padx=theme.units(2.5), pady=theme.units(2))
        self.body.grid_columnconfigure(0, weight=1)
        self._rows = 0
        if title:
            self.add(Label(self.body, title, theme.LEAD), top=0)
        if text:
            self.add(Label(self.body, text, theme.SMALL, Palette.muted, wrap=True), top=0.5)

    def add(self, widget: tkinter.Misc, *, top: float = 1.5, sticky: str = "ew") -> int:
        """Below all that is there; the row where it stands."""
        row = self._rows
        pady = (theme.units(top) if row else 0, 0)
        if isinstance(widget, ctk.CTkBaseClass):
            widget.grid(row=row, column=0, sticky=sticky, pady=pady)
        self._rows += 1
        return row

    def line(self, title: str, text: str = "") -> "Line":
        line = Line(self.body, title, text)
        self.add(line)
        return line

    def buttons(self) -> Flow:
        """A row for several buttons, or several rows where it is narrow."""
        flow = Flow(self.body)
        self.add(flow)
        return flow


class Line(Box):
    """`put` one control into `side`; it stands below the text where the card is narrow."""

    def __init__(self, master: tkinter.Misc, title: str, text: str) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        words = Box(self)
        words.grid(row=0, column=0, sticky="ew")
        words.grid_columnconfigure(0, weight=1)
        self._title = Label(words, title, theme.STRONG, wrap=True)
        self._title.grid(row=0, column=0, sticky="ew")
        self._below = Label(words, text, theme.SMALL, Palette.muted, wrap=True)
        if text:
            self._below.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        self.side = Box(self)
        self._narrow: bool | None = None
        tkinter.Misc.bind(self, "<Configure>", lambda event: self._flow(event.width), add=True)
        self._flow(scaled(_SIDE_BY_SIDE))

    def put(self, control: ctk.CTkBaseClass) -> None:
        control.pack(side="left", padx=(0, 0))

    def show(self, text: str, color: Color = Palette.muted, *, title: str | None = None) -> None:
        """What stands below the title."""
        self._below.show(text, color)
        if text:
            self._below.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        else:
            self._below.grid_remove()
        if title is not None:
            self._title.show(title)

    def _flow(self, width: int) -> None:
        narrow = width < scaled(_SIDE_BY_SIDE)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        if narrow:
            self.side.grid(row=1, column=0, sticky="w", padx=0, pady=(theme.units(1), 0))
        else:
            self.side.grid(row=0, column=1, sticky="e", padx=(theme.units(2), 0), pady=0)


class Said(Box):
    """A sentence with a link beside it, such as a fingerprint and Copy."""

    def __init__(self, master: tkinter.Misc, link: str, command: Callable[[], object], *, mono: bool = True) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        font = theme.mono() if mono else None
        self.text = Label(self, "", wrap=True, font=font)
        self.text.grid(row=0, column=0, sticky="ew")
        self.link = LinkButton(self, link, command)
        self.link.grid(row=0, column=1, padx=(theme.units(1), 0))

    def show(self, text: str) -> None:
        self.text.show(text)
        self.link.show(enabled=bool(text))


def page_head(body: ctk.CTkFrame, title: str) -> Box:
    """The head of a page, in row 0 of its body; row 0 of the head itself is free for a way back."""
    head = Box(body)
    head.grid(
        row=0,
        column=0,
        sticky="ew",
        pady=(theme.units(4), theme.units(2)),
        padx=(theme.units(4) - LinkButton.inset, theme.units(4)),
    )
    head.grid_columnconfigure(0, weight=1)
    Label(head, title, theme.DISPLAY).grid(row=1, column=0, sticky="w", padx=(LinkButton.inset, 0))
    return head


def fit_rows(table: Table, count: int, most: int) -> None:
    """As high as its rows need, up to `most`."""
    height = max(_LEAST_ROWS, min(count, most))
    if int(table.tree.cget("height")) != height:
        table.tree.configure(height=height)


def visible(widget: ctk.CTkBaseClass, on: bool) -> None:
    """Shows a widget at its place in the grid, or hides it."""
    if on:
        tkinter.Grid.grid_configure(widget)  # CustomTkinter's own would forget its distances for other scalings
    else:
        widget.grid_remove()
