"""The dialog for the passphrase: asked once, until the keys are locked again."""

import tkinter

from client.gui import theme
from client.gui.presenters.keys import Keys, KeysState
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Button, Dialog, Entry, Label, Look


class UnlockDialog:
    """Made when it is first needed."""

    def __init__(self, owner: tkinter.Misc, keys: Keys) -> None:
        self._owner = owner
        self._keys = keys
        self._dialog: Dialog | None = None
        keys.watch(self._render)

    def _render(self, state: KeysState) -> None:
        if not state.asking:
            if self._dialog is not None:
                self._dialog.hide()
                self._entry.set_text("")
            return
        if self._dialog is None:
            self._make()
        assert self._dialog is not None  # noqa: S101  (made just now)
        self._whose.show(_("The keys of {email} are locked.").format(email=state.email))
        self._entry.show(error=state.error, enabled=not state.working)
        self._go.show(text=_("Unlocking …") if state.working else _("Unlock"), enabled=not state.working)
        if not self._dialog.is_open:
            self._dialog.open(self._entry)
        else:
            self._dialog.fit()
            if state.error and not state.working:
                self._entry.set_text("")
                self._entry.focus_set()

    def _make(self) -> None:
        dialog = Dialog(self._owner, _("Unlock your keys"), self._keys.close_dialog)
        self._dialog = dialog
        self._whose = Label(dialog.body, "", theme.BODY, Palette.muted, wrap=True)
        self._whose.grid(row=0, column=0, sticky="ew", pady=(0, theme.units(2)))
        self._entry = Entry(dialog.body, _("Passphrase"), secret=True, on_submit=self._submit)
        self._entry.grid(row=1, column=0, sticky="ew")
        Button(dialog.buttons, _("Cancel"), self._cancel).grid(row=0, column=0, padx=(0, theme.units(1)))
        self._go = Button(dialog.buttons, _("Unlock"), self._submit, look=Look.PRIMARY)
        self._go.grid(row=0, column=1)

    def _submit(self) -> None:
        self._keys.try_passphrase(self._entry.text)

    def _cancel(self) -> None:
        self._keys.close_dialog()
