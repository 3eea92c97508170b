"""The column at the left: tabs, and who is signed in."""

import tkinter
from collections.abc import Callable, Mapping

import customtkinter as ctk

from client.gui import theme
from client.gui.presenters.keys import Keys
from client.gui.presenters.shell import ACCOUNT, Shell, ShellState
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Box, Button, Label, LinkButton, Look, icon
from client.gui.widgets.focus import set_tab_stop

_WIDTH = 208
_ICON = 20


class Navigation(ctk.CTkFrame):
    """Up and Down go from tab to tab."""

    def __init__(self, master: tkinter.Misc, shell: Shell, keys: Keys, tabs: Mapping[str, tuple[str, str]]) -> None:
        """`tabs`: the icon and the title of each, by its name."""
        super().__init__(master, fg_color=Palette.surface, corner_radius=0, width=_WIDTH)
        self.grid_columnconfigure(0, weight=1, minsize=0)
        brand = Label(self, "  Sealcase", theme.TITLE)
        brand.configure(image=icon("seal", theme.units(3.5), Palette.accent), compound="left")
        brand.grid(row=0, column=0, sticky="w", padx=theme.units(2.5), pady=(theme.units(3), theme.units(3)))
        self._tabs: dict[str, Button] = {}
        self._icons: dict[str, str] = {}
        for row, (name, (picture, title)) in enumerate(tabs.items(), 1):
            button = Button(
                self,
                f"  {title}",
                self._opener(shell, name),
                look=Look.TAB,
                width=_WIDTH - 24,
                height=44,
                anchor="w",
                image=icon(picture, _ICON, Palette.muted),
            )
            set_tab_stop(button, False)
            button.role, button.label = "tab", title
            button.grid(row=row, column=0, padx=theme.units(1.5), pady=2, sticky="ew")
            for key, step in (("<Up>", -1), ("<Down>", 1)):
                tkinter.Misc.bind(button, key, self._stepper(shell, name, step))
            self._tabs[name], self._icons[name] = button, picture
        self.grid_rowconfigure(len(tabs) + 1, weight=1)
        foot = Box(self)
        foot.grid(row=len(tabs) + 2, column=0, sticky="ew", padx=theme.units(2.5), pady=theme.units(2))
        foot.grid_columnconfigure(0, weight=1)
        self._who = Label(foot, "", theme.SMALL, Palette.text, wrap=True)
        self._who.grid(row=0, column=0, sticky="ew")
        self._where = Label(foot, "", theme.SMALL, Palette.muted, wrap=True)
        self._where.grid(row=1, column=0, sticky="ew")
        self._foot, self._forget = foot, keys.lock
        self._lock: LinkButton | None = None
        self._open = ""
        shell.watch(self._render)

    def _render(self, state: ShellState) -> None:
        if state.tab != self._open:
            self._paint(self._open, chosen=False)
            self._open = state.tab
            self._paint(state.tab, chosen=True)
        if ACCOUNT in self._tabs:
            title = _("Account") if state.signed_in else _("Sign in")
            self._tabs[ACCOUNT].show(text=f"  {title}")
            self._tabs[ACCOUNT].label = title
        self._who.show(state.email)
        self._where.show(state.server.partition("://")[2])
        if state.can_lock:
            self._locking().grid(row=2, column=0, sticky="w", pady=(theme.units(1), 0))
        elif self._lock is not None:
            self._lock.grid_remove()

    def _paint(self, name: str, *, chosen: bool) -> None:
        if name not in self._tabs:
            return
        button, color = self._tabs[name], Palette.accent_text if chosen else Palette.muted
        ground = Palette.accent_soft if chosen else Palette.surface
        button.paint(ground, color if chosen else Palette.text, icon(self._icons[name], _ICON, color))
        set_tab_stop(button, chosen)

    def _locking(self) -> LinkButton:
        if self._lock is None:
            hint = _("Forget the keys until the passphrase is given")
            self._lock = LinkButton(self._foot, _("Lock keys"), self._forget, hint=hint)
        return self._lock

    @staticmethod
    def _opener(shell: Shell, name: str) -> Callable[[], None]:
        return lambda: shell.open(name)

    def _stepper(self, shell: Shell, name: str, step: int) -> Callable[[object], str]:
        def move(_event: object) -> str:
            names = list(self._tabs)
            at = names.index(name) + step
            if 0 <= at < len(names):
                shell.open(names[at])
                self._tabs[names[at]].focus_set()
            return "break"

        return move
