"""The dialog that opens a link which somebody sent: what is in it, then where it was saved."""

import tkinter

from client.gui import theme
from client.gui.presenters.link_opener import LinkOpener, OpenerState
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Button, Dialog, Entry, Label, Look, Progress, Wrong
from client.gui.widgets.table import TONES


class LinkOpenerDialog:
    """Made when it is first needed."""

    def __init__(self, owner: tkinter.Misc, link: LinkOpener) -> None:
        self._owner = owner
        self._link = link
        self._dialog: Dialog | None = None
        link.watch(self._render)

    def _render(self, state: OpenerState) -> None:
        if not state.is_open:
            if self._dialog is not None:
                self._dialog.hide()
                if self._password.text:
                    self._password.set_text("")
            return
        if self._dialog is None:
            self._make()
        assert self._dialog is not None  # noqa: S101  (made just now)
        _place(self._password, state.needs_password)
        self._password.show(enabled=not state.working)
        asking = state.working and not state.receiving
        self._lines.show(_("Asking its server …") if asking else "\n".join(state.lines))
        self._facts.show(state.facts)
        self._signed.show(state.signed, TONES.get(state.signed_tone, Palette.text))
        self._into.show(state.into if state.can_receive or state.receiving else state.done)
        self._error.show(state.error)
        _place(self._progress, state.receiving)
        self._progress.show(state.share)
        self._close.show(text=_("Close") if state.done or not state.receiving else _("Cancel"))
        _place(self._look, state.needs_password)
        self._look.show(enabled=state.can_look)
        _place(self._receive, state.can_receive or state.receiving)
        self._receive.show(
            text=_("Receiving …") if state.receiving else _("Receive"), enabled=state.can_receive and not state.working
        )
        _place(self._folder, state.can_open)
        if self._dialog.is_open:
            self._dialog.fit()
        else:
            self._dialog.open(self._password if state.needs_password else self._close)

    def _make(self) -> None:
        dialog = Dialog(self._owner, _("A link"), self._link.close, width=520)
        self._dialog = dialog
        body = dialog.body
        self._password = Entry(
            body,
            _("Password of the link"),
            hint=_("Whoever sent the link knows it."),
            secret=True,
            on_change=self._link.type_password,
            on_submit=self._link.look,
        )
        self._password.grid(row=0, column=0, sticky="ew", pady=(0, theme.units(1)))
        self._lines = Label(body, "", theme.STRONG, wrap=True)
        self._lines.role = "status"
        self._lines.grid(row=1, column=0, sticky="ew")
        self._facts = Label(body, "", theme.BODY, Palette.muted, wrap=True)
        self._facts.grid(row=2, column=0, sticky="ew", pady=(theme.units(0.5), 0))
        self._signed = Label(body, "", wrap=True)
        self._signed.grid(row=3, column=0, sticky="ew", pady=(theme.units(0.5), 0))
        self._progress = Progress(body, _("Received"))
        self._progress.grid(row=4, column=0, sticky="ew", pady=(theme.units(1), 0))
        self._into = Label(body, "", theme.BODY, Palette.muted, wrap=True)
        self._into.role = "status"
        self._into.grid(row=5, column=0, sticky="ew", pady=(theme.units(1), 0))
        self._error = Wrong(body, self._link.copy_details)
        self._error.grid(row=6, column=0, sticky="ew")
        gap = (0, theme.units(1))
        self._close = Button(dialog.buttons, _("Close"), self._link.close)
        self._close.grid(row=0, column=0, padx=gap)
        self._folder = Button(dialog.buttons, _("Open folder"), self._link.open_folder)
        self._folder.grid(row=0, column=1)
        self._look = Button(dialog.buttons, _("Look it up"), self._link.look, look=Look.PRIMARY)
        self._look.grid(row=0, column=2)
        self._receive = Button(dialog.buttons, _("Receive"), self._link.receive, look=Look.PRIMARY)
        self._receive.grid(row=0, column=3)


def _place(widget: tkinter.Grid, on: bool) -> None:
    if on:
        widget.grid()
    else:
        widget.grid_remove()
