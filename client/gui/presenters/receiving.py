"""From "receive these" to the queue: into which folder, with whose key, and what is asked before anything starts."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.errors import NeedsInput
from client.gui.bus import Locked, SettingsChanged, SignedOut
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.receiving_questions import About, Ask, Choice, Planned, Wanted, alarm, no_room, question
from client.gui.presenters.transfers import Get
from client.gui.presenters.trust import is_alarming
from client.gui.problem import Kind, Problem
from client.gui.text import _

if TYPE_CHECKING:
    from shared.crypto.keys import PrivateKeys


@dataclass(frozen=True, slots=True)
class ReceivingState:
    folder: str
    """Where everything goes."""
    ask: Ask | None = None
    working: bool = False
    """Whether the folder is being looked at."""
    key_file: str = ""
    """A PEM file whose key is used in place of my own keys."""
    key_asks: str = ""
    """The name of a PEM file whose passphrase is asked for; empty while none is."""
    key_error: str = ""
    key_working: bool = False


@dataclass(slots=True)
class _Plan:
    folder: Path
    things: list[Planned]
    room_left: int = 1
    """Bytes that would be left on the disk."""
    answers: dict[About, Choice] = field(default_factory=dict)
    """Those that do for all."""
    alarm_asked: bool = False


class Receiving(Presenter[ReceivingState]):
    def __init__(self, house: House) -> None:
        super().__init__(ReceivingState(folder=str(house.settings.current.downloads())))
        self._house = house
        self._plan: _Plan | None = None
        self._key_path: Path | None = None
        self.keys: PrivateKeys | None = None
        """Of the PEM file; in memory only."""
        self._own_folder = False
        house.bus.on(SettingsChanged, lambda _news: self._settings_changed())
        for gone in (Locked, SignedOut):
            house.bus.on(gone, lambda _news: self.forget_key())

    def choose_folder(self, folder: str) -> None:
        """For what is received from now on, until the window is closed."""
        if folder:
            self._own_folder = True
            self._show(replace(self.state, folder=folder))

    def receive(self, wanted: Iterable[Wanted]) -> None:
        """Asks what there is to ask, then hands them to the queue."""
        things = [Planned(each) for each in wanted]
        if not things or self._plan is not None:
            return
        self._plan = _Plan(Path(self.state.folder), things)
        self._ask_or_go_on()

    def answer(self, choice: Choice, *, for_all: bool = False) -> None:
        """To the question that is asked."""
        plan, ask = self._plan, self.state.ask
        if plan is None or ask is None:
            return
        self._show(replace(self.state, ask=None))
        if ask.about is About.ALARM:
            plan.alarm_asked = True
            if choice is not Choice.GO_ON:
                plan.things = [each for each in plan.things if not is_alarming(each.wanted.trust)]
            self._ask_or_go_on()
        elif ask.about is About.ROOM:
            plan.room_left = 1
            if choice is not Choice.GO_ON:
                plan.things = []
            self._next(plan)
        else:
            if for_all:
                plan.answers[ask.about] = choice
            waiting = next(each for each in plan.things if each.about is ask.about and not each.decided)
            _decide(waiting, choice, plan)
            self._next(plan)

    def give_up(self) -> None:
        """The question was closed: nothing of it is received."""
        self._plan = None
        self._show(replace(self.state, ask=None, working=False))

    def use_key_file(self, path: str) -> None:
        """Whoever was sent something for a PEM key opens it with this one."""
        if path:
            self._key_path = Path(path)
            self._load_key(None)

    def try_key_passphrase(self, passphrase: str) -> None:
        if passphrase and self.state.key_asks and not self.state.key_working:
            self._load_key(passphrase)

    def close_key_dialog(self) -> None:
        self._show(replace(self.state, key_asks="", key_error="", key_working=False))

    def forget_key(self) -> None:
        self.keys, self._key_path = None, None
        self._show(replace(self.state, key_file="", key_asks="", key_error="", key_working=False))

    def _load_key(self, passphrase: str | None) -> None:
        path = self._key_path
        if path is None:
            return

        def work(_job: object) -> "PrivateKeys":
            from client.actions.pem_file import private_keys_of
            from client.local.secrets import nobody_to_ask

            return private_keys_of(path, nobody_to_ask, passphrase)

        self._show(replace(self.state, key_working=True, key_error=""))
        self._house.jobs.run(
            work, done=lambda keys: self._key_loaded(path, keys), failed=lambda problem: self._key_failed(path, problem)
        )

    def _key_loaded(self, path: Path, keys: "PrivateKeys") -> None:
        if path == self._key_path:
            self.keys = keys
            self._show(replace(self.state, key_file=str(path), key_asks="", key_error="", key_working=False))

    def _key_failed(self, path: Path, problem: Problem) -> None:
        if path != self._key_path:
            return
        if problem.code == NeedsInput.__name__ or (problem.kind is Kind.PASSPHRASE and not self.state.key_asks):
            self._show(replace(self.state, key_asks=path.name, key_working=False))  # a file may name another one's
        elif problem.kind is Kind.PASSPHRASE:
            error = _("That is not the passphrase of this file. Try again.")
            self._show(replace(self.state, key_error=error, key_working=False))
        else:
            self._show(replace(self.state, key_asks="", key_working=False))
            self._house.notices.problem(problem)

    def _ask_or_go_on(self) -> None:
        plan = self._plan
        if plan is None:
            return
        alarming = [each.wanted for each in plan.things if is_alarming(each.wanted.trust)]
        if alarming and not plan.alarm_asked:
            self._show(replace(self.state, ask=alarm(alarming, len(plan.things))))
            return
        if not plan.things:
            self._plan = None
            return
        self._show(replace(self.state, working=True))
        folder, things = plan.folder, plan.things
        self._house.jobs.run(
            lambda _job: _look(folder, things),
            done=lambda room: self._looked(plan, room),
            failed=lambda problem: self._failed(problem),
        )

    def _looked(self, plan: _Plan, room_left: int) -> None:
        if plan is not self._plan:
            return
        plan.room_left = room_left
        self._show(replace(self.state, working=False))
        self._next(plan)

    def _failed(self, problem: Problem) -> None:
        self.give_up()
        self._house.notices.problem(problem)

    def _next(self, plan: _Plan) -> None:
        """The next question, or the queue."""
        if plan.things and plan.room_left < 0:
            self._show(replace(self.state, ask=no_room(plan.folder, -plan.room_left)))
            return
        for each in plan.things:
            if each.about is not None and not each.decided and each.about in plan.answers:
                _decide(each, plan.answers[each.about], plan)
        open_ones = [each for each in plan.things if each.about is not None and not each.decided]
        if open_ones:
            first = open_ones[0]
            more = sum(each.about is first.about for each in open_ones) - 1
            self._show(replace(self.state, ask=question(first, plan.folder, more)))
            return
        self._plan = None
        going = [each for each in plan.things if each.about is None or each.decided]
        for each in going:
            wanted = each.wanted
            self._house.transfers.add_get(
                Get(
                    file_id=wanted.file_id,
                    folder=plan.folder,
                    name=wanted.name,
                    size=wanted.size,
                    from_email=wanted.from_email,
                    save_as=each.save_as,
                    replace=each.replace,
                    key_file=self.state.key_file,
                    keys=self.keys,
                )
            )

    def _settings_changed(self) -> None:
        if not self._own_folder:
            self._show(replace(self.state, folder=str(self._house.settings.current.downloads())))


def _look(folder: Path, things: Sequence[Planned]) -> int:
    """Notes what has to be asked about each; returns the bytes that are left of the disk when all are there."""
    from client.local.names import shown, why_unsafe

    taken: set[str] = set()
    needed = 0
    for each in things:
        wanted = each.wanted
        needed += wanted.size or 0
        each.about, each.decided = None, False
        if why := why_unsafe(wanted.name):
            each.about, each.why = About.UNSAFE, why
            each.save_as = free_name(folder, f"file-{wanted.file_id[:8]}", taken)
            taken.add(each.save_as.casefold())
            continue
        if wanted.name.casefold() in taken and not wanted.is_folder:
            each.save_as = free_name(folder, wanted.name, taken)
            taken.add(each.save_as.casefold())
            continue
        taken.add(wanted.name.casefold())
        target = folder / wanted.name
        if wanted.is_folder:
            each.about = About.MERGE if target.exists() else None
        elif target.exists() or target.is_symlink():
            each.about, each.why = About.CLASH, shown(free_name(folder, wanted.name, taken))
            taken.add(each.why.casefold())
    return _room(folder) - needed


def _room(folder: Path) -> int:
    here = folder
    while not here.exists() and here != here.parent:
        here = here.parent
    return shutil.disk_usage(here).free


def free_name(folder: Path, name: str, taken: Iterable[str] = ()) -> str:
    """`report (2).pdf`: a name like `name` that nothing in the folder has."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    names = set(taken)
    number = 1
    candidate = name
    while candidate.casefold() in names or (folder / candidate).exists() or (folder / candidate).is_symlink():
        number += 1
        candidate = f"{stem} ({number}){dot}{suffix}"
    return candidate


def _decide(each: Planned, choice: Choice, plan: _Plan) -> None:
    each.decided = True
    if choice is Choice.SKIP:
        plan.things.remove(each)
    elif choice is Choice.REPLACE:
        each.replace = True
    elif choice is Choice.KEEP_BOTH:
        each.save_as = free_name(plan.folder, each.wanted.name, (other.save_as.casefold() for other in plan.things))
