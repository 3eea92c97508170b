"""The page of drop boxes: addresses at which people without an account leave files that only I can open."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from client.gui.bus import CameOnline, Locked, SignedIn, SignedOut
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.settings.box_form import BoxForm, parse_days
from client.gui.presenters.settings.questions import Field, Question, Questions
from client.gui.presenters.settings.room import Room
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, date, ngettext, size
from client.local.names import shown

if TYPE_CHECKING:
    from client.actions.boxes import MadeBox
    from client.actions.person import Person
    from shared.api.models import BoxItem


@dataclass(frozen=True, slots=True)
class BoxRow:
    box_id: str
    name: str
    state: str
    held: str
    """What has come so far, and what it takes."""
    password: str
    is_over: bool
    """It takes nothing any more."""
    can_close: bool
    is_here: bool
    """Whether it was made on this machine, and its address can be shown."""


@dataclass(frozen=True, slots=True)
class BoxAddress:
    """One whose address is to be seen."""

    title: str
    url: str = field(repr=False)
    said: str
    """How it stands, and what to mind."""


@dataclass(frozen=True, slots=True)
class BoxesState:
    rows: tuple[BoxRow, ...] = ()
    loaded: bool = False
    problem: Failure = FINE
    chosen: str = ""
    can_show: bool = False
    can_extend: bool = False
    can_close: bool = False
    address: BoxAddress | None = None
    form: BoxForm = BoxForm()  # noqa: RUF009  (frozen)


class Boxes(Room[BoxesState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, BoxesState())
        self._password = ""
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._forget())
        house.bus.on(Locked, lambda _news: self.hide())
        house.bus.on(CameOnline, lambda _news: self.shown())

    def shown(self) -> None:
        self.ask(_listed, self._loaded, self._failed)

    # --- those there are

    def choose(self, box_id: str) -> None:
        """A row; empty for none."""
        self._settle(replace(self.state, chosen=box_id))

    def show(self) -> None:
        """The address of the chosen one, with its QR code."""
        box_id = self.state.chosen
        if not self.state.can_show:
            return

        def work(person: "Person", _job: object) -> "MadeBox":
            from client.actions.boxes import find_box, show_box

            return show_box(person, find_box(person, box_id))

        self.ask(work, self._show_address, keys=True)

    def copy(self) -> None:
        if self.state.address is not None:
            self.house.clipboard.copy(self.state.address.url, _("The address"))

    def hide(self) -> None:
        """The address is no longer to be seen."""
        self._settle(replace(self.state, address=None))

    def extend(self) -> None:
        """Asks for how many days more."""
        row = self._chosen()
        if row is None or not self.state.can_extend:
            return

        def answered(given: Mapping[str, str]) -> None:
            days = parse_days(given["days"])
            if days is None:
                self.questions.fail(_("Write a whole number of days."))
                return

            def work(person: "Person", _job: object) -> None:
                from client.actions.boxes import change_box, find_box
                from shared.api.models import BoxChange

                change_box(person, find_box(person, row.box_id), BoxChange(expires_hours=days * 24))

            self.ask(work, lambda _none: self._changed(_("The drop box has new terms.")), self.fail_question)

        question = Question(
            _("How long is {name} open?").format(name=row.name),
            _("So many days from now on it takes files in. Those that were left are kept as they were."),
            _("Save"),
            (Field("days", _("Days from now on"), text="7"),),
        )
        self.questions.ask(question, answered)

    def close(self) -> None:
        """For good, once that was confirmed."""
        row = self._chosen()
        if row is None or not self.state.can_close:
            return

        def work(person: "Person", _job: object) -> None:
            from client.actions.boxes import close_box, find_box

            close_box(person, find_box(person, row.box_id))

        question = Question(
            _("Close {name}?").format(name=row.name),
            _("Nobody can leave anything in it from then on, for good. What was left stays yours."),
            _("Close it"),
            danger=True,
        )
        done = _("The drop box is closed.")
        self.questions.ask(
            question, lambda _given: self.ask(work, lambda _none: self._changed(done), self.fail_question)
        )

    # --- a new one

    def type_name(self, text: str) -> None:
        self._form(replace(self.state.form, name=text))

    def type_note(self, text: str) -> None:
        self._form(replace(self.state.form, note=text))

    def type_files(self, text: str) -> None:
        self._form(replace(self.state.form, files=text))

    def type_size(self, text: str) -> None:
        self._form(replace(self.state.form, size=text))

    def type_password(self, text: str) -> None:
        self._password = text
        self._form(replace(self.state.form, has_password=bool(text)))

    def open_for(self, days: int) -> None:
        self._form(replace(self.state.form, days=days))

    def keep_for(self, days: int) -> None:
        self._form(replace(self.state.form, keep_days=days))

    def choose_notice(self, on: bool) -> None:
        """A mail when something was left."""
        self._form(replace(self.state.form, notify=on))

    def make(self) -> None:
        form = self.state.form
        if not form.can_make:
            return
        name, password, terms = form.name.strip(), self._password or None, form.terms()
        self._form(replace(form, working=True, error=FINE))

        def work(person: "Person", _job: object) -> "MadeBox":
            from client.actions.boxes import make_box

            return make_box(person, name, password, terms)

        self.ask(work, self._made, self._refused, keys=True, refused=self._not_now)

    def _made(self, made: "MadeBox") -> None:
        if not self.state.form.working:
            return  # somebody else sits here now
        self._password = ""
        self._form(BoxForm())
        self._show_address(made)
        self.shown()

    def _refused(self, problem: Problem) -> None:
        self._form(replace(self.state.form, working=False, error=problem.failure))

    def _not_now(self) -> None:
        self._form(replace(self.state.form, working=False))

    # --- what follows

    def _show_address(self, made: "MadeBox") -> None:
        row = _row(made.item, made.name)
        hint = _("Tell them the password by another way.") if made.item.password else ""
        said = " · ".join((row.state, row.held))
        title = _("The address of {name}").format(name=row.name)
        self._settle(replace(self.state, address=BoxAddress(title, made.url, f"{said}\n{hint}".rstrip())))

    def _loaded(self, found: "tuple[list[BoxItem], dict[str, str]]") -> None:
        items, names = found
        rows = tuple(_row(item, names.get(item.box_id)) for item in items)
        self._settle(replace(self.state, rows=rows, loaded=True, problem=FINE))

    def _failed(self, problem: Problem) -> None:
        self._settle(replace(self.state, problem=problem.failure_beside(self.state.loaded)))

    def _changed(self, said: str) -> None:
        self.questions.close()
        self.house.notices.say(said, Tone.GOOD)
        self.shown()

    def _forget(self) -> None:
        self._password = ""
        self._show(BoxesState())

    def _form(self, form: BoxForm) -> None:
        self._show(replace(self.state, form=form.checked()))

    def _chosen(self) -> BoxRow | None:
        return next((row for row in self.state.rows if row.box_id == self.state.chosen), None)

    def _settle(self, state: BoxesState) -> None:
        row = next((row for row in state.rows if row.box_id == state.chosen), None)
        self._show(
            replace(
                state,
                chosen="" if row is None else row.box_id,
                can_show=row is not None and row.is_here and row.can_close,
                can_extend=row is not None and row.can_close,
                can_close=row is not None and row.can_close,
            )
        )


def _listed(person: "Person", _job: object) -> "tuple[list[BoxItem], dict[str, str]]":
    from client.actions.boxes import boxes_of, names_of

    return boxes_of(person), names_of(person)


def _row(item: "BoxItem", name: str | None) -> BoxRow:
    from client.actions.boxes import state_of

    state = state_of(item, time.time())
    words = {
        "open": _("Open until {date}"),
        "full": _("Full; open until {date}"),
        "closed": _("Closed"),
        "expired": _("Expired"),
    }[state].format(date=date(item.expires_at))
    return BoxRow(
        item.box_id,
        _("(made on another machine)") if name is None else shown(name),
        words,
        _held(item),
        _("yes") if item.password else _("no"),
        state in ("closed", "expired"),
        item.closed_at is None,
        name is not None,
    )


def _held(item: "BoxItem") -> str:
    files = ngettext("{count} file", "{count} files", item.files)
    if item.max_files is not None:
        files = _("{count} of {most} files").format(count=f"{item.files:,}", most=f"{item.max_files:,}")
    if item.max_bytes is None:
        return f"{files}, {size(item.bytes)}" if item.files else files
    return _("{files}, {size} of {most}").format(files=files, size=size(item.bytes), most=size(item.max_bytes))
