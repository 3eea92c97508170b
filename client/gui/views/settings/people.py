"""The page of contacts and groups."""

import tkinter

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.people import People, PeopleState
from client.gui.presenters.settings.questions import Questions
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.settings.parts import Said, SettingsPage, fit_rows, visible
from client.gui.views.settings.verify import VerifyDialog
from client.gui.widgets import Box, Button, Column, Label, Look, Row, Table

_ROWS = 7
_GROUP_ROWS = 4


def build(_name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    return PeoplePage(parent, house, questions)


class PeoplePage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._people = People(house, questions)
        VerifyDialog(self, self._people.verify)
        self._pairs: dict[str, tuple[str, str]] = {}
        self._make_people()
        self._make_groups()
        self._people.watch(self._render)

    def shown(self) -> None:
        self._people.shown()

    def turn_to(self, about: str) -> None:
        self._people.show_contact(about)

    def _make_people(self) -> None:
        card = self.card(
            _("People"),
            _("Whose keys this machine knows. Verify those who matter: you compare 60 digits."),
        )
        self._nobody = Label(
            card.body,
            _("Nobody yet. Whom you send a file to, or get one from, becomes a contact."),
            theme.BODY,
            Palette.muted,
            wrap=True,
        )
        card.add(self._nobody)
        self._table = Table(
            card.body,
            _("People"),
            (
                Column("email", _("Person"), 210, grows=True, sorts=False),
                Column("trust", _("Key"), 165, sorts=False),
                Column("since", _("Known since"), 110, sorts=False, rank=1),
            ),
            chosen=lambda keys: self._people.choose(keys[0] if keys else ""),
            opened=lambda _key: self._people.verify_chosen(),
            deleted=self._people.forget_chosen,
            several=False,
        )
        card.add(self._table)
        self._sentence = Label(card.body, "", wrap=True)
        card.add(self._sentence)
        self._fingerprint = Said(card.body, _("Copy"), self._people.copy_fingerprint)
        card.add(self._fingerprint, top=0.5)
        buttons = card.buttons()
        self._verify = Button(buttons, _("Verify …"), self._people.verify_chosen, look=Look.PRIMARY)
        self._accept = Button(buttons, _("Accept the new key …"), self._people.accept_chosen)
        self._forget = Button(buttons, _("Forget …"), self._people.forget_chosen)
        self._verify.grid(row=0, column=0, padx=(0, theme.units(1)))
        self._accept.grid(row=0, column=1, padx=(0, theme.units(1)))
        self._forget.grid(row=0, column=2, padx=(0, theme.units(1)))
        self._other = Button(buttons, _("Verify somebody else …"), self._people.verify_somebody)
        self._other.grid(row=0, column=3)

    def _make_groups(self) -> None:
        card = self.card(_("Groups"), _("A group stands for several people when you send. Only this machine knows it."))
        self._groups = Table(
            card.body,
            _("Groups"),
            (
                Column("group", _("Group"), 160, sorts=False),
                Column("member", _("Member"), 260, grows=True, sorts=False),
            ),
            chosen=lambda keys: self._remove.show(enabled=bool(keys)),
            deleted=self._take_out,
            several=False,
        )
        card.add(self._groups)
        buttons: Box = card.buttons()
        self._put = Button(buttons, _("Add …"), self._put_in)
        self._put.grid(row=0, column=0, padx=(0, theme.units(1)))
        self._remove = Button(buttons, _("Take out"), self._take_out)
        self._remove.grid(row=0, column=1)
        self._remove.show(enabled=False)

    def _put_in(self) -> None:
        chosen = self._groups.selection
        self._people.add_to_group(self._pairs[chosen[0]][0] if chosen else "")

    def _take_out(self) -> None:
        for key in self._groups.selection:
            self._people.remove_from_group(*self._pairs[key])

    def _render(self, state: PeopleState) -> None:
        self._table.show(
            [Row(each.email, (each.email, each.trust, each.known_since), each.tone) for each in state.people]
        )
        fit_rows(self._table, len(state.people), _ROWS)
        visible(self._table, bool(state.people))
        visible(self._nobody, state.loaded and not state.people)
        chosen = next((each for each in state.people if each.email == state.chosen), None)
        if self._table.selection != (wanted := (state.chosen,) if chosen else ()):
            self._table.select(wanted)
            self._table.reveal(wanted)
        self._sentence.show(chosen.sentence if chosen else "")
        self._fingerprint.show(chosen.fingerprint if chosen else "")
        for widget in (self._sentence, self._fingerprint, self._verify, self._forget):
            visible(widget, chosen is not None)
        visible(self._accept, state.can_accept)
        self._verify.show(enabled=state.can_verify)
        self._forget.show(enabled=state.can_forget)
        self._pairs = {
            f"{group.name}\n{member}": (group.name, member) for group in state.groups for member in group.members
        }
        self._groups.show([Row(key, pair) for key, pair in self._pairs.items()])
        fit_rows(self._groups, len(self._pairs), _GROUP_ROWS)
        visible(self._groups, bool(state.groups))
        visible(self._remove, bool(state.groups))
