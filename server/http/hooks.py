"""What happens around every request: an id, a stall limit, security headers, one line in the log."""

import logging
import re
import secrets
import socket
import time
from collections.abc import Callable

from flask import Flask, Response, g, request

from server.errors import FROZEN, Unavailable
from server.http.origin import origin_of
from server.logs import printable

log = logging.getLogger("sealcase.request")

_SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}
_READING = frozenset(("GET", "HEAD", "OPTIONS"))
_MAX_PATH_CHARS = 512
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def register(
    app: Flask, stall_seconds: float, *, over_tls: bool, frozen: Callable[[], bool], behind_proxy: bool = False
) -> None:
    """`stall_seconds`: a transfer that moves no byte for so long is given up, so that it does not hold its thread.

    `over_tls`: whether clients reach the server by https, and are to remember it. `frozen`: whether nothing may be
    changed right now; then only what reads is let through. `behind_proxy`: whether a proxy of ours names each request,
    so that its log and this one speak of the same.
    """
    headers = {**_SECURITY_HEADERS, **(_ONLY_TLS if over_tls else {})}

    def begin() -> None:
        given = request.headers.get("X-Request-Id", "") if behind_proxy else ""
        g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        g.user_id = "-"
        g.began = time.monotonic()
        connection = request.environ.get("gunicorn.socket")
        if isinstance(connection, socket.socket):
            connection.settimeout(stall_seconds)
        if request.method not in _READING and frozen():
            raise Unavailable(FROZEN)

    def finish(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = g.request_id
        if log.isEnabledFor(logging.INFO):
            _note(response)
        return response

    app.before_request(begin)
    app.after_request(finish)


def _note(response: Response) -> None:
    """The line of a request. Never the query, a header or a body: emails, tokens and cursors are nobody's business."""
    path = printable(request.path)[:_MAX_PATH_CHARS]
    milliseconds = round(1_000 * (time.monotonic() - g.began), 1)
    log.info(
        "%s %s %d",
        request.method,
        path,
        response.status_code,
        extra={
            "fields": {
                "request_id": g.request_id,
                "method": request.method,
                "path": path,
                "status": response.status_code,
                "bytes": response.headers.get("Content-Length", type=int),
                "ms": milliseconds,
                "user": g.user_id,
                "network": origin_of(request).ip_prefix,
            }
        },
    )
