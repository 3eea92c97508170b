"""Dialogs about chosen files: a text and a QR code to pass on, and new terms."""

import tkinter

from client.gui import theme
from client.gui.presenters.file_terms import ANY, EXPIRIES, KEEP, LIMIT, MAILS, Terms, TermsState
from client.gui.presenters.files import Files, FilesState
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.share_sheet import ShareSheet
from client.gui.widgets import Box, Button, Dialog, Entry, Label, Look, Select, Wrong


class ShareDialog:
    """What to tell the recipients of a chosen file."""

    def __init__(self, owner: tkinter.Misc, files: Files) -> None:
        self._sheet = ShareSheet(
            owner, copy_id=files.copy_shared_id, copy_text=files.copy_share_text, closed=files.close_share
        )
        files.watch(self._render)

    def _render(self, state: FilesState) -> None:
        if state.share is None:
            self._sheet.hide()
        else:
            self._sheet.open(state.share.title, state.share.text, state.share.file_id)


class TermsDialog:
    """Of files, or of a link to them. Made when it is first needed."""

    def __init__(self, owner: tkinter.Misc, terms: Terms, *, of_link: bool = False) -> None:
        self._owner = owner
        self._terms = terms
        self._of_link = of_link
        self._dialog: Dialog | None = None
        terms.watch(self._render)

    def _render(self, state: TermsState) -> None:
        if not state.is_open:
            if self._dialog is not None:
                self._dialog.hide()
                self._limit.set_text("")
            return
        if self._dialog is None:
            self._make()
        assert self._dialog is not None  # noqa: S101  (made just now)
        self._what.show(state.title)
        self._now.show(state.now)
        self._expiry.show_chosen(state.expiry)
        self._until.show(state.until)
        self._downloads.show_chosen(state.downloads)
        if state.downloads == LIMIT:
            self._limit.grid()
        else:
            self._limit.grid_remove()
        self._limit.show(error=state.limit_error, enabled=not state.working)
        self._mail.show_chosen(state.mail)
        self._error.show(state.error)
        self._save.show(text=_("Saving …") if state.working else _("Save"), enabled=state.can_save)
        if self._dialog.is_open:
            self._dialog.fit()
        else:
            self._dialog.open(self._expiry)

    def _make(self) -> None:
        title = _("How long the link works, and how often") if self._of_link else _("How long, and how often")
        dialog = Dialog(self._owner, title, self._terms.close, width=480)
        self._dialog = dialog
        body = dialog.body
        self._what = Label(body, "", theme.STRONG, wrap=True)
        self._what.grid(row=0, column=0, sticky="ew")
        self._now = Label(body, "", theme.BODY, Palette.muted, wrap=True)
        self._now.grid(row=1, column=0, sticky="ew", pady=(0, theme.units(2)))
        self._expiry_row(body).grid(row=2, column=0, sticky="ew", pady=(0, theme.units(2)))
        often = _("How often it can be used") if self._of_link else _("Downloads")
        Label(body, often, theme.STRONG).grid(row=3, column=0, sticky="w", pady=(0, theme.units(0.5)))
        options = {KEEP: _("as now"), ANY: _("as many as anybody likes"), LIMIT: _("at most …")}
        self._downloads = Select(body, often, options, self._terms.choose_downloads, width=240)
        self._downloads.grid(row=4, column=0, sticky="w")
        self._limit = Entry(
            body, _("At most so many in all"), on_change=self._terms.type_limit, on_submit=self._terms.save
        )
        self._limit.grid(row=5, column=0, sticky="ew", pady=(theme.units(1.5), 0))
        mail = _("Mail me when it is first used") if self._of_link else _("Mail me when somebody first fetches it")
        Label(body, mail, theme.STRONG).grid(row=6, column=0, sticky="w", pady=(theme.units(2), theme.units(0.5)))
        words = {"yes": _("yes"), "no": _("no")}
        answers = {KEEP: _("as now"), **{name: words[name] for name in MAILS}}
        self._mail = Select(body, mail, answers, self._terms.choose_mail, width=240)
        self._mail.grid(row=7, column=0, sticky="w")
        self._error = Wrong(body, self._terms.copy_details)
        self._error.grid(row=8, column=0, sticky="ew")
        Button(dialog.buttons, _("Cancel"), self._terms.close).grid(row=0, column=0, padx=(0, theme.units(1)))
        self._save = Button(dialog.buttons, _("Save"), self._terms.save, look=Look.PRIMARY)
        self._save.grid(row=0, column=1)

    def _expiry_row(self, body: tkinter.Misc) -> Box:
        box = Box(body)
        box.grid_columnconfigure(1, weight=1)
        title = _("It works, from now on") if self._of_link else _("Keep it, from now on")
        Label(box, title, theme.STRONG).grid(row=0, column=0, columnspan=2, sticky="w", pady=(0, theme.units(0.5)))
        names = {"day": _("1 day"), "week": _("7 days"), "month": _("30 days"), "year": _("1 year")}
        options = {KEEP: _("as now"), **{name: names[name] for name in EXPIRIES}}
        self._expiry = Select(box, title, options, self._terms.choose_expiry, width=240)
        self._expiry.grid(row=1, column=0, sticky="w")
        self._until = Label(box, "", theme.BODY, Palette.muted)
        self._until.grid(row=1, column=1, sticky="w", padx=theme.units(1.5))
        if self._of_link:
            hint = _("Its files are kept as long as the link works.")
            Label(box, hint, theme.SMALL, Palette.muted, wrap=True).grid(
                row=2, column=0, columnspan=2, sticky="ew", pady=(theme.units(0.5), 0)
            )
        return box
