"""Things side by side, in as many lines as it takes: a row of buttons that a large scaling would cut off otherwise."""

import tkinter

from client.gui import theme
from client.gui.widgets.labels import Box
from client.gui.widgets.look import scaled


class Flow(Box):
    """Its children are put into row 0 of its grid, in any columns; where the room ends, the next line begins.

    Give it all the width that there is. Of the lines, one stands under the other in columns.
    """

    def __init__(self, master: tkinter.Misc, *, right: bool = False) -> None:
        """`right`: lines end at the right, and the last one is full."""
        super().__init__(master)
        self._right = right
        self._order: dict[tkinter.Misc, int] = {}
        """The columns that they were given."""
        self._watched: set[tkinter.Misc] = set()
        self.grid_anchor("e" if right else "w")
        self.grid_propagate(False)
        tkinter.Misc.bind(self, "<Configure>", lambda _event: self.fit(), add=True)

    def fit(self) -> None:
        """Puts all to their places; by itself whenever something changes, but not before the next events."""
        shown = self._shown()
        if not shown:
            tkinter.Frame.configure(self, width=1, height=1)
            return
        wide = [self._width_of(each) for each in shown]
        room = self.winfo_width() if self.winfo_width() > 1 else sum(wide)
        columns = next(n for n in range(len(shown), 0, -1) if n == 1 or _width_in(wide, n, self._right) <= room)
        high = [0] * -(-len(shown) // columns)
        for at, each in enumerate(shown):
            line, column = _place_of(at, len(shown), columns, from_end=self._right)
            self._put(each, line, column)
            high[line] = max(high[line], each.winfo_reqheight())
        # What it wants is one line, also while it has several: else it would never find out that there is room again.
        size = sum(wide), sum(high) + scaled(theme.units(1)) * (len(high) - 1)
        if size != (self.winfo_reqwidth(), self.winfo_reqheight()):
            tkinter.Frame.configure(self, width=size[0], height=size[1])

    def _shown(self) -> list[tkinter.Widget]:
        """Those that are seen, in their order; whoever is new is watched from now on."""
        shown = [each for each in tkinter.Misc.grid_slaves(self) if isinstance(each, tkinter.Widget)]
        for each in shown:
            if each not in self._order:
                self._order[each] = int(tkinter.Grid.grid_info(each)["column"])
        for child in self.winfo_children():
            if child not in self._watched:
                self._watched.add(child)
                for event in ("<Configure>", "<Map>", "<Unmap>"):
                    tkinter.Misc.bind(child, event, lambda _event: self.fit(), add=True)
        return sorted(shown, key=lambda each: self._order[each])

    def _width_of(self, each: tkinter.Widget) -> int:
        return each.winfo_reqwidth() + sum(_pair(tkinter.Grid.grid_info(each)["padx"]))

    @staticmethod
    def _put(each: tkinter.Widget, line: int, column: int) -> None:
        above = scaled(theme.units(1)) if line else 0
        now = tkinter.Grid.grid_info(each)
        if (now["row"], now["column"], now["sticky"], _pair(now["pady"])) != (line, column, "w", (above, 0)):
            # CustomTkinter's own would remember it for other scalings.
            tkinter.Grid.grid_configure(each, row=line, column=column, sticky="w", pady=(above, 0))


def _place_of(at: int, count: int, columns: int, *, from_end: bool) -> tuple[int, int]:
    """Line and column."""
    if not from_end:
        return divmod(at, columns)
    lines = -(-count // columns)
    up, left = divmod(count - 1 - at, columns)
    return lines - 1 - up, columns - 1 - left


def _width_in(wide: list[int], columns: int, from_end: bool) -> int:
    """Of so many columns, each as wide as the widest in it."""
    widest = [0] * columns
    for at, each in enumerate(wide):
        column = _place_of(at, len(wide), columns, from_end=from_end)[1]
        widest[column] = max(widest[column], each)
    return sum(widest)


def _pair(pad: object) -> tuple[int, int]:
    """As Tk tells it: one number for both sides, or two."""
    if isinstance(pad, tuple | list):
        return int(pad[0]), int(pad[1])
    return int(str(pad)), int(str(pad))
