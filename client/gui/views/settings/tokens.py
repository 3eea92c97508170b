"""The page of access tokens."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.questions import Questions
from client.gui.presenters.settings.tokens import Tokens, TokensState, expiries, scopes
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.settings.parts import Said, SettingsPage, fit_rows, visible
from client.gui.widgets import Button, CheckBox, Column, Entry, Label, Look, Row, Select, Table, Wrong

_ROWS = 5


def build(_name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    return TokensPage(parent, house, questions)


class TokensPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._tokens = Tokens(house, questions)
        self._copy_details = house.clipboard.copy_details
        self._make_shown()
        self._make_list()
        self._make_form()
        self._tokens.watch(self._render)

    def shown(self) -> None:
        self._tokens.shown()

    def _make_shown(self) -> None:
        self._new = self.card(_("Your new token"), _("It is shown this one time. Keep it like a password."))
        self._token = Said(self._new.body, _("Copy"), self._tokens.copy_token)
        self._new.add(self._token)
        buttons = self._new.buttons()
        Button(buttons, _("I have it"), self._tokens.token_is_safe, look=Look.PRIMARY).grid(row=0, column=0)

    def _make_list(self) -> None:
        card = self.card(
            _("Your tokens"), _("Scripts use them in place of a sign-in. They open no file: keys do that.")
        )
        self._nothing = Label(card.body, _("None yet."), theme.BODY, Palette.muted)
        card.add(self._nothing)
        self._table = Table(
            card.body,
            _("Tokens"),
            (
                Column("name", _("Name"), 150, grows=True, sorts=False),
                Column("rights", _("Rights"), 160, sorts=False, rank=2),
                Column("until", _("Good"), 150, sorts=False),
                Column("used", _("Used"), 150, sorts=False, rank=1),
            ),
            chosen=lambda keys: self._revoke.show(enabled=bool(keys)),
            deleted=self._revoke_chosen,
            several=False,
        )
        card.add(self._table)
        buttons = card.buttons()
        self._revoke = Button(buttons, _("Revoke …"), self._revoke_chosen)
        self._revoke.grid(row=0, column=0)
        self._revoke.show(enabled=False)
        self._problem = Wrong(card.body, self._copy_details)
        card.add(self._problem, top=0)

    def _make_form(self) -> None:
        card = self.card(_("Make a token"))
        self._called = Entry(
            card.body,
            _("Name"),
            placeholder=_("nightly backup"),
            on_change=self._tokens.name,
            on_submit=self._tokens.create,
            copy=self._copy_details,
        )
        card.add(self._called)
        self._scopes: dict[str, CheckBox] = {}
        for name, (title, text) in scopes().items():
            line = card.line(title, text)
            box = CheckBox(line.side, _("Allow"), self._allower(name))
            box.label = title
            line.put(box)
            self._scopes[name] = box
        line = card.line(_("Good for"))
        self._days = Select(line.side, _("Good for"), expiries(), lambda text: self._tokens.expire(int(text)))
        line.put(self._days)
        buttons = card.buttons()
        self._create = Button(buttons, _("Make the token"), self._tokens.create, look=Look.PRIMARY)
        self._create.grid(row=0, column=0)

    def _allower(self, name: str) -> Callable[[bool], None]:
        return lambda on: self._tokens.allow(name, on)

    def _revoke_chosen(self) -> None:
        if self._table.selection:
            self._tokens.revoke(self._table.selection[0])

    def _render(self, state: TokensState) -> None:
        was_hidden = not self._new.winfo_viewable()
        visible(self._new, bool(state.token))
        self._token.show(state.token)
        if state.token and was_hidden:
            self.to_top()
        self._table.show([Row(each.token_id, (each.name, each.rights, each.until, each.used)) for each in state.rows])
        fit_rows(self._table, len(state.rows), _ROWS)
        visible(self._table, bool(state.rows))
        visible(self._revoke, bool(state.rows))
        visible(self._nothing, state.loaded and not state.rows)
        self._problem.show(state.problem)
        self._called.show(error=state.error, enabled=not state.working)
        if not state.name:
            self._called.set_text("")  # only now: what is disabled can't be emptied
        for name, box in self._scopes.items():
            box.show(on=name in state.scopes)
        self._days.choose_from(expiries(state.days))
        self._days.show_chosen(str(state.days))
        self._create.show(enabled=state.can_create)
