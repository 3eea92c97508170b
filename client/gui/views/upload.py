"""The Upload tab: drop files, name a person, done; below, what is on its way."""

import tkinter
from collections.abc import Callable
from tkinter import filedialog

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.link_maker import LinkMaker
from client.gui.presenters.upload import Upload, UploadState
from client.gui.text import _, ngettext
from client.gui.theme import Palette
from client.gui.views.base import View
from client.gui.views.link_sheet import LinkDialog
from client.gui.views.queue import QueueView
from client.gui.views.share_sheet import ShareSheet
from client.gui.views.upload_people import PeopleCard
from client.gui.views.upload_terms import TermsCard
from client.gui.widgets import (
    Box,
    Button,
    Card,
    Column,
    Label,
    LinkButton,
    Look,
    Page,
    Row,
    Table,
    choose_folder,
    icon,
)
from client.gui.widgets.copied import TEXTS, copied

_WIDEST = 840


def build(parent: tkinter.Misc, house: House) -> View:
    return UploadView(parent, house)


class UploadView(View):
    def __init__(self, master: tkinter.Misc, house: House) -> None:
        super().__init__(master)
        self._house = house
        self._upload = Upload(house)
        self._shared = ""
        side, gap = theme.units(4), theme.units(2)
        page = Page(self, widest=_WIDEST)
        page.pack(fill="both", expand=True)
        self._page = page
        body = page.body
        Label(body, _("Upload"), theme.DISPLAY).grid(row=0, column=0, sticky="w", padx=side, pady=(side, 0))
        hidden = _("Sealed on this machine before anything leaves it. Names are always hidden from the server.")
        Label(body, hidden, theme.BODY, Palette.muted, wrap=True).grid(
            row=1, column=0, sticky="ew", padx=side, pady=(theme.units(0.5), gap)
        )
        self._files = _FilesCard(body, self._upload, self._browse_files, self._browse_folder)
        self._files.grid(row=2, column=0, sticky="ew", padx=side, pady=(0, gap))
        self._people = PeopleCard(body, self._upload)
        self._people.grid(row=3, column=0, sticky="ew", padx=side, pady=(0, gap))
        self._terms = TermsCard(body, self._upload)
        self._terms.grid(row=4, column=0, sticky="ew", padx=side, pady=(0, gap))
        self._go = self._send_bar(body)
        self._go.grid(row=5, column=0, sticky="ew", padx=side, pady=(0, theme.units(3)))
        upload, queue = self._upload, house.queue
        actions = (
            (_("Copy id"), "can_share", upload.copy_id),
            (_("Share"), "can_share", self._share),
            (_("Link …"), "can_share", self._make_link),
            (_("My files"), "can_share", lambda _key: queue.show_files()),
            (_("Copy details"), "copyable", upload.copy_details),
        )
        QueueView(body, queue, actions, sends=True).place_in(6, padx=side, pady=(0, side))
        self._sheet = ShareSheet(
            self,
            copy_id=lambda: upload.copy_id(self._shared),
            copy_text=lambda: upload.copy_share_text(self._shared),
        )
        self._links = LinkMaker(house)
        LinkDialog(self, self._links)
        self._upload.watch(self._render)

    def shown(self) -> None:
        self._files.focus_set()

    def shortcut(self, name: str) -> bool:
        if name == "open":
            self._browse_files()
            return True
        return name == "paste" and self._paste()

    def _send_bar(self, master: tkinter.Misc) -> Box:
        bar = Box(master)
        bar.grid_columnconfigure(0, weight=1)
        self._why_not = Label(bar, "", theme.BODY, Palette.muted, wrap=True)
        self._why_not.role = "status"
        self._why_not.grid(row=0, column=0, sticky="ew", padx=(0, theme.units(2)))
        Button(bar, _("Start over"), self._upload.clear).grid(row=0, column=1, padx=(0, theme.units(1)))
        self._send = Button(bar, _("Send"), self._send_all, look=Look.PRIMARY, width=theme.units(16))
        self._send.grid(row=0, column=2)
        return bar

    def _render(self, state: UploadState) -> None:
        self._files.render(state)
        begun = not state.is_empty or bool(state.people.people)
        for part in (self._people, self._terms, self._go):
            if begun:
                part.grid()
            else:
                part.grid_remove()
        self._people.render(state.people)
        self._terms.render(state)
        self._why_not.show(state.why_not)
        self._send.show(text=state.send_words or _("Send"), enabled=state.can_send)

    def _send_all(self) -> None:
        self._upload.send()
        self._page.to_top()
        self._files.focus_set()

    def _share(self, key: str) -> None:
        row = next((row for row in self._house.queue.state.rows if row.key == key), None)
        if row is not None:
            self._shared = key
            self._sheet.open(row.name, self._house.queue.share_text(key), row.file_id)

    def _make_link(self, key: str) -> None:
        row = next((row for row in self._house.queue.state.rows if row.key == key), None)
        if row is not None:
            self._links.open(((row.file_id, row.name),))

    def _browse_files(self) -> None:
        chosen = filedialog.askopenfilenames(parent=self.winfo_toplevel(), title=_("Choose files to send"))
        self._upload.add_paths(str(path) for path in chosen or ())

    def _browse_folder(self) -> None:
        if path := choose_folder(self, _("Choose a folder to send")):
            self._upload.add_paths((path,))

    def _paste(self) -> bool:
        """Paths as text; files that a file manager has copied are the window's, wherever one is."""
        return any(self._upload.paste(text) for text in copied(self, TEXTS))


