"""What happened, how much there is, and all of it to take along."""

from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from server.domain import Caller, Event, EventKind
from server.http import paging, wire
from server.http.export import export_text
from server.http.operation import Answer, Operation
from server.ports import EventFilter
from server.services.activity import Activity
from server.services.belongings import Belongings
from shared.api import activity_csv, limits
from shared.api.codes import Code
from shared.api.models import ActivityItem, ActivityPage, FileId, Stats
from shared.api.scopes import Scope

_LAST_SECOND = 253_402_300_799
"""The end of the year 9999, which is where calendars end."""

Seconds = Annotated[int, Field(ge=0, le=_LAST_SECOND)]


class Form(StrEnum):
    """How activity can be had."""

    JSON = "json"
    CSV = "csv"


class ActivityQuery(BaseModel):
    """What `GET /activity` can be asked. Times in Unix seconds, `until` not included."""

    model_config = ConfigDict(extra="forbid")

    kind: EventKind | None = None
    since: Seconds | None = None
    until: Seconds | None = None
    file_id: FileId | None = None
    limit: paging.Limit = limits.PAGE_SIZE
    cursor: paging.Cursor | None = None
    format: Form | None = None

    @property
    def wanted(self) -> EventFilter:
        return EventFilter(self.kind, self.since, self.until, None if self.file_id is None else UUID(self.file_id))


class ActivityRoutes:
    """/activity, /stats and /account/export"""

    def __init__(self, activity: Activity, belongings: Belongings, public_url: str) -> None:
        self._public_url = public_url
        self._activity = activity
        self._belongings = belongings

    def operations(self) -> tuple[Operation, ...]:
        ok = HTTPStatus.OK
        return (
            Operation(
                "GET",
                "/activity",
                self.activity,
                {ok: ActivityPage},
                (Code.BAD_REQUEST,),
                query=ActivityQuery,
                other_media=(activity_csv.MEDIA_TYPE,),
                scope=Scope.ACCOUNT,
            ),
            Operation("GET", "/stats", self.stats, {ok: Stats}, scope=Scope.FILES_READ),
            Operation("GET", "/account/export", self.export, {ok: None}, media="application/json", scope=Scope.ACCOUNT),
        )

    def activity(self, caller: Caller, query: ActivityQuery) -> Answer | Response:
        """What happened to what is mine, newest first.

        In JSON page by page; as CSV (`format=csv`, or `Accept: text/csv`) all of it at once, from the cursor on.
        """
        before = paging.position(query.cursor)
        if _wants_csv(query):
            self._activity.page(caller, query.wanted, before, 1)  # a wrong cursor is told before anything is sent
            events = self._belongings.events(caller, query.wanted, before)
            text = activity_csv.lines(self._item(caller, event) for event in events)
            headers = {"Content-Disposition": 'attachment; filename="activity.csv"'}
            return Response(text, headers=headers, content_type=f"{activity_csv.MEDIA_TYPE}; charset=utf-8")
        page = self._activity.page(caller, query.wanted, before, query.limit)
        cursor = paging.cursor(page.next_position)
        answer = ActivityPage(activity=[self._item(caller, event) for event in page.events], next_cursor=cursor)
        asked = query.model_dump(mode="json", exclude_none=True, exclude={"format"})
        return Answer(answer, headers=paging.link_to_next(asked, cursor))

    def stats(self, caller: Caller) -> Answer:
        """How many files I have here, how large they are together, and how much has happened."""
        stats = self._belongings.stats(caller)
        return Answer(
            Stats(total_files=stats.files, total_size=stats.size, activity_count=self._activity.count(caller))
        )

    def export(self, caller: Caller) -> Response:
        """Everything that is held about me, as one JSON object.

        Contents and their names are sealed; the listing here holds what the server has of them. No tokens and no codes.
        """
        headers = {"Content-Disposition": 'attachment; filename="sealcase-account.json"'}
        return Response(
            export_text(
                self._belongings, caller, partial(self._item, caller), self._public_url or request.root_url.rstrip("/")
            ),
            headers=headers,
            content_type="application/json",
        )

    def _item(self, caller: Caller, event: Event) -> ActivityItem:
        email = None if event.actor is None else self._belongings.email_of(event.actor)
        return wire.activity_item(event, caller, email)


def _wants_csv(query: ActivityQuery) -> bool:
    if query.format is not None:
        return query.format is Form.CSV
    return request.accept_mimetypes.best_match(("application/json", activity_csv.MEDIA_TYPE)) == activity_csv.MEDIA_TYPE
