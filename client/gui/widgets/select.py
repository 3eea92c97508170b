"""Choosing one of several that would not fit side by side: a button that opens a menu; and numbers in steps."""

import tkinter
from collections.abc import Callable, Mapping

from client.gui.widgets.button import Button, Look
from client.gui.widgets.focus import set_tab_stop
from client.gui.widgets.labels import Label
from client.gui.widgets.menu import Item, Menu
from client.gui.widgets.one_stop import OneStop, beside


class Select(Button):
    """One stop for Tab. Space, Return or a click open the menu; Up and Down choose without it."""

    role = "combobox"

    def __init__(
        self,
        master: tkinter.Misc,
        label: str,
        options: Mapping[str, str],
        command: Callable[[str], None],
        *,
        width: int = 168,
    ) -> None:
        """`options`: what each is called, by its name in the program."""
        super().__init__(master, "", self._open, label=label, width=width, anchor="w")
        self.label = label
        self._choices = dict(options)
        self._chosen = ""
        self._choose_command = command
        self._popup: Menu | None = None
        for key, step in (("<Up>", -1), ("<Down>", 1)):
            tkinter.Misc.bind(self, key, lambda _event, step=step: self._move(step))  # type: ignore[misc]

    def choose_from(self, options: Mapping[str, str]) -> None:
        """Other options from now on."""
        self._choices = dict(options)

    def show_chosen(self, chosen: str) -> None:
        """Draws only what changed."""
        label = self.label
        self._chosen = chosen
        self.show(text=f"{self._choices.get(chosen, chosen)}  ▾")
        self.label = label

    def value(self) -> str:
        return self._chosen

    def _open(self) -> None:
        if self._popup is None:
            self._popup = Menu(self)
        items = [
            Item(f"{'✓' if name == self._chosen else '   '}  {text}", lambda name=name: self._choose(name))  # type: ignore[misc]
            for name, text in self._choices.items()
        ]
        self._popup.popup_below(self, items)

    def _move(self, step: int) -> str:
        if (name := beside(list(self._choices), self._chosen, step)) is not None:
            self._choose(name)
        return "break"

    def _choose(self, name: str) -> None:
        if name != self._chosen:
            self.show_chosen(name)
            self._choose_command(name)


class Stepper(OneStop):
    """A number between a minus and a plus; arrows change it, Home and End go to its ends."""

    role = "spinbutton"

    def __init__(
        self,
        master: tkinter.Misc,
        label: str,
        command: Callable[[int], None],
        *,
        least: int,
        most: int,
        step: int,
        words: Callable[[int], str],
        width: int = 96,
    ) -> None:
        """`words`: how a number is said, such as "110 %"."""
        super().__init__(master, label, {"<Left>": -1, "<Down>": -1, "<Right>": 1, "<Up>": 1})
        self._command = command
        self._least, self._most, self._step = least, most, step
        self._words = words
        self._number = least
        less = Button(self, "−", lambda: self._move(-1), look=Look.LINK, width=36, height=32)
        self._text = Label(self, words(least), justify="center")
        self._text.configure(width=width)
        more = Button(self, "+", lambda: self._move(1), look=Look.LINK, width=36, height=32)
        for column, part in enumerate((less, self._text, more)):
            part.grid(row=0, column=column, padx=3, pady=3)
        set_tab_stop(less, False)
        set_tab_stop(more, False)
        tkinter.Misc.bind(self, "<Home>", lambda _event: self._set(least))
        tkinter.Misc.bind(self, "<End>", lambda _event: self._set(most))

    def show(self, number: int) -> None:
        self._number = number
        self._text.show(self._words(number))

    def value(self) -> str:
        return str(self._number)

    def _move(self, step: int) -> str:
        return self._set((self._number // self._step + step) * self._step)

    def _set(self, number: int) -> str:
        number = max(self._least, min(self._most, number))
        if number != self._number:
            self.show(number)
            self._command(number)
        return "break"
