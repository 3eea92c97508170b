"""Records, logs and short-lived state that may be read and not changed, for as long as the operator wants it so.

Requests that change something are refused before they get here (`server/http/hooks.py`), and housekeeping, whose bytes
lie in no record, rests by itself. What comes here all the same changes nothing either: what reading would note.
Downloads without a limit are not counted meanwhile; those with one need a place that nobody can be given, and are
refused.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast
from uuid import UUID

from server.domain import Event
from server.errors import FROZEN, Unavailable
from server.ports import ActivityLog, BoxRecords, Ephemeral, KeyLog, LinkRecords, Records

P = TypeVar("P")

_LOOK_SECONDS = 0.5
SEEN_SECONDS = 2 * _LOOK_SECONDS
"""So long after the marker came every process has seen it, and what it let through before is done."""
_WRITING = ("add_", "put_", "remove_", "replace_", "void_", "count_", "reserve", "release", "sweep", "append", "age")
_READING = frozenset(("reserved", "taken"))
_WRITING_BOXES = ("take", "settle", "untake")
_WRITING_STATE = ("update", "sweep")


class Freeze:
    """Whether everything is frozen: for good, or while a marker file is there."""

    def __init__(self, *, always: bool, marker: Path | None) -> None:
        self._always = always
        self._marker = marker
        self._looked_at = float("-inf")
        self._found = False

    def __call__(self) -> bool:
        """At most half a second late."""
        if self._always or self._marker is None:
            return self._always
        now = time.monotonic()
        if now - self._looked_at > _LOOK_SECONDS:
            self._found, self._looked_at = self._marker.exists(), now
        return self._found


def records(inner: Records, frozen: Callable[[], bool]) -> Records:
    """A download is not counted while `frozen`; every other change raises `Unavailable`."""
    return cast("Records", _Records(inner, frozen, _WRITING))


def links(inner: LinkRecords, frozen: Callable[[], bool]) -> LinkRecords:
    """Changes raise `Unavailable` while `frozen`."""
    return cast("LinkRecords", _Refusing(inner, frozen, _WRITING))


def boxes(inner: BoxRecords, frozen: Callable[[], bool]) -> BoxRecords:
    """Changes raise `Unavailable` while `frozen`."""
    return cast("BoxRecords", _Refusing(inner, frozen, (*_WRITING, *_WRITING_BOXES)))


def key_log(inner: KeyLog, frozen: Callable[[], bool]) -> KeyLog:
    """Changes raise `Unavailable` while `frozen`."""
    return cast("KeyLog", _Refusing(inner, frozen, _WRITING))


def ephemeral(inner: Ephemeral, frozen: Callable[[], bool]) -> Ephemeral:
    """Changes raise `Unavailable` while `frozen`; locks can be had."""
    return cast("Ephemeral", _Refusing(inner, frozen, _WRITING_STATE))


def activity(inner: ActivityLog, frozen: Callable[[], bool]) -> ActivityLog:
    """What happens while `frozen` is not written down."""
    return cast("ActivityLog", _Silent(inner, frozen, ("forget_", "age")))


class _Refusing:
    """Everything of `inner`, but what begins with one of `writing` raises `Unavailable` while `frozen`."""

    def __init__(self, inner: object, frozen: Callable[[], bool], writing: tuple[str, ...]) -> None:
        self._inner = inner
        self._frozen = frozen
        self._writing = writing

    def __getattr__(self, name: str) -> object:
        if name.startswith(self._writing) and name not in _READING and self._frozen():
            raise Unavailable(FROZEN)
        return getattr(self._inner, name)


class _Records(_Refusing):
    def count_download(self, file_id: UUID) -> int:
        inner = cast("Records", self._inner)
        return inner.downloads(file_id) if self._frozen() else inner.count_download(file_id)


class _Silent(_Refusing):
    def append(self, event: Event) -> None:
        if not self._frozen():
            cast("ActivityLog", self._inner).append(event)
