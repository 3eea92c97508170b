"""The page of two-step sign-in: an authenticator app, and recovery codes that are shown once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.bus import CameOnline, Locked, SignedIn, SignedOut
from client.gui.presenters.base import Openings
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.settings.questions import Field, Question, Questions
from client.gui.presenters.settings.room import Room
from client.gui.problem import FINE, Failure, Kind, Problem
from client.gui.text import _

if TYPE_CHECKING:
    from shared.api.models import SecondFactorEnrolment, SecondFactorState

CODE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class TotpState:
    loaded: bool = False
    on: bool = False
    working: bool = False
    problem: Failure = FINE
    secret: str = ""
    """To type into the app; while it is being set up."""
    uri: str = ""
    """For its QR code."""
    code_error: Failure = FINE
    codes: tuple[str, ...] = ()
    """Recovery codes, this one time."""
    can_begin: bool = False
    can_turn_off: bool = False


class SecondFactor(Room[TotpState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, TotpState())
        self._openings = Openings()
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._forget())
        house.bus.on(Locked, lambda _news: self._hide())
        house.bus.on(CameOnline, lambda _news: self.shown())

    def shown(self) -> None:
        """What is being set up, or shown once, stays."""
        if not self.state.uri and not self.state.codes:
            self.ask(lambda person, _job: person.api.second_factor(), self._openings.only(self._loaded), self._failed)

    def begin(self) -> None:
        if self.state.can_begin:
            self._show(replace(self.state, working=True, can_begin=False, problem=FINE))
            self.ask(
                lambda person, _job: person.api.begin_second_factor(), self._openings.only(self._begun), self._failed
            )

    def type_code(self, text: str) -> None:
        """Sends itself when it is whole."""
        code = "".join(text.split())
        if code.isdigit() and len(code) == CODE_DIGITS:
            self.confirm(code)

    def confirm(self, text: str) -> None:
        code = "".join(text.split())
        if not self.state.uri or self.state.working or not code:
            return
        self._show(replace(self.state, working=True, code_error=FINE))
        confirmed = self._openings.only(self._confirmed, late=lambda _codes: self._lost())
        self.ask(lambda person, _job: person.api.confirm_second_factor(code), confirmed, self._wrong)

    def cancel(self) -> None:
        """Nothing was turned on; the secret is of no use to anybody."""
        self._show(TotpState())
        self.shown()

    def turn_off(self) -> None:
        if not self.state.can_turn_off:
            return

        def answered(given: Mapping[str, str]) -> None:
            code = given["code"].strip()
            self.ask(lambda person, _job: person.api.turn_second_factor_off(code), self._off, self.fail_question)

        self.questions.ask(
            Question(
                _("Turn two-step sign-in off?"),
                _("Whoever can read your mail can sign in as you then. They still can't open your files."),
                _("Turn off"),
                (Field("code", _("Code of the app, or a recovery code")),),
                danger=True,
            ),
            answered,
        )

    def copy_secret(self) -> None:
        self.house.clipboard.copy(self.state.secret, _("The secret"))

    def copy_codes(self) -> None:
        self.house.clipboard.copy("\n".join(self.state.codes), _("The recovery codes"))

    def save_codes(self, target: str) -> None:
        """Into a file that only its owner may read; an empty name changes nothing."""
        from client.local.private_files import write_private

        text = "".join(f"{code}\n" for code in self.state.codes)
        if target and text:
            self.house.jobs.run(
                lambda _job: write_private(Path(target), text.encode("utf-8")),
                done=lambda _none: self._saved(target),
                failed=self.say,
            )

    def codes_are_safe(self) -> None:
        """They are not shown again."""
        self._show(TotpState())
        self.shown()

    def _hide(self) -> None:
        """The keys are locked: what is secret, or about to come, is nobody's to see now."""
        state = self.state
        if state.codes:
            self._lost()
        elif state.uri or state.working:
            self._forget()
            self.shown()

    def _lost(self) -> None:
        lost = _(
            "The recovery codes are no longer shown. If you don't have them, turn two-step sign-in off and on again."
        )
        self.house.notices.say(lost, Tone.WARNING)
        self._forget()
        self.shown()

    def _forget(self) -> None:
        self._openings.anew()
        self._show(TotpState())

    def _saved(self, target: str) -> None:
        self.house.notices.say(_("Saved: {path}").format(path=target), Tone.GOOD)

    def _loaded(self, state: "SecondFactorState") -> None:
        self._show(TotpState(loaded=True, on=state.on, can_begin=not state.on, can_turn_off=state.on))

    def _failed(self, problem: Problem) -> None:
        self._show(replace(self.state, working=False, can_begin=self.state.loaded, problem=problem.failure))

    def _begun(self, enrolment: "SecondFactorEnrolment") -> None:
        self._show(TotpState(loaded=True, secret=enrolment.secret, uri=enrolment.uri))

    def _confirmed(self, codes: list[str]) -> None:
        self._show(TotpState(loaded=True, on=True, codes=tuple(codes), can_turn_off=True))

    def _wrong(self, problem: Problem) -> None:
        wrong = _("That is not the code that the app shows now. Is the clock of your phone right?")
        is_wrong = problem.kind in (Kind.REFUSED, Kind.SIGNED_OUT, Kind.INPUT)
        error = replace(problem.failure, text=wrong) if is_wrong else problem.failure
        self._show(replace(self.state, working=False, code_error=error))

    def _off(self, _none: None) -> None:
        self.questions.close()
        self.house.notices.say(_("Two-step sign-in is off."), Tone.GOOD)
        self._show(TotpState())
        self.shown()
