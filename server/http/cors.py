"""Web pages of other origins: only those that the operator names, letter by letter, and never with cookies."""

from flask import Flask, Response, request

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_HEADERS = (
    "Authorization, Content-Type, Content-Digest, Range, If-Range, If-Match, If-None-Match, Idempotency-Key, Accept"
)
_SHOWN = "ETag, Link, Location, Retry-After, Content-Range, Accept-Ranges, X-Request-Id"
_PREFLIGHT_SECONDS = "600"


def register(app: Flask, origins: frozenset[str]) -> None:
    """Without `origins`, no answer says a word about it, and browsers refuse."""
    if not origins:
        return

    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _SHOWN
            if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
                response.headers["Access-Control-Allow-Methods"] = _METHODS
                response.headers["Access-Control-Allow-Headers"] = _HEADERS
                response.headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
        return response

    app.after_request(allow)
