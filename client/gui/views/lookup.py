"""The card where an id is pasted: what it stands for is shown before anything is received."""

import tkinter

from client.gui import theme
from client.gui.presenters.download import Download, DownloadState
from client.gui.text import _, ngettext
from client.gui.theme import Palette
from client.gui.widgets import Box, Button, Card, Entry, Label, LinkButton, Look
from client.gui.widgets.table import TONES

_MOST_FOUND = 3


class LookupCard(Card):
    """Shows the first few of what was found, and how many more there are."""

    def __init__(self, master: tkinter.Misc, download: Download) -> None:
        super().__init__(master)
        self._download = download
        self.grid_columnconfigure(0, weight=1)
        pad = theme.units(1.5)
        self._id = Entry(
            self,
            _("Id or link"),
            placeholder=_("Paste a link or an id"),
            on_change=self._download.type_id,
            on_submit=self._download.look,
            show_label=False,
            copy=self._download.copy_details,
        )
        self._id.grid(row=0, column=0, sticky="new", padx=(pad, theme.units(1)), pady=pad)
        self._go = Button(self, _("Look it up"), self._download.look, height=theme.CONTROL_HEIGHT + 4)
        self._go.grid(row=0, column=1, sticky="n", padx=(0, pad), pady=pad)
        self._found = Box(self)
        self._found.grid_columnconfigure(0, weight=1)
        self._found_lines: list[tuple[Label, Label]] = []
        for at in range(_MOST_FOUND):
            name = Label(self._found, "", theme.STRONG, wrap=True)
            name.grid(row=2 * at, column=0, sticky="ew")
            signed = Label(self._found, "", theme.BODY, wrap=True)
            signed.grid(row=2 * at + 1, column=0, sticky="ew", pady=(0, theme.units(0.5)))
            self._found_lines.append((name, signed))
        self._found_more = Label(self._found, "", theme.SMALL, Palette.muted)
        self._found_more.grid(row=2 * _MOST_FOUND, column=0, sticky="w")
        self._receive_found = Button(
            self._found,
            _("Receive"),
            self._download.receive_found,
            look=Look.PRIMARY,
            label=_("Receive what was found"),
        )
        self._receive_found.grid(row=0, column=1, rowspan=2, padx=(theme.units(2), 0))
        close = LinkButton(self._found, _("Close"), self._forget_found)
        close.grid(row=0, column=2, rowspan=2, padx=(theme.units(0.5), 0))

    def focus_set(self) -> None:
        self._id.focus_set()

    def look_up(self, text: str) -> None:
        """As if it had been typed."""
        self._id.set_text(text)
        self._download.type_id(text)
        self._download.look()

    def render(self, state: DownloadState) -> None:
        """Draws only what changed."""
        if not state.id_text and self._id.text:
            self._id.set_text("")
        self._id.show(error=state.id_error, enabled=not state.looking)
        self._go.show(text=_("Looking …") if state.looking else _("Look it up"), enabled=state.can_look)
        if not state.found:
            self._found.grid_remove()
            return
        for at, (name, signed) in enumerate(self._found_lines):
            if at < len(state.found):
                found = state.found[at]
                name.show(f"{found.name}  ·  {found.facts}")
                text = f"{found.signed}\n{found.note}" if found.note else found.signed
                signed.show(text, TONES.get(found.signed_tone, Palette.text))
                name.grid()
                signed.grid()
            else:
                name.grid_remove()
                signed.grid_remove()
        more = len(state.found) - _MOST_FOUND
        self._found_more.show(ngettext("and {count} more", "and {count} more", more) if more > 0 else "")
        self._receive_found.show(enabled=state.can_receive_found)
        pad = theme.units(1.5)
        self._found.grid(row=1, column=0, columnspan=2, sticky="ew", padx=pad, pady=(0, pad))

    def _forget_found(self) -> None:
        self._id.set_text("")
        self._download.forget_found()