class _FilesCard(Card):
    """Where files are dropped; what will be sent, once there is something."""

    def __init__(
        self,
        master: tkinter.Misc,
        upload: Upload,
        browse_files: Callable[[], None],
        browse_folder: Callable[[], None],
    ) -> None:
        super().__init__(master)
        self._upload = upload
        self.grid_columnconfigure(0, weight=1)
        pad = theme.units(2)
        self._invitation = Box(self)
        self._invitation.grid(row=0, column=0, sticky="ew", padx=pad, pady=theme.units(4))
        self._invitation.grid_columnconfigure(0, weight=1)
        sign = Label(self._invitation, "", justify="center")
        sign.configure(image=icon("upload", theme.units(5), Palette.accent))
        sign.grid(row=0, column=0)
        drop = _("Drop files or folders anywhere in this window")
        Label(self._invitation, drop, theme.TITLE, wrap=True, justify="center").grid(
            row=1, column=0, sticky="ew", padx=theme.units(2), pady=(theme.units(1.5), 0)
        )
        paste = _("or paste them with Ctrl+V. Any size; folders keep their names and places.")
        Label(self._invitation, paste, theme.BODY, Palette.muted, wrap=True, justify="center").grid(
            row=2, column=0, sticky="ew", padx=theme.units(2), pady=(theme.units(0.5), theme.units(2))
        )
        buttons = Box(self._invitation)
        buttons.grid(row=3, column=0)
        self._first = Button(buttons, _("Choose files"), browse_files, look=Look.PRIMARY)
        self._first.grid(row=0, column=0, padx=(0, theme.units(1)))
        Button(buttons, _("Choose a folder"), browse_folder).grid(row=0, column=1)
        self._list = Box(self)
        self._list.grid_columnconfigure(0, weight=1)
        head = Box(self._list)
        head.grid(row=0, column=0, sticky="ew", pady=(0, theme.units(1)))
        head.grid_columnconfigure(1, weight=1)
        Label(head, _("What to send"), theme.STRONG).grid(row=0, column=0, sticky="w")
        self._remove = LinkButton(head, _("Remove"), self._remove_chosen)
        self._remove.grid(row=0, column=2)
        LinkButton(head, _("Add a folder"), browse_folder).grid(row=0, column=3)
        self._add = LinkButton(head, _("Add files"), browse_files)
        self._add.grid(row=0, column=4)
        self._table = Table(
            self._list,
            _("What to send"),
            (
                Column("name", _("Name"), 200, grows=True, sorts=False),
                Column("size", _("Size"), 180, sorts=False),
            ),
            chosen=lambda keys: self._remove.show(enabled=bool(keys)),
            deleted=self._remove_chosen,
        )
        self._table.grid(row=1, column=0, sticky="ew")
        self._total = Label(self._list, "", theme.BODY, Palette.muted, wrap=True)
        self._total.grid(row=2, column=0, sticky="ew", pady=(theme.units(1), 0))
        self._wrong = Label(self._list, "", theme.BODY, Palette.danger, wrap=True)
        self._remove.show(enabled=False)
        self._empty = True

    def focus_set(self) -> None:
        (self._first if self._empty else self._add).focus_set()

    def render(self, state: UploadState) -> None:
        self._empty = state.is_empty
        if state.is_empty:
            self._list.grid_remove()
            self._invitation.grid()
            self._table.show(())
            return
        self._invitation.grid_remove()
        pad = theme.units(2)
        self._list.grid(row=0, column=0, sticky="ew", padx=pad, pady=pad)
        self._total.show(state.total or ngettext("{count} item", "{count} items", len(state.items)))
        wrong = next((item for item in state.items if item.error), None)
        self._wrong.show("" if wrong is None else f"⚠ {wrong.name}: {wrong.error}")
        if wrong is None:
            self._wrong.grid_remove()
        else:
            self._wrong.grid(row=3, column=0, sticky="ew")
        self._table.tree.configure(height=min(max(len(state.items), 2), 6))
        self._table.show(
            [
                Row(
                    item.path,
                    (
                        f"{item.name}/" if item.is_folder else item.name,
                        _("can't be sent") if item.error else item.amount or "…",
                    ),
                    "danger" if item.error else "",
                )
                for item in state.items
            ]
        )

    def _remove_chosen(self) -> None:
        for path in self._table.selection:
            self._upload.remove(path)
