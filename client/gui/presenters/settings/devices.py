"""The page of devices: where I am signed in, and giving my keys to a new machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from client.gui import jobs
from client.gui.bus import CameOnline, OpenTab, SignedIn, SignedOut
from client.gui.jobs import Cancel, Job, Lane
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.settings.questions import Field, Question, Questions
from client.gui.presenters.settings.room import Room
from client.gui.presenters.shell import ACCOUNT
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, date, moment
from client.local.names import shown

if TYPE_CHECKING:
    from client.actions.pairing import Waiting
    from client.actions.person import Person
    from shared.api.models import SessionItem

_LOOK_SECONDS = 4.0
"""How often it is asked whether a new machine waits, while the page is open."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    session_id: str
    name: str
    current: bool
    used: str
    where: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A new machine that asks for the keys."""

    pairing_id: str
    name: str
    code: str
    since: str


@dataclass(frozen=True, slots=True)
class DevicesState:
    devices: tuple[DeviceRow, ...] = ()
    waiting: tuple[WaitingRow, ...] = ()
    loading: bool = False
    problem: Failure = FINE
    can_end_all: bool = False
    can_approve: bool = False
    """Whether this machine has keys to give."""
    giving: bool = False
    progress: str = ""


class Devices(Room[DevicesState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, DevicesState())
        self._waiting: list[Waiting] = []
        self._timer: Cancel | None = None
        self._open = False
        self._job: Job | None = None
        house.bus.on(CameOnline, lambda _news: self._online())
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._forget())

    def shown(self) -> None:
        self._open = True
        self._show(replace(self.state, loading=not self.state.devices))
        self.ask(
            lambda person, _job: (person.api.sessions(), person.vault.has(person.email)), self._loaded, self._failed
        )
        self._look()

    def left(self) -> None:
        """The page was left: nobody looks for machines that wait any more."""
        self._open = False
        if self._timer is not None:
            self._timer()
            self._timer = None

    def rename(self, session_id: str) -> None:
        row = self._row(session_id)
        if row is None:
            return

        def answered(given: Mapping[str, str]) -> None:
            name = given["name"].strip()
            self.ask(
                lambda person, _job: person.api.rename_session(session_id, name), self._changed, self.fail_question
            )

        field = Field("name", _("Name"), text=row.name)
        self.questions.ask(Question(_("Rename the device"), "", _("Rename"), (field,)), answered)

    def end(self, session_id: str) -> None:
        """Signs one other device out."""
        row = self._row(session_id)
        if row is None or row.current:
            return

        def answered(_given: Mapping[str, str]) -> None:
            self.ask(lambda person, _job: person.api.end_session(session_id), self._ended, self.fail_question)

        text = _(
            "It is signed out at once, and can fetch nothing any more. What it has it keeps: files, and your keys if "
            "it had them. If it is lost, change your keys afterwards."
        )
        question = Question(_("Sign out {name}?").format(name=row.name), text, _("Sign out"), danger=True)
        self.questions.ask(question, answered)

    def end_all(self) -> None:
        """Everywhere, here as well."""

        def answered(_given: Mapping[str, str]) -> None:
            from client.actions.account import sign_out_everywhere

            finish = self.house.parting()

            def work(person: "Person", _job: Job) -> int:
                finish()
                return sign_out_everywhere(person)

            self.ask(work, self._all_ended, self.fail_question)

        self.questions.ask(
            Question(
                _("Sign out everywhere?"),
                _("Every device is signed out, this one too. Keys and files on them stay there."),
                _("Sign out everywhere"),
                danger=True,
            ),
            answered,
        )

    def add(self) -> None:
        """How a new machine gets the keys: it begins there; its code is typed, or its picture read, here."""
        text = _(
            "On the new machine: open Sealcase, sign in, and choose “Add this device”. It shows eight digits and a QR "
            "code. Type the digits here. Then both machines show six digits for you to compare."
        )
        question = Question(_("Add a device"), text, _("Go on"), (Field("code", _("Code of the new device")),))
        self.questions.ask(question, lambda given: self._find(_chooser(given["code"])))

    def add_by_picture(self, path: str) -> None:
        """A photograph of the new machine's QR code."""
        from client.actions.pairing import device_in_picture

        if path:
            picture = Path(path)
            self.house.jobs.run(lambda _job: device_in_picture(picture), done=self._find, failed=self.say)

    def approve(self, pairing_id: str) -> None:
        """One of those that wait."""
        found = next((each for each in self._waiting if each.pairing_id == pairing_id), None)
        if found is not None:
            self._give(found)

    def get_keys_here(self) -> None:
        """Where this machine is the new one, the Account tab leads through it."""
        self.house.bus.tell(OpenTab(ACCOUNT))

    def stop_giving(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _online(self) -> None:
        if self._open:
            self.shown()

    def _find(self, fits: Callable[[bytes], bool]) -> None:
        from client.actions.pairing import chosen, waiting_devices

        def work(person: "Person", _job: Job) -> "Waiting":
            return chosen([each for each in waiting_devices(person) if not each.answered], fits)

        def found(device: "Waiting") -> None:
            self.questions.close()
            self._give(device)

        self.ask(work, found, self.fail_question)

    def _give(self, device: "Waiting") -> None:
        from client.actions.pairing import give_keys

        if self.state.giving:
            return
        name = shown(device.name) or _("A machine")
        self._show(replace(self.state, giving=True, progress=_("Waiting for {name} …").format(name=name)))

        def work(person: "Person", job: Job) -> None:
            give_keys(person, device, lambda digits: job.ask(jobs.Question[bool](digits)))

        self.ask(
            work,
            lambda _none: self._given(name),
            self._not_given,
            keys=True,
            lane=Lane.PATIENT,
            asked=lambda question: self._compare(name, question),
            refused=self._stopped,
            started=self._started,
        )

    def _started(self, job: Job) -> None:
        self._job = job

    def _compare(self, name: str, question: "jobs.Question[object]") -> None:
        same = cast("jobs.Question[bool]", question)

        def answered(_given: Mapping[str, str]) -> None:
            self.questions.close()
            same.answer(True)

        self.questions.ask(
            Question(
                _("Compare the six digits"),
                _("Does {name} show the same? Only then it gets your keys and contacts.").format(name=name),
                _("They are the same"),
                big=str(question.about),
                refuse=_("They differ"),
            ),
            answered,
            lambda: same.answer(False),
        )

    def _given(self, name: str) -> None:
        self._idle()
        text = _("Your keys and contacts are on their way to {name}.").format(name=name)
        self.house.notices.say(text, Tone.GOOD)
        self.shown()

    def _not_given(self, problem: Problem) -> None:
        self._idle()
        self.house.notices.problem(problem)

    def _stopped(self) -> None:
        self._idle()

    def _idle(self) -> None:
        self._job = None
        self._show(replace(self.state, giving=False, progress=""))

    def _look(self) -> None:
        """Whether a new machine waits; again and again while the page is open."""
        from client.actions.pairing import waiting_devices

        if self._timer is not None:
            self._timer()
            self._timer = None
        if not self._open:
            return

        def found(waiting: "list[Waiting]") -> None:
            self._waiting = [each for each in waiting if not each.answered]
            rows = tuple(
                WaitingRow(each.pairing_id, shown(each.name) or _("A machine"), each.code, moment(each.since))
                for each in self._waiting
            )
            self._show(replace(self.state, waiting=rows))
            again()

        def again(_problem: Problem | None = None) -> None:
            if self._open:
                self._timer = self.house.scheduler.after(_LOOK_SECONDS, self._look)

        self.ask(lambda person, _job: waiting_devices(person), found, again)

    def _loaded(self, answer: "tuple[list[SessionItem], bool]") -> None:
        sessions, has_keys = answer
        rows = tuple(_device_row(each) for each in sessions)
        self._show(
            replace(
                self.state,
                devices=rows,
                loading=False,
                problem=FINE,
                can_end_all=bool(rows),
                can_approve=has_keys,
            )
        )

    def _failed(self, problem: Problem) -> None:
        self._show(replace(self.state, loading=False, problem=problem.failure_beside(self.state.devices)))

    def _changed(self, _none: None) -> None:
        self.questions.close()
        self.shown()

    def _ended(self, _none: None) -> None:
        self.house.notices.say(_("It is signed out."), Tone.GOOD)
        self._changed(None)

    def _all_ended(self, _count: int) -> None:
        self.questions.close()
        self.house.bus.tell(SignedOut())
        self.house.notices.say(_("You are signed out everywhere."), Tone.GOOD)

    def _row(self, session_id: str) -> DeviceRow | None:
        return next((each for each in self.state.devices if each.session_id == session_id), None)

    def _forget(self) -> None:
        self.stop_giving()
        self._waiting = []
        self._show(DevicesState())


def _chooser(code: str) -> Callable[[bytes], bool]:
    from shared.crypto.pairing import chooser

    return chooser(code)


def _device_row(session: "SessionItem") -> DeviceRow:
    where = ", ".join(shown(each) for each in (session.client, session.ip_prefix) if each)
    used = _("now") if session.current else _("last used {when}").format(when=moment(session.last_used_at))
    since = _("since {when}").format(when=date(session.created_at))
    return DeviceRow(
        session.session_id,
        shown(session.name) or _("A device without a name"),
        session.current,
        f"{used}, {since}",
        where,
    )
