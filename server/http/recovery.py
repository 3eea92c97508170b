"""The sealed copy of my keys."""

from http import HTTPStatus

from server.domain import Caller
from server.http import reading, wire
from server.http.operation import Answer, Operation
from server.services.recovery import Recovery
from shared.api.codes import Code
from shared.api.models import Ok, RecoveryCopy, StoredRecoveryCopy
from shared.api.scopes import Scope


class RecoveryRoutes:
    """/account/recovery"""

    def __init__(self, recovery: Recovery) -> None:
        self._recovery = recovery

    def operations(self) -> tuple[Operation, ...]:
        ok, path, account = HTTPStatus.OK, "/account/recovery", Scope.ACCOUNT
        return (
            Operation(
                "PUT",
                path,
                self.store_recovery,
                {ok: StoredRecoveryCopy},
                (Code.TOO_LARGE,),
                body=RecoveryCopy,
                scope=account,
            ),
            Operation("GET", path, self.recovery, {ok: StoredRecoveryCopy}, (Code.NOT_FOUND,), scope=account),
            Operation("DELETE", path, self.remove_recovery, {ok: Ok}, (Code.NOT_FOUND,), scope=account),
        )

    def store_recovery(self, caller: Caller, body: RecoveryCopy) -> Answer:
        """Keep a sealed copy of my private keys, in place of the one before.

        Seal it under something that never leaves your hands: the server does not look into it.
        """
        return Answer(wire.recovery(self._recovery.store(caller, reading.base64url(body.sealed, "sealed"))))

    def recovery(self, caller: Caller) -> Answer:
        """The sealed copy of my private keys."""
        return Answer(wire.recovery(self._recovery.of(caller)))

    def remove_recovery(self, caller: Caller) -> Answer:
        """Remove the sealed copy of my private keys."""
        self._recovery.remove(caller)
        return Answer(Ok())
