"""The pages of what is set on this machine alone: appearance, transfers, security."""

import tkinter
from collections.abc import Callable

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.settings.appearance import Local, LocalState, limits, locks
from client.gui.presenters.settings.key_files import KeyFiles
from client.gui.presenters.settings.key_log import KeyLog, KeyLogState
from client.gui.presenters.settings.questions import Questions
from client.gui.text import LANGUAGES, _, place
from client.gui.theme import Palette
from client.gui.views.settings.parts import SettingsPage
from client.gui.widgets import (
    Button,
    CheckBox,
    Label,
    LinkButton,
    Segmented,
    Select,
    Stepper,
    Wrong,
    choose_file,
    choose_folder,
)
from client.local.settings import LEAST_SCALING, MOST_SCALING

_STEP = 10


def build(name: str, parent: tkinter.Misc, house: House, questions: Questions) -> SettingsPage:
    makers: dict[str, Callable[[tkinter.Misc, House, Questions], SettingsPage]] = {
        "appearance": AppearancePage,
        "transfers": TransfersPage,
        "security": SecurityPage,
    }
    return makers[name](parent, house, questions)


class AppearancePage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._local = Local(house, questions)
        card = self.card()
        line = card.line(_("Theme"), _("As the system: how it looks when Sealcase starts."))
        options = {"system": _("System"), "light": _("Light"), "dark": _("Dark")}
        self._theme = Segmented(line.side, _("Theme"), options, self._local.choose_theme)
        line.put(self._theme)
        line = card.line(_("Size"), _("Of everything in the window, at once."))
        self._scaling = Stepper(
            line.side,
            _("Size"),
            self._local.scale,
            least=LEAST_SCALING,
            most=MOST_SCALING,
            step=_STEP,
            words=lambda percent: f"{percent} %",
        )
        line.put(self._scaling)
        self._language_line = card.line(_("Language"))
        languages = {"": _("As the system"), **LANGUAGES}
        self._language = Select(self._language_line.side, _("Language"), languages, self._local.choose_language)
        self._language_line.put(self._language)
        self._local.watch(self._render)

    def shown(self) -> None:
        self._local.shown()

    def _render(self, state: LocalState) -> None:
        self._theme.show(state.theme)
        self._scaling.show(state.scaling)
        self._language.show_chosen(state.language)
        waits = _("It comes when Sealcase is started again.")
        self._language_line.show(waits if state.language_waits else _("Changes when Sealcase is started again."))


class TransfersPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._local = Local(house, questions)
        card = self.card()
        self._folder = card.line(_("Download folder"))
        change = Button(self._folder.side, _("Change …"), self._choose)
        self._default = LinkButton(self._folder.side, _("System’s"), self._local.default_folder)
        self._folder.put(change)
        self._folder.put(self._default)
        line = card.line(_("Speed limit"), _("For all transfers together, in both directions."))
        self._limit = Select(line.side, _("Speed limit"), limits(), lambda text: self._local.limit(int(text)))
        line.put(self._limit)
        line = card.line(
            _("Compression"), _("What gets smaller by it is compressed before it is sealed: texts, not photographs.")
        )
        self._compress = CheckBox(line.side, _("Compress"), self._local.compress)
        line.put(self._compress)
        self._local.watch(self._render)

    def shown(self) -> None:
        self._local.shown()

    def _choose(self) -> None:
        folder = self._local.state.download_folder
        self._local.choose_folder(choose_folder(self, _("Folder for downloads"), folder))

    def _render(self, state: LocalState) -> None:
        folder, problem = place(state.download_folder), state.folder_problem
        self._folder.show(
            f"{folder}\n{problem}" if problem else folder,
            Palette.warning if problem else Palette.muted,
        )
        self._default.show(enabled=state.own_folder)
        self._limit.choose_from(limits(state.limit))
        self._limit.show_chosen(str(state.limit))
        self._compress.show(on=state.compress)


class SecurityPage(SettingsPage):
    def __init__(self, master: tkinter.Misc, house: House, questions: Questions) -> None:
        super().__init__(master)
        self._local = Local(house, questions)
        self._files = KeyFiles(house, questions)
        self._log = KeyLog(house, questions)
        card = self.card()
        line = card.line(
            _("Lock my keys"), _("Without a key pressed or the mouse moved. Transfers that have begun go on.")
        )
        self._lock = Select(line.side, _("Lock my keys"), locks(), lambda text: self._local.auto_lock(int(text)))
        line.put(self._lock)
        line = card.line(
            _("Clear the clipboard"), _("What Sealcase copies is taken off after a minute, if it is still there.")
        )
        self._clear = CheckBox(line.side, _("Clear"), self._local.clear_clipboard)
        line.put(self._clear)
        line = card.line(_("Passphrase"), _("Unlocks your keys on this machine."))
        line.put(Button(line.side, _("Change …"), self._files.change_passphrase))
        card = self.card(
            _("Key log"),
            _(
                "The server keeps a log of everybody’s keys that can only grow. Check that it shows others no false "
                "key of yours; compare with a friend that it shows them the same."
            ),
        )
        self._found = Label(card.body, "", wrap=True)
        self._found.role = "status"
        card.add(self._found)
        self._failure = Wrong(card.body, house.clipboard.copy_details, sign="⚠")
        card.add(self._failure, top=0)
        buttons = card.buttons()
        self._audit = Button(buttons, _("Check the log"), self._log.audit)
        self._audit.grid(row=0, column=0, padx=(0, theme.units(1)))
        self._compare = Button(buttons, _("Compare with a friend’s …"), self._choose_checkpoint)
        self._compare.grid(row=0, column=1, padx=(0, theme.units(1)))
        self._copy = LinkButton(buttons, _("Copy the checkpoint"), self._log.copy_checkpoint)
        self._copy.grid(row=0, column=2)
        self._local.watch(self._render)
        self._log.watch(self._render_log)

    def shown(self) -> None:
        self._local.shown()

    def _choose_checkpoint(self) -> None:
        self._log.compare_checkpoint(choose_file(self, _("A friend’s checkpoint, as a text file")))

    def _render(self, state: LocalState) -> None:
        self._lock.choose_from(locks(state.auto_lock_minutes))
        self._lock.show_chosen(str(state.auto_lock_minutes))
        self._clear.show(on=state.clear_clipboard)

    def _render_log(self, state: KeyLogState) -> None:
        self._audit.show(text=_("Checking …") if state.working else _("Check the log"), enabled=not state.working)
        self._compare.show(enabled=not state.working)
        self._copy.show(enabled=bool(state.checkpoint))
        sign = "⚠ " if state.trouble else "✓ " if state.found else ""
        color = Palette.danger if state.trouble else Palette.good
        self._found.show(f"{sign}{state.found}", color)
        if state.found:
            self._found.grid()
        else:
            self._found.grid_remove()
        self._failure.show(state.failure)
