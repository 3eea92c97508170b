"""The account itself: who it belongs to, and its end."""

from http import HTTPStatus

from server.domain import Caller
from server.http.operation import Answer, Operation
from server.services.accounts import Accounts
from server.services.leaving import Leaving
from shared.api.codes import Code
from shared.api.models import Account, AccountDeletion, Ok, OtpSent
from shared.api.scopes import Scope


class AccountRoutes:
    """/account"""

    def __init__(self, accounts: Accounts, leaving: Leaving) -> None:
        self._accounts = accounts
        self._leaving = leaving

    def operations(self) -> tuple[Operation, ...]:
        ok = HTTPStatus.OK
        return (
            Operation("GET", "/account", self.account, {ok: Account}),
            Operation(
                "POST",
                "/account/deletion_code",
                self.request_deletion_code,
                {ok: OtpSent},
                (Code.UNAVAILABLE,),
                scope=Scope.ACCOUNT,
            ),
            Operation(
                "DELETE",
                "/account",
                self.delete_account,
                {ok: Ok},
                (Code.CONFIRMATION_REFUSED, Code.CONFLICT),
                body=AccountDeletion,
                scope=Scope.ACCOUNT,
            ),
        )

    def account(self, caller: Caller) -> Answer:
        """Who I am. Any token may ask."""
        user = self._accounts.user(caller)
        return Answer(Account(user_id=user.user_id, email=user.email, created_at=int(user.created_at)))

    def request_deletion_code(self, caller: Caller) -> Answer:
        """Send me a code that confirms the end of my account."""
        self._accounts.request_deletion_code(caller)
        return Answer(OtpSent())

    def delete_account(self, caller: Caller, body: AccountDeletion) -> Answer:
        """Delete my account and everything of it, at once and for good: files, cards, sessions, tokens.

        Files that others sent me are theirs and stay.
        """
        self._leaving.delete_account(caller, body.otp)
        return Answer(Ok())
