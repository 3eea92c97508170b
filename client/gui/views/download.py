"""The Download tab: the inbox, what an id stands for, and where it all goes."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.presenters.download import Download, DownloadState, Picked
from client.gui.presenters.house import House
from client.gui.presenters.listing import Blank
from client.gui.presenters.receiving import ReceivingState
from client.gui.text import _, ngettext, place
from client.gui.theme import Palette
from client.gui.views.base import View
from client.gui.views.blank import BlankPlace
from client.gui.views.receiving import AskDialog, KeyFileDialog
from client.gui.widgets import (
    Box,
    Button,
    Card,
    Column,
    Entry,
    Item,
    Label,
    LinkButton,
    Look,
    Menu,
    Progress,
    Table,
    choose_file,
    choose_folder,
)
from client.gui.widgets.look import scaled
from client.gui.widgets.table import TONES

_MOST_FOUND = 3
_ROOMY = 520
"""Pixels at 100 % that all of the tab needs."""


def build(parent: tkinter.Misc, house: House) -> View:
    return DownloadView(parent, house)


class DownloadView(View):
    def __init__(self, master: tkinter.Misc, house: House) -> None:
        super().__init__(master)
        self._download = Download(house)
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure(2, weight=1)
        side, gap = theme.units(4), theme.units(1.5)
        self._head().grid(row=0, column=0, sticky="ew", padx=side, pady=(side, gap))
        self._bar().grid(row=1, column=0, sticky="ew", padx=side, pady=(0, gap))
        download = self._download
        self._table = Table(
            self,
            _("Received files"),
            (
                Column("name", _("Name"), 240, grows=True),
                Column("from", _("From"), 190, grows=True),
                Column("trust", _("Signed by"), 118, rank=1),
                Column("size", _("Size"), 80, right=True, rank=2),
                Column("sent", _("Sent"), 130, rank=4),
                Column("expires", _("Kept"), 96, rank=3),
                Column("state", "", 84, sorts=False),
            ),
            chosen=download.choose,
            opened=download.open_or_receive,
            sort_by=download.sort_by,
            menu=self._popup,
        )
        self._place = {"row": 2, "column": 0, "sticky": "nsew", "padx": side}
        self._table.grid(**self._place)
        self._blank = BlankPlace(
            self,
            "download",
            {
                Blank.NOTHING: (
                    _("Nobody has sent you anything yet"),
                    _("What others seal for you is here. With an id that somebody told you, look it up below."),
                    "",
                ),
                Blank.NO_MATCH: (_("No file fits"), _("Search looks at names, senders, notes and ids."), _("Show all")),
            },
            {
                Blank.SIGNED_OUT: download.sign_in,
                Blank.LOCKED: download.unlock,
                Blank.NO_MATCH: self._show_all,
            },
        )
        self._about_box = self._about()
        self._about_box.grid(row=3, column=0, sticky="ew", padx=side, pady=(theme.units(1), 0))
        self._lookup_card = self._lookup()
        self._lookup_card.grid(row=4, column=0, sticky="ew", padx=side, pady=(gap, 0))
        self._where().grid(row=5, column=0, sticky="ew", padx=side, pady=(theme.units(1), theme.units(2)))
        self._menu: Menu | None = None
        self._wants_lookup = False
        tkinter.Misc.bind(self, "<Configure>", lambda _event: self._fit(), add=True)
        AskDialog(self, download.receiving)
        KeyFileDialog(self, download.receiving)
        download.watch(self._render)
        download.receiving.watch(self._render_where)

    def shown(self) -> None:
        self._download.shown()
        self._table.focus_set()

    def shortcut(self, name: str) -> bool:
        if name == "find":
            self._search.focus_set()
        elif name == "refresh":
            self._download.refresh()
        elif name == "paste":
            self._paste()
        return name in ("find", "refresh", "paste")

    def _head(self) -> Box:
        head = Box(self)
        head.grid_columnconfigure(1, weight=1)
        Label(head, _("Download"), theme.DISPLAY).grid(row=0, column=0, sticky="w")
        self._count = Label(head, "", theme.BODY, Palette.muted)
        self._count.role = "status"
        self._count.grid(row=0, column=1, sticky="sw", padx=theme.units(2), pady=(0, theme.units(0.5)))
        self._refresh = LinkButton(head, _("Refresh"), self._download.refresh, hint=_("F5"))
        self._refresh.grid(row=0, column=2)
        return head

    def _bar(self) -> Box:
        bar = Box(self)
        bar.grid_columnconfigure(0, weight=1)
        self._search = Entry(
            bar,
            _("Search"),
            placeholder=_("Search names and senders"),
            on_change=self._download.search,
            show_label=False,
        )
        self._search.grid(row=0, column=0, sticky="ew")
        tkinter.Misc.bind(self._search.field._entry, "<Escape>", lambda _event: self._show_all())
        tkinter.Misc.bind(self._search.field._entry, "<Down>", lambda _event: self._table.focus_set())
        self._receive = Button(bar, _("Receive"), self._download.receive, look=Look.PRIMARY)
        self._receive.grid(row=0, column=1, padx=(theme.units(1), 0))
        self._open = Button(bar, _("Open"), self._download.open_file)
        self._open.grid(row=0, column=2, padx=(theme.units(1), 0))
        self._folder = Button(bar, _("Open folder"), self._download.open_folder)
        self._folder.grid(row=0, column=3, padx=(theme.units(1), 0))
        return bar

    def _about(self) -> Box:
        """Of the one that is chosen: who signed it, and how receiving it goes."""
        box = Box(self)
        box.grid_columnconfigure(0, weight=1)
        self._signed = Label(box, "", wrap=True)
        self._signed.grid(row=0, column=0, columnspan=3, sticky="ew")
        self._note = Label(box, "", theme.BODY, Palette.muted, wrap=True)
        self._transfer = Label(box, "", wrap=True)
        self._transfer.role = "status"
        self._progress = Progress(box, _("Received"))
        self._cancel = LinkButton(box, _("Cancel"), self._download.cancel)
        self._retry = LinkButton(box, _("Try again"), self._download.retry)
        self._copy = LinkButton(box, _("Copy details"), self._download.copy_details)
        return box

    def _lookup(self) -> Card:
        card = Card(self)
        card.grid_columnconfigure(0, weight=1)
        pad = theme.units(1.5)
        self._id = Entry(
            card,
            _("Id or link"),
            placeholder=_("Paste an id, or a message that has one"),
            on_change=self._download.type_id,
            on_submit=self._download.look,
            show_label=False,
        )
        self._id.grid(row=0, column=0, sticky="new", padx=(pad, theme.units(1)), pady=pad)
        self._look = Button(card, _("Look it up"), self._download.look, height=theme.CONTROL_HEIGHT + 4)
        self._look.grid(row=0, column=1, sticky="n", padx=(0, pad), pady=pad)
        self._found = Box(card)
        self._found.grid_columnconfigure(0, weight=1)
        self._found_lines: list[tuple[Label, Label]] = []
        for at in range(_MOST_FOUND):
            name = Label(self._found, "", theme.STRONG, wrap=True)
            name.grid(row=2 * at, column=0, sticky="ew")
            signed = Label(self._found, "", theme.BODY, wrap=True)
            signed.grid(row=2 * at + 1, column=0, sticky="ew", pady=(0, theme.units(0.5)))
            self._found_lines.append((name, signed))
        self._found_more = Label(self._found, "", theme.SMALL, Palette.muted)
        self._found_more.grid(row=2 * _MOST_FOUND, column=0, sticky="w")
        self._receive_found = Button(
            self._found,
            _("Receive"),
            self._download.receive_found,
            look=Look.PRIMARY,
            label=_("Receive what was found"),
        )
        self._receive_found.grid(row=0, column=1, rowspan=2, padx=(theme.units(2), 0))
        close = LinkButton(self._found, _("Close"), self._forget_found)
        close.grid(row=0, column=2, rowspan=2, padx=(theme.units(0.5), 0))
        return card

    def _where(self) -> Box:
        box = Box(self)
        box.grid_columnconfigure(0, weight=1)
        self._into = Label(box, "", theme.BODY, Palette.muted, wrap=True)
        self._into.grid(row=0, column=0, sticky="ew")
        self._by_id = LinkButton(box, _("By id …"), self._toggle_lookup)
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
        self._count.show(state.count)
        self._refresh.show(text=_("Loading …") if state.busy else _("Refresh"), enabled=state.can_refresh)
        self._receive.show(enabled=state.can_receive)
        self._open.show(enabled=state.can_open)
        self._folder.show(enabled=state.can_open)
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
        self._render_picked(state, state.picked)
        self._render_lookup(state)

    def _render_picked(self, state: DownloadState, picked: Picked | None) -> None:
        self._signed.show(
            "" if picked is None else picked.signed,
            Palette.text if picked is None else TONES.get(picked.signed_tone, Palette.text),
        )
        note = "" if picked is None else picked.note
        self._note.show(note)
        _place(self._note, bool(note), row=1, columnspan=3)
        transfer = "" if picked is None else picked.transfer
        failed = picked is not None and picked.failed
        self._transfer.show(transfer, Palette.danger if failed else Palette.text)
        _place(self._transfer, bool(transfer), row=2)
        running = picked is not None and picked.running
        if picked is not None and running:
            self._progress.show(picked.share)
        else:
            self._progress.show(0.0)
        _place(self._progress, running, row=3)
        _place(self._cancel, state.can_cancel, row=2, column=1)
        _place(self._retry, state.can_retry, row=2, column=1)
        _place(self._copy, picked is not None and bool(picked.details), row=2, column=2)

    def _render_lookup(self, state: DownloadState) -> None:
        if not state.id_text and self._id.text:
            self._id.set_text("")
        self._id.show(error=state.id_error, enabled=not state.looking)
        self._look.show(text=_("Looking …") if state.looking else _("Look it up"), enabled=state.can_look)
        if not state.found:
            self._found.grid_remove()
            return
        for at, (name, signed) in enumerate(self._found_lines):
            if at < len(state.found):
                found = state.found[at]
                name.show(f"{found.name}  ·  {found.facts}")
                text = f"{found.signed}\n{found.note}" if found.note else found.signed
                signed.show(text, TONES.get(found.signed_tone, Palette.text))
                name.grid()
                signed.grid()
            else:
                name.grid_remove()
                signed.grid_remove()
        more = len(state.found) - _MOST_FOUND
        self._found_more.show(ngettext("and {count} more", "and {count} more", more) if more > 0 else "")
        self._receive_found.show(enabled=state.can_receive_found)
        pad = theme.units(1.5)
        self._found.grid(row=1, column=0, columnspan=2, sticky="ew", padx=pad, pady=(0, pad))

    def _render_where(self, state: ReceivingState) -> None:
        into = _("Into {folder}").format(folder=place(state.folder))
        if state.key_file:
            into = _("Into {folder}, opened with the key in {key}").format(
                folder=place(state.folder), key=place(state.key_file)
            )
        self._into.show(into)
        _place(self._no_key, bool(state.key_file), row=0, column=4)

    def _choose_folder(self) -> None:
        folder = self._download.receiving.state.folder
        self._download.receiving.choose_folder(choose_folder(self, _("Where to save"), folder))

    def _choose_key(self) -> None:
        types = ((_("Private keys"), "*.pem"), (_("All files"), "*"))
        self._download.receiving.use_key_file(choose_file(self, _("Private key file"), types))

    def _fit(self) -> None:
        """In a low window the field for ids gives its place to the list until it is wanted."""
        roomy = self.winfo_height() >= scaled(_ROOMY)
        _place(self._by_id, not roomy, row=0, column=1)
        if roomy or self._wants_lookup:
            self._lookup_card.grid()
        else:
            self._lookup_card.grid_remove()
        if roomy or not self._wants_lookup:
            self._about_box.grid()
        else:
            self._about_box.grid_remove()

    def _toggle_lookup(self) -> None:
        self._wants_lookup = not self._wants_lookup
        self._fit()
        if self._wants_lookup:
            self._id.focus_set()

    def _forget_found(self) -> None:
        self._id.set_text("")
        self._download.forget_found()

    def _paste(self) -> None:
        """Ctrl+V anywhere on the page: what is on the clipboard is looked up."""
        try:
            text = str(self.clipboard_get())
        except tkinter.TclError:
            return
        self._wants_lookup = True
        self._fit()
        self._id.set_text(text)
        self._download.type_id(text)
        self._download.look()

    def _show_all(self) -> str:
        self._search.set_text("")
        self._download.show_all()
        return "break"

    def _popup(self, x: int, y: int) -> None:
        if self._menu is None:
            self._menu = Menu(self)
        state, download = self._download.state, self._download
        items: tuple[tuple[str, Callable[[], None], bool], ...] = (
            (_("Receive"), download.receive, state.can_receive),
            (_("Open"), download.open_file, state.can_open),
            (_("Open folder"), download.open_folder, state.can_open),
            (_("Cancel"), download.cancel, state.can_cancel),
            (_("Try again"), download.retry, state.can_retry),
        )
        self._menu.popup([Item(text, do, enabled=can) for text, do, can in items], x, y)


def _place(widget: tkinter.Grid, on: bool, *, row: int, column: int = 0, columnspan: int = 1) -> None:
    if on:
        pad = (theme.units(0.5), 0)
        widget.grid(row=row, column=column, columnspan=columnspan, sticky="" if column else "ew", pady=pad)
    else:
        widget.grid_remove()
