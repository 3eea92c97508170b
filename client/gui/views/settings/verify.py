"""The dialog in which two people compare their safety number."""

import tkinter

from client.gui import theme
from client.gui.presenters.settings.verify import Verify, VerifyState
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.settings.parts import visible
from client.gui.widgets import Box, Button, Dialog, Entry, Flow, Label, LinkButton, Look, Qr, Wrong, choose_file

_PICTURES = "*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff"


class VerifyDialog:
    """Made when it is first needed."""

    def __init__(self, owner: tkinter.Misc, verify: Verify) -> None:
        self._owner = owner
        self._verify = verify
        self._dialog: Dialog | None = None
        verify.watch(self._render)

    def _render(self, state: VerifyState) -> None:
        if not state.open:
            if self._dialog is not None:
                self._dialog.hide()
                self._entry.show(enabled=True)  # one that is not can't be emptied
                self._entry.set_text("")
            return
        if self._dialog is None:
            self._make()
        assert self._dialog is not None  # noqa: S101  (made just now)
        asking = _("Asking the server for the key of {email} …").format(email=state.email)
        compare = _(
            "You and {email} see the same 60 digits if nobody sits between you. Compare them on the telephone, or eye "
            "to eye: not by a message through this server."
        )
        self._said.show(asking if state.loading else compare.format(email=state.email) if state.rows else "")
        visible(self._said, state.loading or bool(state.rows))
        self._warning.show(f"⚠ {state.warning}" if state.warning else "")
        visible(self._warning, bool(state.warning))
        self._digits.show("\n".join(state.rows))
        self._qr.show(state.code)
        for widget in (self._numbers, self._entry, self._scan, self._same, self._differ):
            visible(widget, bool(state.rows))
        self._entry.show(enabled=state.can_compare)
        self._scan.show(enabled=state.can_compare)
        self._same.show(enabled=state.can_compare, text=_("One moment …") if state.working else _("They match"))
        self._differ.show(enabled=state.can_compare)
        self._error.show(state.error)
        if not self._dialog.is_open:
            self._dialog.open(self._close)
        else:
            self._dialog.fit()

    def _make(self) -> None:
        dialog = Dialog(self._owner, _("Compare safety numbers"), self._verify.close, width=580)
        self._dialog = dialog
        body = dialog.body
        self._said = Label(body, "", theme.BODY, Palette.muted, wrap=True)
        self._said.grid(row=0, column=0, sticky="ew")
        self._warning = Label(body, "", theme.BODY, Palette.warning, wrap=True)
        self._warning.role = "alert"
        self._warning.grid(row=1, column=0, sticky="ew", pady=(theme.units(1), 0))
        self._numbers = Flow(body)
        self._numbers.grid(row=2, column=0, sticky="ew", pady=(theme.units(2), 0))
        number = Box(self._numbers)
        number.grid(row=0, column=0, padx=(0, theme.units(4)))
        self._digits = Label(number, "", font=theme.mono(20), justify="left")
        self._digits.grid(row=0, column=0, sticky="w")
        LinkButton(number, _("Copy"), self._verify.copy_number).grid(row=1, column=0, sticky="w")
        self._qr = Qr(self._numbers, _("QR code of the safety number"), side=theme.units(20))
        self._qr.grid(row=0, column=1)
        self._entry = Entry(
            body,
            _("Or paste the number that they sent you"),
            placeholder=_("60 digits"),
            font=theme.mono(),
            on_change=self._verify.type_digits,
            on_submit=self._verify.check_digits,
        )
        self._entry.grid(row=3, column=0, sticky="ew", pady=(theme.units(2), 0))
        self._scan = LinkButton(body, _("Read a photograph of their QR code …"), self._choose)
        self._scan.grid(row=4, column=0, sticky="w", pady=(theme.units(0.5), 0))
        self._error = Wrong(body, self._verify.house.clipboard.copy_details, sign="⚠")
        self._error.grid(row=5, column=0, sticky="ew")
        self._close = Button(dialog.buttons, _("Close"), self._verify.close)
        self._close.grid(row=0, column=0, padx=(0, theme.units(1)))
        self._differ = Button(dialog.buttons, _("They differ"), self._verify.they_differ)
        self._differ.grid(row=0, column=1, padx=(0, theme.units(1)))
        self._same = Button(dialog.buttons, _("They match"), self._verify.they_match, look=Look.PRIMARY)
        self._same.grid(row=0, column=2)

    def _choose(self) -> None:
        if self._dialog is not None:
            path = choose_file(self._dialog, _("A photograph of their QR code"), ((_("Pictures"), _PICTURES),))
            self._verify.check_picture(path)
