"""A page that scrolls where it is higher than the window, with its content in one column of a readable width."""

import tkinter

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Palette
from client.gui.widgets.bar import Bar
from client.gui.widgets.focus import is_pressed
from client.gui.widgets.look import color, on_look, scaled

_STEP = 48
"""Pixels for a click of the wheel."""
_LATER_MS = 50
_LAST = 60
"""More rows, and columns, than any page has."""
WIDE = 10_000
"""For pages that take whatever width there is."""


class Page(ctk.CTkFrame):
    """Put things into `body`, a frame with one column that takes all width up to `widest`."""

    def __init__(
        self,
        master: tkinter.Misc,
        *,
        widest: int = theme.COLUMN,
        ground: theme.Color = Palette.window,
        fills: bool = False,
    ) -> None:
        """`fills`: the body is as high as its place at least, for rows with a weight to take what is left."""
        super().__init__(master, fg_color=ground, corner_radius=0)
        self._widest = widest
        self.grid_rowconfigure(0, weight=1)
        self.grid_columnconfigure(0, weight=1)
        # CustomTkinter has a `_canvas` of its own.
        # Two pixels wide: a grid whose wanted size becomes 1 × 1 is not laid out again.
        self._sheet = tkinter.Canvas(self, highlightthickness=0, borderwidth=0, takefocus=0, width=2, height=2)
        self._sheet.grid(row=0, column=0, sticky="nsew")
        self._bar = Bar(self, self._dragged)
        self._bar.grid(row=0, column=1, sticky="ns")
        self._bar.grid_remove()
        self._bar_shown = False
        self._bar_is_told = False
        """Whether somebody else says if there is one."""
        self._part = (0.0, 1.0)
        """From where to where it is in sight, of 1."""
        self._drawing: str | None = None
        self._sheet.configure(yscrollcommand=self._scrolled)
        self.body = ctk.CTkFrame(self._sheet, fg_color=ground, bg_color=ground, corner_radius=0)
        self.body.grid_columnconfigure(0, weight=1)
        self._strut: tkinter.Frame | None = None
        if fills:
            self._strut = tkinter.Frame(self.body, width=0, height=1)
            self._strut.grid(row=0, column=_LAST, rowspan=_LAST, sticky="ns")
        self._window = self._sheet.create_window(0, 0, window=self.body, anchor="nw")
        tkinter.Misc.bind(self.body, "<Configure>", self._body_changed, add=True)
        self._sheet.bind("<Configure>", lambda _event: self._fit(), add=True)
        self._followed: tkinter.Misc | None = None
        """Where the focus is, as long as nobody has scrolled away from it."""
        self._following: str | None = None
        self._came_from = 0.0
        """How far down the page was, in pixels, when the focus came there."""
        self._ground = ground
        on_look(self, self._paint)
        tkinter.Misc.bind(self.winfo_toplevel(), "<FocusIn>", self._follow, add=True)

    def wheel(self, steps: int) -> None:
        """Down for positive steps; nothing where all of it is in sight."""
        self._followed = None
        if self._bar_shown:
            total = max(self.body.winfo_height(), 1)
            self._sheet.yview_moveto(max(0.0, self._sheet.canvasy(0) + scaled(_STEP) * steps) / total)

    def turn(self, pages: int) -> None:
        """Down for positive ones; of what was in sight, a little stays."""
        self._followed = None
        if self._bar_shown:
            step = pages * (self._sheet.winfo_height() - scaled(_STEP))
            self._sheet.yview_moveto(max(0.0, self._sheet.canvasy(0) + step) / max(self.body.winfo_height(), 1))

    def needs(self, width: int) -> int:
        """Pixels of height that the body takes in so many of width, the bar's included while there is one."""
        width -= self._bar.winfo_reqwidth() if self._bar_shown else 0
        self._sheet.itemconfigure(self._window, width=min(width, scaled(self._widest)))
        self.update_idletasks()
        return self.body.winfo_reqheight()

    def take(self, width: int, height: int, *, bar: bool = False) -> None:
        """So many pixels, whatever is in it; from now on there is a `bar` only where it is said.

        One that came by itself would go again: without it texts are wider, and so the body is lower.
        """
        self._bar_is_told = True
        self.grid_propagate(False)
        tkinter.Frame.configure(self, width=width, height=height)
        self._show_bar(bar)

    def to_top(self) -> None:
        self._followed = None
        self._sheet.yview_moveto(0)

    def see(self, widget: tkinter.Misc) -> None:
        """Scrolls as little as it takes; to the top of the page where it can be seen from there."""
        self._see(widget, self._sheet.canvasy(0))

    def follow(self, widget: tkinter.Misc) -> None:
        """Has it in sight once the page is laid out, and until the focus goes elsewhere."""
        self._followed, self._came_from = widget, self._sheet.canvasy(0)
        self._follow_soon()

    def _see(self, widget: tkinter.Misc, first: float) -> None:
        """`first`: how far down the page is before, in pixels."""
        top = widget.winfo_rooty() - self.body.winfo_rooty()
        bottom = top + widget.winfo_height()
        height, total = self._sheet.winfo_height(), max(self.body.winfo_height(), 1)
        margin = scaled(theme.units(2))
        if top < first or bottom - top > height:  # of what is higher than the window, its beginning
            first = 0 if bottom + margin <= height else max(0, top - margin)
        elif bottom > first + height:
            first = bottom + margin - height
        if first != self._sheet.canvasy(0):
            self._sheet.yview_moveto(first / total)

    def _follow(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        if not self.winfo_exists() or not str(event.widget).startswith(f"{self.body}."):
            return
        self._followed, self._came_from = event.widget, self._sheet.canvasy(0)
        if is_pressed(self):
            self._follow_later()
        elif self._bar_shown:
            self.see(event.widget)

    def _follow_later(self) -> None:
        """A button that moves away under the mouse that presses it would not hear that it was let go."""
        if self._following is None:
            self._following = self.after(_LATER_MS, self._follow_again)

    def _follow_soon(self) -> None:
        """Once Tk has drawn: a canvas that is scrolled to and fro before that leaves its window behind."""
        if self._following is None and self._followed is not None:
            self._following = self.after_idle(self._follow_again)

    def _follow_again(self) -> None:
        """Texts wrap, and cards come and go, after the focus is there: it is as if it had come only now."""
        self._following = None
        if is_pressed(self):
            self._follow_later()
            return
        widget = self._followed
        if widget is None or not self._bar_shown or not widget.winfo_exists() or not widget.winfo_viewable():
            return
        bottom = widget.winfo_rooty() + widget.winfo_height() - self.body.winfo_rooty()
        from_top = bottom + scaled(theme.units(2)) <= self._sheet.winfo_height()
        self._see(widget, 0.0 if from_top else self._came_from)

    def _body_changed(self, _event: object) -> None:
        self._sheet.configure(scrollregion=(0, 0, self._sheet.winfo_width(), self.body.winfo_height()))
        self._follow_soon()

    def _paint(self) -> None:
        self._sheet.configure(bg=color(self._ground))
        tkinter.Frame.configure(self.body, bg=color(self._ground))
        if self._strut is not None:
            self._strut.configure(bg=color(self._ground))
        self._fit()

    def _fit(self) -> None:
        room = self._sheet.winfo_width()
        if self._strut is not None:
            self._strut.configure(height=self._sheet.winfo_height())
        width = min(room, scaled(self._widest))
        self._sheet.itemconfigure(self._window, width=width)
        self._sheet.coords(self._window, (room - width) // 2, 0)
        self._sheet.configure(scrollregion=(0, 0, room, self.body.winfo_height()))
        self._follow_soon()

    def _dragged(self, *where: str | float) -> None:
        self._followed = None
        self._sheet.yview(*where)

    def _scrolled(self, first: float, last: float) -> None:
        """Told by Tk many times while a page is laid out; drawn once, when it stands."""
        self._part = float(first), float(last)
        if self._drawing is None:
            self._drawing = self.after_idle(self._show_part)

    def _show_part(self) -> None:
        self._drawing = None
        first, last = self._part
        if not self._bar_is_told:
            self._show_bar(first > 0.0 or last < 1.0)
        if self._bar_shown:
            self._bar.set(first, last)

    def _show_bar(self, on: bool) -> None:
        if on == self._bar_shown:
            return
        self._bar_shown = on
        if on:
            self._bar.grid()
        else:
            self._bar.grid_remove()


def page_above(widget: tkinter.Misc | None) -> Page | None:
    """The page that a widget lies on."""
    each = widget
    while each is not None and not isinstance(each, Page):
        each = each.master
    return each


def page_for(widget: tkinter.Misc) -> Page | None:
    """The same, or the page of the dialog whose buttons have the focus."""
    beside = getattr(widget.winfo_toplevel(), "page", None)
    return page_above(widget) or (beside if isinstance(beside, Page) else None)
