"""The page of drop boxes: an address that was asked for, those there are, and a new one."""

import tkinter

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.box_form import DAYS, BoxForm, days_text
from client.gui.presenters.settings.boxes import Boxes, BoxesState
from client.gui.presenters.settings.questions import Questions
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.settings.parts import Said, SettingsPage, fit_rows, visible
from client.gui.widgets import Box, Button, CheckBox, Column, Entry, Label, Look, Qr, Row, Select, Table, Wrong
from client.gui.widgets.text_area import TextArea

_ROWS = 5


def build(_name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    return BoxesPage(parent, house, questions)


class BoxesPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._boxes = Boxes(house, questions)
        self._make_address()
        self._make_list()
        self._make_form()
        self._make_form_below()
        self._boxes.watch(self._render)

    def shown(self) -> None:
        self._boxes.shown()

    def left(self) -> None:
        self._boxes.hide()

    def _make_address(self) -> None:
        card = self._address = self.card()
        self._title = Label(card.body, "", theme.LEAD, wrap=True)
        card.add(self._title, top=0)
        hint = _("Whoever has it can leave files for you; nobody can open or fetch what others have left.")
        card.add(Label(card.body, hint, theme.SMALL, Palette.muted, wrap=True), top=0.5)
        self._url = Said(card.body, _("Copy"), self._boxes.copy)
        card.add(self._url)
        self._qr = Qr(card.body, _("QR code of the address"), side=theme.units(23))
        card.add(self._qr, sticky="w")
        self._said = Label(card.body, "", theme.BODY, Palette.muted, wrap=True)
        self._said.role = "status"
        card.add(self._said)
        Button(card.buttons(), _("Done"), self._boxes.hide, look=Look.PRIMARY).grid(row=0, column=0)

    def _make_list(self) -> None:
        card = self.card(
            _("Your drop boxes"),
            _("People without an account leave files in them, which only you can open. You find them in Download."),
        )
        self._nothing = Label(card.body, _("None yet."), theme.BODY, Palette.muted)
        card.add(self._nothing)
        self._table = Table(
            card.body,
            _("Drop boxes"),
            (
                Column("name", _("Name"), 150, grows=True, sorts=False),
                Column("state", _("State"), 180, sorts=False),
                Column("held", _("So far"), 190, sorts=False, rank=1),
                Column("password", _("Password"), 90, sorts=False, rank=2),
            ),
            chosen=lambda keys: self._boxes.choose(keys[0] if keys else ""),
            opened=lambda _key: self._boxes.show(),
            deleted=self._boxes.close,
            several=False,
        )
        card.add(self._table)
        buttons = card.buttons()
        self._show_button = Button(buttons, _("Show the address"), self._boxes.show)
        self._show_button.grid(row=0, column=0, padx=(0, theme.units(1)))
        self._extend_button = Button(buttons, _("Extend …"), self._boxes.extend)
        self._extend_button.grid(row=0, column=1, padx=(0, theme.units(1)))
        self._close_button = Button(buttons, _("Close …"), self._boxes.close)
        self._close_button.grid(row=0, column=2)
        self._buttons = buttons
        self._problem = Wrong(card.body, self._boxes.house.clipboard.copy_details)
        card.add(self._problem, top=0)

    def _make_form(self) -> None:
        card = self._new = self.card(_("Make a drop box"))
        boxes = self._boxes
        self._name = Entry(
            card.body,
            _("Name"),
            hint=_("For yourself; nobody else is told."),
            placeholder=_("Taxes"),
            on_change=boxes.type_name,
            on_submit=boxes.make,
        )
        card.add(self._name)
        self._note = TextArea(
            card.body, _("Note to visitors (the server reads it, too)"), lines=2, on_change=boxes.type_note
        )
        card.add(self._note)
        self._note_error = Label(card.body, "", theme.SMALL, Palette.danger, wrap=True)
        card.add(self._note_error, top=0.5)
        days = {str(each): days_text(each) for each in DAYS}
        line = card.line(_("It is open for"))
        self._days = Select(line.side, _("It is open for"), days, lambda text: boxes.open_for(int(text)))
        line.put(self._days)
        line = card.line(_("Each file is kept for"))
        self._keep = Select(line.side, _("Each file is kept for"), days, lambda text: boxes.keep_for(int(text)))
        line.put(self._keep)

    def _make_form_below(self) -> None:
        card, boxes = self._new, self._boxes
        most = Box(card.body)
        most.grid_columnconfigure((0, 1), weight=1, uniform="halves")
        any_number, half = _("any number"), theme.units(1)
        self._files = Entry(
            most, _("Files at most"), placeholder=any_number, on_change=boxes.type_files, on_submit=boxes.make
        )
        self._files.grid(row=0, column=0, sticky="new", padx=(0, half))
        self._size = Entry(
            most, _("Size of all at most"), placeholder=_("any size"), on_change=boxes.type_size, on_submit=boxes.make
        )
        self._size.grid(row=0, column=1, sticky="new", padx=(half, 0))
        card.add(most)
        self._password = Entry(
            card.body,
            _("Password of the drop box"),
            hint=_("Empty for none. It is kept nowhere: tell it by another way."),
            secret=True,
            on_change=boxes.type_password,
            on_submit=boxes.make,
        )
        card.add(self._password)
        self._notify = CheckBox(card.body, _("Mail me when files were left"), boxes.choose_notice)
        card.add(self._notify, sticky="w")
        self._error = Wrong(card.body, boxes.house.clipboard.copy_details)
        card.add(self._error, top=0)
        self._make_button = Button(card.buttons(), _("Make the drop box"), boxes.make, look=Look.PRIMARY)
        self._make_button.grid(row=0, column=0)

    def _render(self, state: BoxesState) -> None:
        self._render_address(state)
        self._table.show(
            [
                Row(each.box_id, (each.name, each.state, each.held, each.password), "muted" if each.is_over else "")
                for each in state.rows
            ]
        )
        fit_rows(self._table, len(state.rows), _ROWS)
        for part in (self._table, self._buttons):
            visible(part, bool(state.rows))
        visible(self._nothing, state.loaded and not state.rows)
        self._show_button.show(enabled=state.can_show)
        self._extend_button.show(enabled=state.can_extend)
        self._close_button.show(enabled=state.can_close)
        self._problem.show(state.problem)
        self._render_form(state.form)

    def _render_address(self, state: BoxesState) -> None:
        address, was_hidden = state.address, not self._address.winfo_viewable()
        visible(self._address, address is not None)
        self._url.show("" if address is None else address.url)
        self._qr.show("" if address is None else address.url)
        if address is not None:
            self._title.show(address.title)
            self._said.show(address.said)
            if was_hidden:
                self.to_top()

    def _render_form(self, form: BoxForm) -> None:
        self._name.show(error=form.name_error, enabled=not form.working)
        self._files.show(error=form.files_error, enabled=not form.working)
        self._size.show(error=form.size_error, enabled=not form.working)
        self._password.show(enabled=not form.working)
        self._note.show_text(form.note)
        self._note_error.show(form.note_error)
        visible(self._note_error, bool(form.note_error))
        for entry, text in ((self._name, form.name), (self._files, form.files), (self._size, form.size)):
            if entry.text != text:
                entry.set_text(text)
        if self._password.text and not form.has_password:
            self._password.set_text("")
        self._days.show_chosen(str(form.days))
        self._keep.show_chosen(str(form.keep_days))
        self._notify.show(on=form.notify, enabled=not form.working)
        self._error.show(form.error)
        self._make_button.show(text=_("Making it …") if form.working else _("Make the drop box"), enabled=form.can_make)
