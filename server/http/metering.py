"""What is counted of requests, where somebody wants to know: GET /metrics, and a note of every answer."""

import hmac
import re
import time
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from flask import Flask, Response, g, request

from server.errors import NotFound
from server.http.operation import Operation
from server.http.origin import is_loopback
from server.http.sending import METER
from shared.api.codes import Code

_PARAMETER = re.compile(r"<\w+:(\w+)>")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_PART_ROUTE = ("PUT", "/uploads/{file_id}/parts/{number}")
_NOTHING = "There is nothing at this address."


class Meter(Protocol):
    """Counts. Every call costs some microseconds and never fails."""

    def answered(self, method: str, route: str, status: int, seconds: float, received: int) -> None:
        """A request got its answer, `seconds` after it came, with a body of `received` bytes that was accepted."""

    def problem(self, code: str) -> None: ...

    def sent(self, count: int) -> None:
        """So many bytes of a file were handed over."""

    def part(self) -> None: ...

    def page(self) -> tuple[bytes, str]:
        """All that was counted, and the media type of that."""


class MetricsRoutes:
    """/metrics"""

    def __init__(self, meter: Meter | None, token: str) -> None:
        """`token`: what has to be shown; empty: nobody but this very machine may ask."""
        self._meter = meter
        self._token = token.encode()

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/metrics",
                self.metrics,
                {HTTPStatus.OK: None},
                (Code.NOT_FOUND,),
                media="text/plain",
                signed_in=False,
                unlimited=True,
                headers={"Authorization": "Bearer and METRICS_TOKEN, where the operator has set one"},
            ),
        )

    def metrics(self) -> Response:
        """How the server is doing, as Prometheus reads it.

        For whoever shows METRICS_TOKEN; where none is set, for callers on the server's own machine. For everybody else,
        and where METRICS is off, there is nothing here.
        """
        if self._meter is None or not self._may_ask():
            raise NotFound(_NOTHING)
        body, media = self._meter.page()
        return Response(body, content_type=media)

    def _may_ask(self) -> bool:
        if not self._token:
            return is_loopback(request)
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), self._token)


def register(app: Flask, meter: Meter) -> None:
    """Have every answer of `app` counted."""

    def begin() -> None:
        request.environ[METER] = meter.sent

    def note(response: Response) -> Response:
        rule = request.url_rule
        route = "other" if rule is None else _named(rule.rule)
        method = request.method if request.method in _METHODS else "other"
        accepted = response.status_code < HTTPStatus.BAD_REQUEST
        received = (request.content_length or 0) if accepted else 0
        meter.answered(method, route, response.status_code, time.monotonic() - g.began, received)
        if not accepted and (code := g.get("problem")) is not None:
            meter.problem(code)
        if accepted and (method, route) == _PART_ROUTE:
            meter.part()
        return response

    app.before_request(begin)
    app.after_request(note)


@lru_cache(maxsize=512)
def _named(rule: str) -> str:
    """As in the OpenAPI document."""
    return _PARAMETER.sub(r"{\1}", rule)
