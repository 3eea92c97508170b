"""What happens around every request: an id, a stall limit, security headers, one line in the log."""

import logging
import re
import secrets
import socket
import time

from flask import Flask, Response, g, request

log = logging.getLogger("sealcase.request")

_SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def register(app: Flask, stall_seconds: float) -> None:
    """`stall_seconds`: a transfer that moves no byte for so long is given up, so that it does not hold its thread."""

    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.user_id = "-"
        g.began = time.monotonic()
        connection = request.environ.get("gunicorn.socket")
        if isinstance(connection, socket.socket):
            connection.settimeout(stall_seconds)

    def finish(response: Response) -> Response:
        for name, value in _SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = g.request_id
        log.info(
            "%s %s %s %d %s bytes %.1f ms user %s",
            g.request_id,
            request.method,
            printable(request.path),  # never the query: emails and cursors are nobody's business
            response.status_code,
            response.headers.get("Content-Length", "-"),
            1_000 * (time.monotonic() - g.began),
            g.user_id,
        )
        return response

    app.before_request(begin)
    app.after_request(finish)


def printable(text: str) -> str:
    """`text` on one line of ASCII, so that nobody writes lines into the log."""
    return _UNPRINTABLE.sub(lambda match: f"\\x{ord(match[0]):02x}", text)[:512]
