"""Signing in, step by step: server, address, code, second factor, and how new keys are locked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from client.gui.jobs import Cancel, Job, Lane, Question
from client.gui.presenters.base import Presenter
from client.gui.presenters.house import House
from client.gui.presenters.secret import NO_SECRET, Secret, SecretState
from client.gui.problem import FINE, Failure, Kind, Problem
from client.gui.text import _
from shared.api.limits import MAX_DEVICE_NAME_CHARS, SIGN_IN_CODE_DIGITS

if TYPE_CHECKING:
    from client.actions.account import Server
    from client.actions.keys import Standing
    from client.local.vault import Unlocking

RESEND_SECONDS = 30
_UNENCRYPTED = "Unencrypted"


class Step(Enum):
    SERVER = 1
    EMAIL = 2
    CODE = 3
    SECOND_FACTOR = 4
    SECRET = 5


class Intent(Enum):
    """What somebody has said on the first page."""

    SIGN_IN = "sign in"
    KIT = "kit"
    """They have a recovery kit."""
    DEVICE = "device"
    """Another machine of theirs has the keys."""


@dataclass(frozen=True, slots=True)
class SignInState:
    step: Step = Step.SERVER
    intent: Intent = Intent.SIGN_IN
    address: str = ""
    """The server, as it was typed or is suggested."""
    server: str = ""
    """Its name, once it has answered."""
    encrypted: bool = True
    """Whether the way to it is."""
    offers_http: bool = False
    """Whether it would do without encryption, which its owner has to allow."""
    email: str = ""
    busy: bool = False
    busy_text: str = ""
    error: Failure = FINE
    resend_in: int = 0
    """Seconds until another code can be asked for."""
    secret: SecretState = NO_SECRET

    @property
    def can_resend(self) -> bool:
        return self.step is Step.CODE and not self.busy and self.resend_in == 0

    @property
    def can_go_back(self) -> bool:
        return self.step is not Step.SERVER and not (self.busy and self.step is not Step.SECRET)


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody has signed in."""

    email: str
    server: str
    keys: "Standing"
    begun: bool
    """Whether a change of the keys was interrupted."""
    intent: Intent
    unlocking: "Unlocking | None"


