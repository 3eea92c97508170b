"""What is asked before something is received, and for the passphrase of a key file."""

import tkinter

from client.gui import theme
from client.gui.presenters.receiving import Receiving, ReceivingState
from client.gui.presenters.receiving_questions import About, Ask, Choice
from client.gui.text import _, ngettext
from client.gui.views.passphrase import PassphraseDialog
from client.gui.widgets import Button, CheckBox, Dialog, Label, Look

_MOST_CHOICES = 3


class AskDialog:
    """One for all questions; made when the first is asked."""

    def __init__(self, owner: tkinter.Misc, receiving: Receiving) -> None:
        self._owner = owner
        self._receiving = receiving
        self._dialog: Dialog | None = None
        self._asked: Ask | None = None
        self._for_all = False
        self._choices: tuple[tuple[Choice, str], ...] = ()
        """In the order of the buttons: the one that is offered first, or, where there is an alarm, the careful one."""
        receiving.watch(self._render)

    def _render(self, state: ReceivingState) -> None:
        ask = state.ask
        if ask is self._asked:
            return
        self._asked = ask
        if ask is None:
            if self._dialog is not None:
                self._dialog.hide()
            return
        if self._dialog is None:
            self._make()
        assert self._dialog is not None  # noqa: S101  (made just now)
        alarming = ask.about is About.ALARM
        self._choices = ask.choices[::-1] if alarming else ask.choices
        self._dialog.heading.show(f"⚠  {ask.title}" if alarming else ask.title)
        self._dialog.label = ask.title
        self._text.show(ask.text)
        self._for_all = False
        self._all.show(on=False)
        if ask.more:
            self._all.set_text(ngettext("Do the same with {count} more", "Do the same with {count} more", ask.more))
            self._all.grid()
        else:
            self._all.grid_remove()
        for at, button in enumerate(self._buttons):
            if at < len(self._choices):
                button.show(text=self._choices[at][1])
                button.grid()
            else:
                button.grid_remove()
        if self._dialog.is_open:
            self._dialog.fit()
            self._buttons[0].focus_set()
        else:
            self._dialog.open(self._buttons[0])

    def _make(self) -> None:
        dialog = Dialog(self._owner, "", self._receiving.give_up, width=520)
        self._dialog = dialog
        self._text = Label(dialog.body, "", wrap=True)
        self._text.grid(row=0, column=0, sticky="ew", pady=(theme.units(1), 0))
        self._all = CheckBox(dialog.body, "", self._tick)
        self._all.grid(row=1, column=0, sticky="w", pady=(theme.units(2), 0))
        self._buttons = [
            Button(dialog.buttons, "", lambda at=at: self._press(at), look=Look.PRIMARY if at == 0 else Look.PLAIN)  # type: ignore[misc]  # mypy can't type the default of a lambda
            for at in range(_MOST_CHOICES)
        ]
        for at, button in enumerate(self._buttons):
            button.grid(row=0, column=_MOST_CHOICES - at, padx=(theme.units(1), 0))

    def _tick(self, on: bool) -> None:
        self._for_all = on

    def _press(self, at: int) -> None:
        if self._asked is not None and at < len(self._choices):
            self._receiving.answer(self._choices[at][0], for_all=self._for_all)


class KeyFileDialog(PassphraseDialog):
    """The passphrase of a PEM file, used once and kept nowhere."""

    def __init__(self, owner: tkinter.Misc, receiving: Receiving) -> None:
        super().__init__(
            owner,
            _("Passphrase of the key file"),
            _("Open"),
            _("Opening …"),
            receiving.try_key_passphrase,
            receiving.close_key_dialog,
        )
        receiving.watch(self._render)

    def _render(self, state: ReceivingState) -> None:
        if state.key_asks:
            text = _("{name} has a passphrase. It is used now, and kept nowhere.").format(name=state.key_asks)
            self.show(text, error=state.key_error, working=state.key_working)
        else:
            self.hide()
