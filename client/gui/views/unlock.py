"""The question for the passphrase of one's keys: asked once, until they are locked again."""

import tkinter
from collections.abc import Callable

from client.gui.presenters.keys import Keys, KeysState
from client.gui.text import _
from client.gui.views.passphrase import PassphraseDialog


class UnlockDialog(PassphraseDialog):
    def __init__(self, owner: tkinter.Misc, keys: Keys, copy: Callable[[str], object]) -> None:
        """`copy` puts the details of what went wrong on the clipboard."""
        super().__init__(
            owner, _("Unlock your keys"), _("Unlock"), _("Unlocking …"), keys.try_passphrase, keys.close_dialog, copy
        )
        keys.watch(self._render)

    def _render(self, state: KeysState) -> None:
        if state.asking:
            text = _("The keys of {email} are locked.").format(email=state.email)
            self.show(text, error=state.error, working=state.working)
        else:
            self.hide()
