"""Dialogs for small questions: one for each shape of question, made when it is first asked."""

import tkinter
from collections.abc import Callable
from dataclasses import dataclass

from client.gui import theme
from client.gui.presenters.settings.questions import Question, Questions, QuestionState
from client.gui.problem import FINE
from client.gui.text import _
from client.gui.theme import Palette
from client.gui.widgets import Button, Dialog, Entry, Label, Look, Wrong

_Shape = tuple[tuple[tuple[str, str, bool], ...], bool, bool]


@dataclass(slots=True)
class _Made:
    dialog: Dialog
    text: Label
    big: Label
    error: Wrong
    entries: dict[str, Entry]
    refuse: Button
    go: Button


class QuestionDialog:
    def __init__(self, owner: tkinter.Misc, questions: Questions, copy: Callable[[str], object]) -> None:
        """`copy` puts the details of what went wrong on the clipboard."""
        self._owner = owner
        self._copy = copy
        self._questions = questions
        self._made: dict[_Shape, _Made] = {}
        self._open: _Made | None = None
        self._question: Question | None = None
        questions.watch(self._render)

    def _render(self, state: QuestionState) -> None:
        question = state.question
        if question is not self._question:
            self._hide()
            self._question = question
            if question is not None:
                self._show(question)
        if self._open is None or question is None:
            return
        made = self._open
        made.error.show(state.error)
        made.go.show(text=_("One moment …") if state.working else question.action, enabled=not state.working)
        for entry in made.entries.values():
            entry.show(enabled=not state.working)
        made.dialog.fit()

    def _show(self, question: Question) -> None:
        shape = (
            tuple((field.name, field.label, field.secret) for field in question.fields),
            question.danger,
            bool(question.big),
        )
        if shape not in self._made:
            self._made[shape] = self._make(question)
        made = self._made[shape]
        made.dialog.label = question.title
        made.dialog.title(question.title)
        made.dialog.heading.show(question.title)
        made.text.show(question.text)
        if question.text:
            made.text.grid()
        else:
            made.text.grid_remove()
        made.big.show(question.big)
        made.refuse.show(text=question.refuse or _("Cancel"))
        made.go.show(text=question.action, enabled=True)
        made.error.show(FINE)
        for field in question.fields:
            made.entries[field.name].set_text(field.text)
            made.entries[field.name].show(enabled=True)
        self._open = made
        first = next(iter(made.entries.values()), None)
        made.dialog.open(first or made.refuse)

    def _hide(self) -> None:
        made, self._open = self._open, None
        if made is None:
            return
        made.dialog.hide()
        for entry in made.entries.values():
            entry.show(enabled=True)
            entry.set_text("")  # a secret stays nowhere

    def _make(self, question: Question) -> _Made:
        dialog = Dialog(self._owner, question.title, self._questions.refuse, width=460)
        body = dialog.body
        text = Label(body, question.text, theme.BODY, Palette.muted, wrap=True)
        text.grid(row=0, column=0, sticky="ew")
        big = Label(body, question.big, font=theme.mono(26), justify="center")
        if question.big:
            if len(question.big) > 12:
                big.configure(font=theme.mono(15))
            big.grid(row=1, column=0, sticky="ew", pady=(theme.units(2), theme.units(1)))
        entries: dict[str, Entry] = {}
        for row, field in enumerate(question.fields, 2):
            entry = Entry(body, field.label, secret=field.secret, hint=field.hint, on_submit=self._answer)
            entry.grid(row=row, column=0, sticky="ew", pady=(theme.units(2), 0))
            entries[field.name] = entry
        error = Wrong(body, self._copy)
        error.grid(row=99, column=0, sticky="ew")
        refuse = Button(dialog.buttons, question.refuse or _("Cancel"), self._questions.refuse)
        refuse.grid(row=0, column=0, padx=(0, theme.units(1)))
        look = Look.DANGER if question.danger else Look.PRIMARY
        go = Button(dialog.buttons, question.action, self._answer, look=look)
        go.grid(row=0, column=1)
        return _Made(dialog, text, big, error, entries, refuse, go)

    def _answer(self) -> None:
        if self._open is not None:
            self._questions.answer({name: entry.text for name, entry in self._open.entries.items()})
