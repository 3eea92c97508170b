"""Making a recovery kit: the words are shown and saved, put in force, and three of them asked back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.bus import KeysChanged, Locked, SignedOut
from client.gui.jobs import Job
from client.gui.presenters.base import Openings, Presenter
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _

if TYPE_CHECKING:
    from client.actions.person import Person
    from client.actions.recovery_kit import PageForm


class KitStep(Enum):
    WORDS = "words"
    CHECK = "check"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class KitState:
    step: KitStep = KitStep.WORDS
    words: tuple[str, ...] = ()
    """Empty until there are any, and once nobody needs to see them any more."""
    visible: bool = False
    """Whether they are on the screen: not before somebody says that nobody else looks."""
    saved: tuple[str, ...] = ()
    """Where pages of them were saved."""
    asked: tuple[int, ...] = ()
    """Which words are asked back, from 1."""
    wrong: tuple[int, ...] = ()
    """Those of them that are not right."""
    renews: bool = False
    """Whether an earlier kit loses its power."""
    in_force: bool = False
    busy: bool = False
    error: Failure = FINE

    @property
    def can_continue(self) -> bool:
        """Somebody who has neither seen nor saved them does not have them."""
        return bool(self.words) and not self.busy and (self.visible or bool(self.saved))


class Kit(Presenter[KitState]):
    """Nothing changes at the server before the words were saved, or their owner goes on; then `left` is called."""

    def __init__(self, house: House, left: Callable[[], None]) -> None:
        super().__init__(KitState())
        self._house = house
        self._left = left
        self._person: Person | None = None
        self._words = ""
        self._openings = Openings()
        self._job: Job | None = None
        """The last that puts words in force."""
        house.bus.on(Locked, lambda _news: self._locked())
        house.bus.on(SignedOut, lambda _news: self.forget())

    def begin(self) -> None:
        """Unlocks the keys if need be, and draws new words."""
        self.forget()
        self._house.keys.with_keys(self._openings.only(self._drawn), refused=self._openings.only(self._left))

    def show_words(self) -> None:
        self._show(replace(self.state, visible=True))

    def hide_words(self) -> None:
        self._show(replace(self.state, visible=False))

    def save(self, path: Path, form: "PageForm") -> None:
        """Saves a page of them, and puts them in force: a page that restores nothing would be a trap."""
        person, words, in_force = self._person, self._words, self.state.in_force
        if person is None or self.state.busy:
            return

        def work() -> None:
            from client.actions.recovery_kit import make_kit_with_page, save_page

            (save_page if in_force else make_kit_with_page)(person, words, path, form)

        self._run(work, lambda: self._saved(path), late=lambda: self._say_saved(path))

    def go_on(self) -> None:
        """To the three words; puts the kit in force if that was not done yet."""
        person, words = self._person, self._words
        if person is None or not self.state.can_continue:
            return
        if self.state.in_force:
            self._ask_back()
            return

        def work() -> None:
            from client.actions.recovery_kit import make_kit

            make_kit(person, words, checked=False)

        self._run(work, self._ask_back)

    def look_again(self) -> None:
        """Back to the words; three others will be asked."""
        if self.state.step is KitStep.CHECK:
            self._show(replace(self.state, step=KitStep.WORDS, wrong=()))

    def check(self, answers: tuple[str, ...]) -> None:
        """The three words, in the order in which they are asked."""
        from client.actions.recovery_kit import is_word, note_checked

        if self._person is None or self.state.step is not KitStep.CHECK:
            return
        pairs = zip(self.state.asked, answers, strict=True)
        wrong = tuple(number for number, answer in pairs if not is_word(self._words, number - 1, answer))
        if wrong:
            self._show(replace(self.state, wrong=wrong))
            return
        note_checked(self._person)
        saved, renews = self.state.saved, self.state.renews
        self.forget()
        self._show(KitState(step=KitStep.READY, saved=saved, renews=renews, in_force=True))
        self._house.bus.tell(KeysChanged())

    def leave(self) -> None:
        """At whatever step; the reminder stands until a kit was checked."""
        self.forget()
        self._house.bus.tell(KeysChanged())
        self._left()

    def forget(self) -> None:
        """The words are nowhere but on paper."""
        self._openings.anew()
        self._words, self._person = "", None
        self._show(KitState())

    def _locked(self) -> None:
        """Nobody may see them now, and they can't be drawn again."""
        if not self._words:
            return
        said = _("The words of the recovery kit are no longer shown, as your keys were locked.")
        if self.state.in_force:
            then = _("The kit is in force; if you don't have all its words, make a new one.")
        else:
            then = _("They may not be in force: make a new kit.")
        self._house.notices.say(f"{said} {then}", Tone.WARNING)
        self.leave()

    def _drawn(self, person: "Person") -> None:
        from shared.crypto.recovery import draw_words

        self._person, self._words = person, draw_words()
        renews = person.vault.label(person.email).kit_ready
        self._show(KitState(words=tuple(self._words.split()), renews=renews))

    def _run(self, work: Callable[[], None], then: Callable[[], None], late: Callable[[], None] | None = None) -> None:
        """Puts these words in force; `then` comes if they are still the ones that are shown, else `late`."""
        earlier = self._job

        def in_turn(_job: Job) -> None:
            if earlier is not None:
                earlier.over.wait()  # or words that were given up come into force after these
            work()

        def in_force() -> None:
            self._show(replace(self.state, busy=False, in_force=True))
            then()

        def given_up() -> None:
            if self._words:
                self._show(replace(self.state, renews=True))
            if late is not None:
                late()

        def done(_nothing: None) -> None:
            ended()
            self._house.bus.tell(KeysChanged())

        ended = self._openings.only(in_force, given_up)
        failed = self._openings.only(self._failed, lambda problem: self._house.notices.problem(problem))
        self._show(replace(self.state, busy=True, error=FINE))
        self._job = self._house.jobs.run(in_turn, done=done, failed=failed)

    def _saved(self, path: Path) -> None:
        saved = (*(each for each in self.state.saved if each != str(path)), str(path))
        self._show(replace(self.state, saved=saved))
        self._say_saved(path)

    def _say_saved(self, path: Path) -> None:
        self._house.notices.say(_("Saved as {name}.").format(name=path.name))

    def _ask_back(self) -> None:
        from client.actions.recovery_kit import asked_back

        asked = tuple(position + 1 for position in asked_back())
        self._show(replace(self.state, step=KitStep.CHECK, visible=False, asked=asked, wrong=()))

    def _failed(self, problem: Problem) -> None:
        self._show(replace(self.state, busy=False, error=problem.failure_and_safety))
