"""Signing in and out, and who is signed in where."""

from http import HTTPStatus

from flask import request

from server.domain import Caller
from server.http import wire
from server.http.operation import Answer, Operation
from server.http.origin import origin_of
from server.http.reading import printable
from server.services.accounts import Accounts
from server.services.rate_limits import Limit
from server.services.sessions import Sessions
from server.services.standing import Standing
from server.services.tokens import Tokens
from shared.api.codes import Code
from shared.api.models import (
    Login,
    Ok,
    OtpRequest,
    OtpSent,
    Refresh,
    Refreshed,
    SessionItem,
    SessionList,
    SessionName,
    SignedIn,
)
from shared.api.scopes import Scope


class AuthRoutes:
    """/auth"""

    def __init__(self, accounts: Accounts, standing: Standing, tokens: Tokens, sessions: Sessions) -> None:
        self._accounts = accounts
        self._standing = standing
        self._tokens = tokens
        self._sessions = sessions

    def operations(self) -> tuple[Operation, ...]:
        ok = HTTPStatus.OK
        return (
            Operation(
                "POST",
                "/auth/request_otp",
                self.request_code,
                {ok: OtpSent},
                (Code.UNAVAILABLE,),
                body=OtpRequest,
                signed_in=False,
                limit=Limit.REQUEST_CODE,
            ),
            Operation(
                "POST",
                "/auth/login",
                self.login,
                {ok: SignedIn},
                (Code.SIGN_IN_REFUSED, Code.SECOND_FACTOR_REQUIRED, Code.ACCOUNT_DISABLED, Code.CONFLICT),
                body=Login,
                signed_in=False,
                limit=Limit.LOGIN,
            ),
            Operation(
                "POST",
                "/auth/refresh",
                self.refresh,
                {ok: Refreshed},
                (Code.NOT_SIGNED_IN,),
                body=Refresh,
                signed_in=False,
                limit=Limit.REFRESH,
            ),
            Operation("POST", "/auth/logout", self.logout, {ok: Ok}, (Code.FORBIDDEN,)),
            Operation("GET", "/auth/sessions", self.list_sessions, {ok: SessionList}, scope=Scope.ACCOUNT),
            Operation(
                "PATCH",
                "/auth/sessions/{session_id}",
                self.rename_session,
                {ok: SessionItem},
                (Code.NOT_FOUND,),
                body=SessionName,
                scope=Scope.ACCOUNT,
            ),
            Operation(
                "DELETE",
                "/auth/sessions/{session_id}",
                self.end_session,
                {ok: Ok},
                (Code.NOT_FOUND,),
                scope=Scope.ACCOUNT,
            ),
        )

    def request_code(self, body: OtpRequest) -> Answer:
        """Send a sign-in code to an email address.

        The answer is the same whether or not there is an account.
        """
        self._accounts.request_code(body.email)
        return Answer(OtpSent())

    def login(self, body: Login) -> Answer:
        """Sign in with the code; makes the account where there is none.

        Where the account has a second factor, the answer is 401 `second_factor_required` until `totp` comes with it.
        """
        origin = origin_of(request)
        user = self._accounts.sign_in(body.email, body.otp, body.totp, origin)
        pair = self._tokens.open_session(user, origin, printable(body.device))
        self._standing.confirm(user)
        return Answer(
            SignedIn(token=pair.access, refresh_token=pair.refresh, user_id=user.user_id, expires_in=pair.expires_in)
        )

    def refresh(self, body: Refresh) -> Answer:
        """Get the next pair of tokens.

        A refresh token is good once; using it again ends the session.
        """
        pair = self._tokens.refresh(body.refresh_token, origin_of(request))
        return Answer(Refreshed(token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in))

    def logout(self, caller: Caller) -> Answer:
        """End this session: its access and refresh tokens stop working at once."""
        self._sessions.sign_out(caller)
        return Answer(Ok())

    def list_sessions(self, caller: Caller) -> Answer:
        """Where I am signed in, the session used last first."""
        return Answer(
            SessionList(sessions=[wire.session_item(each, caller) for each in self._sessions.of(caller.user_id)])
        )

    def rename_session(self, caller: Caller, session_id: str, body: SessionName) -> Answer:
        """Give one of my sessions another name."""
        return Answer(wire.session_item(self._sessions.rename(caller, session_id, printable(body.name)), caller))

    def end_session(self, caller: Caller, session_id: str) -> Answer:
        """End one of my sessions, at once."""
        self._sessions.end(caller, session_id)
        return Answer(Ok())
