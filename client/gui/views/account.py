"""The Account tab: who is signed in."""

import tkinter

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.text import _
from client.gui.views.base import View
from client.gui.widgets import Label, Page


def build(parent: tkinter.Misc, house: House) -> View:
    return AccountView(parent, house)


class AccountView(View):
    def __init__(self, master: tkinter.Misc, house: House) -> None:
        super().__init__(master)
        page = Page(self)
        page.pack(fill="both", expand=True)
        self._who = Label(page.body, "", theme.TITLE)
        self._who.grid(row=0, column=0, sticky="w", padx=theme.units(3), pady=theme.units(4))
        house.shell.watch(lambda state: self._who.show(state.email or _("Welcome to Sealcase")))
