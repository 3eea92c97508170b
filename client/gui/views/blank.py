"""What stands where a list would be, while there is none: why, and what to do about it."""

import tkinter
from collections.abc import Callable, Mapping

from client.gui.presenters.file_list import Blank
from client.gui.text import _
from client.gui.widgets import Empty

Texts = tuple[str, str, str]
"""A title, a sentence, and what the button says; empty for no button."""


class BlankPlace(Empty):
    """One for all reasons; the button does what the reason asks for."""

    def __init__(
        self,
        master: tkinter.Misc,
        picture: str,
        texts: Mapping[Blank, Texts],
        commands: Mapping[Blank, Callable[[], object]],
    ) -> None:
        super().__init__(master, picture, "", "", _("Go on"), self._press)
        self._texts = {**_common(), **texts}
        self._commands = commands
        self._why = Blank.NOT_BLANK

    def show(self, why: Blank) -> None:
        """Draws only what changed."""
        if why is self._why:
            return
        self._why = why
        title, text, action = self._texts.get(why, ("", "", ""))
        self.title.show(title)
        self.text.show(text)
        if self.button is not None:
            if action and why in self._commands:
                self.button.show(text=action)
                self.button.grid()
            else:
                self.button.grid_remove()

    def _press(self) -> None:
        command = self._commands.get(self._why)
        if command is not None:
            command()


def _common() -> dict[Blank, Texts]:
    return {
        Blank.SIGNED_OUT: (_("You are not signed in"), _("Sign in, and your files are here."), _("Sign in")),
        Blank.LOCKED: (
            _("Your keys are locked"),
            _("Names are sealed, too: only your keys can open them. Nothing of them is kept on this machine."),
            _("Unlock"),
        ),
        Blank.LOADING: (_("Loading …"), "", ""),
        Blank.OFFLINE: (
            _("No connection"),
            _("The list comes as soon as the server can be reached. Nothing is lost."),
            "",
        ),
        Blank.FAILED: (
            _("The list could not be loaded"),
            _("The notice says why. Nothing is lost."),
            _("Try again"),
        ),
    }
