"""Long lists: Tk's own tree view, which draws only the rows in sight, so that 20,000 scroll smoothly."""

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk
from typing import Literal

import customtkinter as ctk

from client.gui import theme
from client.gui.presenters.rows import Row as Row
from client.gui.theme import Color, Palette
from client.gui.widgets.bar import Bar
from client.gui.widgets.cells import Cells
from client.gui.widgets.described import Described
from client.gui.widgets.focus import came_by_keyboard
from client.gui.widgets.look import TABLE_STYLE, color, on_look, scaled

_NEAR_END = 0.9
"""Share of the rows."""
_UP, _DOWN = " ▲", " ▼"
_GAP = "\u2002"
_SLICE = 800
"""Rows that are made at once; the rest follows, and the window stays alive meanwhile."""
_FEW = 64
LEAST_ROWS = 3
"""That a list in a low window has in sight; the page scrolls then."""
_MOST_HIDDEN = 40_000
"""Rows that were shown, and wait to be shown again: that is much faster than to make them anew."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    title: str
    width: int
    """Pixels at 100 %."""
    grows: bool = False
    right: bool = False
    """Numbers stand at the right."""
    sorts: bool = True
    rank: int = 0
    """Where there is too little room for all, those of the highest rank are left out first; of rank 0, never."""


TONES: dict[str, Color] = {
    "muted": Palette.muted,
    "good": Palette.good,
    "warning": Palette.warning,
    "danger": Palette.danger,
    "accent": Palette.accent_text,
}


class Table(Described, ctk.CTkFrame):
    """Shows rows in the order in which they are given; the presenter sorts. Arrows, Home and End choose."""

    role = "grid"

    def __init__(
        self,
        master: tkinter.Misc,
        label: str,
        columns: Sequence[Column],
        *,
        chosen: Callable[[tuple[str, ...]], None] | None = None,
        opened: Callable[[str], None] | None = None,
        sort_by: Callable[[str], None] | None = None,
        menu: Callable[[int, int], None] | None = None,
        deleted: Callable[[], None] | None = None,
        near_end: Callable[[], object] | None = None,
        several: bool = True,
        least_rows: int = 10,
    ) -> None:
        """`opened` is Return and the double click, `menu` the right button, `deleted` the Delete key.

        `near_end` is told that somebody has scrolled nearly to the last row. It grows from `least_rows` with its place.
        """
        super().__init__(
            master,
            fg_color=Palette.surface,
            corner_radius=theme.CARD_RADIUS,
            border_width=theme.RING,
            border_color=Palette.line,
        )
        self.label = label
        self._columns = tuple(columns)
        self._chosen = chosen
        self._rows: Sequence[Row] = ()
        self._by_key: dict[str, Row] = {}
        self._made: dict[str, Row] = {}
        """All that the tree knows, those that are not shown right now included."""
        self._fitting: tuple[str, ...] = ()
        """The columns that there is room for."""
        self._to_do = 0
        self._timer: str | None = None
        self._sorted: tuple[str, bool] = ("", False)
        self._silent = False
        self.grid_rowconfigure(0, weight=1)
        self.grid_columnconfigure(0, weight=1)
        self.tree = ttk.Treeview(
            self,
            style=TABLE_STYLE,
            show="headings",
            columns=[column.name for column in columns],
            selectmode="extended" if several else "browse",
            height=least_rows,
        )
        self.cells = Cells(self.tree, [column.name for column in columns], lambda row: self._spaced(row.cells))
        inset = theme.CARD_RADIUS // 2
        bar = Bar(self, self.tree.yview, height=theme.units(4))
        bar.grid(row=0, column=1, sticky="ns", padx=(0, 2 * theme.RING), pady=inset)

        def scrolled(first: float, last: float) -> None:
            bar.set(float(first), float(last))
            self.cells.soon()
            if near_end is not None and float(last) >= _NEAR_END:
                near_end()

        self.tree.configure(yscrollcommand=scrolled)
        for column in columns:
            self._head(column, sort_by)
        self.tree.bind("<<TreeviewSelect>>", lambda _event: self._selected())
        self.tree.bind("<FocusIn>", lambda _event: self._focused())
        self.tree.bind("<FocusOut>", lambda _event: self.show_ring(False))
        self.tree.bind("<Control-a>", lambda _event: self._all())
        self.tree.bind("<Home>", lambda _event: self._go(0))
        self.tree.bind("<End>", lambda _event: self._go(-1))
        if opened is not None:
            self.tree.bind("<Return>", lambda _event: self._open(opened))
            self.tree.bind("<Double-Button-1>", lambda event: self._open(opened, event))
        if deleted is not None:
            self.tree.bind("<Delete>", lambda _event: deleted())
        if menu is not None:
            self.tree.bind("<Button-3>", lambda event: self._menu(event, menu))
        self.tree.bind("<Configure>", lambda _event: self._fit(), add=True)
        on_look(self, self._paint)

    @property
    def selection(self) -> tuple[str, ...]:
        return tuple(self.tree.selection())

    def show(self, rows: Sequence[Row]) -> None:
        """Changes only rows that differ; the selection and the place in the list stay. Many come in slices."""
        if rows is self._rows:
            return
        before = self._by_key
        self._rows, self._by_key = rows, {row.key: row for row in rows}
        self.cells.use(self._by_key)
        gone = [key for key in before if key not in self._by_key and key in self._made]
        lost = set(gone).intersection(self.tree.selection())
        self._silent = True
        if lost:
            self.tree.selection_remove(*lost)
        if len(gone) <= _FEW or len(self._made) - len(rows) > _MOST_HIDDEN:
            self._delete(gone if len(gone) <= _FEW else [key for key in self._made if key not in self._by_key])
        self._silent = False
        self._to_do = 0
        self._fill()
        if lost:
            self._selected()

    def _delete(self, keys: Sequence[str]) -> None:
        if keys:
            self.tree.delete(*keys)
            for key in keys:
                del self._made[key]
                self.cells.rewritten(key)

    def _fill(self) -> None:
        """Makes or changes some of the rows, and puts those that are made into their order."""
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None
        changed, at = 0, self._to_do
        rows = self._rows
        while at < len(rows) and changed < _SLICE:
            row = rows[at]
            known = self._made.get(row.key)
            if known is not row and known != row:
                tags = (row.tone,) if row.tone else ()
                if known is None:
                    self.tree.insert("", "end", iid=row.key, values=self._spaced(row.cells), tags=tags)
                else:
                    self.tree.item(row.key, values=self._spaced(row.cells), tags=tags)
                    self.cells.rewritten(row.key)
                self._made[row.key] = row
                changed += 1
            at += 1
        self._to_do = at
        order = tuple(row.key for row in rows[:at])
        if at < len(rows):
            order += tuple(row.key for row in rows[at:] if row.key in self._made)
            self._timer = self.after(1, self._fill)
        if self.tree.get_children() != order:
            self.tree.set_children("", *order)
        self.cells.soon()

    def _spaced(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """With room between what stands at the right and the next column, which Tk can't give."""
        if not any(column.right for column in self._columns):
            return cells
        return tuple(
            f"{cell}{_GAP}" if column.right else cell for cell, column in zip(cells, self._columns, strict=True)
        )

    def show_sorting(self, column: str, *, down: bool) -> None:
        """An arrow in the heading."""
        if (column, down) == self._sorted:
            return
        self._sorted = (column, down)
        for each in self._columns:
            arrow = "" if each.name != column else _DOWN if down else _UP
            self.tree.heading(each.name, text=each.title + arrow + (_GAP if each.right else ""))

    def select(self, keys: Sequence[str]) -> None:
        known = [key for key in keys if key in self._by_key and key in self._made]
        if tuple(known) != self.selection:
            self.tree.selection_set(known)

    def reveal(self, keys: Sequence[str]) -> None:
        """Scrolls the first of them into sight."""
        for key in keys[:1]:
            if key in self._made:
                self.tree.see(key)

    def value(self) -> str:
        return f"{len(self._rows)} rows, {len(self.selection)} chosen"

    def focus_set(self) -> None:
        self.tree.focus_set()
        self._focus_a_row()

    def show_ring(self, on: bool) -> None:
        self.configure(border_color=Palette.ring if on else Palette.line)

    def _head(self, column: Column, sort_by: Callable[[str], None] | None) -> None:
        anchor: Literal["e", "w"] = "e" if column.right else "w"
        title = column.title + (_GAP if column.right else "")
        if sort_by is not None and column.sorts:
            by = sort_by
            self.tree.heading(column.name, text=title, anchor=anchor, command=lambda: by(column.name))
        else:
            self.tree.heading(column.name, text=title, anchor=anchor)
        self.tree.column(column.name, anchor=anchor, stretch=column.grows)

    def _paint(self) -> None:
        inset = scaled(theme.CARD_RADIUS // 2)
        self.tree.grid(row=0, column=0, sticky="nsew", padx=(inset, 0), pady=inset)
        for column in self._columns:
            self.tree.column(column.name, width=scaled(column.width), minwidth=scaled(min(column.width, 48)))
        self._fit()
        self.cells.measure_anew()
        for name, pair in TONES.items():
            self.tree.tag_configure(name, foreground=color(pair))

    def _fit(self) -> None:
        """Leaves out what there is no room for; what grows gives way first, down to two thirds of its width."""
        room = self.tree.winfo_width()
        shown = list(self._columns)
        while sum(scaled(each.width * 2 // 3 if each.grows else each.width) for each in shown) > room > 1:
            last = max(shown, key=lambda each: each.rank)
            if not last.rank:
                break
            shown.remove(last)
        names = tuple(each.name for each in shown)
        if names != self._fitting:
            self._fitting = names
            self.tree.configure(displaycolumns=names)
        growing = [each for each in shown if each.grows]
        spare = room - sum(scaled(each.width) for each in shown if not each.grows)
        for each in growing if room > 1 else ():
            self.tree.column(each.name, width=max(scaled(48), spare * each.width // sum(one.width for one in growing)))
        self.cells.soon()

    def _selected(self) -> None:
        if self._chosen is not None and not self._silent:
            self._chosen(self.selection)

    def _focused(self) -> None:
        self.show_ring(came_by_keyboard(self))
        self._focus_a_row()

    def _focus_a_row(self) -> None:
        """The keyboard begins at the first one, unless it was in the list before."""
        shown = self.tree.get_children()
        if shown and self.tree.focus() not in self._by_key:
            self.tree.focus(shown[0])

    def _open(self, opened: Callable[[str], None], event: "tkinter.Event[ttk.Treeview] | None" = None) -> str:
        key = self.tree.focus() if event is None else self.tree.identify_row(event.y)
        if key:
            opened(key)
        return "break"

    def _menu(self, event: "tkinter.Event[ttk.Treeview]", menu: Callable[[int, int], None]) -> str:
        key = self.tree.identify_row(event.y)
        if key and key not in self.selection:
            self.tree.selection_set(key)
            self.tree.focus(key)
        if key:
            menu(event.x_root, event.y_root)
        return "break"

    def _all(self) -> str:
        self.tree.selection_set(self.tree.get_children())
        return "break"

    def _go(self, at: int) -> str:
        shown = self.tree.get_children()
        if shown:
            key = shown[at]
            self.tree.focus(key)
            self.tree.selection_set(key)
            self.tree.see(key)
        return "break"
