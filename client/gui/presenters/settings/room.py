"""What the presenters of all pages have in common: asking the server as whoever is signed in; saying what failed."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from client.errors import ClientError
from client.gui.jobs import Job, Lane, Question
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.settings.questions import Questions
from client.gui.problem import Kind, Problem, problem_of

if TYPE_CHECKING:
    from client.actions.person import Person

State = TypeVar("State")
Result = TypeVar("Result")


class Room(Presenter[State]):
    """A page. `shown` is called whenever it is opened."""

    def __init__(self, house: House, questions: Questions, state: State) -> None:
        super().__init__(state)
        self.house = house
        self.questions = questions

    def shown(self) -> None:
        """Asks for what may be old by now."""

    def ask(
        self,
        work: "Callable[[Person, Job], Result]",
        done: Callable[[Result], None],
        failed: Callable[[Problem], None] | None = None,
        *,
        keys: bool = False,
        lane: Lane = Lane.QUICK,
        heard: Callable[[object], None] | None = None,
        asked: Callable[[Question[object]], None] | None = None,
        refused: Callable[[], None] | None = None,
        started: Callable[[Job], None] | None = None,
    ) -> None:
        """Runs `work` in a thread as whoever is signed in; with `keys`, once these are unlocked.

        `refused` is called where they are not going to be. A person with unlocked keys answers with their secret where
        an action has to lock the keys anew.
        """
        fail = failed or self.say

        def run(person: "Person") -> None:
            whose = answering(person) if keys else person
            job = self.house.jobs.run(
                lambda job: work(whose, job),
                done=done,
                failed=fail,
                stopped=refused,
                lane=lane,
                heard=heard,
                asked=asked,
            )
            if started is not None:
                started(job)

        if keys:
            self.house.keys.with_keys(run, refused)
            return
        try:
            person = self.house.keys.person()
        except ClientError as error:
            fail(problem_of(error))
            return
        run(person)

    def say(self, problem: Problem) -> None:
        """Of what the banner says already, nothing more is said."""
        if problem.kind is not Kind.OFFLINE:
            self.house.notices.problem(problem)

    def fail_question(self, problem: Problem) -> None:
        """In the dialog that is open; where the person has closed it meanwhile, in a notice."""
        if self.questions.state.question is not None:
            self.questions.fail(problem)
        else:
            self.house.notices.problem(problem)


def answering(person: "Person") -> "Person":
    """The same person, who gives the secret that unlocked their keys instead of being asked for it again."""
    unlocking = person.head_start
    if unlocking is None:
        return person
    return replace(person, ask=lambda _prompt, _twice: unlocking.secret())
