"""The pages of diagnostics and about Sealcase."""

import tkinter
from pathlib import Path

import customtkinter as ctk

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.diagnostics import Diagnostics, DiagnosticsState
from client.gui.presenters.settings.questions import Questions
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.settings.parts import SettingsPage
from client.gui.widgets import Button, CheckBox, Label, LinkButton, Look, choose_target, icon

_PREVIEW_HEIGHT = 300


def build(name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    return (AboutPage if name == "about" else DiagnosticsPage)(parent, house, questions)


class DiagnosticsPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._diagnostics = Diagnostics(house, questions)
        card = self.card(
            _("For whoever helps you"),
            _("Versions, settings and the last errors. No key, no passphrase, no token, no content. Read it first:"),
        )
        self._preview = ctk.CTkTextbox(
            card.body,
            height=_PREVIEW_HEIGHT,
            font=theme.mono(12),
            fg_color=Palette.raised,
            text_color=Palette.text,
            corner_radius=theme.RADIUS,
            wrap="word",
            activate_scrollbars=True,
            scrollbar_button_color=Palette.edge,
            scrollbar_button_hover_color=Palette.muted,
        )
        self._preview.configure(state="disabled")
        card.add(self._preview)
        self._names = CheckBox(
            card.body,
            _("With addresses, folders and names, as far as errors tell them"),
            self._diagnostics.include_names,
        )
        card.add(self._names, sticky="w")
        buttons = card.buttons()
        self._save = Button(buttons, _("Save as a zip …"), self._choose, look=Look.PRIMARY)
        self._save.grid(row=0, column=0, padx=(0, theme.units(1)))
        LinkButton(buttons, _("Copy"), self._diagnostics.copy).grid(row=0, column=1)
        self._shown_text = ""
        self._diagnostics.watch(self._render)

    def shown(self) -> None:
        self._diagnostics.shown()

    def _choose(self) -> None:
        types = ((_("Zip files"), "*.zip"),)
        name = "sealcase-diagnostics.zip"
        self._diagnostics.save(choose_target(self, _("Save the diagnostics"), name, types, str(Path.home())))

    def _render(self, state: DiagnosticsState) -> None:
        self._names.show(on=state.names)
        self._save.show(enabled=state.can_save)
        if state.preview != self._shown_text:
            self._shown_text = state.preview
            self._preview.configure(state="normal")
            self._preview.delete("1.0", "end")
            self._preview.insert("1.0", state.preview)
            self._preview.configure(state="disabled")


class AboutPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        del questions
        super().__init__(master)
        from client.actions.diagnostics import package_version

        card = self.card()
        head = Label(card.body, "  Sealcase", theme.DISPLAY)
        head.configure(image=icon("seal", theme.units(6), Palette.accent), compound="left")
        card.add(head, sticky="w")
        card.add(Label(card.body, _("End-to-end encrypted file sharing that you host yourself."), wrap=True))
        card.line(_("Version"), package_version("sealcase"))
        card.line(_("Licence"), _("MIT: use it, change it, pass it on. It comes without any warranty."))
        card.line(
            _("Documents"),
            _(
                "docs/desktop.md tells of the window, docs/cli.md of all the same at a terminal, "
                "SECURITY.md how to report a weakness."
            ),
        )
        buttons = card.buttons()
        said = f"Sealcase {package_version('sealcase')}"
        LinkButton(buttons, _("Copy the version"), lambda: house.clipboard.copy(said, _("The version"))).grid(
            row=0, column=0
        )
