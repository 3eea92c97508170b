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
from client.gui.widgets.look import scaled
from client.gui.widgets.tooltip import tip

_BRAND = "  Sealcase"
_WIDTH = 208
_ICON = 20
_TAB, _LOW_TAB = 44, 36
"""Heights."""
_NARROW, _LOW = 670, 460
"""Width and height of a window, in pixels at 100 %, below which there is no room for words, and for much air."""


class Navigation(ctk.CTkFrame):
    """Up and Down go from tab to tab. In a narrow window pictures alone stand for them, with their names as hints."""

    def __init__(self, master: tkinter.Misc, shell: Shell, keys: Keys, tabs: Mapping[str, tuple[str, str]]) -> None:
        """`tabs`: the icon and the title of each, by its name."""
        super().__init__(master, fg_color=Palette.surface, corner_radius=0, width=_WIDTH)
        self.grid_columnconfigure(0, weight=1, minsize=0)
        self._brand = Label(self, _BRAND, theme.TITLE)
        self._brand.configure(image=icon("seal", theme.units(3.5), Palette.accent), compound="left")
        self._narrow = self._low = self._can_lock = False
        self._titles = {name: title for name, (_picture, title) in tabs.items()}
        self._tabs: dict[str, Button] = {}
        self._icons: dict[str, str] = {}
        for row, (name, (picture, title)) in enumerate(tabs.items(), 1):
            button = Button(
                self,
                f"  {title}",
                self._opener(shell, name),
                look=Look.TAB,
                width=_WIDTH - 24,
                height=_TAB,
                anchor="w",
                image=icon(picture, _ICON, Palette.muted),
            )
            set_tab_stop(button, False)
            tip(button, self._hint_of(name))
            button.role, button.label = "tab", title
            button.grid(row=row, column=0, padx=theme.units(1.5), pady=2, sticky="ew")
            for key, step in (("<Up>", -1), ("<Down>", 1)):
                tkinter.Misc.bind(button, key, self._stepper(shell, name, step))
            self._tabs[name], self._icons[name] = button, picture
        self.grid_rowconfigure(len(tabs) + 1, weight=1)
        self._last = len(tabs) + 2
        foot = Box(self)
        foot.grid_columnconfigure(0, weight=1)
        self._who = Label(foot, "", theme.SMALL, Palette.text, wrap=True)
        self._where = Label(foot, "", theme.SMALL, Palette.muted, wrap=True)
        self._foot, self._forget = foot, keys.lock
        self._lock: LinkButton | None = None
        self._open = ""
        self._lay_out()
        window = self.winfo_toplevel()  # which also hears of everything that is inside of it
        window.bind("<Configure>", lambda event: self._fit(window) if event.widget is window else None, add=True)
        shell.watch(self._render)

    def _render(self, state: ShellState) -> None:
        if state.tab != self._open:
            self._paint(self._open, chosen=False)
            self._open = state.tab
            self._paint(state.tab, chosen=True)
        if ACCOUNT in self._tabs:
            self._titles[ACCOUNT] = _("Account") if state.signed_in else _("Sign in")
            self._show_title(ACCOUNT)
        self._who.show(state.email)
        self._where.show(state.server.partition("://")[2])
        if state.can_lock != self._can_lock:
            self._can_lock = state.can_lock
            self._show_foot()

    def _fit(self, window: tkinter.Misc) -> None:
        """To the window as it is now."""
        narrow = window.winfo_width() < scaled(_NARROW)
        low = window.winfo_height() < scaled(_LOW)
        if window.winfo_width() > 1 and (narrow, low) != (self._narrow, self._low):
            self._narrow, self._low = narrow, low
            self._lay_out()

    def _lay_out(self) -> None:
        side, air = theme.units(1.5 if self._narrow else 2.5), theme.units(1 if self._low else 3)
        self._brand.show("" if self._narrow else _BRAND)
        self._brand.grid(row=0, column=0, sticky="" if self._narrow else "w", padx=side, pady=air)
        for name, button in self._tabs.items():
            height = _LOW_TAB if self._low else _TAB
            button.configure(height=height, width=_TAB if self._narrow else _WIDTH - 24)
            self._show_title(name)
        for row, label in enumerate((self._who, self._where)):
            if self._narrow or self._low:
                label.grid_remove()
            else:
                label.grid(row=row, column=0, sticky="ew")
        self._show_foot()

    def _show_foot(self) -> None:
        """Not while nothing is in it: a frame whose last content has gone keeps its size."""
        if self._can_lock:
            self._show_lock(self._locking())
        elif self._lock is not None:
            self._lock.grid_remove()
        if self._can_lock or not (self._narrow or self._low):
            side, air = theme.units(0 if self._narrow else 2.5), theme.units(1 if self._low else 2)
            self._foot.grid(row=self._last, column=0, sticky="ew", padx=side, pady=air)
        else:
            self._foot.grid_remove()

    def _show_title(self, name: str) -> None:
        button, title = self._tabs[name], self._titles[name]
        button.show(text="" if self._narrow else f"  {title}")
        button.label = title

    def _hint_of(self, name: str) -> Callable[[], str]:
        """What words say need not be said twice."""
        return lambda: self._titles[name] if self._narrow else ""

    def _show_lock(self, lock: LinkButton) -> None:
        words = _("Lock keys")
        lock.show(text="" if self._narrow else words)
        lock.configure(image=icon("lock", _ICON, Palette.accent_text) if self._narrow else None)
        lock.label = words
        lock.grid(row=2, column=0, sticky="" if self._narrow else "w", pady=(theme.units(0 if self._low else 1), 0))

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
