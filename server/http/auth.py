"""Signing in and out."""

from http import HTTPStatus

from flask import request

from server.domain import Caller
from server.http.operation import Answer, Operation
from server.http.origin import origin_of
from server.services.accounts import Accounts
from server.services.tokens import Tokens
from shared.api.codes import Code
from shared.api.models import Login, Ok, OtpRequest, OtpSent, Refresh, Refreshed, SignedIn


class AuthRoutes:
    """/auth"""

    def __init__(self, accounts: Accounts, tokens: Tokens) -> None:
        self._accounts = accounts
        self._tokens = tokens

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
            ),
            Operation(
                "POST", "/auth/login", self.login, {ok: SignedIn}, (Code.SIGN_IN_REFUSED,), body=Login, signed_in=False
            ),
            Operation(
                "POST",
                "/auth/refresh",
                self.refresh,
                {ok: Refreshed},
                (Code.NOT_SIGNED_IN,),
                body=Refresh,
                signed_in=False,
            ),
            Operation("POST", "/auth/logout", self.logout, {ok: Ok}),
        )

    def request_code(self, body: OtpRequest) -> Answer:
        """Send a sign-in code to an email address.

        The answer is the same whether or not there is an account.
        """
        self._accounts.request_code(body.email)
        return Answer(OtpSent())

    def login(self, body: Login) -> Answer:
        """Sign in with the code; makes the account where there is none."""
        user = self._accounts.sign_in(body.email, body.otp, origin_of(request))
        pair = self._tokens.open_session(user)
        return Answer(
            SignedIn(token=pair.access, refresh_token=pair.refresh, user_id=user.user_id, expires_in=pair.expires_in)
        )

    def refresh(self, body: Refresh) -> Answer:
        """Get the next pair of tokens.

        A refresh token is good once; using it again ends the session.
        """
        pair = self._tokens.refresh(body.refresh_token)
        return Answer(Refreshed(token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in))

    def logout(self, caller: Caller) -> Answer:
        """End this session: its access and refresh tokens stop working at once."""
        if caller.session_id is not None:
            self._tokens.sign_out(caller, caller.session_id)
        return Answer(Ok())
