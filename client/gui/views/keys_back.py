"""Bringing keys to this machine: from the words of a kit, from another machine, or new ones."""

import tkinter
from pathlib import Path

import customtkinter as ctk

from client.gui import theme
from client.gui.presenters.account import Account
from client.gui.presenters.house import House
from client.gui.presenters.keys_back import KeysBack, KeysBackState, Way
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.guided import Guided
from client.gui.views.secret import SecretForm
from client.gui.widgets import Box, Button, Card, Label, LinkButton, Look, Qr, Tile, choose_file
from client.gui.widgets.text_area import TextArea

_PICTURES = (("", "*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff"),)


class KeysBackView(Box):
    def __init__(self, master: tkinter.Misc, house: House, account: Account) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self._account = account
        self._presenter: KeysBack = account.keys_back
        self._pages = {
            Way.CHOOSE: self._choose_page(house),
            Way.KIT: self._kit_page(house),
            Way.DEVICE: self._device_page(house),
            Way.NEW: self._new_page(house),
        }
        self._secret_page = self._make_secret_page(house)
        self._shown: Guided | None = None
        self._presenter.watch(self._render)

    def focus_set(self) -> None:
        if self._presenter.state.secret.wanted:
            self._secret.focus_set()
        elif self._presenter.state.way is Way.KIT:
            self._words.focus_set()

    def _render(self, state: KeysBackState) -> None:
        page = self._secret_page if state.secret.wanted else self._pages[state.way]
        page.trouble.show(state.error)
        page.busy.show(state.busy_text, on=state.busy)
        self._words.show_text(state.words)
        self._hint.show(state.hint, Palette.good if state.can_restore else Palette.muted)
        self._restore.show(enabled=state.can_restore and not state.busy)
        if state.older:
            self._older.grid(row=3, column=0, sticky="w", pady=(theme.units(1), 0))
        else:
            self._older.grid_remove()
        self._render_device(state)
        self._make.show(enabled=not state.busy)
        self._secret.show(state.secret, busy=False)
        if page is not self._shown:
            if self._shown is not None:
                self._shown.grid_remove()
            self._shown = page
            self._secret.clear()
            page.grid(row=0, column=0, sticky="ew")
            if self.winfo_viewable():
                self.focus_set()

    def _render_device(self, state: KeysBackState) -> None:
        self._code.show(state.code or "· · · ·   · · · ·")
        self._qr.show(state.qr)
        self._digits.show(state.digits)
        if state.digits and not state.confirmed:
            self._compare.grid(row=1, column=0, sticky="ew", pady=(theme.units(2), 0))
        else:
            self._compare.grid_remove()
        if state.error and not state.busy:
            self._again.grid()
        else:
            self._again.grid_remove()

    def _choose_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "key",
            _("Your keys are on another machine"),
            _("You have an account here already. Choose how its keys come to this machine."),
        )
        ways = (
            ("paper", _("Recovery kit"), Way.KIT, _("Type its 24 words, or take a photograph of its code.")),
            (
                "device",
                _("Another machine"),
                Way.DEVICE,
                _("It has the keys, and is at hand. Nothing has to be typed."),
            ),
            ("warning", _("Both are lost"), Way.NEW, _("New keys. What was sealed for the old ones stays closed.")),
        )
        for row, (picture, title, way, text) in enumerate(ways):
            tile = Tile(page.body, picture, title, lambda way=way: self._presenter.choose(way))  # type: ignore[misc]
            tile.show(text)
            tile.grid(row=row, column=0, sticky="ew", pady=(0, theme.units(1.5)))
        page.button(_("Later"), self._account.skip_keys, look=Look.LINK)
        return page

    def _kit_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "paper",
            _("The words of your recovery kit"),
            _("All 24 in their order. Capital letters, numbers and line breaks between them don't matter."),
        )
        self._words = TextArea(page.body, _("Words"), lines=4, font=theme.mono(), on_change=self._presenter.type_words)
        self._words.grid(row=0, column=0, sticky="ew")
        self._hint = Label(page.body, "", theme.SMALL, Palette.muted, wrap=True)
        self._hint.role = "status"
        self._hint.grid(row=1, column=0, sticky="ew", pady=(theme.units(0.5), 0))
        LinkButton(page.body, _("Read its code from a photograph …"), self._scan).grid(
            row=2, column=0, sticky="w", pady=(theme.units(1), 0)
        )
        self._older = LinkButton(
            page.body, _("Bring back the older keys all the same"), lambda: self._presenter.restore(older=True)
        )
        self._restore = page.button(_("Bring back my keys"), self._presenter.restore, look=Look.PRIMARY)
        page.button(_("Another way"), lambda: self._presenter.choose(Way.CHOOSE))
        return page

    def _device_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "device",
            _("Add this device"),
            _(
                "On a machine that has your keys, open Settings, Devices, and approve this code there; or run "
                "sealcase device approve."
            ),
        )
        card = Card(page.body)
        card.grid(row=0, column=0, sticky="ew")
        card.grid_columnconfigure(0, weight=1)
        self._code = Label(card, "", font=theme.mono(32), justify="center")
        self._code.grid(row=0, column=0, pady=(theme.units(3), theme.units(1)))
        self._qr = Qr(card, _("The code as a picture"), side=theme.units(20))
        self._qr.grid(row=1, column=0, pady=(0, theme.units(3)))
        self._compare = ctk.CTkFrame(page.body, fg_color=Palette.accent_soft, corner_radius=theme.CARD_RADIUS)
        self._compare.grid_columnconfigure(0, weight=1)
        Label(
            self._compare, _("Does the other machine show the same six digits?"), theme.STRONG, justify="center"
        ).grid(row=0, column=0, columnspan=2, pady=(theme.units(2), theme.units(1)))
        self._digits = Label(self._compare, "", font=theme.mono(32), justify="center")
        self._digits.grid(row=1, column=0, columnspan=2)
        answers = Box(self._compare)
        answers.grid(row=2, column=0, columnspan=2, pady=theme.units(2))
        Button(answers, _("They are the same"), lambda: self._presenter.same_digits(True), look=Look.PRIMARY).grid(
            row=0, column=0, padx=theme.units(0.5)
        )
        Button(answers, _("They differ"), lambda: self._presenter.same_digits(False)).grid(
            row=0, column=1, padx=theme.units(0.5)
        )
        self._again = page.button(_("Begin again"), lambda: self._presenter.choose(Way.DEVICE), look=Look.PRIMARY)
        page.button(_("Another way"), lambda: self._presenter.choose(Way.CHOOSE))
        return page

    def _new_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "warning",
            _("Begin with new keys"),
            _(
                "Only if both the kit and every machine are lost. Files sealed for the old keys stay closed for good, "
                "unless their senders share them again; and everybody who knows you is warned until they have checked."
            ),
        )
        self._make = page.button(_("Make new keys"), self._presenter.make_new, look=Look.DANGER)
        page.button(_("Another way"), lambda: self._presenter.choose(Way.CHOOSE))
        return page

    def _make_secret_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "key",
            _("How should your keys be locked on this machine?"),
            _("They never leave it in the open."),
        )
        self._secret = SecretForm(page.body, self._presenter.use_keyring, self._presenter.use_passphrase)
        self._secret.grid(row=0, column=0, sticky="ew")
        page.button(_("Another way"), lambda: self._presenter.choose(Way.CHOOSE))
        return page

    def _scan(self) -> None:
        name, patterns = _PICTURES[0]
        path = choose_file(self, _("A photograph of the kit"), ((name or _("Pictures"), patterns),))
        if path:
            self._presenter.scan(Path(path))
