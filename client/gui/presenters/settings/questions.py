"""Small dialogs of all pages: a question, at most a few fields, and what happens with the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from client.gui.presenters.base import Presenter
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    secret: bool = False
    hint: str = ""
    text: str = ""
    """What stands in it at first."""


@dataclass(frozen=True, slots=True)
class Question:
    """A dialog's content."""

    title: str
    text: str
    action: str
    """What the button says that goes on."""
    fields: tuple[Field, ...] = ()
    danger: bool = False
    big: str = ""
    """Digits that two people compare."""
    refuse: str = ""
    """What the other button says, if not Cancel."""


@dataclass(frozen=True, slots=True)
class QuestionState:
    question: Question | None = None
    working: bool = False
    error: Failure = FINE


Answered = Callable[[Mapping[str, str]], None]


class Questions(Presenter[QuestionState]):
    """One at a time. Whoever asked ends it by `close`, or says in it what was wrong by `fail`."""

    def __init__(self) -> None:
        super().__init__(QuestionState())
        self._then: Answered | None = None
        self._refused: Callable[[], None] | None = None

    def ask(self, question: Question, then: Answered, refused: Callable[[], None] | None = None) -> None:
        """`then` gets the fields' texts by name; `refused` is called where the person closes the dialog."""
        if self.state.question is not None:
            self.refuse()
        self._then, self._refused = then, refused
        self._show(QuestionState(question))

    def answer(self, fields: Mapping[str, str]) -> None:
        if self.state.question is None or self.state.working or self._then is None:
            return
        for field in self.state.question.fields:
            if not fields.get(field.name, "").strip():
                missing = _("{field} is missing.").format(field=field.label)
                self._show(replace(self.state, error=Failure(missing)))
                return
        self._show(replace(self.state, working=True, error=FINE))
        self._then(fields)

    def refuse(self) -> None:
        """Esc, Cancel, or the dialog's cross. Work that has begun goes on, and says how it ended in a notice."""
        refused = self._refused
        self.close()
        if refused is not None:
            refused()

    def close(self) -> None:
        self._then = self._refused = None
        self._show(QuestionState())

    def fail(self, what: Problem | str) -> None:
        """It stays open, and the person may try again."""
        error = Failure(what) if isinstance(what, str) else what.failure_and_safety
        if self.state.question is not None:
            self._show(replace(self.state, working=False, error=error))
