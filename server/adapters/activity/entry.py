"""An entry of the chain as a line of text: JSON that names the SHA-256 of the line before it."""

import hashlib
import json
from datetime import UTC, datetime
from uuid import UUID

from server.domain import Event, EventKind, Origin

BEGINNING = bytes(32).hex()
"""What the first entry names."""


def month_of(seconds: float) -> str:
    """Where an entry of that time belongs, like 2026-11."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m")


def hash_of(line: bytes) -> str:
    """What the next entry names. `line` without its end."""
    return hashlib.sha256(line).hexdigest()


def line_of(event: Event, previous: str) -> bytes:
    """Without an end."""
    record = {
        "actor": event.actor,
        "at": event.at,
        "client": event.origin.client,
        "concerns": event.concerns,
        "detail": event.detail,
        "file_id": None if event.file_id is None else str(event.file_id),
        "ip": event.origin.ip_prefix,
        "kind": event.kind.value,
        "previous": previous,
    }
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def previous_of(line: bytes) -> object:
    """The hash that it names."""
    return json.loads(line)["previous"]


def event_of(line: bytes) -> Event | None:
    """None for what is no entry."""
    try:
        record = json.loads(line)
        return Event(
            at=float(record["at"]),
            kind=EventKind(record["kind"]),
            origin=Origin(str(record["ip"]), str(record["client"])),
            actor=None if record["actor"] is None else str(record["actor"]),
            file_id=None if record["file_id"] is None else UUID(record["file_id"]),
            concerns=tuple(map(str, record["concerns"])),
            detail=str(record["detail"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
