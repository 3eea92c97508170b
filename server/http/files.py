"""Listing, reading and removing files."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from server.domain import Caller, File
from server.errors import BadRequest
from server.http import content, wire
from server.http.operation import Answer, Operation
from server.ports import Role
from server.services.files import Files
from shared.api import limits
from shared.api.codes import Code
from shared.api.models import Deleted, FileDetail, FileItem, FilePage
from shared.api.scopes import Scope
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.errors import FormatError
from shared.sealed.manifest import parts_digest


class FilesQuery(BaseModel):
    """What `GET /files` can be asked."""

    model_config = ConfigDict(extra="forbid")

    role: Role = Role.ALL
    limit: Annotated[int, Field(ge=1, le=limits.MAX_PAGE_SIZE)] = limits.PAGE_SIZE
    cursor: Annotated[str, Field(max_length=128)] | None = None


class FileRoutes:
    """/files"""

    def __init__(self, files: Files) -> None:
        self._files = files

    def operations(self) -> tuple[Operation, ...]:
        ok, lost = HTTPStatus.OK, (Code.NOT_FOUND, Code.GONE)
        return (
            Operation(
                "GET",
                "/files",
                self.page,
                {ok: FilePage},
                (Code.BAD_REQUEST,),
                query=FilesQuery,
                scope=Scope.FILES_READ,
            ),
            Operation("GET", "/files/{file_id}", self.detail, {ok: FileDetail}, lost, scope=Scope.FILES_READ),
            Operation(
                "GET",
                "/files/{file_id}/content",
                self.content,
                {ok: None, HTTPStatus.PARTIAL_CONTENT: None, HTTPStatus.NOT_MODIFIED: None},
                (*lost, Code.RANGE_NOT_SATISFIABLE),
                headers={
                    "Range": "one range of bytes",
                    "If-Range": "an ETag: the range counts only if the content is still this one",
                    "If-None-Match": "ETags that the caller has already",
                },
                scope=Scope.FILES_READ,
            ),
            Operation(
                "DELETE",
                "/files/{file_id}",
                self.delete,
                {ok: Deleted},
                (*lost, Code.FORBIDDEN, Code.CONFLICT),
                scope=Scope.FILES_WRITE,
            ),
        )

    def page(self, caller: Caller, query: FilesQuery) -> Answer:
        """List my files, newest first.

        `Link: rel="next"` and `next_cursor` lead to the next page.
        """
        page = self._files.page(caller, query.role, _position(query.cursor), query.limit)
        cursor = None if page.next_position is None else b64u(page.next_position.encode())
        listing = FilePage(files=[self._item(file, caller) for file in page.files], next_cursor=cursor)
        if cursor is None:
            return Answer(listing)
        following = urlencode({"role": query.role.value, "limit": query.limit, "cursor": cursor})
        return Answer(listing, headers={"Link": f'<?{following}>; rel="next"'})

    def detail(self, caller: Caller, file_id: UUID) -> Answer:
        """Everything about a file except its content."""
        file = self._files.get(caller, file_id)
        return Answer(wire.file_detail(file, caller, self._files.downloads(file)))

    def content(self, caller: Caller, file_id: UUID) -> Response:
        """The sealed body, whole or one range of it."""
        file = self._files.get(caller, file_id)
        etag = f'"{b64u(parts_digest(file.part_hashes))}"'
        return content.respond(
            request, file.size, etag, lambda start, stop: self._files.open_content(caller, file, start, stop)
        )

    def delete(self, caller: Caller, file_id: UUID) -> Answer:
        """Remove a file: record and ciphertext are gone at once."""
        self._files.delete(caller, file_id)
        return Answer(Deleted(file_id=str(file_id)))

    def _item(self, file: File, caller: Caller) -> FileItem:
        return wire.file_item(file, caller, self._files.downloads(file))


def _position(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return unb64u(cursor, "cursor").decode("ascii")
    except (FormatError, UnicodeDecodeError):
        raise BadRequest("The cursor is not one of this server's.") from None
