"""The My files tab: a list of what was sent, with what can be done about it."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.presenters.file_details import DetailsState
from client.gui.presenters.files import Files, FilesState, Only
from client.gui.presenters.house import House
from client.gui.presenters.listing import Blank
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.base import View
from client.gui.views.blank import BlankPlace
from client.gui.views.file_details import DetailsPage
from client.gui.views.file_sheets import ShareDialog, TermsDialog
from client.gui.widgets import Box, Button, Column, Entry, Item, Label, LinkButton, Look, Menu, Select, Table


def build(parent: tkinter.Misc, house: House) -> View:
    return FilesView(parent, house)


class FilesView(View):
    def __init__(self, master: tkinter.Misc, house: House) -> None:
        super().__init__(master)
        self._files = Files(house)
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure(0, weight=1)
        self._list = Box(self)
        self._list.grid(row=0, column=0, sticky="nsew")
        self._list.grid_columnconfigure(0, weight=1)
        self._list.grid_rowconfigure(3, weight=1)
        side = theme.units(4)
        self._head().grid(row=0, column=0, sticky="ew", padx=side, pady=(side, theme.units(1.5)))
        self._finding().grid(row=1, column=0, sticky="ew", padx=side)
        self._actions().grid(row=2, column=0, sticky="ew", padx=side, pady=theme.units(1.5))
        files = self._files
        self._table = Table(
            self._list,
            _("My files"),
            (
                Column("name", _("Name"), 300, grows=True),
                Column("size", _("Size"), 84, right=True),
                Column("sent", _("Sent"), 140, rank=2),
                Column("expires", _("Kept"), 110),
                Column("downloads", _("Downloads"), 92, right=True, rank=1),
                Column("safety", _("Safety"), 104, sorts=False, rank=3),
            ),
            chosen=files.choose,
            opened=files.open_details,
            sort_by=files.sort_by,
            menu=self._popup,
            deleted=files.delete,
        )
        place = {"row": 3, "column": 0, "sticky": "nsew", "padx": side, "pady": (0, theme.units(3))}
        self._place = place
        self._table.grid(**place)
        self._blank = BlankPlace(
            self._list,
            "files",
            {
                Blank.NOTHING: (
                    _("You have not sent anything yet"),
                    _("What you send is here: who gets it, who has fetched it, and how long it is kept."),
                    _("Send a file"),
                ),
                Blank.NO_MATCH: (
                    _("No file fits"),
                    _("Search looks at names, notes and ids."),
                    _("Show all files"),
                ),
            },
            {
                Blank.SIGNED_OUT: files.sign_in,
                Blank.LOCKED: files.unlock,
                Blank.NOTHING: files.send_something,
                Blank.NO_MATCH: self._show_all,
            },
        )
        self._menu: Menu | None = None
        self._details = DetailsPage(self, files.details)
        self._share = ShareDialog(self, files)
        self._terms = TermsDialog(self, files.terms)
        files.watch(self._render)
        files.details.watch(self._render_details)

    def shown(self) -> None:
        self._files.shown()
        if not self._files.details.state.is_open:
            self._table.focus_set()

    def shortcut(self, name: str) -> bool:
        if self._files.details.state.is_open:
            return False
        if name == "find":
            self._search.focus_set()
        elif name == "refresh":
            self._files.refresh()
        return name in ("find", "refresh")

    def _head(self) -> Box:
        head = Box(self._list)
        head.grid_columnconfigure(1, weight=1)
        Label(head, _("My files"), theme.DISPLAY).grid(row=0, column=0, sticky="w")
        self._count = Label(head, "", theme.BODY, Palette.muted)
        self._count.role = "status"
        self._count.grid(row=0, column=1, sticky="sw", padx=theme.units(2), pady=(0, theme.units(0.5)))
        self._refresh = LinkButton(head, _("Refresh"), self._files.refresh, hint=_("F5"))
        self._refresh.grid(row=0, column=2)
        return head

    def _finding(self) -> Box:
        bar = Box(self._list)
        bar.grid_columnconfigure(0, weight=1)
        self._search = Entry(
            bar,
            _("Search"),
            placeholder=_("Search names, notes and ids"),
            on_change=self._files.search,
            show_label=False,
        )
        self._search.grid(row=0, column=0, sticky="ew", padx=(0, theme.units(1)))
        tkinter.Misc.bind(self._search.field._entry, "<Escape>", lambda _event: self._show_all())
        tkinter.Misc.bind(self._search.field._entry, "<Down>", lambda _event: self._table.focus_set())
        options = {
            Only.ALL.value: _("All files"),
            Only.ACTIVE.value: _("Can be fetched"),
            Only.SOON.value: _("Ends soon"),
            Only.OVER.value: _("Expired or used up"),
            Only.FOLDERS.value: _("Folders"),
        }
        self._only = Select(bar, _("Show"), options, self._files.show_only, width=176)
        self._only.grid(row=0, column=1)
        return bar

    def _actions(self) -> Box:
        bar = Box(self._list)
        files = self._files
        self._buttons: dict[str, Button] = {}
        for column, (name, text, command, look) in enumerate(
            (
                ("details", _("Details"), files.open_details, Look.PLAIN),
                ("share", _("Share …"), files.open_share, Look.PLAIN),
                ("terms", _("Extend …"), files.open_terms, Look.PLAIN),
                ("copy", _("Copy id"), files.copy_ids, Look.PLAIN),
                ("delete", _("Delete"), files.delete, Look.PLAIN),
            )
        ):
            button = Button(bar, text, command, look=look)
            button.grid(row=0, column=column, padx=(0, theme.units(1)))
            self._buttons[name] = button
        return bar

    def _render(self, state: FilesState) -> None:
        self._count.show(state.count)
        self._refresh.show(text=_("Loading …") if state.busy else _("Refresh"), enabled=state.can_refresh)
        self._only.show_chosen(state.only.value)
        for name, can in (
            ("details", state.can_open),
            ("share", state.can_open),
            ("terms", state.can_change),
            ("copy", state.can_copy),
            ("delete", state.can_change),
        ):
            self._buttons[name].show(enabled=can)
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

    def _render_details(self, state: DetailsState) -> None:
        if state.is_open == self._details.is_open:
            return
        self._details.is_open = state.is_open
        if state.is_open:
            self._list.grid_remove()
            self._details.grid(row=0, column=0, sticky="nsew")
            self._details.begin()
        else:
            self._details.grid_remove()
            self._list.grid()
            self._table.focus_set()

    def _show_all(self) -> str:
        self._search.set_text("")
        self._files.show_all()
        return "break"

    def _popup(self, x: int, y: int) -> None:
        if self._menu is None:
            self._menu = Menu(self)
        state, files = self._files.state, self._files
        items: tuple[tuple[str, Callable[[], None], bool, bool], ...] = (
            (_("Details"), files.open_details, state.can_open, False),
            (_("Copy id"), files.copy_ids, state.can_copy, False),
            (_("Share …"), files.open_share, state.can_open, False),
            (_("Extend …"), files.open_terms, state.can_change, False),
            (_("Delete"), files.delete, state.can_change, True),
        )
        self._menu.popup([Item(text, do, enabled=can, danger=red) for text, do, can, red in items], x, y)
