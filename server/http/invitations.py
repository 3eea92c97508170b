"""Inviting people who have no account yet."""

from http import HTTPStatus

from server.domain import Caller
from server.http.operation import Answer, Operation
from server.services.invitations import Invitations
from server.services.rate_limits import Limit
from shared.api.codes import Code
from shared.api.models import Invitation, Ok
from shared.api.scopes import Scope


class InvitationRoutes:
    """/invitations"""

    def __init__(self, invitations: Invitations) -> None:
        self._invitations = invitations

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/invitations",
                self.invite,
                {HTTPStatus.OK: Ok},
                (Code.UNAVAILABLE,),
                body=Invitation,
                scope=Scope.FILES_WRITE,
                limit=Limit.INVITATION,
            ),
        )

    def invite(self, caller: Caller, body: Invitation) -> Answer:
        """Invite somebody to get files from me.

        A mail tells them my address and how to sign in; it names no file. The answer is the same whether or not there
        is an account.
        """
        self._invitations.invite(caller, body.email)
        return Answer(Ok())
