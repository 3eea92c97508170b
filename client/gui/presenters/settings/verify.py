"""Comparing safety numbers with a person: by eye, by digits that they sent, or by a picture of their QR code."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.bus import ContactsChanged
from client.gui.presenters.base import Openings
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.settings.questions import Questions
from client.gui.presenters.settings.room import Room
from client.gui.problem import FINE, Failure, Kind, Problem
from client.gui.text import _, date

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.actions.contacts import Comparison
    from client.actions.person import Person


@dataclass(frozen=True, slots=True)
class VerifyState:
    """`open` is whether the dialog is."""

    open: bool = False
    email: str = ""
    loading: bool = False
    working: bool = False
    """Whether something is being compared right now."""
    rows: tuple[str, ...] = ()
    """The 60 digits, three lines of four groups of five."""
    code: str = ""
    """What my QR code says."""
    warning: str = ""
    """What there is to know before comparing: a key that changed."""
    error: Failure = FINE
    alarm: bool = False
    """Whether the numbers differ: not a slip, but a danger."""
    can_compare: bool = False
    digits: str = ""
    """What has been typed of theirs."""


_GROUPS_A_ROW = 4
_DIGITS = 60


class Verify(Room[VerifyState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, VerifyState())
        self._comparison: Comparison | None = None
        self._openings = Openings()

    def begin(self, email: str) -> None:
        """Opens the dialog; asks the server for the other's key as it is now."""
        from client.actions.contacts import compare
        from client.local.addresses import normal_email

        self.close()
        only = self._openings.only
        begun, failed = only(self._begun), only(self._failed, late=self.say)

        def done(comparison: "Comparison") -> None:
            begun(comparison)
            self.house.bus.tell(ContactsChanged())  # whoever was new is a contact now

        self._show(VerifyState(open=True, email=email.strip(), loading=True))
        self.ask(lambda person, _job: compare(person, normal_email(email)), done, failed)

    def type_digits(self, text: str) -> None:
        """What they read out or sent, spaced as they like; compared by itself when it is whole."""
        self._show(replace(self.state, digits=text, error=FINE, alarm=False))
        if len([each for each in text if each.isdigit()]) == _DIGITS and not self.state.working:
            self.check_digits()

    def check_digits(self) -> None:
        from client.actions.contacts import check_number

        comparison, number = self._comparison, self.state.digits
        if comparison is not None and self.state.can_compare:
            self._check(lambda: check_number(comparison, number))

    def check_picture(self, path: str) -> None:
        """A photograph of the QR code that they see; an empty path changes nothing."""
        from client.actions.contacts import check_scan

        comparison = self._comparison
        if comparison is not None and path and self.state.can_compare:
            self._check(lambda: check_scan(comparison, Path(path)))

    def they_match(self) -> None:
        """The person has compared by eye, or by ear."""
        if self._comparison is not None and self.state.can_compare:
            self._check(lambda: None)

    def they_differ(self) -> None:
        from client.actions.contacts import mismatch
        from client.gui.problem import problem_of

        if self._comparison is not None and self.state.can_compare:
            self._failed(problem_of(mismatch(self._comparison)))

    def copy_number(self) -> None:
        if self.state.rows:
            self.house.clipboard.copy("\n".join(self.state.rows), _("The safety number"))

    def close(self) -> None:
        self._openings.anew()
        self._comparison = None
        self._show(VerifyState())

    def _check(self, check: "Callable[[], None]") -> None:
        from client.actions.contacts import confirm_verified

        comparison = self._comparison
        if comparison is None:
            return
        self._show(replace(self.state, working=True, can_compare=False, error=FINE, alarm=False))

        only = self._openings.only
        verified, failed = only(self.close), only(self._failed, late=self.say)

        def done(_contact: object) -> None:
            verified()
            text = _("{email} is verified.").format(email=comparison.email)
            self.house.notices.say(text, Tone.GOOD)
            self.house.bus.tell(ContactsChanged())

        def work(person: "Person", _job: object) -> None:
            check()
            confirm_verified(person, comparison)

        self.ask(work, done, failed)

    def _begun(self, comparison: "Comparison") -> None:
        self._comparison = comparison
        groups = comparison.number.split()
        rows = tuple(" ".join(groups[at : at + _GROUPS_A_ROW]) for at in range(0, len(groups), _GROUPS_A_ROW))
        self._show(
            VerifyState(
                open=True,
                email=comparison.email,
                rows=rows,
                code=comparison.code,
                warning=_warning(comparison),
                can_compare=True,
            )
        )

    def _failed(self, problem: Problem) -> None:
        self._show(
            replace(
                self.state,
                loading=False,
                working=False,
                error=problem.short_failure,
                alarm=problem.kind is Kind.UNTRUSTED,
                can_compare=self._comparison is not None,
            )
        )


def _warning(comparison: "Comparison") -> str:
    from shared.crypto.safety import fingerprint

    known = comparison.known
    if not comparison.changed or known is None:
        return ""
    if known.signing_key == comparison.card.signing_key:
        return _("The server shows a card of {email} that does not follow the one you knew.").format(
            email=comparison.email
        )
    return _("The key of {email} is not the one you knew since {when}. It was {before}, it is {now}.").format(
        email=comparison.email,
        when=date(known.first_met),
        before=fingerprint(known.signing_key),
        now=comparison.fingerprint,
    )
