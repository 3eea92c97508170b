"""How a new device and an old one talk about keys."""

from http import HTTPStatus

from server.domain import Caller
from server.http import reading, wire
from server.http.operation import Answer, Operation
from server.services.pairings import Pairings
from server.services.rate_limits import Limit
from shared.api.codes import Code
from shared.api.models import Ok, PairingItem, PairingList, PairingNext, PairingStart
from shared.api.scopes import Scope


class PairingRoutes:
    """/pairings"""

    def __init__(self, pairings: Pairings) -> None:
        self._pairings = pairings

    def operations(self) -> tuple[Operation, ...]:
        ok, path, account = HTTPStatus.OK, "/pairings/{pairing_id}", Scope.ACCOUNT
        return (
            Operation(
                "POST",
                "/pairings",
                self.begin_pairing,
                {ok: PairingItem},
                (Code.CONFLICT,),
                body=PairingStart,
                scope=account,
                limit=Limit.PAIRING,
            ),
            Operation("GET", "/pairings", self.list_pairings, {ok: PairingList}, scope=account),
            Operation("GET", path, self.pairing, {ok: PairingItem}, (Code.NOT_FOUND,), scope=account),
            Operation(
                "PUT",
                f"{path}/messages/{{number}}",
                self.say,
                {ok: PairingItem},
                (Code.NOT_FOUND, Code.CONFLICT, Code.TOO_LARGE),
                body=PairingNext,
                scope=account,
            ),
            Operation("DELETE", path, self.end_pairing, {ok: Ok}, (Code.NOT_FOUND,), scope=account),
        )

    def begin_pairing(self, caller: Caller, body: PairingStart) -> Answer:
        """Let this device wait for my keys, for ten minutes.

        What devices say to each other is explained in docs/devices.md; the server only hands it on.
        """
        message = reading.base64url(body.message, "message")
        return Answer(wire.pairing(self._pairings.begin(caller, body.pairing_id, message), caller))

    def list_pairings(self, caller: Caller) -> Answer:
        """My devices that wait for keys."""
        return Answer(PairingList(pairings=[wire.pairing(each, caller) for each in self._pairings.of(caller.user_id)]))

    def pairing(self, caller: Caller, pairing_id: str) -> Answer:
        """One device that waits, with all that was said so far."""
        return Answer(wire.pairing(self._pairings.get(caller, pairing_id), caller))

    def say(self, caller: Caller, pairing_id: str, number: int, body: PairingNext) -> Answer:
        """Add the next message, 1 to 3. What was said stays; saying the same again changes nothing."""
        message = reading.base64url(body.message, "message")
        return Answer(wire.pairing(self._pairings.say(caller, pairing_id, number, message), caller))

    def end_pairing(self, caller: Caller, pairing_id: str) -> Answer:
        """Stop waiting: the device has its keys, or was refused."""
        self._pairings.end(caller, pairing_id)
        return Answer(Ok())
