"""Adapters that are watched: how long storage takes, what is written down as activity."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Protocol
from uuid import UUID

from server.domain import Event
from server.ports import ActivityLog, BlobStore, PartPlace, Source, StoredPart

_WATCHED = ("begin", "assemble", "put_whole", "open_range", "exists", "size", "delete", "discard_parts")


class Watcher(Protocol):
    """Takes note."""

    def event(self, kind: str) -> None: ...

    def blob(self, store: str, operation: str, seconds: float) -> None: ...


def watch_blobs(store: BlobStore, name: str, watcher: Watcher) -> BlobStore:
    """The very same store, each of whose calls is timed: it may be able to do more than the port says."""
    for operation in _WATCHED:
        setattr(store, operation, _timed(getattr(store, operation), name, operation, watcher))
    put_part = store.put_part

    def watched(
        blob_id: UUID, staging: str | None, place: PartPlace, source: Source, expected: bytes | None = None
    ) -> StoredPart:
        patient, began = _Waiting(source), time.perf_counter()
        try:
            return put_part(blob_id, staging, place, patient, expected)
        finally:
            watcher.blob(name, "put_part", time.perf_counter() - began - patient.waited)

    store.put_part = watched  # type: ignore[method-assign]
    return store


def watch_activity(log: ActivityLog, watcher: Watcher) -> ActivityLog:
    """The very same log, each of whose entries is counted by its kind."""
    append = log.append

    def watched(event: Event) -> None:
        append(event)
        watcher.event(event.kind.value)

    log.append = watched  # type: ignore[method-assign]
    return log


class _Waiting:
    """A source that knows how long its sender let us wait."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.waited = 0.0

    def readinto(self, buffer: memoryview, /) -> int:
        began = time.perf_counter()
        try:
            return self._source.readinto(buffer)
        finally:
            self.waited += time.perf_counter() - began


def _timed(call: Callable[..., object], store: str, operation: str, watcher: Watcher) -> Callable[..., object]:
    @wraps(call)
    def timed(*arguments: object, **named: object) -> object:
        began = time.perf_counter()
        try:
            return call(*arguments, **named)
        finally:
            watcher.blob(store, operation, time.perf_counter() - began)

    return timed