class SignIn(Presenter[SignInState]):
    """`arrived` is called at the end; it may begin anew after that."""

    def __init__(self, house: House, arrived: Callable[[Arrived], None]) -> None:
        super().__init__(SignInState())
        self._house = house
        self._arrived = arrived
        self._secret = Secret(self._show_secret)
        self._allow_http = False
        self._url = ""
        self._code = ""
        self._tried = ""
        """The code that was tried last: it is not sent again by itself."""
        self._job: Job | None = None
        self._timer: Cancel | None = None

    def begin(self, email: str = "", server: str = "") -> None:
        """From the first page, with the answers of the last time where no others are suggested."""
        self.stop()
        self._code = self._tried = ""
        address = server or self._house.settings.current.server
        self._show(SignInState(address=address, email=email or self.state.email))

    def stop(self) -> None:
        """Whatever runs; a sign-in that was not whole is taken back."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._stop_counting()
        self._secret.forget()

    def choose_intent(self, intent: Intent) -> None:
        """On the first page: what comes after the sign-in."""
        self._show(replace(self.state, intent=intent))

    def find_server(self, address: str) -> None:
        self._find(address, allow_http=False)

    def allow_http(self) -> None:
        """The network is trusted, says the person, for this server."""
        if self.state.offers_http:
            self._find(self.state.address, allow_http=True)

    def give_email(self, email: str) -> None:
        """Lets a code be mailed."""
        if self.state.busy or self.state.step not in (Step.EMAIL, Step.CODE):
            return
        self._show(replace(self.state, email=email.strip()))
        self._mail()

    def resend(self) -> None:
        if self.state.can_resend:
            self._mail()

    def type_code(self, text: str) -> None:
        """Digits in whatever way they are spaced; six of them are sent at once."""
        digits = "".join(each for each in text if each.isascii() and each.isdigit())
        if self.state.step is Step.CODE and len(digits) == SIGN_IN_CODE_DIGITS and digits != self._tried:
            self._code = self._tried = digits
            self._sign_in(None)

    def give_code(self, text: str) -> None:
        """By Return or the button: also one that was tried before."""
        self._tried = ""
        self.type_code(text)
        if not self.state.busy:
            self._show(replace(self.state, error=Failure(_("A code has six digits."))))

    def give_second_factor(self, text: str) -> None:
        if self.state.step is Step.SECOND_FACTOR and not self.state.busy and text.strip():
            self._sign_in(text.strip())

    def use_keyring(self) -> None:
        self._secret.use_keyring()

    def use_passphrase(self, first: str, again: str) -> None:
        self._secret.use_passphrase(first, again)

    def back(self) -> None:
        """One step; from the code to the address, from everything later to the code."""
        if not self.state.can_go_back:
            return
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._secret.forget()
        self._stop_counting()
        step = {Step.EMAIL: Step.SERVER, Step.CODE: Step.EMAIL}.get(self.state.step, Step.EMAIL)
        self._show(replace(self.state, step=step, busy=False, error=FINE, resend_in=0))

    def _find(self, address: str, *, allow_http: bool) -> None:
        address = address.strip()
        if self.state.busy or self.state.step is not Step.SERVER:
            return
        if not address:
            self._show(replace(self.state, error=Failure(_("Type the address of the server that you use."))))
            return
        from client.actions.account import find_server

        self._allow_http = allow_http
        busy = _("Looking for the server …")
        self._show(replace(self.state, address=address, busy=True, busy_text=busy, error=FINE, offers_http=False))
        self._job = self._house.jobs.run(
            lambda _job: find_server(address, allow_http=allow_http), done=self._found, failed=self._failed
        )

    def _found(self, server: "Server") -> None:
        self._url = server.url
        self._house.change_settings(lambda now: replace(now, server=server.url))
        found = replace(self.state, step=Step.EMAIL, server=server.name, encrypted=server.encrypted)
        self._show(replace(found, busy=False, error=FINE))

    def _mail(self) -> None:
        from client.actions.account import mail_code

        server, email = self._url, self.state.email
        self._code = self._tried = ""
        self._show(replace(self.state, busy=True, busy_text=_("Asking for a code …"), error=FINE))
        self._job = self._house.jobs.run(lambda _job: mail_code(server, email), done=self._mailed, failed=self._failed)

    def _mailed(self, email: str) -> None:
        self._show(replace(self.state, step=Step.CODE, email=email, busy=False, resend_in=RESEND_SECONDS))
        self._stop_counting()
        self._timer = self._house.scheduler.after(1, self._count)

    def _count(self) -> None:
        self._timer = None
        left = self.state.resend_in - 1
        self._show(replace(self.state, resend_in=max(0, left)))
        if left > 0:
            self._timer = self._house.scheduler.after(1, self._count)

    def _sign_in(self, totp: str | None) -> None:
        server, email, code, intent = self._url, self.state.email, self._code, self.state.intent
        allow_http, secret, paths = self._allow_http, self._secret, self._house.paths
        self._show(replace(self.state, busy=True, busy_text=_("Signing in …"), error=FINE))

        def work(job: Job) -> Arrived:
            import socket

            from client.actions.account import sign_in
            from client.actions.keys import Standing

            signed_in = sign_in(
                paths,
                server,
                email,
                lambda: code,
                secret.asking(job),
                code=code,
                totp=totp,
                allow_http=allow_http,
                device=socket.gethostname()[:MAX_DEVICE_NAME_CHARS],
                choose_keyring=secret.choosing(job),
            )
            person, keys = signed_in.person, signed_in.keys
            begun = keys is not Standing.ELSEWHERE and person.vault.label(email).begun
            unlocking = secret.unlocking(person) if keys is Standing.MADE else None
            return Arrived(email, server, keys, begun, intent, unlocking)

        self._job = self._house.jobs.run(
            work, done=self._signed_in, failed=self._refused, asked=self._asked, lane=Lane.PATIENT
        )

    def _asked(self, question: Question[object]) -> None:
        if not self._secret.asked(question):
            question.refuse()

    def _show_secret(self, secret: SecretState) -> None:
        step = Step.SECRET if secret.wanted else self.state.step
        busy = not secret.wanted if step is Step.SECRET else self.state.busy
        text = _("Making your keys …") if step is Step.SECRET else self.state.busy_text
        self._show(replace(self.state, secret=secret, step=step, busy=busy, busy_text=text))

    def _signed_in(self, arrived: Arrived) -> None:
        self._job = None
        self._stop_counting()
        self._secret.forget()
        self._show(SignInState(address=self.state.address, email=arrived.email))
        self._arrived(arrived)

    def _refused(self, problem: Problem) -> None:
        """Of the sign-in itself: a wrong code is no reason to begin anew."""
        self._job = None
        self._secret.forget()
        if problem.kind is Kind.SECOND_FACTOR:
            self._show(replace(self.state, step=Step.SECOND_FACTOR, busy=False, error=FINE))
            return
        if problem.kind is Kind.SIGNED_OUT:
            wrong = (
                _("That code does not fit. Check it, or wait for the app to show the next one.")
                if self.state.step is Step.SECOND_FACTOR
                else _("The code is wrong, used or too old. Check it, or let a new one be mailed.")
            )
            self._show(replace(self.state, busy=False, error=Failure(wrong, problem.details)))
            return
        step = Step.CODE if self.state.step is Step.SECRET else self.state.step
        self._show(replace(self.state, step=step))
        self._failed(problem)

    def _failed(self, problem: Problem) -> None:
        self._job = None
        offers = problem.code == _UNENCRYPTED
        text = problem.sentence
        if offers:
            text = _("This address is not encrypted on the way: whoever is between could sign in as you.")
        elif problem.kind is Kind.OFFLINE:
            name = self.state.server if self.state.step is not Step.SERVER else self.state.address
            text = _("{server} can't be reached. Check the address, and that you are online.").format(server=name)
        self._show(replace(self.state, busy=False, error=Failure(text, problem.details), offers_http=offers))

    def _stop_counting(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
