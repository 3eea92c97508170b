"""The page of access tokens: for scripts, with the rights that they need and no others; each is shown once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from client.gui.bus import CameOnline, Locked, SignedIn, SignedOut
from client.gui.presenters.base import Openings
from client.gui.presenters.house import House
from client.gui.presenters.notices import Tone
from client.gui.presenters.settings.questions import Question, Questions
from client.gui.presenters.settings.room import Room
from client.gui.problem import FINE, Failure, Problem
from client.gui.text import _, date, moment
from client.local.names import shown
from shared.api.limits import DEFAULT_TOKEN_EXPIRY_HOURS, MAX_TOKEN_NAME_CHARS
from shared.api.scopes import Scope

if TYPE_CHECKING:
    from shared.api.models import CreatedToken, TokenItem

_DAY_HOURS = 24
EXPIRY_DAYS = (7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class TokenRow:
    token_id: str
    name: str
    rights: str
    until: str
    used: str


@dataclass(frozen=True, slots=True)
class TokensState:
    rows: tuple[TokenRow, ...] = ()
    loaded: bool = False
    problem: Failure = FINE
    name: str = ""
    scopes: frozenset[str] = frozenset((Scope.FILES_READ.value,))
    days: int = DEFAULT_TOKEN_EXPIRY_HOURS // _DAY_HOURS
    """How long it is good for; 0 until it is revoked."""
    error: Failure = FINE
    working: bool = False
    can_create: bool = False
    token: str = ""
    """The one that was just made, this one time."""


class Tokens(Room[TokensState]):
    def __init__(self, house: House, questions: Questions) -> None:
        super().__init__(house, questions, TokensState())
        self._openings = Openings()
        for kind in (SignedIn, SignedOut):
            house.bus.on(kind, lambda _news: self._forget())
        house.bus.on(Locked, lambda _news: self._hide())
        house.bus.on(CameOnline, lambda _news: self.shown())

    def shown(self) -> None:
        self.ask(lambda person, _job: person.api.tokens(), self._loaded, self._failed)

    def name(self, text: str) -> None:
        self._form(name=text)

    def allow(self, scope: str, on: bool) -> None:
        scopes = self.state.scopes | {scope} if on else self.state.scopes - {scope}
        self._form(scopes=frozenset(scopes))

    def expire(self, days: int) -> None:
        self._form(days=days)

    def create(self) -> None:
        from shared.api.models import TokenRequest

        if not self.state.can_create:
            return
        state = self.state
        wanted = TokenRequest(
            name=state.name.strip(),
            scopes=sorted(Scope(each) for each in state.scopes),
            expires_hours=state.days * _DAY_HOURS or None,
        )
        self._show(replace(state, working=True, can_create=False, error=FINE))
        created = self._openings.only(self._created, late=lambda _made: self._lost())
        self.ask(lambda person, _job: person.api.create_token(wanted), created, self._refused)

    def copy_token(self) -> None:
        self.house.clipboard.copy(self.state.token, _("The token"))

    def token_is_safe(self) -> None:
        """It is not shown again."""
        self._show(replace(self.state, token=""))

    def _hide(self) -> None:
        """The keys are locked: a token that is shown, or about to come, is nobody's to see now."""
        self._openings.anew()
        if self.state.token:
            self._lost()

    def _lost(self) -> None:
        lost = _("The new token is no longer shown. If you don't have it, revoke it and make another one.")
        self.house.notices.say(lost, Tone.WARNING)
        self._show(replace(self.state, working=False, token=""))
        self.shown()

    def _forget(self) -> None:
        self._openings.anew()
        self._show(TokensState())

    def revoke(self, token_id: str) -> None:
        row = next((each for each in self.state.rows if each.token_id == token_id), None)
        if row is None:
            return

        def answered(_given: Mapping[str, str]) -> None:
            self.ask(lambda person, _job: person.api.revoke_token(token_id), self._revoked, self.fail_question)

        self.questions.ask(
            Question(
                _("Revoke {name}?").format(name=row.name),
                _("Scripts that use it are refused from then on. That can't be undone."),
                _("Revoke"),
                danger=True,
            ),
            answered,
        )

    def _form(self, *, name: str | None = None, scopes: frozenset[str] | None = None, days: int | None = None) -> None:
        state = replace(
            self.state,
            name=self.state.name if name is None else name,
            scopes=self.state.scopes if scopes is None else scopes,
            days=self.state.days if days is None else days,
        )
        fits = 0 < len(state.name.strip()) <= MAX_TOKEN_NAME_CHARS
        error = FINE if fits or not state.name.strip() else Failure(_("That name is too long."))
        self._show(replace(state, can_create=fits and bool(state.scopes) and not state.working, error=error))

    def _loaded(self, tokens: "list[TokenItem]") -> None:
        rows = tuple(_token_row(each) for each in tokens)
        self._show(replace(self.state, rows=rows, loaded=True, problem=FINE))

    def _failed(self, problem: Problem) -> None:
        self._show(replace(self.state, problem=problem.failure_beside(self.state.loaded)))

    def _created(self, made: "CreatedToken") -> None:
        self._show(replace(self.state, working=False, name="", can_create=False, token=made.token))
        self.shown()

    def _refused(self, problem: Problem) -> None:
        self._show(replace(self.state, working=False, can_create=True, error=problem.failure))

    def _revoked(self, _none: None) -> None:
        self.questions.close()
        self.house.notices.say(_("The token is revoked."), Tone.GOOD)
        self.shown()


def scopes() -> dict[str, tuple[str, str]]:
    """What each right is called, and what it means."""
    return {
        Scope.FILES_READ.value: (_("Read files"), _("List and fetch files.")),
        Scope.FILES_WRITE.value: (_("Write files"), _("Send, share, change and delete files.")),
        Scope.ACCOUNT.value: (_("Account"), _("Devices, tokens, two-step sign-in, activity, the account itself.")),
    }


def expiries(chosen: int = 0) -> dict[str, str]:
    """What can be chosen, by days."""
    named = {str(days): _("{count} days").format(count=days) for days in sorted({*EXPIRY_DAYS, chosen} - {0})}
    return {**named, "0": _("Until revoked")}


def _token_row(token: "TokenItem") -> TokenRow:
    called = scopes()
    until = _("until revoked") if token.expires_at is None else _("until {day}").format(day=date(token.expires_at))
    used = (
        _("never used") if token.last_used_at is None else _("last used {when}").format(when=moment(token.last_used_at))
    )
    rights = ", ".join(called[scope.value][0] for scope in token.scopes)
    return TokenRow(token.token_id, shown(token.name), rights, until, used)
