"""The My files tab: a list of what was sent, with what can be done about it."""

import tkinter
from collections.abc import Sequence

from client.gui import theme
from client.gui.presenters.file_details import DetailsState
from client.gui.presenters.file_list import Blank
from client.gui.presenters.files import Files, FilesState, Only
from client.gui.presenters.house import House
from client.gui.text import _
from client.gui.views.base import View
from client.gui.views.file_details import DetailsPage
from client.gui.views.file_list import FileListView
from client.gui.views.file_sheets import ShareDialog, TermsDialog
from client.gui.views.link_sheet import LinkDialog
from client.gui.widgets import Box, Button, Column, Flow, Item, Page, Select
from client.gui.widgets.page import WIDE

_ONE_ROW = 380
"""Pixels at 100 % for the search and what is shown side by side."""


def build(parent: tkinter.Misc, house: House) -> View:
    return FilesView(parent, house)


class FilesView(FileListView[FilesState]):
    def __init__(self, master: tkinter.Misc, house: House) -> None:
        files = Files(house)
        super().__init__(master, files)
        self._files = files
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure(0, weight=1)
        self._list = Page(self, widest=WIDE, fills=True)
        self._list.grid(row=0, column=0, sticky="nsew")
        body = self._list.body
        body.grid_rowconfigure(3, weight=1)
        side = theme.units(4)
        self._head(body, _("My files")).grid(row=0, column=0, sticky="ew", padx=side, pady=(side, theme.units(1.5)))
        self._finding(body).grid(row=1, column=0, sticky="ew", padx=side)
        self._actions(body).grid(row=2, column=0, sticky="ew", padx=side, pady=theme.units(1.5))
        self._make_list(
            body,
            _("My files"),
            (
                Column("name", _("Name"), 300, grows=True),
                Column("size", _("Size"), 84, right=True),
                Column("sent", _("Sent"), 140, rank=2),
                Column("expires", _("Kept"), 110),
                Column("downloads", _("Downloads"), 92, right=True, rank=1),
                Column("safety", _("Safety"), 104, sorts=False, rank=3),
            ),
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
            {Blank.NOTHING: files.send_something},
            opened=files.open_details,
            deleted=files.delete,
            row=3,
            below=3,
        )
        self._details = DetailsPage(self, files.details)
        self._share = ShareDialog(self, files)
        self._terms = TermsDialog(self, files.terms)
        self._link = LinkDialog(self, files.details.links)
        self._link_terms = TermsDialog(self, files.details.link_terms, of_link=True)
        files.watch(self._render)
        files.details.watch(self._render_details)

    def shown(self) -> None:
        if self._files.details.state.is_open:
            self._files.shown()
        else:
            super().shown()

    def shortcut(self, name: str) -> bool:
        return not self._files.details.state.is_open and super().shortcut(name)

    def _finding(self, owner: tkinter.Misc) -> Box:
        bar = self._search_bar(owner, _("Search names, notes and ids"))
        options = {
            Only.ALL.value: _("All files"),
            Only.ACTIVE.value: _("Can be fetched"),
            Only.SOON.value: _("Ends soon"),
            Only.OVER.value: _("Expired or used up"),
            Only.FOLDERS.value: _("Folders"),
        }
        self._only = Select(bar, _("Show"), options, self._files.show_only, width=176)
        self._beside(bar, self._only, _ONE_ROW)
        return bar

    def _actions(self, owner: tkinter.Misc) -> Flow:
        bar = Flow(owner)
        files = self._files
        self._buttons: dict[str, Button] = {}
        for column, (name, text, command) in enumerate(
            (
                ("details", _("Details"), files.open_details),
                ("share", _("Share …"), files.open_share),
                ("link", _("Link …"), files.open_link),
                ("terms", _("Extend …"), files.open_terms),
                ("copy", _("Copy id"), files.copy_ids),
                ("delete", _("Delete"), files.delete),
            )
        ):
            button = Button(bar, text, command)
            button.grid(row=0, column=column, padx=(0, theme.units(1)))
            self._buttons[name] = button
        return bar

    def _render(self, state: FilesState) -> None:
        self._only.show_chosen(state.only.value)
        for name, can in (
            ("details", state.can_open),
            ("share", state.can_open),
            ("link", state.can_change),
            ("terms", state.can_change),
            ("copy", state.can_copy),
            ("delete", state.can_change),
        ):
            self._buttons[name].show(enabled=can)
        self._render_list(state)

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

    def _items(self) -> Sequence[Item]:
        state, files = self._files.state, self._files
        return (
            Item(_("Details"), files.open_details, state.can_open),
            Item(_("Copy id"), files.copy_ids, state.can_copy),
            Item(_("Share …"), files.open_share, state.can_open),
            Item(_("Link …"), files.open_link, state.can_change),
            Item(_("Extend …"), files.open_terms, state.can_change),
            Item(_("Delete"), files.delete, state.can_change, danger=True),
        )
