"""Turning the second factor on and off."""

from http import HTTPStatus

from server.domain import Caller
from server.http.operation import Answer, Operation
from server.services.second_factor import SecondFactors
from shared.api.codes import Code
from shared.api.models import Ok, RecoveryCodes, SecondFactorCode, SecondFactorEnrolment, SecondFactorState
from shared.api.scopes import Scope


class SecondFactorRoutes:
    """/auth/totp"""

    def __init__(self, second_factors: SecondFactors) -> None:
        self._second_factors = second_factors

    def operations(self) -> tuple[Operation, ...]:
        ok, account = HTTPStatus.OK, Scope.ACCOUNT
        refused = (Code.CONFIRMATION_REFUSED, Code.NOT_FOUND, Code.CONFLICT)
        return (
            Operation("GET", "/auth/totp", self.totp_state, {ok: SecondFactorState}, scope=account),
            Operation(
                "POST", "/auth/totp", self.begin_totp, {ok: SecondFactorEnrolment}, (Code.CONFLICT,), scope=account
            ),
            Operation(
                "PUT",
                "/auth/totp",
                self.confirm_totp,
                {ok: RecoveryCodes},
                refused,
                body=SecondFactorCode,
                scope=account,
            ),
            Operation(
                "DELETE", "/auth/totp", self.turn_totp_off, {ok: Ok}, refused, body=SecondFactorCode, scope=account
            ),
        )

    def totp_state(self, caller: Caller) -> Answer:
        """Whether my second factor is on."""
        state = self._second_factors.state(caller.user_id)
        return Answer(SecondFactorState(on=state.on, recovery_codes_left=state.recovery_codes_left))

    def begin_totp(self, caller: Caller) -> Answer:
        """Begin to set up an authenticator app (TOTP).

        Nothing changes before a first code of the app is sent with PUT, within 15 minutes.
        """
        enrolment = self._second_factors.begin(caller)
        return Answer(SecondFactorEnrolment(secret=enrolment.secret, uri=enrolment.uri))

    def confirm_totp(self, caller: Caller, body: SecondFactorCode) -> Answer:
        """Turn the second factor on with a first code of the app.

        The recovery codes in the answer are shown this one time.
        """
        return Answer(RecoveryCodes(recovery_codes=self._second_factors.confirm(caller, body.code)))

    def turn_totp_off(self, caller: Caller, body: SecondFactorCode) -> Answer:
        """Turn the second factor off, with a current or a recovery code."""
        self._second_factors.turn_off(caller, body.code)
        return Answer(Ok())
