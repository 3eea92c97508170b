"""A dialog with what to tell a recipient: a text, the id, and its QR code."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Button, Card, Dialog, Label, Look, Qr


class ShareSheet:
    """Made when it is first opened."""

    def __init__(
        self,
        owner: tkinter.Misc,
        *,
        copy_id: Callable[[], object],
        copy_text: Callable[[], object],
        closed: Callable[[], object] = lambda: None,
    ) -> None:
        self._owner = owner
        self._copy_id = copy_id
        self._copy_text = copy_text
        self._closed = closed
        self._dialog: Dialog | None = None

    def open(self, name: str, text: str, file_id: str) -> None:
        if self._dialog is None:
            self._make()
        assert self._dialog is not None  # noqa: S101  (made just now)
        self._name.show(name)
        self._text.show(text)
        self._id.show(file_id)
        self._code.show(file_id)
        self._dialog.open(self._copy)

    def hide(self) -> None:
        if self._dialog is not None:
            self._dialog.hide()

    def _make(self) -> None:
        dialog = Dialog(self._owner, _("Tell them where it is"), self._closed, width=560)
        self._dialog = dialog
        body = dialog.body
        self._name = Label(body, "", theme.STRONG, wrap=True)
        self._name.grid(row=0, column=0, columnspan=2, sticky="ew")
        hint = _("Neither the text nor the code is secret: only those for whom it is sealed can open the file.")
        Label(body, hint, theme.BODY, Palette.muted, wrap=True).grid(
            row=1, column=0, columnspan=2, sticky="ew", pady=(theme.units(0.5), theme.units(2))
        )
        card = Card(body)
        card.grid(row=2, column=0, sticky="nsew", padx=(0, theme.units(2)))
        card.grid_columnconfigure(0, weight=1)
        self._text = Label(card, "", wrap=True)
        self._text.grid(row=0, column=0, sticky="ew", padx=theme.units(2), pady=theme.units(2))
        self._code = Qr(body, _("QR code of the id"), side=theme.units(20))
        self._code.grid(row=2, column=1, sticky="n")
        self._id = Label(body, "", font=theme.mono(theme.SMALL.size), color=Palette.muted)
        self._id.grid(row=3, column=0, columnspan=2, sticky="w", pady=(theme.units(1.5), 0))
        gap = (0, theme.units(1))
        Button(dialog.buttons, _("Close"), self._close).grid(row=0, column=0, padx=gap)
        Button(dialog.buttons, _("Copy id"), self._copy_id).grid(row=0, column=1, padx=gap)
        self._copy = Button(dialog.buttons, _("Copy text"), self._copy_text, look=Look.PRIMARY)
        self._copy.grid(row=0, column=2)

    def _close(self) -> None:
        self.hide()
        self._closed()
