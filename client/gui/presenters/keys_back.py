"""Keys that are elsewhere: back from a recovery kit, from another machine, or new ones where all are lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from client.gui.bus import ContactsChanged, KeysChanged
from client.gui.jobs import Job, Lane, Question
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.secret import NO_SECRET, Secret, SecretState
from client.gui.presenters.sign_in import Intent
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _

if TYPE_CHECKING:
    from client.local.vault import Unlocking


_OLDER = "OlderCopy"


class Way(Enum):
    CHOOSE = "choose"
    KIT = "kit"
    DEVICE = "device"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class KeysBackState:
    way: Way = Way.CHOOSE
    email: str = ""
    words: str = ""
    """As they were typed, or read from a picture."""
    hint: str = ""
    """What is said of them while they are typed."""
    can_restore: bool = False
    code: str = ""
    """By which the other machine knows this one."""
    qr: str = ""
    digits: str = ""
    """Six digits that both machines must show; empty until they are known."""
    confirmed: bool = False
    """Whether they were said to be the same here."""
    older: bool = False
    """Whether the copy is older than the keys that others see: it can be restored all the same."""
    secret: SecretState = NO_SECRET
    busy: bool = False
    busy_text: str = ""
    error: Failure = FINE


@dataclass(frozen=True, slots=True)
class _ShowCode:
    code: str
    qr: str


@dataclass(frozen=True, slots=True)
class _SameDigits:
    digits: str


@dataclass(frozen=True, slots=True)
class _Back:
    unlocking: "Unlocking"
    differing: tuple[str, ...] = ()
    """People whom the two machines know by different keys."""
    rotate: bool = False
    """Whether the keys are older than those that others seal to."""
    not_shown: bool = False
    """Whether the server shows others another card than ours."""


class KeysBack(Presenter[KeysBackState]):
    """`back` is called once keys are here."""

    def __init__(self, house: House, back: Callable[[bool], None]) -> None:
        """`back` is told whether the keys are new, so that they need a recovery kit."""
        super().__init__(KeysBackState())
        self._house = house
        self._back = back
        self._secret = Secret(self._show_secret)
        self._job: Job | None = None
        self._question: Question[object] | None = None
        self._new = False

    def begin(self, email: str, intent: Intent) -> None:
        self.stop()
        self._show(KeysBackState(email=email))
        if intent is Intent.KIT:
            self.choose(Way.KIT)
        elif intent is Intent.DEVICE:
            self.choose(Way.DEVICE)

    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._question = None
        self._secret.forget()

    def choose(self, way: Way) -> None:
        """Another way, also in the middle of one; nothing has happened yet."""
        self.stop()
        self._show(KeysBackState(way=way, email=self.state.email))
        if way is Way.DEVICE:
            self._wait_for_device()

    def type_words(self, text: str) -> None:
        """Says how many there are, and which of them is none."""
        hint, whole = _said_of(text)
        self._show(replace(self.state, words=text, hint=hint, can_restore=whole, error=FINE, older=False))

    def scan(self, picture: Path) -> None:
        """A photograph of the kit's QR code."""
        from client.actions.recovery_kit import words_in_picture

        self._show(replace(self.state, busy=True, busy_text=_("Looking for the code …"), error=FINE))
        self._house.jobs.run(lambda _job: words_in_picture(picture), done=self._scanned, failed=self._failed)

    def restore(self, *, older: bool = False) -> None:
        words, secret = self.state.words, self._secret
        if not self.state.can_restore or self.state.busy:
            return
        person = self._house.keys.person()
        self._new = False

        def work(job: Job) -> _Back:
            from client.actions.keys import make_known
            from client.actions.recovery_kit import Outcome, restore

            asking = secret.person(person, job)
            restored = restore(asking, words, older=older)
            if restored.outcome is Outcome.WHOLE:
                make_known(asking)
            return _Back(secret.unlocking(person), rotate=restored.outcome is Outcome.OLDER)

        self._run(work, _("Bringing your keys back …"))

    def same_digits(self, same: bool) -> None:
        """Whether the other machine shows the very digits."""
        question, self._question = self._question, None
        if question is None:
            return
        self._show(replace(self.state, confirmed=same, busy=same, busy_text=_("Waiting for the other machine …")))
        question.answer(same)

    def make_new(self) -> None:
        """New keys: what was sealed for the old ones stays closed."""
        if self.state.way is not Way.NEW or self.state.busy:
            return
        person, secret = self._house.keys.person(), self._secret
        self._new = True

        def work(job: Job) -> _Back:
            from client.actions.keys import make_new_identity

            make_new_identity(secret.person(person, job))
            return _Back(secret.unlocking(person))

        self._run(work, _("Making your keys …"))

    def use_keyring(self) -> None:
        self._secret.use_keyring()

    def use_passphrase(self, first: str, again: str) -> None:
        self._secret.use_passphrase(first, again)

    def _wait_for_device(self) -> None:
        person, secret = self._house.keys.person(), self._secret
        self._new = False

        def work(job: Job) -> _Back:
            from client.actions.keys import Standing, make_known
            from client.actions.pairing import get_keys

            asking = secret.person(person, job)
            arrived = get_keys(
                asking,
                lambda code, qr: job.report(_ShowCode(code, qr)),
                lambda digits: job.ask(Question[bool](_SameDigits(digits))),
                job.check,
            )
            shown = make_known(asking) is Standing.HERE
            return _Back(secret.unlocking(person), arrived.differing, not_shown=not shown)

        self._run(work, _("Getting ready …"))

    def _run(self, work: Callable[[Job], _Back], text: str) -> None:
        self._show(replace(self.state, busy=True, busy_text=text, error=FINE))
        self._job = self._house.jobs.run(
            work, done=self._done, failed=self._failed, heard=self._heard, asked=self._asked, lane=Lane.PATIENT
        )

    def _heard(self, event: object) -> None:
        if isinstance(event, _ShowCode):
            waiting = _("Waiting for the other machine …")
            self._show(replace(self.state, code=event.code, qr=event.qr, busy=True, busy_text=waiting))

    def _asked(self, question: Question[object]) -> None:
        if isinstance(question.about, _SameDigits):
            self._question = question
            self._show(replace(self.state, digits=question.about.digits, busy=False))
        elif not self._secret.asked(question):
            question.refuse()

    def _show_secret(self, secret: SecretState) -> None:
        busy = not secret.wanted if self.state.secret.wanted or secret.wanted else self.state.busy
        self._show(replace(self.state, secret=secret, busy=busy))

    def _scanned(self, words: str) -> None:
        self._show(replace(self.state, busy=False))
        self.type_words(words)

    def _done(self, back: _Back) -> None:
        self._job = None
        self._secret.forget()
        self._show(KeysBackState(email=self.state.email))
        self._house.bus.tell(KeysChanged())
        self._house.bus.tell(ContactsChanged())
        self._house.keys.unlocked(back.unlocking)
        self._house.notices.say(_("Your keys are on this machine."), Tone.GOOD)
        if back.rotate:
            older = _("These keys are older than those that others seal to. Change them now: Settings, Keys.")
            self._house.notices.say(older, Tone.WARNING)
        if back.not_shown:
            other = _("The server shows others another card of yours than your machines have. Ask whoever runs it.")
            self._house.notices.say(other, Tone.WARNING)
        for email in back.differing:
            differs = _("Your two machines know {email} by different keys. Compare safety numbers with them.")
            self._house.notices.say(differs.format(email=email), Tone.WARNING)
        self._back(self._new)

    def _failed(self, problem: Problem) -> None:
        self._job = None
        self._secret.forget()
        older = self.state.way is Way.KIT and problem.code == _OLDER
        self._show(
            replace(
                self.state,
                busy=False,
                code="",
                qr="",
                digits="",
                confirmed=False,
                older=older,
                error=problem.failure_and_safety,
            )
        )


def _said_of(text: str) -> tuple[str, bool]:
    """What to say of words while they are typed, and whether they are those of some kit."""
    from shared.crypto.recovery import WORDS, NoKit, key_of, looks_whole

    if not text.strip():
        return "", False
    try:
        key_of(text)
    except NoKit as error:
        if error.position is not None and (looks_whole(text) or text[-1:].isspace()):
            wrong = _("Word {number} is none of a kit's.").format(number=error.position)
            if not error.suggestions:
                return wrong, False
            perhaps = _("Perhaps {words}?").format(words=", ".join(error.suggestions))
            return f"{wrong} {perhaps}", False
        if looks_whole(text):
            return _("These words don't belong together: one of them is another, or they are in another order."), False
        count = len([each for each in text.split() if any(letter.isalpha() for letter in each)])
        return _("{count} of {whole} words").format(count=count, whole=WORDS), False
    return _("These are the words of a kit."), True
