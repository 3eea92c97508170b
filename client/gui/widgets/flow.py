"""Things side by side, in as many lines as it takes: a row of buttons that a large scaling would cut off otherwise."""

import tkinter
from itertools import pairwise

from client.gui import theme
from client.gui.widgets.labels import Box
from client.gui.widgets.look import scaled


class Flow(Box):
    """Its children are put into row 0 of its grid, in any columns; where the room ends, the next line begins.

    Give it all the width that there is.
    """

    def __init__(self, master: tkinter.Misc, *, right: bool = False) -> None:
        """`right`: lines end at the right."""
        super().__init__(master)
        self._right = right
        self._order: dict[tkinter.Misc, int] = {}
        """The columns that they were given."""
        self._watched: set[tkinter.Misc] = set()
        self._columns = 0
        self._fitting: str | None = None
        self.grid_anchor("e" if right else "w")
        self.grid_propagate(False)
        tkinter.Misc.bind(self, "<Configure>", lambda _event: self._fit_soon(), add=True)

    def fit(self) -> None:
        """Puts all to their places; by itself whenever something changes, but not before the next events."""
        shown = self._shown()
        wide = [self._width_of(each) for each in shown]
        room = self.winfo_width() if self.winfo_width() > 1 else sum(wide)
        places = spans(wide, room, right=self._right)
        edges = sorted({edge for _line, *ends in places for edge in ends})
        self._set_columns(edges)
        high = [0] * (places[-1][0] + 1 if places else 1)
        for each, (line, left, end) in zip(shown, places, strict=True):
            self._put(each, line, edges.index(left), edges.index(end) - edges.index(left))
            high[line] = max(high[line], each.winfo_reqheight())
        # What it wants is one line, also while it has several: else it would never find out that there is room again.
        size = max(sum(wide), 1), max(sum(high) + scaled(theme.units(1)) * (len(high) - 1), 1)
        if size != (self.winfo_reqwidth(), self.winfo_reqheight()):
            tkinter.Frame.configure(self, width=size[0], height=size[1])

    def _fit_soon(self) -> None:
        """Once for all that changes at the same time."""
        if self._fitting is None:
            self._fitting = self.after_idle(self._fit_now)

    def _fit_now(self) -> None:
        self._fitting = None
        if self.winfo_exists():
            self.fit()

    def _set_columns(self, edges: list[int]) -> None:
        """One from each edge to the next, whichever line they are of: so lines need not stand in columns."""
        widths = [right - left for left, right in pairwise(edges)]
        for column in range(max(self._columns, len(widths))):
            self.grid_columnconfigure(column, minsize=widths[column] if column < len(widths) else 0)
        self._columns = len(widths)

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
                    tkinter.Misc.bind(child, event, lambda _event: self._fit_soon(), add=True)
        return sorted(shown, key=lambda each: self._order[each])

    def _width_of(self, each: tkinter.Widget) -> int:
        return each.winfo_reqwidth() + sum(_pair(tkinter.Grid.grid_info(each)["padx"]))

    @staticmethod
    def _put(each: tkinter.Widget, line: int, column: int, span: int) -> None:
        above = scaled(theme.units(1)) if line else 0
        now = tkinter.Grid.grid_info(each)
        wanted = (line, column, span, "w", (above, 0))
        if (now["row"], now["column"], now["columnspan"], now["sticky"], _pair(now["pady"])) != wanted:
            # CustomTkinter's own would remember it for other scalings.
            tkinter.Grid.grid_configure(each, row=line, column=column, columnspan=span, sticky="w", pady=(above, 0))


def spans(wide: list[int], room: int, *, right: bool) -> list[tuple[int, int, int]]:
    """The line, the left end and the right end of each."""
    places: list[tuple[int, int, int]] = []
    line = left = 0
    for width in wide:
        if left and left + width > room:
            line, left = line + 1, 0
        places.append((line, left, left + width))
        left += width
    if not right:
        return places
    ends = {line: end for line, _left, end in places}  # of each line's last one
    widest = max(ends.values(), default=0)
    return [(line, left + widest - ends[line], end + widest - ends[line]) for line, left, end in places]


def _pair(pad: object) -> tuple[int, int]:
    """As Tk tells it: one number for both sides, or two."""
    if isinstance(pad, tuple | list):
        return int(pad[0]), int(pad[1])
    return int(str(pad)), int(str(pad))
