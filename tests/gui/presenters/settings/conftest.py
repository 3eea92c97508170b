"""One real server for all, and people who are signed in to it, each with a house of presenters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.settings.questions import Questions
from client.gui.wiring import build_house
from client.local.paths import Paths
from tests.gui.clock import FakeClock
from tests.support.people import PASSPHRASE, Person, sign_up
from tests.support.server import LiveServer, live_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("server") / "data", workers=1) as server:
        yield server


State = TypeVar("State")


def now(room: Presenter[State]) -> State:
    """What it shows at this very moment, whatever was known of it before."""
    return room.state


class Board:
    """A clipboard."""

    def __init__(self) -> None:
        self.text: str | None = None

    def read(self) -> str | None:
        return self.text

    def write(self, text: str) -> None:
        self.text = text

    def clear(self) -> None:
        self.text = None


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody in front of a window, as far as presenters go."""

    person: Person
    house: House
    questions: Questions
    clock: FakeClock
    board: Board

    @property
    def email(self) -> str:
        return self.person.email

    def until(self, condition: Callable[[], object]) -> None:
        self.clock.until(condition)

    def unlock(self) -> None:
        """Gives the passphrase where the dialog asks for it."""
        self.until(lambda: self.house.keys.state.asking)
        self.house.keys.try_passphrase(PASSPHRASE)

    def asked(self) -> str:
        """The title of the question that is open, once one is."""
        self.until(lambda: self.questions.state.question)
        question = self.questions.state.question
        assert question is not None
        return question.title

    def answer(self, **fields: str) -> None:
        """Answers, and waits until the dialog has closed or says what was wrong."""
        self.asked()
        self.questions.answer(fields)
        self.until(lambda: not self.questions.state.working)

    def said(self) -> str:
        """All notices."""
        return "\n".join(notice.text for notice in self.house.notices.state.notices)


Sit = Callable[[str], Seat]


@pytest.fixture
def sit(server: LiveServer, tmp_path: Path) -> Iterator[Sit]:
    """Lets somebody sign in, and sit down."""
    houses: list[House] = []

    def sit_down(name: str) -> Seat:
        person = sign_up(name, server, tmp_path)
        return seat_of(person)

    def seat_of(person: Person) -> Seat:
        clock, board = FakeClock(), Board()
        house = build_house(Paths(person.cli.data), clock)
        house.clipboard.attach(board)
        house.shell.look_again()
        houses.append(house)
        return Seat(person, house, Questions(), clock, board)

    yield sit_down
    for house in houses:
        house.close()


@pytest.fixture
def ada(sit: Sit) -> Seat:
    return sit("ada")


@pytest.fixture
def bob(sit: Sit) -> Seat:
    return sit("bob")
