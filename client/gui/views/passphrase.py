"""The dialog for a passphrase, whatever that opens: asked once, and kept in no field."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.problem import Failure
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Button, Dialog, Entry, Label, Look


class PassphraseDialog:
    """Made when it is first needed."""

    def __init__(
        self,
        owner: tkinter.Misc,
        title: str,
        action: str,
        working: str,
        submit: Callable[[str], None],
        closed: Callable[[], None],
        copy: Callable[[str], object] | None = None,
    ) -> None:
        """`action` is what the button says, `working` what it says meanwhile; `copy` takes an error's details."""
        self._owner = owner
        self._title = title
        self._action = action
        self._working = working
        self._submit = submit
        self._closed = closed
        self._copy = copy
        self._dialog: Dialog | None = None

    def show(self, text: str, *, error: Failure | str, working: bool) -> None:
        """Opens it, or draws what changed. After an error the field is empty again."""
        if self._dialog is None:
            self._dialog = self._make()
        self._text.show(text)
        self._entry.show(error=error, enabled=not working)
        self._go.show(text=self._working if working else self._action, enabled=not working)
        if not self._dialog.is_open:
            self._dialog.open(self._entry)
            return
        self._dialog.fit()
        if error and not working:
            self._entry.set_text("")
            self._entry.focus_set()

    def hide(self) -> None:
        if self._dialog is not None:
            self._dialog.hide()
            if self._entry.text:
                self._entry.set_text("")

    def _make(self) -> Dialog:
        dialog = Dialog(self._owner, self._title, self._closed)
        self._text = Label(dialog.body, "", theme.BODY, Palette.muted, wrap=True)
        self._text.grid(row=0, column=0, sticky="ew", pady=(0, theme.units(2)))
        self._entry = Entry(dialog.body, _("Passphrase"), secret=True, on_submit=self._press, copy=self._copy)
        self._entry.grid(row=1, column=0, sticky="ew")
        Button(dialog.buttons, _("Cancel"), self._closed).grid(row=0, column=0, padx=(0, theme.units(1)))
        self._go = Button(dialog.buttons, self._action, self._press, look=Look.PRIMARY)
        self._go.grid(row=0, column=1)
        return dialog

    def _press(self) -> None:
        self._submit(self._entry.text)
