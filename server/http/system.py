"""What the server says about itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response, request

from server.domain import Caller
from server.errors import NotFound, NotSignedIn, Unavailable
from server.http.operation import Answer, Operation
from server.http.origin import is_loopback
from server.ports import Clock
from server.services.readiness import Readiness
from shared.api.codes import Code
from shared.api.models import Health, Ready

_EXPIRES_SECONDS = 180 * 86_400
"""RFC 9116 wants less than a year."""


@dataclass(frozen=True, slots=True)
class About:
    """What the operator has told the server about itself."""

    admins: frozenset[str]
    email_available: bool
    s3_available: bool
    security_contact: str
    public_url: str


class SystemRoutes:
    """/health, /ready, /openapi.json and security.txt"""

    def __init__(
        self,
        clock: Clock,
        readiness: Readiness,
        about: About,
        identify: Callable[[], Caller],
        document: Callable[[], str],
    ) -> None:
        self._clock = clock
        self._readiness = readiness
        self._about = about
        self._identify = identify
        self._document = document

    def operations(self) -> tuple[Operation, ...]:
        ok = HTTPStatus.OK
        return (
            Operation("GET", "/health", self.health, {ok: Health}, signed_in=False, unlimited=True),
            Operation("GET", "/ready", self.ready, {ok: Ready}, (Code.UNAVAILABLE,), signed_in=False, unlimited=True),
            Operation(
                "GET",
                "/openapi.json",
                self.openapi,
                {ok: None},
                media="application/json",
                signed_in=False,
                unlimited=True,
            ),
            Operation(
                "GET",
                "/.well-known/security.txt",
                self.security_txt,
                {ok: None},
                (Code.NOT_FOUND,),
                media="text/plain",
                signed_in=False,
                unlimited=True,
            ),
        )

    def health(self) -> Response:
        """Whether the server is up, and that it is Sealcase.

        Administrators and callers on the server's own machine learn more.
        """
        health = Health()
        if is_loopback(request) or self._asked_by_admin():
            health = Health(
                timestamp=int(self._clock.now()),
                s3_available=self._about.s3_available,
                email_available=self._about.email_available,
            )
        return Response(health.model_dump_json(exclude_none=True), content_type="application/json")

    def ready(self) -> Answer:
        """Whether what the server leans on works: its folder, its disk, the state that workers share."""
        if troubles := self._readiness.troubles():
            raise Unavailable(f"Not ready: {'; '.join(troubles)}.")
        return Answer(Ready())

    def openapi(self) -> Response:
        """This document."""
        return Response(self._document(), content_type="application/json")

    def security_txt(self) -> Response:
        """Whom to tell of a flaw (RFC 9116)."""
        if not self._about.security_contact:
            raise NotFound("The operator has named no contact.")
        expires = datetime.fromtimestamp(int(self._clock.now()) + _EXPIRES_SECONDS, UTC)
        lines = [
            f"Contact: {self._about.security_contact}",
            f"Expires: {expires.strftime('%Y-%m-%dT%H:%M:%SZ')}",
            "Preferred-Languages: en",
        ]
        if self._about.public_url:
            lines.append(f"Canonical: {self._about.public_url}/.well-known/security.txt")
        return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")

    def _asked_by_admin(self) -> bool:
        if not self._about.admins or "Authorization" not in request.headers:
            return False
        try:
            return self._identify().email in self._about.admins
        except NotSignedIn:
            return False
