"""Chips: people or filters as small things that can be taken away, several to a line, as many lines as it takes."""

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import customtkinter as ctk

from client.gui import theme
from client.gui.text import _
from client.gui.theme import Color, Palette
from client.gui.widgets.button import Button, Look
from client.gui.widgets.described import Described
from client.gui.widgets.focus import make_tab_stop
from client.gui.widgets.labels import Label
from client.gui.widgets.look import scaled
from client.gui.widgets.tooltip import tip


@dataclass(frozen=True, slots=True)
class Chip:
    """`sign` says in a character what `color` says, so that nobody has to see the colour."""

    name: str
    text: str
    sign: str = ""
    color: Color = Palette.text
    hint: str = ""


class Chips(ctk.CTkFrame):
    """Only those that changed are drawn anew."""

    def __init__(self, master: tkinter.Misc, remove: Callable[[str], None] | None = None) -> None:
        super().__init__(master, fg_color="transparent", corner_radius=0, height=0)
        self._remove = remove
        self._shown: dict[str, tuple[Chip, _ChipWidget]] = {}
        self._order: list[str] = []
        tkinter.Misc.bind(self, "<Configure>", lambda _event: self._flow(), add=True)

    def show(self, chips: Sequence[Chip]) -> None:
        wanted = {chip.name: chip for chip in chips}
        for name in [name for name, (chip, _widget) in self._shown.items() if wanted.get(name) != chip]:
            self._shown.pop(name)[1].destroy()
        for chip in chips:
            if chip.name not in self._shown:
                self._shown[chip.name] = (chip, _ChipWidget(self, chip, self._remove))
        self._order = [chip.name for chip in chips]
        self._flow()

    def _flow(self) -> None:
        """Left to right, then the next line."""
        gap, x, y, line = scaled(theme.UNIT), 0, 0, 0
        width = max(self.winfo_width(), 1)
        for name in self._order:
            widget = self._shown[name][1]
            widget.update_idletasks()
            wide, high = widget.winfo_reqwidth(), widget.winfo_reqheight()
            if x and x + wide > width:
                x, y, line = 0, y + line + gap, 0
            tkinter.Place.place_configure(widget, x=x, y=y)
            x, line = x + wide + gap, max(line, high)
        tkinter.Frame.configure(self, height=max(y + line, 1))


class _ChipWidget(Described, ctk.CTkFrame):
    """Backspace or Delete takes it away."""

    role = "listitem"

    def __init__(self, master: tkinter.Misc, chip: Chip, remove: Callable[[str], None] | None) -> None:
        super().__init__(
            master,
            fg_color=Palette.raised,
            corner_radius=theme.units(2),
            border_width=theme.RING,
            border_color=Palette.raised,
        )
        self.label = chip.text
        text = f"{chip.sign} {chip.text}" if chip.sign else chip.text
        Label(self, text, color=chip.color).grid(
            row=0, column=0, padx=(theme.units(1.5), theme.units(0.5 if remove else 1.5)), pady=theme.units(0.5)
        )
        if remove is not None:
            take = remove
            cross = Button(
                self,
                "✕",
                lambda: take(chip.name),
                look=Look.LINK,
                width=24,
                height=24,
                label=_("Remove {name}").format(name=chip.text),
            )
            cross.grid(row=0, column=1, padx=(0, theme.units(1)))
            make_tab_stop(self, self.show_ring, None)
            for key in ("<BackSpace>", "<Delete>"):
                tkinter.Misc.bind(self, key, lambda _event: take(chip.name))
        if chip.hint:
            tip(self, chip.hint)

    def show_ring(self, on: bool) -> None:
        self.configure(border_color=Palette.ring if on else Palette.raised)
