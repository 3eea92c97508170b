"""Making a recovery kit: the words, ways to keep them, and three of them back."""

import tkinter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui import theme
from client.gui.presenters.house import House
from client.gui.presenters.kit import Kit, KitState, KitStep
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.views.guided import Guided, Steps
from client.gui.views.sign_in import STEPS
from client.gui.widgets import Box, Button, Card, Entry, Flow, Label, LinkButton, Look, choose_target

if TYPE_CHECKING:
    from client.actions.recovery_kit import PageForm

_COLUMNS = 3
_WORDS = 24
_ASKED = 3
_HIDDEN = "••••••"


class KitView(Box):
    def __init__(self, master: tkinter.Misc, house: House, presenter: Kit) -> None:
        super().__init__(master)
        self.grid_columnconfigure(0, weight=1)
        self._presenter = presenter
        self._steps = Steps(self, STEPS)
        self._steps.show(STEPS)
        self._pages = {
            KitStep.WORDS: self._words_page(house),
            KitStep.CHECK: self._check_page(house),
            KitStep.READY: self._ready_page(house),
        }
        self._shown: KitStep | None = None
        presenter.watch(self._render)

    def show_steps(self, on: bool) -> None:
        """In a first run."""
        if on:
            self._steps.grid(row=0, column=0, sticky="w", pady=(theme.units(4), 0))
        else:
            self._steps.grid_remove()

    def focus_set(self) -> None:
        if self._presenter.state.step is KitStep.CHECK:
            self._answers[0].focus_set()

    def _render(self, state: KitState) -> None:
        page = self._pages[state.step]
        page.trouble.show(state.error)
        page.busy.show(_("Storing the sealed copy at the server …"), on=state.busy)
        self._render_words(state)
        self._render_check(state)
        self._destroy.show(
            _("If you have made a kit before, destroy that one: it no longer restores anything.")
            if state.renews
            else ""
        )
        if state.step is not self._shown:
            if self._shown is not None:
                self._pages[self._shown].grid_remove()
            self._shown = state.step
            page.grid(row=1, column=0, sticky="ew")
            for answer in self._answers:
                answer.set_text("")
            if self.winfo_viewable():
                self.focus_set()

    def _render_words(self, state: KitState) -> None:
        for number, label in enumerate(self._words):
            word = state.words[number] if state.visible and state.words else _HIDDEN
            label.show(word, Palette.text if state.visible else Palette.muted)
        self._eye.show(text=_("Hide the words") if state.visible else _("Show the words"), enabled=bool(state.words))
        for button in self._save:
            button.show(enabled=bool(state.words) and not state.busy)
        names = ", ".join(Path(path).name for path in state.saved)
        self._saved.show(_("✓ Saved: {names}").format(names=names) if names else _save_hint())
        self._continue.show(enabled=state.can_continue)

    def _render_check(self, state: KitState) -> None:
        for entry, label, number in zip(self._answers, self._questions, state.asked, strict=False):
            text = _("Word {number}").format(number=number)
            label.show(text)
            entry.label = text
            entry.show(error=_("That is another word.") if number in state.wrong else "")

    def _words_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "paper",
            _("Your recovery kit"),
            _(
                "If this machine is lost, these 24 words bring your keys back, and with them every file that was "
                "sealed for you. Nothing else does."
            ),
        )
        card = Card(page.body)
        card.grid(row=0, column=0, sticky="ew")
        card.grid_columnconfigure(tuple(range(_COLUMNS)), weight=1, uniform="words")
        rows = _WORDS // _COLUMNS
        self._words: list[Label] = []
        for number in range(_WORDS):
            cell = Box(card)
            row, column = number % rows, number // rows
            top = theme.units(2) if row == 0 else theme.units(0.5)
            bottom = theme.units(1) if row == rows - 1 else theme.units(0.5)
            cell.grid(row=row, column=column, sticky="w", padx=(theme.units(2.5), 0), pady=(top, bottom))
            place = Label(cell, f"{number + 1}", theme.SMALL, Palette.muted)
            place.configure(width=theme.units(2.5))
            place.grid(row=0, column=0, padx=(0, theme.units(0.5)))
            word = Label(cell, _HIDDEN, font=theme.mono(14))
            word.grid(row=0, column=1)
            self._words.append(word)
        self._eye = LinkButton(card, _("Show the words"), self._toggle)
        self._eye.grid(
            row=rows, column=0, columnspan=_COLUMNS, sticky="w", padx=theme.units(1.5), pady=(0, theme.units(1.5))
        )
        keep = Flow(page.body)
        keep.grid(row=1, column=0, sticky="ew", pady=(theme.units(2), 0))
        self._save: list[Button] = []
        pdf = Button(keep, _("Save as PDF, to print"), lambda: self._save_as("pdf", "pdf"))
        png = Button(keep, _("Save as picture"), lambda: self._save_as("png", "png"))
        text = Button(keep, _("Save as text"), lambda: self._save_as("text", "txt"))
        for column, button in enumerate((pdf, png, text)):
            button.grid(row=0, column=column, padx=(0, theme.units(1)))
            self._save.append(button)
        self._saved = Label(page.body, "", theme.SMALL, Palette.muted, wrap=True)
        self._saved.role = "status"
        self._saved.grid(row=2, column=0, sticky="ew", pady=(theme.units(1), 0))
        self._continue = page.button(_("I have them"), self._presenter.go_on, look=Look.PRIMARY)
        page.button(_("Later"), self._presenter.leave, look=Look.LINK)
        return page

    def _check_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "check",
            _("Three words back"),
            _("So that it is certain that you have them. The kit is in force already; nothing can be lost here."),
        )
        self._answers: list[Entry] = []
        self._questions: list[Label] = []
        for number in range(_ASKED):
            label = Label(page.body, "", theme.STRONG)
            label.grid(row=2 * number, column=0, sticky="w", pady=(theme.units(1.5) if number else 0, theme.units(0.5)))
            entry = Entry(page.body, "", show_label=False, font=theme.mono(), on_submit=self._next_of(number))
            entry.grid(row=2 * number + 1, column=0, sticky="ew")
            self._questions.append(label)
            self._answers.append(entry)
        page.button(_("Check them"), self._check, look=Look.PRIMARY)
        page.button(_("Show the words again"), self._presenter.look_again)
        page.button(_("Later"), self._presenter.leave, look=Look.LINK)
        return page

    def _ready_page(self, house: House) -> Guided:
        page = Guided(
            self,
            house,
            "check",
            _("Your recovery kit is ready"),
            _(
                "Keep it where nobody else comes to it, and not on this machine: whoever has it and can read your "
                "mail, or runs the server, has your keys."
            ),
        )
        self._destroy = Label(page.body, "", theme.BODY, Palette.warning, wrap=True)
        self._destroy.grid(row=0, column=0, sticky="ew")
        page.button(_("Continue"), self._presenter.leave, look=Look.PRIMARY)
        return page

    def _next_of(self, number: int) -> Callable[[], None]:
        """Return goes to the next field, and from the last one on."""
        return lambda: self._check() if number == _ASKED - 1 else self._answers[number + 1].focus_set()

    def _toggle(self) -> None:
        if self._presenter.state.visible:
            self._presenter.hide_words()
        else:
            self._presenter.show_words()

    def _save_as(self, form: "PageForm", suffix: str) -> None:
        path = choose_target(self, _("Save the recovery kit"), f"sealcase-recovery-kit.{suffix}")
        if path:
            self._presenter.save(Path(path), form)

    def _check(self) -> None:
        self._presenter.check(tuple(answer.text for answer in self._answers))


def _save_hint() -> str:
    return _("Print it, or write the words down by hand. Not into a cloud folder, and not only on this machine.")
