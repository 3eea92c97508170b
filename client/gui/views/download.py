"""The Download tab: the inbox, what an id stands for, where it all goes, and what is on its way."""

import tkinter
from collections.abc import Sequence

from client.gui import theme
from client.gui.presenters.download import Download, DownloadState
from client.gui.presenters.file_list import Blank
from client.gui.presenters.house import House
from client.gui.presenters.received_words import Picked
from client.gui.presenters.receiving import ReceivingState
from client.gui.text import _, place
from client.gui.theme import Palette
from client.gui.views.base import View
from client.gui.views.file_list import FileListView
from client.gui.views.link_opener import LinkOpenerDialog
from client.gui.views.lookup import LookupCard
from client.gui.views.queue import QueueView
from client.gui.views.receiving import AskDialog, KeyFileDialog
from client.gui.widgets import (
    Box,
    Button,
    Column,
    Flow,
    Item,
    Label,
    LinkButton,
    Look,
    Page,
    choose_file,
    choose_folder,
)
from client.gui.widgets.page import WIDE
from client.gui.widgets.table import TONES

_ONE_ROW = 520
"""Pixels at 100 % for the search and its buttons side by side."""


def build(parent: tkinter.Misc, house: House) -> View:
    return DownloadView(parent, house)


class DownloadView(FileListView[DownloadState]):
    def __init__(self, master: tkinter.Misc, house: House) -> None:
        download = Download(house)
        super().__init__(master, download)
        self._download = download
        self._page = Page(self, widest=WIDE, fills=True)
        self._page.pack(fill="both", expand=True)
        body = self._page.body
        body.grid_rowconfigure(2, weight=1)
        side, gap = theme.units(4), theme.units(1.5)
        self._head(body, _("Download")).grid(row=0, column=0, sticky="ew", padx=side, pady=(side, gap))
        self._bar(body).grid(row=1, column=0, sticky="ew", padx=side, pady=(0, gap))
        self._make_list(
            body,
            _("Received files"),
            (
                Column("name", _("Name"), 300, grows=True),
                Column("from", _("From"), 170, grows=True),
                Column("trust", _("Signed by"), 118, rank=1),
                Column("size", _("Size"), 80, right=True, rank=2),
                Column("sent", _("Sent"), 130, rank=4),
                Column("expires", _("Kept"), 96, rank=3),
                Column("state", "", 84, sorts=False),
            ),
            "download",
            {
                Blank.NOTHING: (
                    _("Nobody has sent you anything yet"),
                    _("What others seal for you is here. With an id that somebody told you, look it up below."),
                    "",
                ),
                Blank.NO_MATCH: (_("No file fits"), _("Search looks at names, senders, notes and ids."), _("Show all")),
            },
            {},
            opened=download.open_or_receive,
            row=2,
        )
        self._about(body).grid(row=3, column=0, sticky="ew", padx=side, pady=(theme.units(1), 0))
        self._lookup_card = LookupCard(body, download)
        self._lookup_card.grid(row=4, column=0, sticky="ew", padx=side, pady=(gap, 0))
        self._where(body).grid(row=5, column=0, sticky="ew", padx=side, pady=(theme.units(1), theme.units(2)))
        actions = (
            (_("Open"), "can_open", download.open_saved),
            (_("Open folder"), "can_open", download.open_folder_of),
            (_("Copy details"), "copyable", download.copy_details_of),
        )
        QueueView(body, house.queue, actions, sends=False).place_in(6, padx=side, pady=(0, theme.units(2)))
        AskDialog(self, download.receiving)
        KeyFileDialog(self, download.receiving)
        LinkOpenerDialog(self, download.link)
        download.watch(self._render)
        download.receiving.watch(self._render_where)

    def shortcut(self, name: str) -> bool:
        if name == "paste":
            self._paste()
            return True
        return super().shortcut(name)

    def _bar(self, owner: tkinter.Misc) -> Box:
        bar = self._search_bar(owner, _("Search names and senders"))
        gap = (0, theme.units(1))
        buttons = Flow(bar)
        self._receive = Button(buttons, _("Receive"), self._download.receive, look=Look.PRIMARY)
        self._receive.grid(row=0, column=0, padx=gap)
        self._open = Button(buttons, _("Open"), self._download.open_file)
        self._open.grid(row=0, column=1, padx=gap)
        self._folder = Button(buttons, _("Open folder"), self._download.open_folder)
        self._folder.grid(row=0, column=2)
        self._beside(bar, buttons, _ONE_ROW)
        return bar

    def _about(self, owner: tkinter.Misc) -> Box:
        """Of the one that is chosen: who signed it, and what they wrote."""
        box = Box(owner)
        box.grid_columnconfigure(0, weight=1)
        self._signed = Label(box, "", wrap=True)
        self._signed.grid(row=0, column=0, sticky="ew")
        self._note = Label(box, "", theme.BODY, Palette.muted, wrap=True)
        return box

    def _where(self, owner: tkinter.Misc) -> Box:
        box = Box(owner)
        box.grid_columnconfigure(0, weight=1)
        self._into = Label(box, "", theme.BODY, Palette.muted, wrap=True)
        self._into.grid(row=0, column=0, sticky="ew")
        LinkButton(box, _("Other folder …"), self._choose_folder).grid(row=0, column=2)
        self._key = LinkButton(
            box,
            _("Key file …"),
            self._choose_key,
            hint=_("For what was sealed for a key in a PEM file, and not for your own keys"),
        )
        self._key.grid(row=0, column=3)
        self._no_key = LinkButton(box, _("Use my own keys"), self._download.receiving.forget_key)
        return box

    def _render(self, state: DownloadState) -> None:
        self._render_list(state)
        self._receive.show(enabled=state.can_receive)
        self._open.show(enabled=state.can_open)
        self._folder.show(enabled=state.can_open)
        self._render_picked(state.picked)
        self._lookup_card.render(state)

    def _render_picked(self, picked: Picked | None) -> None:
        self._signed.show(
            "" if picked is None else picked.signed,
            Palette.text if picked is None else TONES.get(picked.signed_tone, Palette.text),
        )
        note = "" if picked is None else picked.note
        self._note.show(note)
        if note:
            self._note.grid(row=1, column=0, sticky="ew", pady=(theme.units(0.5), 0))
        else:
            self._note.grid_remove()

    def _render_where(self, state: ReceivingState) -> None:
        into = _("Into {folder}").format(folder=place(state.folder))
        if state.key_file:
            into = _("Into {folder}, opened with the key in {key}").format(
                folder=place(state.folder), key=place(state.key_file)
            )
        self._into.show(into)
        if state.key_file:
            self._no_key.grid(row=0, column=4)
        else:
            self._no_key.grid_remove()

    def _choose_folder(self) -> None:
        folder = self._download.receiving.state.folder
        self._download.receiving.choose_folder(choose_folder(self, _("Where to save"), folder))

    def _choose_key(self) -> None:
        types = ((_("Private keys"), "*.pem"), (_("All files"), "*"))
        self._download.receiving.use_key_file(choose_file(self, _("Private key file"), types))

    def _paste(self) -> None:
        """Ctrl+V anywhere on the page: what is on the clipboard is looked up."""
        try:
            text = str(self.clipboard_get())
        except tkinter.TclError:
            return
        self._lookup_card.look_up(text)
        self._page.see(self._lookup_card)

    def _items(self) -> Sequence[Item]:
        state, download = self._download.state, self._download
        return (
            Item(_("Receive"), download.receive, state.can_receive),
            Item(_("Open"), download.open_file, state.can_open),
            Item(_("Open folder"), download.open_folder, state.can_open),
            Item(_("Cancel"), download.cancel, state.can_cancel),
            Item(_("Try again"), download.retry, state.can_retry),
        )
