"""Bytes that a proxy of ours delivers from the disk: X-Accel-Redirect.

A proxy does not say whether anybody took them, so it gets only what can't be the end of a download: ranges that leave
the last byte out. The rest comes from this server, which knows what it has handed over and counts by that.
"""

from dataclasses import dataclass
from pathlib import Path

from flask import Request, Response, current_app

from server.services.downloads import Delivery

CONFIG = "SEALCASE_HANDOVER"
_NOT_FOR_PROXIES = ("If-Range", "If-None-Match", "Origin")
"""A proxy knows neither our ETags nor which web pages may read answers."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Where the proxy has the folder of blobs."""

    place: str
    """A path that ends with a slash, which the proxy gives to nobody by itself."""
    folder: Path


def to_proxy(request: Request, delivery: Delivery, size: int) -> Response | None:
    """The answer that makes the proxy send these bytes; None where the server is to send them. Ends `delivery` then."""
    handover: Handover | None = current_app.config.get(CONFIG)
    if handover is None or delivery.moved is not None or delivery.stop >= size:
        return None
    if any(name in request.headers for name in _NOT_FOR_PROXIES):
        return None
    path = Path(str(getattr(delivery.content, "name", "")))
    if not path.is_relative_to(handover.folder):
        return None  # it lies in another store
    delivery.content.close()
    delivery.ended(delivery.start)
    headers = {"X-Accel-Redirect": handover.place + path.relative_to(handover.folder).as_posix()}
    return Response(headers=headers, mimetype="application/octet-stream")
