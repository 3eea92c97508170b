"""The page of my own keys."""

import tkinter

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.key_files import RSA_BITS, KeyFiles, KeyFilesState
from client.gui.presenters.settings.own_keys import OwnKeys, OwnKeysState
from client.gui.presenters.settings.questions import Questions
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.settings.parts import Said, SettingsPage, visible
from client.gui.widgets import (
    Button,
    Label,
    Look,
    Progress,
    Segmented,
    choose_file,
    choose_folder,
)


def build(_name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    return KeysPage(parent, house, questions)


class KeysPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._keys = OwnKeys(house, questions)
        self._files = KeyFiles(house, questions)
        self._make_about()
        self._make_change()
        self._make_advanced()
        self._keys.watch(self._render)
        self._files.watch(self._render_files)

    def shown(self) -> None:
        self._keys.shown()

    def _make_about(self) -> None:
        card = self.card(_("Your keys"))
        self._nothing = Label(card.body, "", theme.BODY, Palette.muted, wrap=True)
        card.add(self._nothing)
        self._fingerprint_line = card.line(_("Fingerprint"))
        self._fingerprint = Said(card.body, _("Copy"), self._keys.copy_fingerprint)
        card.add(self._fingerprint, top=0.5)
        self._encryption = card.line(_("Encryption"))
        self._card = card.line(_("Card"))
        self._kit = card.line(_("Recovery kit"))
        self._make_kit = Button(self._kit.side, _("Make a kit …"), self._keys.make_kit)
        self._kit.put(self._make_kit)

    def _make_change(self) -> None:
        card = self.card(
            _("Change of keys"),
            _("After a machine was lost, or now and then. You stay who you are, and nobody has to check you again."),
        )
        self._size = Segmented(card.body, _("RSA size"), {bits: bits for bits in RSA_BITS}, self._keys.choose_bits)
        card.add(self._size, sticky="w")
        self._earlier = Label(card.body, "", theme.BODY, Palette.muted, wrap=True)
        card.add(self._earlier)
        self._progress = Label(card.body, "", theme.BODY, wrap=True)
        self._progress.role = "status"
        card.add(self._progress)
        self._moving = Progress(card.body, _("Change of keys"))
        card.add(self._moving, top=1)
        buttons = card.buttons()
        self._rotate = Button(buttons, _("Change keys …"), self._keys.rotate, look=Look.PRIMARY)
        self._resume = Button(buttons, _("Continue"), self._keys.resume)
        self._destroy = Button(buttons, _("Destroy earlier keys …"), self._keys.destroy_earlier)
        self._cancel = Button(buttons, _("Stop"), self._keys.cancel)
        for column, button in enumerate((self._rotate, self._resume, self._destroy, self._cancel)):
            button.grid(row=0, column=column, padx=(0, theme.units(1)))

    def _make_advanced(self) -> None:
        card = self.card(_("Advanced"), _("PEM files, for other tools. Nobody needs them from day to day."))
        line = card.line(_("A key pair of its own"), _("For somebody without an account, or another tool."))
        self._bits = Segmented(
            line.side, _("Size of the key pair"), {bits: bits for bits in RSA_BITS}, self._files.choose_bits
        )
        line.put(self._bits)
        button = Button(line.side, _("Make …"), self._generate, label=_("Make a key pair …"))
        button.pack(side="left", padx=(theme.units(1), 0))
        line = card.line(_("Export my RSA key"), _("private_key.pem under a passphrase, and public_key.pem."))
        self._export = Button(line.side, _("Export …"), self._export_pem)
        line.put(self._export)
        line = card.line(
            _("Use an RSA key of mine"), _("A PEM file becomes your key: a change of keys like any other.")
        )
        self._import = Button(line.side, _("Import …"), self._import_pem)
        line.put(self._import)

    def _generate(self) -> None:
        self._files.generate_pem(choose_folder(self, _("Folder for private_key.pem and public_key.pem")))

    def _export_pem(self) -> None:
        self._files.export_pem(choose_folder(self, _("Folder for private_key.pem and public_key.pem")))

    def _import_pem(self) -> None:
        self._keys.import_pem(choose_file(self, _("A private RSA key"), ((_("PEM files"), "*.pem *.key"),)))

    def _render(self, state: OwnKeysState) -> None:
        self._nothing.show(state.nothing)
        visible(self._nothing, bool(state.nothing))
        for widget in (self._fingerprint_line, self._fingerprint, self._encryption, self._card, self._kit):
            visible(widget, state.here)
        self._fingerprint_line.show(_("Others see it when they verify you."))
        self._fingerprint.show(state.fingerprint)
        sign = "✓" if state.post_quantum else "⚠"
        self._encryption.show(
            f"{state.encryption}\n{sign} {state.safety}", Palette.muted if state.post_quantum else Palette.warning
        )
        self._card.show(state.card)
        self._kit.show(
            state.kit if state.has_kit else f"⚠ {state.kit}", Palette.muted if state.has_kit else Palette.warning
        )
        self._make_kit.show(text=_("Make a new kit …") if state.has_kit else _("Make a kit …"))
        self._size.show(state.bits)
        interrupted = _("A change of your keys was interrupted. Continue it.") if state.interrupted else ""
        self._earlier.show(interrupted or state.earlier)
        visible(self._earlier, bool(interrupted or state.earlier))
        self._progress.show(state.progress or state.result)
        visible(self._progress, bool(state.progress or state.result))
        self._moving.show(None if state.busy else 0.0)
        visible(self._moving, state.busy)
        self._rotate.show(enabled=state.can_rotate)
        self._resume.show(enabled=state.can_resume)
        self._destroy.show(enabled=state.can_destroy)
        visible(self._resume, state.can_resume)
        visible(self._destroy, state.can_destroy)
        visible(self._cancel, state.can_cancel)
        self._export.show(enabled=state.here and not state.busy)
        self._import.show(enabled=state.can_rotate)

    def _render_files(self, state: KeyFilesState) -> None:
        self._bits.show(state.bits)
