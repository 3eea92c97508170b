"""The pages of the account and of the server."""

import tkinter
from pathlib import Path

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.account import AccountRoom, AccountState, Server, ServerState
from client.gui.presenters.settings.questions import Questions
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.settings.parts import SettingsPage, visible
from client.gui.widgets import Button, Label, LinkButton, Look, Wrong, choose_file, choose_target


def build(name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    return (ServerPage if name == "server" else AccountPage)(parent, house, questions)


class AccountPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._account = AccountRoom(house, questions)
        card = self.card()
        self._who = card.line(_("Account"))
        self._problem = Wrong(card.body, house.clipboard.copy_details)
        card.add(self._problem, top=0)
        self._since = card.line(_("There since"))
        self._amount = card.line(_("On the server"))
        card = self.card()
        line = card.line(
            _("Export"),
            _("Everything that the server holds about you, as JSON: what it can read, no content of files."),
        )
        self._export = Button(line.side, _("Export …"), self._save)
        line.put(self._export)
        card = self.card()
        line = card.line(
            _("Delete the account"),
            _("Files, devices and tokens at the server are gone for good. A code is mailed to you first."),
        )
        self._delete = Button(line.side, _("Delete …"), self._account.delete, look=Look.DANGER)
        line.put(self._delete)
        self._account.watch(self._render)

    def shown(self) -> None:
        self._account.shown()

    def _save(self) -> None:
        types = ((_("JSON"), "*.json"),)
        target = choose_target(self, _("Save the export"), "sealcase-account.json", types, str(Path.home()))
        self._account.export(target)

    def _render(self, state: AccountState) -> None:
        self._who.show(state.email or ("" if state.problem else _("Nobody is signed in.")))
        self._problem.show(state.problem)
        self._since.show(state.since)
        self._amount.show(state.amount)
        visible(self._since, bool(state.since))
        visible(self._amount, bool(state.amount))
        self._export.show(
            text=_("Exporting …") if state.exporting else _("Export …"), enabled=state.can_act and not state.exporting
        )
        self._delete.show(enabled=state.can_act and not state.deleting)


class ServerPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._server = Server(house, questions)
        card = self.card()
        self._called = card.line(_("Server"))
        self._copy = LinkButton(self._called.side, _("Copy"), self._server.copy_address)
        self._called.put(self._copy)
        self._encryption = card.line(_("The way there"))
        self._answer = card.line(_("Right now"))
        self._check = Button(self._answer.side, _("Ask again"), self._server.check)
        self._answer.put(self._check)
        self._sick = Wrong(card.body, house.clipboard.copy_details, sign="⚠")
        card.add(self._sick, top=0)
        card = self.card(
            _("Certificates"),
            _("Only where the server’s certificate is of an authority of your own, as in a company’s network."),
        )
        self._ca = Label(card.body, "", theme.BODY, Palette.text, wrap=True)
        card.add(self._ca)
        self._error = Wrong(card.body, house.clipboard.copy_details)
        card.add(self._error, top=0)
        buttons = card.buttons()
        self._choose = Button(buttons, _("Choose a file …"), self._choose_ca)
        self._choose.grid(row=0, column=0, padx=(0, theme.units(1)))
        self._public = Button(buttons, _("Public authorities"), self._server.public_ca)
        self._public.grid(row=0, column=1)
        self._server.watch(self._render)

    def shown(self) -> None:
        self._server.shown()

    def _choose_ca(self) -> None:
        types = ((_("Certificates"), "*.pem *.crt *.cer"), (_("All files"), "*"))
        self._server.choose_ca(choose_file(self, _("Certificates of your authority"), types))

    def _render(self, state: ServerState) -> None:
        self._called.show(state.address or _("Nobody is signed in."), title=state.name or _("Server"))
        visible(self._copy, bool(state.address))
        visible(self._encryption, bool(state.encryption))
        visible(self._answer, bool(state.address))
        sign = "✓" if state.safe else "⚠"
        self._encryption.show(f"{sign} {state.encryption}", Palette.muted if state.safe else Palette.warning)
        if state.answers:
            self._answer.show(f"✓ {state.answer}", Palette.good)
        else:
            self._answer.show(state.answer)
        self._sick.show(state.sick)
        self._check.show(enabled=not state.checking)
        self._ca.show(state.ca_words)
        self._error.show(state.ca_error)
        self._choose.show(enabled=not state.ca_fixed)
        self._public.show(enabled=bool(state.ca_file) and not state.ca_fixed)
