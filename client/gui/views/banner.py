"""Strips above the tabs: no connection, no recovery kit. They go when it is no longer so."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.presenters.shell import Shell, ShellState
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Box, Label, LinkButton, icon


class Banners(Box):
    def __init__(self, master: tkinter.Misc, shell: Shell) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self.grid_rowconfigure((0, 3), minsize=theme.units(1))
        self._offline = _Late(lambda: _Banner(self, "offline", _("Try now"), shell.try_now))
        self._no_kit = _Late(lambda: _Banner(self, "warning", _("Make a recovery kit"), shell.make_kit))
        shell.watch(self._render)

    def _render(self, state: ShellState) -> None:
        trying = _("No connection to the server. Trying again …")
        waiting = _("No connection to the server. Sealcase tries again by itself; nothing is lost.")
        self._offline.show(trying if state.trying else waiting, row=1, on=state.offline)
        missing = _("There is no recovery kit yet: if this machine is lost, so is every file sealed for you.")
        unchecked = _("Your recovery kit was not checked yet: without its words nobody can bring your keys back.")
        remind = (state.no_kit or state.kit_unchecked) and state.reminds
        self._no_kit.show(missing if state.no_kit else unchecked, row=2, on=remind)
        if state.offline or remind:
            self.grid()
        else:
            self.grid_remove()


class _Late:
    """Made when it is first shown."""

    def __init__(self, make: "Callable[[], _Banner]") -> None:
        self._make = make
        self._banner: _Banner | None = None

    def show(self, text: str, *, row: int, on: bool) -> None:
        if self._banner is None and on:
            self._banner = self._make()
        if self._banner is not None:
            self._banner.show(text, row=row, on=on)


class _Banner(ctk.CTkFrame):
    def __init__(self, master: tkinter.Misc, picture: str, action: str, command: Callable[[], None]) -> None:
        super().__init__(master, fg_color=Palette.warning_soft, corner_radius=theme.RADIUS)
        self.grid_columnconfigure(1, weight=1)
        sign = Label(self, "")
        sign.configure(image=icon(picture, 20, Palette.warning))
        sign.grid(row=0, column=0, padx=(theme.units(2), theme.units(1.5)), pady=theme.units(1))
        self._text = Label(self, "", wrap=True)
        self._text.role = "status"
        self._text.grid(row=0, column=1, sticky="ew", pady=theme.units(1))
        LinkButton(self, action, command).grid(row=0, column=2, padx=theme.units(1))

    def show(self, text: str, *, row: int, on: bool) -> None:
        self._text.show(text)
        if on:
            self.grid(row=row, column=0, sticky="ew", padx=theme.units(4), pady=(theme.units(1), 0))
        else:
            self.grid_remove()
