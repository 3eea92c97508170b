"""The page of two-step sign-in."""

import tkinter
from pathlib import Path

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.questions import Questions
from client.gui.presenters.settings.second_factor import SecondFactor, TotpState
from client.gui.text import _
from client.gui.views.settings.parts import Said, SettingsPage, visible
from client.gui.widgets import Box, Button, Entry, Label, Look, Qr, Wrong, choose_target


def build(_name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    return SecondFactorPage(parent, house, questions)


class SecondFactorPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._totp = SecondFactor(house, questions)
        self._copy_details = house.clipboard.copy_details
        self._make_state()
        self._make_setup()
        self._make_codes()
        self._totp.watch(self._render)

    def shown(self) -> None:
        self._totp.shown()

    def _make_state(self) -> None:
        card = self.card()
        self._line = card.line(_("Two-step sign-in"))
        self._begin = Button(self._line.side, _("Turn on"), self._totp.begin, look=Look.PRIMARY)
        self._begin.grid(row=0, column=0)
        self._off = Button(self._line.side, _("Turn off …"), self._totp.turn_off)
        self._off.grid(row=0, column=1)
        self._problem = Wrong(card.body, self._copy_details)
        card.add(self._problem, top=0)

    def _make_setup(self) -> None:
        self._enrol = self.card(
            _("Set up your authenticator app"), _("Scan this with the app on your phone, or type the secret into it.")
        )
        self._qr = Qr(self._enrol.body, _("QR code for the app"), side=theme.units(23))
        self._enrol.add(self._qr, sticky="w")
        self._secret = Said(self._enrol.body, _("Copy"), self._totp.copy_secret)
        self._enrol.add(self._secret)
        self._code = Entry(
            self._enrol.body,
            _("Code that the app shows now"),
            placeholder="123456",
            font=theme.mono(18),
            on_change=self._totp.type_code,
            on_submit=lambda: self._totp.confirm(self._code.text),
            copy=self._copy_details,
        )
        self._enrol.add(self._code)
        buttons = self._enrol.buttons()
        self._confirm = Button(
            buttons, _("Turn on"), lambda: self._totp.confirm(self._code.text), look=Look.PRIMARY, label=_("Confirm")
        )
        self._confirm.grid(row=0, column=0, padx=(0, theme.units(1)))
        Button(buttons, _("Cancel"), self._totp.cancel).grid(row=0, column=1)

    def _make_codes(self) -> None:
        self._safe = self.card(
            _("Recovery codes"),
            _("Each replaces the app once, if you lose your phone. They are shown this one time: keep them."),
        )
        self._codes = Label(self._safe.body, "", font=theme.mono(16))
        self._safe.add(self._codes, sticky="w")
        buttons: Box = self._safe.buttons()
        Button(buttons, _("Copy"), self._totp.copy_codes, label=_("Copy the codes")).grid(row=0, column=0)
        Button(buttons, _("Save …"), self._save).grid(row=0, column=1, padx=theme.units(1))
        Button(buttons, _("I have them"), self._totp.codes_are_safe, look=Look.PRIMARY).grid(row=0, column=2)

    def _save(self) -> None:
        target = choose_target(self, _("Save the recovery codes"), "sealcase-recovery-codes.txt", (), str(Path.home()))
        self._totp.save_codes(target)

    def _render(self, state: TotpState) -> None:
        on = _("✓ On: every sign-in asks for a code of your app, beside the mailed one.")
        off = _("Off. With it, whoever can read your mail still can’t sign in as you.")
        asking = "" if state.problem else _("Asking the server …")
        self._line.show((on if state.on else off) if state.loaded else asking)
        self._problem.show(state.problem)
        visible(self._begin, not state.on and not state.uri)
        visible(self._off, state.on)
        self._begin.show(enabled=state.can_begin)
        self._off.show(enabled=state.can_turn_off)
        setting_up = bool(state.uri)
        if setting_up and not self._enrol.winfo_viewable():
            self._code.set_text("")
        visible(self._enrol, setting_up)
        self._qr.show(state.uri)
        self._secret.show(state.secret)
        self._code.show(error=state.code_error, enabled=not state.working)
        self._confirm.show(enabled=not state.working)
        self._codes.show("\n".join(state.codes))
        visible(self._safe, bool(state.codes))
