"""The Account tab: the guided pages of the first run, and who is signed in."""

import tkinter
from typing import TYPE_CHECKING, Protocol

from client.gui import theme
from client.gui.presenters.account import Account, AccountState
from client.gui.presenters.account import Page as Where
from client.gui.presenters.house import House
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.base import View
from client.gui.widgets import Box, Button, Card, Dialog, Flow, Label, LinkButton, Look, Page, icon

if TYPE_CHECKING:
    from client.gui.views.kit import KitView

_INSET = theme.units(4)


def build(parent: tkinter.Misc, house: House) -> View:
    return AccountView(parent, house, Account(house))


class _Part(Protocol):
    """One of the pages."""

    def grid(self, **options: object) -> None: ...
    def grid_remove(self) -> None: ...
    def focus_set(self) -> None: ...


class AccountView(View):
    """Pages are made when they are first seen."""

    def __init__(self, master: tkinter.Misc, house: House, presenter: Account) -> None:
        super().__init__(master)
        self._house = house
        self._presenter = presenter
        self._page = Page(self)
        self._page.pack(fill="both", expand=True)
        self._parts: dict[Where, _Part] = {}
        self._shown: Where | None = None
        self._kit: KitView | None = None
        tkinter.Misc.bind(self, "<Destroy>", self._gone, add=True)
        presenter.watch(self._render)

    def shown(self) -> None:
        self._presenter.shown()
        self.after_idle(self._focus)

    def _render(self, state: AccountState) -> None:
        if state.page is not self._shown:
            if self._shown is not None:
                self._parts[self._shown].grid_remove()
            self._shown = state.page
            part = self._part(state.page)
            part.grid(row=0, column=0, sticky="ew", padx=_INSET)
            self._page.to_top()
            self.after_idle(self._focus)
        if self._kit is not None:
            self._kit.show_steps(state.newcomer)

    def _focus(self) -> None:
        if self._shown is not None and self.winfo_exists() and self.winfo_manager():  # else another tab is open
            self._parts[self._shown].focus_set()

    def _part(self, page: Where) -> _Part:
        if page not in self._parts:
            self._parts[page] = self._made(page)
        return self._parts[page]

    def _made(self, page: Where) -> _Part:
        body, house, presenter = self._page.body, self._house, self._presenter
        match page:
            case Where.SIGN_IN:
                from client.gui.views.sign_in import SignInView

                return SignInView(body, house, presenter.sign_in)
            case Where.KEYS_BACK:
                from client.gui.views.keys_back import KeysBackView

                return KeysBackView(body, house, presenter)
            case Where.KIT:
                from client.gui.views.kit import KitView

                self._kit = KitView(body, house, presenter.kit)
                return self._kit
            case Where.FIRST_FILE:
                from client.gui.views.first_file import FirstFileView

                return FirstFileView(body, house, presenter.first_file)
            case Where.HOME:
                return HomeView(body, house, presenter)

    def _gone(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        if event.widget is self:
            self._presenter.close()


class HomeView(Box):
    """Who is signed in, where, with which keys."""

    def __init__(self, master: tkinter.Misc, house: House, presenter: Account) -> None:
        super().__init__(master)
        self._house = house
        self._presenter = presenter
        self._asking: Dialog | None = None
        self.grid_columnconfigure(0, weight=1)
        Label(self, _("Account"), theme.DISPLAY).grid(
            row=0, column=0, sticky="w", pady=(theme.units(4), theme.units(3))
        )
        who = self._card(2, "account", _("Signed in"))
        self._email = Label(who, "", theme.LEAD)
        self._email.grid(row=1, column=1, sticky="w")
        self._server = Label(who, "", theme.BODY, Palette.muted)
        self._server.grid(row=2, column=1, sticky="w", pady=(theme.units(0.5), 0))
        self._usage = Label(who, "", theme.BODY, Palette.muted)
        self._usage.grid(row=3, column=1, sticky="w", pady=(theme.units(0.5), theme.units(2)))
        outs = Flow(who)
        outs.grid(row=4, column=1, sticky="ew", padx=(0, theme.units(3)), pady=(0, theme.units(2.5)))
        self._out = Button(outs, _("Sign out"), presenter.sign_out)
        self._out.grid(row=0, column=0, padx=(0, theme.units(1)))
        self._everywhere = LinkButton(outs, _("Sign out everywhere …"), self._ask)
        self._everywhere.grid(row=0, column=1)
        self._warning: Card | None = None
        self._cards: tuple[Card, ...] = ()
        """Of the keys, which are looked for first."""
        presenter.watch(self._render)

    def _render(self, state: AccountState) -> None:
        self._email.show(state.email)
        self._server.show(_("at {server}").format(server=state.server))
        self._usage.show(_("On the server: {usage}").format(usage=state.usage) if state.usage else "")
        self._out.show(enabled=not state.busy)
        self._everywhere.show(enabled=not state.busy)
        self._warn(state.warning)
        if state.fingerprint and not self._cards:
            self._cards = self._key_cards()
        if self._cards:
            self._fingerprint.show(state.fingerprint)
            self._kit.show(state.kit)
            self._make.show(text=_("Make a new one") if state.kit_ready else _("Make a recovery kit"))
        for card in self._cards:
            if state.fingerprint:
                card.grid()
            else:
                card.grid_remove()

    def _warn(self, text: str) -> None:
        if text and self._warning is None:
            self._warning = self._warning_card()
        if self._warning is None:
            return
        self._warning_text.show(text)
        if text:
            self._warning.grid(row=1, column=0, sticky="ew", pady=(0, theme.units(2)))
        else:
            self._warning.grid_remove()

    def _warning_card(self) -> Card:
        card = Card(self, Palette.warning_soft, Palette.warning_soft)
        card.grid_columnconfigure(0, weight=1)
        self._warning_text = Label(card, "", wrap=True)
        self._warning_text.role = "alert"
        self._warning_text.grid(row=0, column=0, sticky="ew", padx=theme.units(2.5), pady=(theme.units(2), 0))
        LinkButton(card, _("Bring them here"), lambda: self._presenter.bring_keys()).grid(
            row=1, column=0, sticky="w", padx=theme.units(1.5), pady=theme.units(1)
        )
        return card

    def _key_cards(self) -> tuple[Card, Card]:
        keys = self._card(3, "key", _("Your keys"))
        self._fingerprint = Label(keys, "", font=theme.mono(13), wrap=True)
        self._fingerprint.grid(row=1, column=1, sticky="ew", padx=(0, theme.units(3)))
        Label(keys, _("By this fingerprint others know that it is you."), theme.BODY, Palette.muted, wrap=True).grid(
            row=2, column=1, sticky="ew", padx=(0, theme.units(3)), pady=(theme.units(0.5), theme.units(1.5))
        )
        self._copy = Button(keys, _("Copy the fingerprint"), self._presenter.copy_fingerprint)
        self._copy.grid(row=3, column=1, sticky="w", pady=(0, theme.units(2.5)))
        kit = self._card(4, "paper", _("Recovery kit"))
        self._kit = Label(kit, "", theme.BODY, Palette.muted, wrap=True)
        self._kit.grid(row=1, column=1, sticky="ew", padx=(0, theme.units(3)), pady=(0, theme.units(1.5)))
        self._make = Button(kit, "", self._presenter.make_kit)
        self._make.grid(row=2, column=1, sticky="w", pady=(0, theme.units(2.5)))
        return keys, kit

    def _card(self, row: int, picture: str, title: str) -> Card:
        card = Card(self)
        card.grid(row=row, column=0, sticky="ew", pady=(0, theme.units(2)))
        card.grid_columnconfigure(1, weight=1)
        sign = Label(card, "")
        sign.configure(image=icon(picture, 24, Palette.accent))
        sign.grid(row=0, column=0, padx=(theme.units(2.5), theme.units(2)), pady=(theme.units(2.5), theme.units(1)))
        Label(card, title, theme.SMALL, Palette.muted).grid(
            row=0, column=1, sticky="w", pady=(theme.units(2.5), theme.units(1))
        )
        return card

    def _ask(self) -> None:
        """Nobody signs out everywhere by a slip."""
        if self._asking is None:
            dialog = Dialog(self, _("Sign out everywhere?"), lambda: None)
            Label(
                dialog.body,
                _("Every session of yours ends at once, on all machines. Keys, contacts and files stay there."),
                theme.BODY,
                Palette.muted,
                wrap=True,
            ).grid(row=0, column=0, sticky="ew")
            self._no = Button(dialog.buttons, _("Cancel"), dialog.hide)
            self._no.grid(row=0, column=0, padx=(0, theme.units(1)))
            Button(dialog.buttons, _("Sign out everywhere"), self._sure, look=Look.DANGER).grid(row=0, column=1)
            self._asking = dialog
        self._asking.open(self._no)

    def _sure(self) -> None:
        if self._asking is not None:
            self._asking.hide()
        self._presenter.sign_out_everywhere()
