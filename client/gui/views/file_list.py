"""What the lists of files look like alike: a head with a count, a field for search, a table or why there is none."""

import tkinter
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Generic

import customtkinter as ctk

from client.gui import theme
from client.gui.presenters.file_list import Blank, FileList, Shown
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.base import View
from client.gui.views.blank import BlankPlace, Texts
from client.gui.widgets import Box, Column, Entry, Item, Label, LinkButton, Menu, Table
from client.gui.widgets.look import scaled
from client.gui.widgets.table import LEAST_ROWS


class FileListView(View, Generic[Shown], ABC):
    """Its parts are made and placed by the tab, from top to bottom: in that order Tab goes through them."""

    def __init__(self, master: tkinter.Misc, presenter: FileList[Shown]) -> None:
        super().__init__(master)
        self._presenter = presenter
        self._popup_menu: Menu | None = None

    def shown(self) -> None:
        self._presenter.shown()
        self._table.focus_set()

    def shortcut(self, name: str) -> bool:
        if name == "find":
            self._search.focus_set()
        elif name == "refresh":
            self._presenter.refresh()
        return name in ("find", "refresh")

    @abstractmethod
    def _items(self) -> Sequence[Item]:
        """What the right button offers, for what is chosen."""

    def _head(self, owner: tkinter.Misc, title: str) -> Box:
        head = Box(owner)
        head.grid_columnconfigure(1, weight=1)
        Label(head, title, theme.DISPLAY).grid(row=0, column=0, sticky="w")
        self._count = Label(head, "", theme.BODY, Palette.muted)
        self._count.role = "status"
        self._count.grid(row=0, column=1, sticky="sw", padx=theme.units(2), pady=(0, theme.units(0.5)))
        self._refresh = LinkButton(head, _("Refresh"), self._presenter.refresh, hint=_("F5"))
        self._refresh.grid(row=0, column=2)
        return head

    def _search_bar(self, owner: tkinter.Misc, placeholder: str) -> Box:
        """With the field at its left; there is room for more beside it."""
        bar = Box(owner)
        bar.grid_columnconfigure(0, weight=1)
        self._search = Entry(
            bar, _("Search"), placeholder=placeholder, on_change=self._presenter.search, show_label=False
        )
        self._search.grid(row=0, column=0, sticky="ew")
        tkinter.Misc.bind(self._search.field._entry, "<Escape>", lambda _event: self._show_all())
        tkinter.Misc.bind(self._search.field._entry, "<Down>", lambda _event: self._table.focus_set())
        return bar

    @staticmethod
    def _beside(bar: Box, more: ctk.CTkBaseClass, one_row: int) -> None:
        """Puts `more` at the right of the field, or below it where the bar is narrower than `one_row`, at 100 %."""
        stands: list[bool] = []

        def fit(width: int) -> None:
            narrow = width < scaled(one_row)
            if [narrow] != stands:
                stands[:] = [narrow]
                gap = theme.units(1)
                padx, pady = (0, (gap, 0)) if narrow else ((gap, 0), 0)
                more.grid(row=int(narrow), column=int(not narrow), sticky="ew", padx=padx, pady=pady)

        fit(scaled(one_row))
        tkinter.Misc.bind(bar, "<Configure>", lambda event: fit(event.width), add=True)

    def _make_list(
        self,
        owner: tkinter.Misc,
        label: str,
        columns: Sequence[Column],
        picture: str,
        texts: Mapping[Blank, Texts],
        commands: Mapping[Blank, Callable[[], object]],
        *,
        opened: Callable[[str], None],
        deleted: Callable[[], None] | None = None,
        row: int,
        below: int = 0,
    ) -> None:
        """`picture`, `texts` and `commands` are for when there is nothing; `below` are units of room."""
        presenter = self._presenter
        self._table = Table(
            owner,
            label,
            columns,
            chosen=presenter.choose,
            opened=opened,
            sort_by=presenter.sort_by,
            menu=self._popup,
            deleted=deleted,
            least_rows=LEAST_ROWS,
        )
        self._place = {
            "row": row,
            "column": 0,
            "sticky": "nsew",
            "padx": theme.units(4),
            "pady": (0, theme.units(below)),
        }
        self._table.grid(**self._place)
        common: dict[Blank, Callable[[], object]] = {
            Blank.SIGNED_OUT: presenter.sign_in,
            Blank.LOCKED: presenter.unlock,
            Blank.FAILED: presenter.refresh,
            Blank.NO_MATCH: self._show_all,
        }
        self._blank = BlankPlace(owner, picture, texts, {**common, **commands})

    def _render_list(self, state: Shown) -> None:
        self._count.show(state.count)
        self._refresh.show(text=_("Loading …") if state.busy else _("Refresh"), enabled=state.can_refresh)
        self._table.show_sorting(state.sort, down=state.down)
        self._table.show(state.rows)
        if set(self._table.selection) != set(state.selection):
            self._table.select(state.selection)
        if state.blank is Blank.NOT_BLANK:
            self._blank.grid_remove()
            self._table.grid()
        else:
            self._table.grid_remove()
            self._blank.show(state.blank)
            self._blank.grid(**self._place)

    def _show_all(self) -> str:
        self._search.set_text("")
        self._presenter.show_all()
        return "break"

    def _popup(self, x: int, y: int) -> None:
        if self._popup_menu is None:
            self._popup_menu = Menu(self)
        self._popup_menu.popup(self._items(), x, y)
