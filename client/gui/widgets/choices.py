"""Choosing: a box to tick, and one of a few that stand side by side."""

import tkinter
from collections.abc import Callable, Mapping

import customtkinter as ctk

from client.gui import theme
from client.gui.theme import Palette
from client.gui.widgets.button import Button, Look, ground_of
from client.gui.widgets.described import Described
from client.gui.widgets.focus import make_tab_stop, set_tab_stop
from client.gui.widgets.look import scaled
from client.gui.widgets.one_stop import OneStop, beside

_LEAST_WRAP = 80


class CheckBox(Described, ctk.CTkFrame):
    """A box and its text; ticked by mouse, Space or Return."""

    role = "checkbox"

    def __init__(self, master: tkinter.Misc, text: str, command: Callable[[bool], None]) -> None:
        super().__init__(
            master,
            fg_color="transparent",
            corner_radius=theme.RADIUS,
            border_width=theme.RING,
            border_color=ground_of(master),
        )
        self.label = text
        self._command = command
        self._on = False
        self._usable = True
        self._wrapped_at = 0
        self._box = ctk.CTkCheckBox(
            self,
            text=text,
            command=self._clicked,
            checkbox_width=20,
            checkbox_height=20,
            corner_radius=5,
            border_width=2,
            fg_color=Palette.accent,
            hover_color=Palette.accent_strong,
            border_color=Palette.edge,
            checkmark_color=Palette.on_accent,
            text_color=Palette.text,
            text_color_disabled=Palette.disabled,
            font=theme.BODY.font,
        )
        self._box.grid(row=0, column=0, padx=theme.units(0.5), pady=theme.units(0.5), sticky="w")
        make_tab_stop(self, self.show_ring, self._box.toggle)
        tkinter.Misc.bind(master, "<Configure>", lambda _event: self._wrap(), add=True)
        tkinter.Misc.bind(self, "<Map>", lambda _event: self._wrap(), add=True)

    def _wrap(self) -> None:
        """In the room that its owner has: lines below the first stand in line with it."""
        room = self.master.winfo_width() - 2 * self.winfo_x() if self.winfo_manager() else 0
        words = self._box._text_label
        if room <= 1 or words is None:
            return
        beside = self._box.winfo_reqwidth() - words.winfo_reqwidth() + 2 * scaled(theme.units(0.5))
        wide = max(scaled(_LEAST_WRAP), room - beside)
        if wide != self._wrapped_at:
            self._wrapped_at = wide
            words.configure(wraplength=wide, justify="left")

    def show(self, *, on: bool | None = None, enabled: bool | None = None) -> None:
        if on is not None and on != self._on:
            self._on = on
            if on:
                self._box.select()
            else:
                self._box.deselect()
        if enabled is not None and enabled != self._usable:
            self._usable = enabled
            self._box.configure(state="normal" if enabled else "disabled")
            set_tab_stop(self, enabled)

    def set_text(self, text: str) -> None:
        """Another text, for what is asked again and again."""
        if text != self.label:
            self.label = text
            self._box.configure(text=text)

    def value(self) -> str:
        return "on" if self._on else "off"

    def usable(self) -> bool:
        return self._usable

    def show_ring(self, on: bool) -> None:
        self.configure(border_color=Palette.ring if on else ground_of(self.master))

    def focus_set(self) -> None:
        tkinter.Misc.focus_set(self)

    def _clicked(self) -> None:
        self._on = bool(self._box.get())
        self._command(self._on)


class Segmented(OneStop):
    """One of a few, side by side; arrows choose."""

    role = "radiogroup"

    def __init__(
        self, master: tkinter.Misc, label: str, options: Mapping[str, str], command: Callable[[str], None]
    ) -> None:
        """`options`: what each is called, by its name in the program."""
        super().__init__(master, label, {"<Left>": -1, "<Up>": -1, "<Right>": 1, "<Down>": 1})
        self._command = command
        self._names = list(options)
        self._chosen = ""
        self._buttons: dict[str, Button] = {}
        for column, (name, text) in enumerate(options.items()):
            button = Button(self, text, lambda name=name: self._choose(name), look=Look.LINK, height=theme.units(4))  # type: ignore[misc]  # mypy can't type the default of a lambda
            set_tab_stop(button, False)
            button.grid(row=0, column=column, padx=3, pady=3)
            self._buttons[name] = button
        self._paint()

    def show(self, chosen: str) -> None:
        if chosen != self._chosen:
            self._chosen = chosen
            self._paint()

    def value(self) -> str:
        return self._chosen

    def _move(self, step: int) -> str:
        if (name := beside(self._names, self._chosen, step)) is not None:
            self._choose(name)
        return "break"

    def _choose(self, name: str) -> None:
        if name != self._chosen:
            self.show(name)
            self._command(name)

    def _paint(self) -> None:
        for name, button in self._buttons.items():
            if name == self._chosen:
                button.paint(Palette.surface, Palette.accent_text)
            else:
                button.paint(Palette.raised, Palette.muted)
