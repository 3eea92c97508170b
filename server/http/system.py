"""What the server says about itself."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Response

from server.http.operation import Answer, Operation
from server.ports import Clock
from shared.api.models import Health


class SystemRoutes:
    """/health and /openapi.json"""

    def __init__(self, clock: Clock, document: Callable[[], str]) -> None:
        self._clock = clock
        self._document = document

    def operations(self) -> tuple[Operation, ...]:
        ok = HTTPStatus.OK
        return (
            Operation("GET", "/health", self.health, {ok: Health}, signed_in=False),
            Operation("GET", "/openapi.json", self.openapi, {ok: None}, signed_in=False),
        )

    def health(self) -> Answer:
        """Whether the server is up, and that it is Sealcase."""
        return Answer(Health(timestamp=int(self._clock.now())))

    def openapi(self) -> Response:
        """This document."""
        return Response(self._document(), content_type="application/json")
