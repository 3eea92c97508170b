"""What is too wide for its column ends in an ellipsis, in the rows in sight; all of it is said under the mouse."""

import tkinter
from collections.abc import Callable, Sequence
from tkinter import font as tkfont
from tkinter import ttk

from client.gui import theme
from client.gui.presenters.rows import Row
from client.gui.widgets.look import CELL_PADDING, scaled, scaled_font
from client.gui.widgets.tooltip import tip_at, tip_gone

_MOST_KNOWN = 4_000


class Cells:
    """Of one tree view, whose columns stand in the order of `names`. Rows out of sight are left as they are."""

    def __init__(self, tree: ttk.Treeview, names: Sequence[str], written: Callable[[Row], tuple[str, ...]]) -> None:
        """`written`: how the table itself writes a row; what follows a cell's text there is for distance."""
        self._tree = tree
        self._names = tuple(names)
        self._written = written
        self._rows: dict[str, Row] = {}
        self._changed: dict[str, tuple[str, ...]] = {}
        """Rows whose cells were cut, as they stand there now."""
        self._font: tkfont.Font | None = None
        self._known: dict[tuple[str, int], str] = {}
        self._timer: str | None = None
        self._under_mouse = ("", "")
        tree.bind("<Motion>", self._moved, add=True)
        for gone in ("<Leave>", "<ButtonPress>", "<Unmap>"):
            tree.bind(gone, lambda _event: self._left(), add=True)

    def use(self, rows: dict[str, Row]) -> None:
        """All that there are, by their keys."""
        self._rows = rows

    def rewritten(self, key: str) -> None:
        """The table has written this row anew, whole."""
        self._changed.pop(key, None)

    def measure_anew(self) -> None:
        """The font is another one."""
        self._font = None
        self._known.clear()
        self.soon()

    def soon(self) -> None:
        """Something has moved; looked at once, when the window has nothing else to do."""
        if self._timer is None:
            self._timer = self._tree.after_idle(self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._tree.winfo_exists() or not self._tree.winfo_viewable():
            return
        widths = self._widths()
        for key in self._in_sight():
            row = self._rows.get(key)
            if row is not None:
                self._write(key, row, widths)

    def _write(self, key: str, row: Row, widths: dict[str, int]) -> None:
        whole = self._written(row)
        wanted = tuple(
            text if name not in widths or (cut := self._cut(cell, widths[name])) == cell else cut + text[len(cell) :]
            for name, cell, text in zip(self._names, row.cells, whole, strict=True)
        )
        if wanted != self._changed.get(key, whole):
            self._tree.item(key, values=wanted)
            self._changed[key] = wanted

    def _in_sight(self) -> list[str]:
        height = self._tree.winfo_height()
        found = (self._tree.identify_row(y) for y in range(0, height, scaled(theme.ROW_HEIGHT) // 2))
        return [key for key in dict.fromkeys(found) if key]

    def _widths(self) -> dict[str, int]:
        """Room for text in each column that is shown."""
        shown = self._shown()
        return {name: int(self._tree.column(name, "width")) - 3 * CELL_PADDING for name in shown}

    def _shown(self) -> tuple[str, ...]:
        names = self._tree.cget("displaycolumns")
        return tuple(str(name) for name in names) if names and str(names[0]) != "#all" else self._names

    def _cut(self, text: str, width: int) -> str:
        known = self._known.get((text, width))
        if known is not None:
            return known
        if self._font is None:
            self._font = tkfont.Font(self._tree, font=scaled_font(theme.BODY.font))
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known[text, width] = cut = fitting(text, width, self._font.measure)
        return cut

    def _moved(self, event: "tkinter.Event[ttk.Treeview]") -> None:
        key, column = self._tree.identify_row(event.y), self._tree.identify_column(event.x)
        if (key, column) == self._under_mouse:
            return
        self._left()
        self._under_mouse = key, column
        row, number, shown = self._rows.get(key), int(column[1:] or 0), self._shown()
        if row is None or not 0 < number <= len(shown):
            return
        cell = row.cells[self._names.index(shown[number - 1])]
        if self._cut(cell, self._widths()[shown[number - 1]]) != cell:
            tip_at(self._tree, cell, event.x_root, event.y_root)

    def _left(self) -> None:
        if self._under_mouse != ("", ""):
            self._under_mouse = ("", "")
            tip_gone(self._tree)


def fitting(text: str, width: int, measure: Callable[[str], int]) -> str:
    """`text`, or as much of its beginning as is at most `width` wide together with an ellipsis."""
    if measure(text) <= width:
        return text
    fits, too_much = 0, len(text)
    while too_much - fits > 1:
        middle = (fits + too_much) // 2
        if measure(f"{text[:middle].rstrip()}…") <= width:
            fits = middle
        else:
            too_much = middle
    return f"{text[:fits].rstrip()}…"
