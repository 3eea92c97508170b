"""The dialog that makes a link, and then shows it: its text, its QR code, and how it stands."""

import tkinter

from client.gui import theme
from client.gui.presenters.link_maker import AS_FILE, LinkMaker, LinkState
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Box, Button, Card, CheckBox, Dialog, Entry, Label, Look, Qr, Select, Wrong


class LinkDialog:
    """Made when it is first needed."""

    def __init__(self, owner: tkinter.Misc, links: LinkMaker) -> None:
        self._owner = owner
        self._links = links
        self._dialog: Dialog | None = None
        links.watch(self._render)

    def _render(self, state: LinkState) -> None:
        if not state.is_open:
            if self._dialog is not None:
                self._dialog.hide()
                self._code.show("")
                self._url.set_text("")
                for entry in (self._password, self._limit):
                    if entry.text:
                        entry.set_text("")
            return
        if self._dialog is None:
            self._make()
        assert self._dialog is not None  # noqa: S101  (made just now)
        self._name.show(state.title)
        if state.url:
            self._show_made(state)
        else:
            self._show_terms(state)
        if self._dialog.is_open:
            self._dialog.fit()
        else:
            self._dialog.open(self._copy if state.url else self._password)

    def _show_terms(self, state: LinkState) -> None:
        self._made.grid_remove()
        self._copy.grid_remove()
        self._terms.grid()
        self._go.grid()
        self._expiry.show_chosen(state.expiry)
        self._limit.show(error=state.limit_error, enabled=not state.working)
        self._password.show(enabled=not state.working)
        self._notify.show(on=state.notify, enabled=not state.working)
        self._error.show(state.error)
        self._go.show(text=_("Making it …") if state.working else _("Make the link"), enabled=state.can_make)
        self._cancel.show(text=_("Cancel"))

    def _show_made(self, state: LinkState) -> None:
        self._terms.grid_remove()
        self._go.grid_remove()
        self._made.grid()
        self._copy.grid()
        self._url.set_text(state.url)
        self._code.show(state.url)
        self._said.show(state.said)
        self._cancel.show(text=_("Close"))
        if self._dialog is not None and self._dialog.is_open and self._password.text:
            self._password.set_text("")
            self._copy.focus_set()

    def _make(self) -> None:
        dialog = Dialog(self._owner, _("A link for people without an account"), self._links.close, width=560)
        self._dialog = dialog
        body = dialog.body
        self._name = Label(body, "", theme.STRONG, wrap=True)
        self._name.grid(row=0, column=0, sticky="ew", pady=(0, theme.units(1)))
        self._terms = self._terms_of(body)
        self._terms.grid(row=1, column=0, sticky="ew")
        self._made = self._made_of(body)
        self._made.grid(row=2, column=0, sticky="ew")
        gap = (0, theme.units(1))
        self._cancel = Button(dialog.buttons, _("Cancel"), self._links.close)
        self._cancel.grid(row=0, column=0, padx=gap)
        self._go = Button(dialog.buttons, _("Make the link"), self._links.make, look=Look.PRIMARY)
        self._go.grid(row=0, column=1)
        self._copy = Button(dialog.buttons, _("Copy link"), self._links.copy, look=Look.PRIMARY)
        self._copy.grid(row=0, column=2)

    def _terms_of(self, body: tkinter.Misc) -> Box:
        box = Box(body)
        box.grid_columnconfigure(0, weight=1)
        hint = _("Whoever has the link can open it in a browser. A password keeps out whoever only sees the link.")
        Label(box, hint, theme.BODY, Palette.muted, wrap=True).grid(row=0, column=0, sticky="ew")
        below = (theme.units(1.5), 0)
        self._password = Entry(
            box,
            _("Password of the link"),
            hint=_("Empty for none. It is kept nowhere: tell it by another way."),
            secret=True,
            on_change=self._links.type_password,
            on_submit=self._links.make,
        )
        self._password.grid(row=1, column=0, sticky="ew", pady=below)
        Label(box, _("How long it works"), theme.STRONG).grid(row=2, column=0, sticky="w", pady=below)
        options = {
            AS_FILE: _("as long as it is kept"),
            "day": _("1 day"),
            "week": _("7 days"),
            "month": _("30 days"),
        }
        self._expiry = Select(box, _("How long it works"), options, self._links.choose_expiry, width=240)
        self._expiry.grid(row=3, column=0, sticky="w", pady=(theme.units(0.5), 0))
        self._limit = Entry(
            box,
            _("How often it can be used"),
            placeholder=_("as often as anybody likes"),
            on_change=self._links.type_limit,
            on_submit=self._links.make,
        )
        self._limit.grid(row=4, column=0, sticky="ew", pady=below)
        self._notify = CheckBox(box, _("Mail me when it is first used"), self._links.choose_notify)
        self._notify.grid(row=5, column=0, sticky="w", pady=below)
        self._error = Wrong(box, self._links.copy_details)
        self._error.grid(row=6, column=0, sticky="ew")
        return box

    def _made_of(self, body: tkinter.Misc) -> Box:
        box = Box(body)
        box.grid_columnconfigure(0, weight=1)
        card = Card(box)
        card.grid_columnconfigure(0, weight=1)
        card.grid(row=0, column=0, sticky="nsew", padx=(0, theme.units(2)))
        pad = theme.units(2)
        self._url = Entry(card, _("The link"), font=theme.mono(theme.SMALL.size))
        self._url.grid(row=0, column=0, sticky="ew", padx=pad, pady=(pad, theme.units(1)))
        self._said = Label(card, "", theme.BODY, Palette.muted, wrap=True)
        self._said.role = "status"
        self._said.grid(row=1, column=0, sticky="ew", padx=pad, pady=(0, pad))
        self._code = Qr(box, _("QR code of the link"), side=theme.units(24))
        self._code.grid(row=0, column=1, sticky="n")
        return box
