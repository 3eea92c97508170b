"""A page that leads through one step: what it is about, what to do, and one button that goes on."""

import tkinter
from collections.abc import Callable

import customtkinter as ctk

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.problem import FINE, Failure
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Box, Button, Flow, Label, LinkButton, Look, Progress, icon


class Guided(Box):
    """Put fields into `body`, which has one column. `buttons` is the row below it."""

    def __init__(self, master: tkinter.Misc, house: House, picture: str, title: str, lead: str) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        badge = ctk.CTkFrame(self, fg_color=Palette.accent_soft, corner_radius=theme.CARD_RADIUS)
        sign = Label(badge, "")
        sign.configure(image=icon(picture, 28, Palette.accent_text))
        sign.grid(padx=theme.units(1.25), pady=theme.units(1.25))
        badge.grid(row=0, column=0, sticky="w", pady=(theme.units(4), theme.units(2)))
        self.title = Label(self, title, theme.DISPLAY, wrap=True)
        self.title.grid(row=1, column=0, sticky="ew")
        self.lead = Label(self, lead, theme.LEAD, Palette.muted, wrap=True)
        self.lead.grid(row=2, column=0, sticky="ew", pady=(theme.units(1), theme.units(3)))
        self.body = Box(self)
        self.body.grid(row=3, column=0, sticky="ew")
        self.body.grid_columnconfigure(0, weight=1)
        self.trouble = Trouble(self, house)
        self.trouble.grid(row=4, column=0, sticky="ew", pady=(theme.units(2), 0))
        self.trouble.grid_remove()
        self.buttons = Flow(self)
        self.buttons.grid(row=5, column=0, sticky="ew", pady=(theme.units(3), 0))
        self.busy = Busy(self)
        self.busy.grid(row=6, column=0, sticky="ew", pady=(theme.units(2), 0))
        self.below = Box(self)
        self.below.grid(row=7, column=0, sticky="ew", pady=(theme.units(3), theme.units(4)))
        self.below.grid_columnconfigure(0, weight=1)
        self._columns = 0

    def button(self, text: str, command: Callable[[], object], *, look: Look = Look.PLAIN) -> Button:
        """The next one of the row, from the left."""
        made = (
            LinkButton(self.buttons, text, command)
            if look is Look.LINK
            else Button(self.buttons, text, command, look=look, height=theme.CONTROL_HEIGHT + 4)
        )
        made.grid(row=0, column=self._columns, padx=(0, theme.units(1)))
        self._columns += 1
        return made


class Trouble(ctk.CTkFrame):
    """What went wrong, where it matters; with Copy details."""

    def __init__(self, master: tkinter.Misc, house: House) -> None:
        super().__init__(master, fg_color=Palette.danger_soft, corner_radius=theme.RADIUS)
        self._failure = FINE
        self.grid_columnconfigure(1, weight=1)
        sign = Label(self, "")
        sign.configure(image=icon("warning", 20, Palette.danger))
        sign.grid(row=0, column=0, sticky="n", padx=(theme.units(2), theme.units(1.5)), pady=theme.units(1.5))
        self._text = Label(self, "", wrap=True)
        self._text.role = "alert"
        self._text.grid(row=0, column=1, sticky="ew", padx=(0, theme.units(2)), pady=theme.units(1.5))
        self._copy = LinkButton(self, _("Copy details"), lambda: house.clipboard.copy_details(self._failure.details))

    def show(self, failure: Failure) -> None:
        if failure == self._failure:
            return
        self._failure = failure
        self._text.show(failure.text)
        if failure.details:
            self._copy.grid(row=0, column=2, padx=(0, theme.units(1)))
        else:
            self._copy.grid_remove()
        if failure:
            self.grid()
        else:
            self.grid_remove()


class Busy(Box):
    """Something is under way, nobody knows for how long."""

    def __init__(self, master: tkinter.Misc) -> None:
        super().__init__(master)
        self.grid_columnconfigure(1, weight=1)
        self._bar = Progress(self, width=120)
        self._text = Label(self, "", theme.BODY, Palette.muted)
        self._text.role = "status"
        self._on = False

    def show(self, text: str, *, on: bool) -> None:
        self._text.show(text if on else "")
        if on == self._on:
            return
        self._on = on
        if on:
            self._bar.grid(row=0, column=0, padx=(0, theme.units(2)))
            self._text.grid(row=0, column=1, sticky="w")
            self._bar.show(None)
        else:
            self._bar.show(0)
            self._bar.grid_remove()
            self._text.grid_remove()


class Steps(Box):
    """How far the first run is: a word, and a dot for each step."""

    def __init__(self, master: tkinter.Misc, count: int) -> None:
        super().__init__(master)
        self._count = count
        self._dots = []
        for number in range(count):
            dot = ctk.CTkFrame(self, width=theme.units(4), height=4, corner_radius=2, fg_color=Palette.line)
            dot.grid(row=0, column=number, padx=(0, theme.units(0.75)))
            self._dots.append(dot)
        self._text = Label(self, "", theme.SMALL, Palette.muted)
        self._text.grid(row=0, column=count, padx=(theme.units(1), 0))

    def show(self, step: int) -> None:
        """From 1."""
        for number, dot in enumerate(self._dots, 1):
            dot.configure(fg_color=Palette.accent if number <= step else Palette.line)
        self._text.show(_("Step {step} of {count}").format(step=step, count=self._count))
