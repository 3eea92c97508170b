"""The page of devices."""

import tkinter

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.devices import Devices, DevicesState
from client.gui.presenters.settings.questions import Questions
from client.gui.text import _
from client.gui.views.settings.parts import SettingsPage, fit_rows, visible
from client.gui.widgets import Button, Column, Label, LinkButton, Look, Row, Table, Wrong, choose_file

_ROWS = 6
_WAITING_ROWS = 3
_PICTURES = "*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff"


def build(_name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    return DevicesPage(parent, house, questions)


class DevicesPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._devices = Devices(house, questions)
        self._make_list()
        self._make_add()
        self._devices.watch(self._render)

    def shown(self) -> None:
        self._devices.shown()

    def left(self) -> None:
        self._devices.left()

    def _make_list(self) -> None:
        card = self.card(_("Where you are signed in"))
        self._table = Table(
            card.body,
            _("Devices"),
            (
                Column("name", _("Device"), 140, grows=True, sorts=False),
                Column("used", _("Used"), 270, grows=True, sorts=False),
                Column("where", _("With what, and from where"), 200, sorts=False, rank=1),
            ),
            chosen=lambda _keys: self._render(self._devices.state),
            opened=self._devices.rename,
            deleted=self._end,
            several=False,
        )
        card.add(self._table)
        self._problem = Wrong(card.body, self._devices.house.clipboard.copy_details)
        card.add(self._problem, top=0)
        buttons = card.buttons()
        self._rename = Button(buttons, _("Rename …"), self._rename_chosen)
        self._sign_out = Button(buttons, _("Sign out …"), self._end)
        self._all = Button(buttons, _("Sign out everywhere …"), self._devices.end_all)
        for column, button in enumerate((self._rename, self._sign_out, self._all)):
            button.grid(row=0, column=column, padx=(0, theme.units(1)))

    def _make_add(self) -> None:
        card = self.card(
            _("Add a device"),
            _("A new machine gets your keys and contacts from this one. The server sees nothing of it."),
        )
        self._waiting = Table(
            card.body,
            _("Machines that wait for your keys"),
            (
                Column("name", _("New machine"), 200, grows=True, sorts=False),
                Column("code", _("Its code"), 130, sorts=False),
                Column("since", _("Since"), 150, sorts=False, rank=1),
            ),
            chosen=lambda _keys: self._render(self._devices.state),
            opened=self._devices.approve,
            several=False,
        )
        card.add(self._waiting)
        self._progress = Label(card.body, "", wrap=True)
        self._progress.role = "status"
        card.add(self._progress)
        buttons = card.buttons()
        self._approve = Button(buttons, _("Approve …"), self._approve_chosen, look=Look.PRIMARY)
        self._put = Button(buttons, _("Type its code …"), self._devices.add)
        self._scan = LinkButton(buttons, _("Read a photograph of its QR code …"), self._choose)
        self._stop = Button(buttons, _("Stop"), self._devices.stop_giving)
        self._here = Button(buttons, _("Bring my keys to this machine"), self._devices.get_keys_here)
        for column, button in enumerate((self._approve, self._put, self._scan, self._stop, self._here)):
            button.grid(row=0, column=column, padx=(0, theme.units(1)))

    def _chosen(self, table: Table) -> str:
        return table.selection[0] if table.selection else ""

    def _rename_chosen(self) -> None:
        self._devices.rename(self._chosen(self._table))

    def _end(self) -> None:
        self._devices.end(self._chosen(self._table))

    def _approve_chosen(self) -> None:
        waiting = self._devices.state.waiting
        only = waiting[0].pairing_id if len(waiting) == 1 else ""
        self._devices.approve(self._chosen(self._waiting) or only)

    def _choose(self) -> None:
        picture = choose_file(self, _("A photograph of the new machine’s QR code"), ((_("Pictures"), _PICTURES),))
        self._devices.add_by_picture(picture)

    def _render(self, state: DevicesState) -> None:
        self._table.show(
            [
                Row(
                    each.session_id,
                    (
                        _("{name} (this one)").format(name=each.name) if each.current else each.name,
                        each.used,
                        each.where,
                    ),
                )
                for each in state.devices
            ]
        )
        chosen = next((each for each in state.devices if each.session_id == self._chosen(self._table)), None)
        fit_rows(self._table, len(state.devices), _ROWS)
        fit_rows(self._waiting, len(state.waiting), _WAITING_ROWS)
        self._problem.show(state.problem)
        self._rename.show(enabled=chosen is not None)
        self._sign_out.show(enabled=chosen is not None and not chosen.current)
        self._all.show(enabled=state.can_end_all)
        self._waiting.show([Row(each.pairing_id, (each.name, each.code, each.since)) for each in state.waiting])
        visible(self._waiting, bool(state.waiting))
        free = state.can_approve and not state.giving
        one = len(state.waiting) == 1 or bool(self._chosen(self._waiting))
        visible(self._approve, bool(state.waiting) and state.can_approve)
        self._approve.show(enabled=free and one)
        for button in (self._put, self._scan):
            button.show(enabled=free)
            visible(button, state.can_approve)
        visible(self._stop, state.giving)
        visible(self._here, bool(state.devices) and not state.can_approve)
        self._progress.show(state.progress)
        visible(self._progress, bool(state.progress))
