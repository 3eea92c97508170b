"""Listing, reading, changing and removing files."""

import json
import time
from enum import StrEnum
from http import HTTPStatus
from math import inf
from typing import Annotated
from uuid import UUID

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from server.domain import Caller, File
from server.errors import TooLarge
from server.http import content, paging, reading, sending, wire
from server.http.listing import ItemTexts, PageText, PageTexts
from server.http.operation import Answer, Operation
from server.http.simple_json import encoded_length, pieces
from server.ports import Role
from server.services.changes import Change, Changes
from server.services.files import Files, Order, Wanted
from shared.api import limits
from shared.api.codes import Code
from shared.api.models import Deleted, FileChange, FileDetail, FilePage, FileSummary, GrantModel, NewGrants
from shared.api.scopes import Scope
from shared.sealed.encoding import b64u
from shared.sealed.manifest import parts_digest


class SortField(StrEnum):
    """What a listing can be sorted by."""

    UPLOADED_AT = "uploaded_at"
    EXPIRES_AT = "expires_at"
    SIZE = "size"


class Direction(StrEnum):
    """Which end comes first."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class FilesQuery(BaseModel):
    """What `GET /files` can be asked."""

    model_config = ConfigDict(extra="forbid")

    role: Role = Role.OWNED
    q: Annotated[str, Field(max_length=256)] = ""
    sort: SortField = SortField.UPLOADED_AT
    order: Direction = Direction.DESCENDING
    limit: paging.Limit = limits.PAGE_SIZE
    cursor: paging.Cursor | None = None

    @property
    def wanted(self) -> Wanted:
        sign = "-" if self.order is Direction.DESCENDING else ""
        return Wanted(self.role, Order(f"{sign}{self.sort.value}"), self.q, self.limit)


class DetailQuery(BaseModel):
    """What `GET /files/{file_id}` can be asked."""

    model_config = ConfigDict(extra="forbid")

    ciphertext: bool | None = None


class ContentQuery(BaseModel):
    """What `GET /files/{file_id}/content` can be asked."""

    model_config = ConfigDict(extra="forbid")

    direct: bool = True
    """false: from this server, whatever is between the caller and the store."""


class RevokeQuery(BaseModel):
    """What `DELETE /files/{file_id}/grants/{recipient}` can be asked."""

    model_config = ConfigDict(extra="forbid")

    user: Annotated[str, Field(max_length=254)] | None = None


_IF_MATCH = {"If-Match": "the ETag of the state that is to be changed; 412 if it is another by now"}


class FileRoutes:
    """/files"""

    def __init__(self, files: Files, changes: Changes, max_json: int) -> None:
        """`max_json`: bytes of a JSON answer that holds a file's content."""
        self._files = files
        self._changes = changes
        self._max_json = max_json
        self._texts = ItemTexts()
        self._pages = PageTexts()

    def operations(self) -> tuple[Operation, ...]:
        ok, lost = HTTPStatus.OK, (Code.NOT_FOUND, Code.GONE)
        given = (*lost, Code.USED_UP, Code.PLACES_TAKEN, Code.CONTENT_DAMAGED)
        changed = (*lost, Code.FORBIDDEN, Code.CONFLICT)
        read, write = Scope.FILES_READ, Scope.FILES_WRITE
        return (
            Operation("GET", "/files", self.page, {ok: FilePage}, query=FilesQuery, scope=read),
            Operation(
                "GET",
                "/files/{file_id}",
                self.detail,
                {ok: FileDetail},
                (*given, Code.TOO_LARGE),
                query=DetailQuery,
                scope=read,
            ),
            Operation("GET", "/files/{file_id}/metadata", self.metadata, {ok: FileSummary}, lost, scope=read),
            Operation(
                "GET",
                "/files/{file_id}/content",
                self.content,
                {
                    ok: None,
                    HTTPStatus.PARTIAL_CONTENT: None,
                    HTTPStatus.NOT_MODIFIED: None,
                    HTTPStatus.TEMPORARY_REDIRECT: None,
                },
                (*given, Code.RANGE_NOT_SATISFIABLE),
                query=ContentQuery,
                headers={
                    "Range": "one range of bytes",
                    "If-Range": "an ETag: the range counts only if the content is still this one",
                    "If-None-Match": "ETags that the caller has already",
                },
                scope=read,
            ),
            Operation(
                "PATCH",
                "/files/{file_id}",
                self.change,
                {ok: FileDetail},
                (*changed, Code.PRECONDITION_FAILED),
                body=FileChange,
                headers=_IF_MATCH,
                scope=write,
            ),
            Operation("DELETE", "/files/{file_id}", self.delete, {ok: Deleted}, changed, scope=write),
            Operation(
                "POST",
                "/files/{file_id}/grants",
                self.add_grants,
                {ok: FileDetail},
                changed,
                body=NewGrants,
                scope=write,
            ),
            Operation(
                "PUT",
                "/files/{file_id}/grants/{recipient}",
                self.wrap_again,
                {ok: FileSummary},
                (*lost, Code.CONFLICT),
                body=GrantModel,
                scope=write,
            ),
            Operation(
                "DELETE",
                "/files/{file_id}/grants/{recipient}",
                self.remove_grants,
                {ok: FileDetail},
                changed,
                query=RevokeQuery,
                scope=write,
            ),
        )

    def page(self, caller: Caller, query: FilesQuery) -> Response:
        """List files: my own, those that I received, or all.

        Newest first unless sorted otherwise; `q` is part of a file name (format 0), of the sender's email or of an id.
        `Link: rel="next"` and `next_cursor` lead to the next page.
        """
        question = (caller.user_id, query.role, query.q, query.sort, query.order, query.limit, query.cursor)
        version, now = self._files.listing_version(caller), self._files.now()
        text = self._pages.get(question, version, now)
        if text is None:
            text = self._page_text(caller, query, version)
            self._pages.keep(question, text)
        return Response(text.body, headers=text.headers, content_type="application/json")

    def _page_text(self, caller: Caller, query: FilesQuery, version: int) -> PageText:
        page = self._files.page(caller, query.wanted, paging.position(query.cursor))
        cursor = paging.cursor(page.next_position)
        downloads = self._files.downloads_of(page.files)
        texts = ",".join(self._texts.item(file, caller, downloads.get(file.file_id, 0)) for file in page.files)
        asked = query.model_dump(mode="json", exclude={"cursor"}, exclude_defaults=True)
        headers = paging.link_to_next({**asked, "limit": query.limit, "role": query.role.value}, cursor)
        body = f'{{"files":[{texts}],"next_cursor":{json.dumps(cursor)}}}'
        good_until = min((file.expires_at for file in page.files), default=inf)
        return PageText(body, headers, version, good_until, time.monotonic())

    def detail(self, caller: Caller, file_id: UUID, query: DetailQuery) -> Answer | Response:
        """Everything about a file.

        `ciphertext` is its content, and fetching that is a download. In format 0 it is there unless `?ciphertext=false`
        leaves it out, in format 1 it comes with `?ciphertext=true`. Where it is too long for JSON (413), it comes from
        `/files/{file_id}/content`.
        """
        file = self._files.get(caller, file_id)
        answer = self._detail(file, caller)
        wanted = file.simple is not None if query.ciphertext is None else query.ciphertext
        if not wanted:
            return answer
        if encoded_length(file.size) > self._max_json:
            raise TooLarge(
                f"The file has {file.size} bytes, too many for JSON. Get its fields from "
                f"/files/{file_id}?ciphertext=false and its bytes from /files/{file_id}/content."
            )
        text = answer.model.model_dump_json(exclude={"ciphertext"})
        delivery = sending.counted(request, self._files.open_content(caller, file, 0, file.size))
        before, after = f'{text[:-1]},"ciphertext":"'.encode(), b'"}'
        length = len(before) + encoded_length(file.size) + len(after)
        return Response(
            sending.Pieces(delivery, pieces(delivery, before, after)),
            headers={**answer.headers, "Content-Length": str(length)},
            content_type="application/json",
            direct_passthrough=True,
        )

    def metadata(self, caller: Caller, file_id: UUID) -> Answer:
        """What a file is called (format 0), how large it is and how long it stays."""
        file = self._files.get(caller, file_id)
        return Answer(wire.file_summary(file, caller, self._files.downloads(file)), headers=_etag(file))

    def content(self, caller: Caller, file_id: UUID, query: ContentQuery) -> Response:
        """The sealed body, whole or one range of it.

        Where the file lies in a store that clients reach, and has no limit, this answers 307 with the body's address
        there, good for a short time and for the same `Range`; send no token with it. `?direct=false` brings the bytes
        through this server. A download counts when all of it has been delivered, or when its end was asked for and
        the store was named; then again only once that address has run out.

        Where the owner has set a limit, a reader takes one of the places that are left (410 `used_up` when there is
        none, 429 `places_taken` while others hold the last ones).
        """
        file = self._files.get(caller, file_id)
        etag = f'"{b64u(parts_digest(file.part_hashes))}"'
        return content.respond(
            request,
            file.size,
            etag,
            lambda start, stop: self._files.open_content(caller, file, start, stop),
            lambda stop: self._files.content_url(caller, file, stop) if query.direct else None,
        )

    def change(self, caller: Caller, file_id: UUID, body: FileChange) -> Answer:
        """Change how long my file is kept, who may read it, or how often."""
        change = Change(
            expires_hours=body.expires_hours,
            allowed_users=None if body.allowed_users is None else tuple(body.allowed_users),
            added_users=tuple(body.added_users),
            removed_users=tuple(body.removed_users),
            download_limit=body.download_limit,
            notify=body.notify,
            unlimited="download_limit" in body.model_fields_set and body.download_limit is None,
        )
        if_match = request.headers.get("If-Match")
        file = self._changes.change(
            caller, file_id, change, lambda old: if_match is None or content.matches(if_match, _etag(old)["ETag"])
        )
        return self._detail(file, caller)

    def delete(self, caller: Caller, file_id: UUID) -> Answer:
        """Remove a file: record and ciphertext are gone at once.

        What lay in IPFS is unpinned and collected at this server's node; copies of other nodes can't be recalled.
        """
        file = self._files.delete(caller, file_id)
        return Answer(Deleted(file_id=str(file_id), storage=file.backend.value))

    def add_grants(self, caller: Caller, file_id: UUID, body: NewGrants) -> Answer:
        """Give my file to more recipients.

        A grant for a recipient who has one replaces it.
        """
        grants = [grant.model_dump(exclude={"by"} if grant.by is None else set()) for grant in body.grants]
        file = self._changes.add_grants(caller, file_id, grants, tuple(body.allowed_users))
        return self._detail(file, caller)

    def wrap_again(self, caller: Caller, file_id: UUID, recipient: str, body: GrantModel) -> Answer:
        """Give the key of a file that I may read to the newest key in my own card, after changing keys.

        The sender's own grant stays beside it: readers believe mine only because of that one.
        """
        grant = body.model_dump(exclude={"by"} if body.by is None else set())
        file = self._changes.wrap_again(caller, file_id, reading.base64url(recipient, "recipient"), grant)
        return Answer(wire.file_summary(file, caller, self._files.downloads(file)), headers=_etag(file))

    def remove_grants(self, caller: Caller, file_id: UUID, recipient: str, query: RevokeQuery) -> Answer:
        """Take away the grants of one recipient's key, and the access of `user` (an email or id) with them.

        Who has fetched the file has it; this is about those who have not.
        """
        file = self._changes.remove_grants(caller, file_id, reading.base64url(recipient, "recipient"), query.user)
        return self._detail(file, caller)

    def _detail(self, file: File, caller: Caller) -> Answer:
        return Answer(wire.file_detail(file, caller, self._files.downloads(file)), headers=_etag(file))


def _etag(file: File) -> dict[str, str]:
    """Of the record, not of the content."""
    return {"ETag": f'"{int(file.uploaded_at * 1_000):x}-{file.revision}"'}
