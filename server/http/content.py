"""Bytes on their way out: one range or all of them, by sendfile where the WSGI server can (RFC 9110, section 14)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from flask import Request, Response

from server.errors import RangeNotSatisfiable
from server.http import handover, sending
from server.services.downloads import Delivery

_ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,19})-([0-9]{0,19})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int


def respond(
    request: Request,
    size: int,
    etag: str,
    open_at: Callable[[int, int], Delivery],
    elsewhere: Callable[[int], str | None] = lambda _: None,
) -> Response:
    """The answer to a GET or HEAD for content of `size` bytes; `open_at(start, stop)` opens it.

    `elsewhere(stop)` says where else bytes up to `stop` can be had: whoever asks is sent there, where the same `Range`
    means the same. Raises `RangeNotSatisfiable`, and what `open_at` raises.
    """
    headers = {"ETag": etag, "Accept-Ranges": "bytes"}
    if matches(request.headers.get("If-None-Match"), etag):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    asked = None
    if request.headers.get("If-Range", etag) == etag:
        asked = parse_range(request.headers.get("Range"), size)
    sent = asked or ByteRange(0, size)
    status = HTTPStatus.OK
    if asked is not None:
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {sent.start}-{sent.stop - 1}/{size}"
    headers["Content-Length"] = str(sent.stop - sent.start)
    if request.method == "HEAD":
        return Response(status=status, headers=headers, mimetype="application/octet-stream")
    if _travels(request, asked) and (url := elsewhere(sent.stop)) is not None:
        return Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers={"Location": url})
    delivery = open_at(sent.start, sent.stop)
    if (handed := handover.to_proxy(request, delivery, size)) is not None:
        return handed
    return Response(
        sending.body(request, delivery),
        status,
        headers,
        mimetype="application/octet-stream",
        direct_passthrough=True,
    )


def _travels(request: Request, asked: ByteRange | None) -> bool:
    """Whether the request means the same at a store, which has an ETag of its own, and its own view of odd ranges."""
    return "If-Range" not in request.headers and (asked is not None or "Range" not in request.headers)


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The one range that `header` asks for; None where it asks for none, for several or for what nobody understands.

    Raises `RangeNotSatisfiable` for one that begins behind the end, or asks for the last 0 bytes.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None or match[1] == match[2] == "":
        return None
    if not match[1]:
        start, stop = max(0, size - int(match[2])), size
    else:
        start, stop = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size:
        raise RangeNotSatisfiable(size)
    return ByteRange(start, stop)


def matches(header: str | None, etag: str) -> bool:
    """Whether a list of ETags holds this one."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (each.strip().removeprefix("W/") for each in header.split(","))
