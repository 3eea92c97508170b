"""On which terms: how long, how often, what is said with it."""

import tkinter

from client.gui import theme
from client.gui.presenters.upload import Upload, UploadState
from client.gui.presenters.upload_terms import CHOICES, days_text
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Box, Card, CheckBox, Entry, Label, Segmented
from client.gui.widgets.text_area import TextArea


class TermsCard(Card):
    def __init__(self, master: tkinter.Misc, upload: Upload) -> None:
        super().__init__(master)
        self.grid_columnconfigure((0, 1), weight=1, uniform="halves")
        pad, gap = theme.units(2), theme.units(2)
        keep = Box(self)
        keep.grid(row=0, column=0, columnspan=2, sticky="ew", padx=pad, pady=(pad, 0))
        Label(keep, _("Keep it for"), theme.STRONG).grid(row=0, column=0, sticky="w", pady=(0, theme.units(0.5)))
        options = {str(days): days_text(days) for days in CHOICES}
        self._days = Segmented(keep, _("Keep it for"), options, lambda name: upload.choose_days(int(name)))
        self._days.grid(row=1, column=0, sticky="w")
        self._day = Entry(self, _("Until the end of"), on_change=upload.type_day)
        self._day.grid(row=1, column=0, sticky="new", padx=(pad, gap // 2), pady=(gap, 0))
        self._downloads = Entry(
            self, _("Downloads at most"), placeholder=_("any number"), on_change=upload.type_downloads
        )
        self._downloads.grid(row=1, column=1, sticky="new", padx=(gap // 2, pad), pady=(gap, 0))
        self._note = TextArea(self, _("Note to the recipients (sealed, too)"), lines=2, on_change=upload.type_note)
        self._note.grid(row=2, column=0, columnspan=2, sticky="ew", padx=pad, pady=(gap, 0))
        self._note_error = Label(self, "", theme.SMALL, Palette.danger, wrap=True)
        self._compress = CheckBox(self, _("Compress what gets smaller by it"), upload.choose_compression)
        self._compress.grid(row=4, column=0, columnspan=2, sticky="w", padx=pad, pady=(gap // 2, 0))
        self._notice = CheckBox(self, _("Mail me when somebody first fetches it"), upload.choose_notice)
        self._notice.grid(row=5, column=0, columnspan=2, sticky="w", padx=pad)
        text = _("For a link: nobody need be named, and Link … makes it once this has arrived")
        self._for_link = CheckBox(self, text, upload.choose_link)
        self._for_link.grid(row=6, column=0, columnspan=2, sticky="w", padx=pad, pady=(0, pad))

    def render(self, state: UploadState) -> None:
        self._days.show(str(state.days))
        if self._day.text != state.day:
            self._day.set_text(state.day)
        self._day.show(error=state.day_error)
        if self._downloads.text != state.downloads:
            self._downloads.set_text(state.downloads)
        self._downloads.show(error=state.downloads_error)
        self._note.show_text(state.note)
        self._note_error.show(state.note_error)
        if state.note_error:
            self._note_error.grid(row=3, column=0, columnspan=2, sticky="ew", padx=theme.units(2))
        else:
            self._note_error.grid_remove()
        self._compress.show(on=state.compress)
        self._notice.show(on=state.notify)
        self._for_link.show(on=state.for_link)
