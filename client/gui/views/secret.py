"""How new keys are locked: the system's keyring, or a passphrase."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.presenters.secret import SecretState
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Box, Button, Card, Entry, Label, Look


class SecretForm(Box):
    """Two ways where there is a keyring, else one."""

    def __init__(
        self, master: tkinter.Misc, use_keyring: Callable[[], None], use_passphrase: Callable[[str, str], None]
    ) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self._use_passphrase = use_passphrase
        self._keyring = Card(self)
        self._keyring.grid_columnconfigure(0, weight=1)
        Label(self._keyring, _("Your system's keyring"), theme.STRONG).grid(
            row=0, column=0, sticky="w", padx=theme.units(2.5), pady=(theme.units(2), 0)
        )
        Label(
            self._keyring,
            _("Opens by itself when you log in to this machine. Good where nobody else uses your login."),
            theme.BODY,
            Palette.muted,
            wrap=True,
        ).grid(row=1, column=0, sticky="ew", padx=theme.units(2.5), pady=(theme.units(0.5), theme.units(1.5)))
        self._use_keyring = Button(self._keyring, _("Use the keyring"), use_keyring, look=Look.PRIMARY)
        self._use_keyring.grid(row=2, column=0, sticky="w", padx=theme.units(2.5), pady=(0, theme.units(2)))
        phrase = Card(self)
        phrase.grid(row=1, column=0, sticky="ew")
        phrase.grid_columnconfigure(0, weight=1)
        inset = theme.units(2.5)
        Label(phrase, _("A passphrase"), theme.STRONG).grid(
            row=0, column=0, sticky="w", padx=inset, pady=(theme.units(2), 0)
        )
        Label(
            phrase,
            _("Asked for when you open Sealcase. Nobody can reset it, the server's owner included."),
            theme.BODY,
            Palette.muted,
            wrap=True,
        ).grid(row=1, column=0, sticky="ew", padx=inset, pady=(theme.units(0.5), theme.units(1.5)))
        self.first = Entry(phrase, _("New passphrase"), secret=True, on_submit=lambda: self._again.focus_set())
        self.first.grid(row=2, column=0, sticky="ew", padx=inset)
        self._again = Entry(phrase, _("The same again"), secret=True, on_submit=self._submit)
        self._again.grid(row=3, column=0, sticky="ew", padx=inset, pady=(theme.units(1.5), 0))
        self._go = Button(phrase, _("Use this passphrase"), self._submit, look=Look.PRIMARY)
        self._go.grid(row=4, column=0, sticky="w", padx=inset, pady=theme.units(2))

    def show(self, state: SecretState, *, busy: bool) -> None:
        if state.keyring:
            self._keyring.grid(row=0, column=0, sticky="ew", pady=(0, theme.units(2)))
        else:
            self._keyring.grid_remove()
        self._again.show(error=state.error, enabled=not busy)
        self.first.show(enabled=not busy)
        self._go.show(enabled=not busy)
        self._use_keyring.show(enabled=not busy)

    def clear(self) -> None:
        """No passphrase stays in a field."""
        self.first.set_text("")
        self._again.set_text("")

    def focus_set(self) -> None:
        self.first.focus_set()

    def _submit(self) -> None:
        self._use_passphrase(self.first.text, self._again.text)
