"""Who did what: written down by every service, read by whom it concerns."""

import logging
from uuid import UUID

from server.domain import Caller, Event, EventKind, Origin
from server.errors import Unavailable
from server.ports import ActivityLog, Clock, EventFilter, EventPage

log = logging.getLogger(__name__)

MAX_DETAIL_CHARS = 200


class Activity:
    """What has happened is never undone because it could not be written down: then the server's log says so."""

    def __init__(self, events: ActivityLog, clock: Clock) -> None:
        self._events = events
        self._clock = clock

    def record(
        self,
        kind: EventKind,
        origin: Origin,
        *,
        actor: str | None,
        file_id: UUID | None = None,
        concerns: tuple[str, ...] = (),
        detail: str = "",
    ) -> None:
        """`actor` is None for somebody who has not proved who they are; `concerns`: others in whose activity it shows.

        `detail` never holds a token, a code, the name of a file or a content.
        """
        others = tuple(dict.fromkeys(user_id for user_id in concerns if user_id != actor))
        event = Event(self._clock.now(), kind, origin, actor, file_id, others, detail[:MAX_DETAIL_CHARS])
        try:
            self._events.append(event)
        except (OSError, Unavailable):
            log.exception("an event of kind %s could not be written down", kind.value)

    def forget(self, user_id: str) -> None:
        """A person who is gone has no activity any more."""
        self._events.forget_person(user_id)

    def page(self, caller: Caller, wanted: EventFilter, before: str | None, limit: int) -> EventPage:
        """The caller's events, newest first. Raises `BadRequest` for a `before` that no page gave out."""
        return self._events.page(caller.user_id, wanted, before, limit)

    def count(self, caller: Caller) -> int:
        """How many events the caller can see."""
        return self._events.count(caller.user_id)

    def age(self, before: float) -> None:
        """Let go of months that ended before `before`."""
        self._events.age(before)
