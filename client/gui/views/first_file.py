"""The last page of the first run: a file sent to oneself."""

import tkinter
from pathlib import Path

from client.gui import theme
from client.gui.presenters.first_file import FirstFile, FirstFileState
from client.gui.presenters.house import House
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.guided import Guided
from client.gui.widgets import Box, Card, Label, Look, Progress, choose_file


class FirstFileView(Box):
    def __init__(self, master: tkinter.Misc, house: House, presenter: FirstFile) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self._presenter = presenter
        page = Guided(
            self,
            house,
            "upload",
            _("All is ready. Try it?"),
            _("Send any file to yourself. It is sealed here; what the server gets is of no use to anybody else."),
        )
        page.grid(row=0, column=0, sticky="ew")
        self._page = page
        self._card = Card(page.body)
        self._card.grid_columnconfigure(0, weight=1)
        self._name = Label(self._card, "", theme.STRONG, wrap=True)
        self._name.grid(row=0, column=0, sticky="ew", padx=theme.units(2.5), pady=(theme.units(2), theme.units(1)))
        self._bar = Progress(self._card, _("Sent"))
        self._bar.grid(row=1, column=0, sticky="ew", padx=theme.units(2.5))
        self._status = Label(self._card, "", theme.SMALL, Palette.muted, wrap=True)
        self._status.role = "status"
        self._status.grid(row=2, column=0, sticky="ew", padx=theme.units(2.5), pady=(theme.units(1), theme.units(2)))
        self._choose = page.button(_("Choose a file …"), self._ask, look=Look.PRIMARY)
        self._done = page.button(_("Not now"), presenter.finish)
        presenter.watch(self._render)

    def focus_set(self) -> None:
        self._choose.focus_set()

    def _render(self, state: FirstFileState) -> None:
        self._page.trouble.show(state.error)
        self._name.show(f"✓ {state.name}" if state.sent else state.name)
        self._bar.show(state.share)
        self._status.show(state.status)
        if state.name:
            self._card.grid(row=0, column=0, sticky="ew")
        else:
            self._card.grid_remove()
        self._choose.show(
            text=_("Send another one …") if state.sent else _("Choose a file …"), enabled=state.can_choose
        )
        self._done.show(text=_("Finish") if state.sent else _("Not now"))

    def _ask(self) -> None:
        if path := choose_file(self, _("Send a file to yourself")):
            self._presenter.send(Path(path))
