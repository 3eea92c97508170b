"""Toasts at the lower right, three at most; made once."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.presenters.notices import Notice, Notices, NoticesState, Tone
from client.gui.text import _
from client.gui.theme import Color, Palette
from client.gui.widgets import Box, Button, Card, Label, LinkButton, Look, icon

_WIDTH = 360
_SIDES, _ACTION = 92, 60
"""Of that, what is left and right of the text, and about what a link takes."""
_SIGNS: dict[Tone, tuple[str, Color]] = {
    Tone.NEWS: ("check", Palette.accent),
    Tone.GOOD: ("check", Palette.good),
    Tone.WARNING: ("warning", Palette.warning),
    Tone.PROBLEM: ("warning", Palette.danger),
}


class NoticesView(Box):
    def __init__(self, master: tkinter.Misc, notices: Notices, copy: Callable[[str], None]) -> None:
        super().__init__(master)
        self._notices = notices
        self._copy = copy
        self._toasts: dict[int, _Toast] = {}
        notices.watch(self._render)

    def _render(self, state: NoticesState) -> None:
        wanted = {notice.number for notice in state.notices}
        for number in [number for number in self._toasts if number not in wanted]:
            self._toasts.pop(number).destroy()
        for notice in state.notices:
            if notice.number not in self._toasts:
                toast = _Toast(self, notice, self._notices, self._copy)
                gap = theme.units(1) if self._toasts else 0  # none at its outside: it would cover what is behind it
                toast.pack(side="bottom", pady=(0, gap), anchor="e")
                self._toasts[notice.number] = toast
        if state.notices:
            self.place(relx=1.0, rely=1.0, x=-theme.units(3), y=-theme.units(3), anchor="se")
            self.lift()
        else:
            self.place_forget()


class _Toast(Card):
    def __init__(self, master: tkinter.Misc, notice: Notice, notices: Notices, copy: Callable[[str], None]) -> None:
        super().__init__(master, edge=Palette.edge)
        picture, color = _SIGNS[notice.tone]
        sign = Label(self, "")
        sign.configure(image=icon(picture, 20, color))
        sign.grid(row=0, column=0, sticky="n", padx=(theme.units(2), theme.units(1)), pady=theme.units(1.75))
        text = Label(self, notice.text)
        text.configure(wraplength=_WIDTH - (_SIDES + _ACTION if notice.action else _SIDES))
        text.role = "status"
        text.grid(row=0, column=1, sticky="w", pady=theme.units(1.5))
        column = 2
        if notice.action:
            LinkButton(self, notice.action, lambda: notices.press(notice.number)).grid(
                row=0, column=column, padx=(theme.units(1), 0)
            )
            column += 1
        if notice.details:
            LinkButton(self, _("Copy details"), lambda: copy(notice.details)).grid(
                row=1, column=1, sticky="w", pady=(0, theme.units(1))
            )
        close = Button(
            self,
            "✕",
            lambda: notices.close(notice.number),
            look=Look.LINK,
            width=28,
            height=28,
            label=_("Close"),
        )
        close.grid(row=0, column=column, padx=(theme.units(0.5), theme.units(1)))
