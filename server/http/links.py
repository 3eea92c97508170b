"""Links: made, listed, changed and taken back by their owners; opened and used by whoever has one."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from uuid import UUID

from flask import Response, request
from pydantic import BaseModel

from server.domain import Caller, File, Link
from server.errors import BadRequest
from server.http import content, paging, reading, wire
from server.http.operation import LINK_CLAIM, Answer, Operation
from server.http.origin import counted_address
from server.http.paging import PageQuery
from server.services.downloads import Delivery
from server.services.link_downloads import LinkDownloads
from server.services.links import Change, Links, NewLink
from server.services.rate_limits import Limit
from shared.api.codes import Code
from shared.api.models import LinkChange, LinkItem, LinkPage, LinkPlace, LinkTerms, NewFileLink, OpenedLink
from shared.api.models import NewLink as NewLinkModel
from shared.api.models import Ok as OkModel
from shared.api.scopes import Scope
from shared.sealed.encoding import b64u
from shared.sealed.manifest import parse_file_id, parts_digest

_CLAIM = re.compile(r"[0-9a-f]{32}")
_DEAD = (Code.NOT_FOUND, Code.EXPIRED, Code.REVOKED)


class LinkRoutes:
    """/links and /files/{file_id}/links"""

    def __init__(self, links: Links, downloads: LinkDownloads, public_url: str) -> None:
        """`public_url`: where the server is for everybody; empty: where the request found it."""
        self._links = links
        self._downloads = downloads
        self._public_url = public_url

    def operations(self) -> tuple[Operation, ...]:
        return (*self._of_owners(), *self._of_holders())

    def _of_owners(self) -> tuple[Operation, ...]:
        ok, made = HTTPStatus.OK, {HTTPStatus.CREATED: LinkItem, HTTPStatus.OK: LinkItem}
        read, write = Scope.FILES_READ, Scope.FILES_WRITE
        mine = (Code.NOT_FOUND, Code.GONE, Code.FORBIDDEN, Code.CONFLICT)
        return (
            Operation("POST", "/links", self.make_link, made, mine, body=NewLinkModel, scope=write),
            Operation("GET", "/links", self.list_links, {ok: LinkPage}, query=PageQuery, scope=read),
            Operation(
                "PATCH",
                "/links/{link_id}",
                self.change_link,
                {ok: LinkItem},
                (Code.NOT_FOUND, Code.REVOKED, Code.CONFLICT),
                body=LinkChange,
                scope=write,
            ),
            Operation(
                "DELETE",
                "/links/{link_id}",
                self.revoke_link,
                {ok: LinkItem},
                (Code.NOT_FOUND, Code.CONFLICT),
                scope=write,
            ),
            Operation("POST", "/files/{file_id}/links", self.make_file_link, made, mine, body=NewFileLink, scope=write),
            Operation(
                "GET",
                "/files/{file_id}/links",
                self.links_of_file,
                {ok: LinkPage},
                (Code.NOT_FOUND, Code.GONE, Code.FORBIDDEN),
                scope=read,
            ),
        )

    def _of_holders(self) -> tuple[Operation, ...]:
        ok, dead, places = HTTPStatus.OK, _DEAD, (Code.USED_UP, Code.PLACES_TAKEN, Code.CONFLICT)
        claim = "/links/{link_id}/claims/{claim}"
        return (
            _held("GET", "/links/{link_id}/open", self.open_link, {ok: OpenedLink}, (*dead, Code.USED_UP)),
            _held("POST", "/links/{link_id}/claim", self.claim, {HTTPStatus.CREATED: LinkPlace}, (*dead, *places)),
            Operation(
                "GET",
                "/links/{link_id}/files/{file_id}/content",
                self.link_content,
                {ok: None, HTTPStatus.PARTIAL_CONTENT: None, HTTPStatus.NOT_MODIFIED: None},
                (*dead, *places, Code.BAD_REQUEST, Code.RANGE_NOT_SATISFIABLE, Code.CONTENT_DAMAGED),
                headers={
                    LINK_CLAIM: "the claim that this is part of",
                    "Range": "one range of bytes",
                    "If-Range": "an ETag: the range counts only if the content is still this one",
                    "If-None-Match": "ETags that the caller has already",
                },
                by_link=True,
                signed_in=False,
                limit=Limit.LINK,
            ),
            _held("POST", f"{claim}/done", self.claim_done, {ok: OkModel}, (*dead, Code.CONFLICT)),
            _held("DELETE", claim, self.give_claim_back, {ok: OkModel}, (*dead, Code.CONFLICT)),
        )

    def make_link(self, caller: Caller, body: NewLinkModel) -> Answer:
        """Make a link to files of mine.

        Everything that opens it is made by the client, and stays there: the server gets a hash of what has to be shown
        to come in, and the files' keys wrapped with a key that it does not have. Making the same again answers 200.
        """
        items = [(parse_file_id(item.file_id), wire.grant_record(item.grant)) for item in body.items]
        return self._made(caller, body, items)

    def make_file_link(self, caller: Caller, file_id: UUID, body: NewFileLink) -> Answer:
        """Make a link to one file of mine: as `POST /links`."""
        return self._made(caller, body, [(file_id, wire.grant_record(body.grant))])

    def list_links(self, caller: Caller, query: PageQuery) -> Answer:
        """My links, newest first: those that are over, too, for a month."""
        page = self._links.page(caller, paging.position(query.cursor), query.limit)
        cursor = paging.cursor(page.next_position)
        answer = LinkPage(links=[self._item(link) for link in page.links], next_cursor=cursor)
        return Answer(answer, headers=paging.link_to_next({"limit": query.limit}, cursor))

    def links_of_file(self, caller: Caller, file_id: UUID) -> Answer:
        """The links to one file of mine, newest first."""
        links = self._links.of_file(caller, file_id)
        return Answer(LinkPage(links=[self._item(link) for link in links], next_cursor=None))

    def change_link(self, caller: Caller, link_id: str, body: LinkChange) -> Answer:
        """Change how long a link of mine works, how often, or whether I am told of its first use."""
        change = Change(
            expires_hours=body.expires_hours,
            download_limit=body.download_limit,
            unlimited="download_limit" in body.model_fields_set and body.download_limit is None,
            notify=body.notify,
        )
        return Answer(self._item(self._links.change(caller, link_id, change)))

    def revoke_link(self, caller: Caller, link_id: str) -> Answer:
        """Take a link of mine back, for good. The files stay; what somebody has fetched, they have."""
        return Answer(self._item(self._links.revoke(caller, link_id)))

    def open_link(self, link_id: str) -> Response:
        """What a link leads to, for whoever shows what it unlocks. Uses nothing up.

        `Authorization: Link AUTH`, in base64url. An unknown link and a wrong secret get the same 404.
        """
        link = self._enter(link_id)
        pieces = _opened(link, self._downloads.downloads(link), self._downloads.look(link))
        if request.method == "HEAD":
            pieces = iter(())
        return Response(pieces, content_type="application/json")

    def claim(self, link_id: str) -> Answer:
        """Take a place among those who may download: needed for every download, held by bytes that move.

        Where the link has a limit, 410 `used_up` says that it is reached, and 429 `places_taken` that others hold the
        last places.
        """
        name = self._downloads.claim(self._enter(link_id))
        place = LinkPlace(claim=name, expires_in=int(self._downloads.lease))
        return Answer(place, HTTPStatus.CREATED, {"Location": f"claims/{place.claim}"})

    def link_content(self, link_id: str, file_id: UUID) -> Response:
        """The sealed body of a file, whole or one range of it, as part of a claim (`Sealcase-Claim`).

        Of a link to one file, the last missing byte makes it a download that counts.
        """
        link = self._enter(link_id)
        number, file = self._downloads.file(link, file_id)

        def open_at(start: int, stop: int) -> Delivery:
            return self._downloads.open(link, number, file, _claim_of(request.headers.get(LINK_CLAIM)), start, stop)

        return content.respond(request, file.size, f'"{b64u(parts_digest(file.part_hashes))}"', open_at)

    def claim_done(self, link_id: str, claim: str) -> Answer:
        """Say that a download has all that it wanted: it counts now, if it was given anything."""
        self._downloads.done(self._enter(link_id), claim)
        return Answer(OkModel())

    def give_claim_back(self, link_id: str, claim: str) -> Answer:
        """Say that a download breaks off: its place is free again. It counts if it was given a whole file."""
        self._downloads.give_back(self._enter(link_id), claim)
        return Answer(OkModel())

    def _made(self, caller: Caller, body: LinkTerms, items: list[tuple[UUID, dict[str, str | None]]]) -> Answer:
        wanted = NewLink(
            link_id=body.link_id,
            access_hash=reading.digest(body.auth_hash, "auth_hash"),
            items=items,
            expires_hours=body.expires_hours,
            download_limit=body.download_limit,
            password=body.password,
            notify=body.notify,
        )
        link, new = self._links.make(caller, wanted)
        return Answer(self._item(link), HTTPStatus.CREATED if new else HTTPStatus.OK)

    def _item(self, link: Link) -> LinkItem:
        base = self._public_url or request.root_url.rstrip("/")
        return wire.link_item(link, self._links.downloads(link), base)

    def _enter(self, link_id: str) -> Link:
        return self._downloads.enter(link_id, reading.link_access(request), counted_address(request))


def _held(
    method: str,
    path: str,
    view: object,
    answers: dict[HTTPStatus, type[BaseModel] | None],
    problems: tuple[Code, ...],
) -> Operation:
    """For whoever shows what a link unlocks."""
    return Operation(method, path, view, answers, problems, by_link=True, signed_in=False, limit=Limit.LINK)  # type: ignore[arg-type]


def _opened(link: Link, downloads: int, files: Iterator[tuple[int, File]]) -> Iterator[str]:
    """An `OpenedLink`, written file by file: there may be many."""
    head = OpenedLink(
        from_email=link.owner_email,
        expires_at=link.expires_at,
        downloads=downloads,
        download_limit=link.download_limit,
        items=[],
    ).model_dump_json(exclude={"items"})
    yield f'{head[:-1]},"items":['
    between = ""
    for number, file in files:
        yield between + wire.opened_file(file, link.items[number].grant).model_dump_json(exclude_unset=True)
        between = ","
    yield "]}"


def _claim_of(header: str | None) -> str:
    if header is None or not _CLAIM.fullmatch(header):
        raise BadRequest(f"Claim a place first, and name it in {LINK_CLAIM}.")
    return header
