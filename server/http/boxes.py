"""Drop boxes: made, listed, changed and closed by their owners; filled by whoever has the key of one."""

from http import HTTPStatus
from uuid import UUID

from flask import request
from pydantic import BaseModel

from server.domain import Caller, DropBox
from server.http import body as raw
from server.http import paging, reading, wire
from server.http.operation import Answer, Operation
from server.http.origin import counted_address
from server.http.paging import PageQuery
from server.services.boxes import BoxChange, Boxes, NewBox
from server.services.drops import Drops
from server.services.rate_limits import Limit
from shared.api.codes import Code
from shared.api.models import BoxChange as BoxChangeModel
from shared.api.models import BoxItem, BoxPage, Deleted, DropComplete, Dropped, DropStart, Ok, OpenedBox, Part, Upload
from shared.api.models import NewBox as NewBoxModel
from shared.api.scopes import Scope
from shared.sealed.manifest import parse_file_id

_DEAD = (Code.NOT_FOUND, Code.EXPIRED, Code.REVOKED)
_NO_ROOM = (Code.BOX_FULL, Code.TOO_LARGE, Code.STORAGE_FULL)


class BoxRoutes:
    """/boxes"""

    def __init__(self, boxes: Boxes, drops: Drops, public_url: str) -> None:
        """`public_url`: where the server is for everybody; empty: where the request found it."""
        self._boxes = boxes
        self._drops = drops
        self._public_url = public_url

    def operations(self) -> tuple[Operation, ...]:
        return (*self._of_owners(), *self._of_holders())

    def _of_owners(self) -> tuple[Operation, ...]:
        ok, made = HTTPStatus.OK, {HTTPStatus.CREATED: BoxItem, HTTPStatus.OK: BoxItem}
        read, write = Scope.FILES_READ, Scope.FILES_WRITE
        one, lost = "/boxes/{box_id}", (Code.NOT_FOUND, Code.CONFLICT)
        return (
            Operation("POST", "/boxes", self.make_box, made, (Code.CONFLICT,), body=NewBoxModel, scope=write),
            Operation("GET", "/boxes", self.list_boxes, {ok: BoxPage}, query=PageQuery, scope=read),
            Operation(
                "PATCH", one, self.change_box, {ok: BoxItem}, (*lost, Code.REVOKED), body=BoxChangeModel, scope=write
            ),
            Operation("DELETE", one, self.close_box, {ok: BoxItem}, lost, scope=write),
        )

    def _of_holders(self) -> tuple[Operation, ...]:
        ok, created = HTTPStatus.OK, HTTPStatus.CREATED
        uploads = "/boxes/{box_id}/uploads"
        one = f"{uploads}/{{file_id}}"
        return (
            _held("GET", "/boxes/{box_id}/open", self.open_box, {ok: OpenedBox}),
            _held(
                "POST",
                uploads,
                self.start_drop,
                {created: Upload, ok: Upload},
                (Code.CONFLICT, *_NO_ROOM),
                body=DropStart,
            ),
            _held("GET", one, self.drop_state, {ok: Upload}),
            _held("DELETE", one, self.abandon_drop, {ok: Deleted}, (Code.CONFLICT,)),
            Operation(
                "PUT",
                f"{one}/parts/{{number}}",
                self.put_drop_part,
                {ok: Part},
                (*_DEAD, Code.CONFLICT, Code.DIGEST_MISMATCH, Code.INTERRUPTED, *_NO_ROOM),
                raw_body=True,
                headers={"Content-Digest": "`sha-256=:BASE64:` (RFC 9530), compared before the part counts"},
                by_link=True,
                signed_in=False,
                limit=Limit.LINK,
            ),
            _held(
                "POST",
                f"{one}/complete",
                self.complete_drop,
                {created: Dropped, ok: Dropped},
                (Code.CONFLICT, Code.PARTS_MISSING, Code.DIGEST_MISMATCH, *_NO_ROOM),
                body=DropComplete,
            ),
            _held("POST", "/boxes/{box_id}/done", self.drops_done, {ok: Ok}),
        )

    def make_box(self, caller: Caller, body: NewBoxModel) -> Answer:
        """Make a drop box: whoever has its key may leave files for me, sealed to my card.

        Its key is made by the client and stays there: the server gets a hash of what has to be shown to come in.
        Making the same again answers 200.
        """
        wanted = NewBox(
            box_id=body.box_id,
            access_hash=reading.digest(body.auth_hash, "auth_hash"),
            expires_hours=body.expires_hours,
            keep_hours=body.keep_hours,
            max_files=body.max_files,
            max_bytes=body.max_bytes,
            note=body.note,
            password=body.password,
            notify=body.notify,
        )
        box, new = self._boxes.make(caller, wanted)
        return Answer(self._item(box), HTTPStatus.CREATED if new else HTTPStatus.OK)

    def list_boxes(self, caller: Caller, query: PageQuery) -> Answer:
        """My drop boxes, newest first: those that are over, too, for a month."""
        page = self._boxes.page(caller, paging.position(query.cursor), query.limit)
        cursor = paging.cursor(page.next_position)
        answer = BoxPage(boxes=[self._item(box) for box in page.boxes], next_cursor=cursor)
        return Answer(answer, headers=paging.link_to_next({"limit": query.limit}, cursor))

    def change_box(self, caller: Caller, box_id: str, body: BoxChangeModel) -> Answer:
        """Change how long a drop box of mine is open, how much it takes, or what it says."""
        return Answer(self._item(self._boxes.change(caller, box_id, BoxChange(**body.model_dump()))))

    def close_box(self, caller: Caller, box_id: str) -> Answer:
        """Close a drop box of mine, for good. What was left in it stays."""
        return Answer(self._item(self._boxes.close(caller, box_id)))

    def open_box(self, box_id: str) -> Answer:
        """Whose a drop box is, and what it takes, for whoever shows what its key unlocks.

        `Authorization: Link AUTH`, in base64url. An unknown box and a wrong secret get the same 404. The card has to
        name the signing key that stands in the box's address: that is for the caller to check.
        """
        return Answer(wire.opened_box(self._drops.look(self._enter(box_id))))

    def start_drop(self, box_id: str, body: DropStart) -> Answer:
        """Begin to leave a file. Posting the same again answers 200 with what has arrived so far."""
        file_id = parse_file_id(body.file_id)
        state, new = self._drops.start(self._enter(box_id), file_id, body.part_size, body.body_size)
        return Answer(wire.upload(state, direct=False), HTTPStatus.CREATED if new else HTTPStatus.OK)

    def drop_state(self, box_id: str, file_id: UUID) -> Answer:
        """What has arrived of a file that is being left."""
        return Answer(wire.upload(self._drops.state(self._enter(box_id), file_id), direct=False))

    def abandon_drop(self, box_id: str, file_id: UUID) -> Answer:
        """Give it up; its bytes are removed at once."""
        self._drops.abandon(self._enter(box_id), file_id)
        return Answer(Deleted(file_id=str(file_id)))

    def put_drop_part(self, box_id: str, file_id: UUID, number: int) -> Answer:
        """Send a sealed part, in any order, again if need be: as `PUT /uploads/{file_id}/parts/{number}`."""
        box = self._enter(box_id)
        length, expected = reading.body_length(request), reading.content_digest(request)
        receipt = self._drops.put_part(box, file_id, number, length, raw.source(request), expected)
        return Answer(wire.part(receipt))

    def complete_drop(self, box_id: str, file_id: UUID, body: DropComplete) -> Answer:
        """Make the parts a file of the box's owner. Sending the same again answers the same.

        The manifest has at most 64 KiB and no `sender`; the one grant is to a card of the owner's, and not signed.
        """
        grants = [wire.grant_record(grant) for grant in body.grants]
        manifest = reading.base64url(body.manifest, "manifest")
        file = self._drops.complete(self._enter(box_id), file_id, manifest, grants)
        return Answer(Dropped(file_id=str(file.file_id)), HTTPStatus.CREATED)

    def drops_done(self, box_id: str) -> Answer:
        """Say that all files have come that were to come: its owner is told, where they want to be."""
        self._drops.tell(self._enter(box_id))
        return Answer(Ok())

    def _item(self, box: DropBox) -> BoxItem:
        base = self._public_url or request.root_url.rstrip("/")
        return wire.box_item(box, self._boxes.taken(box), base)

    def _enter(self, box_id: str) -> DropBox:
        return self._drops.enter(box_id, reading.link_access(request), counted_address(request))


def _held(
    method: str,
    path: str,
    view: object,
    answers: dict[HTTPStatus, type[BaseModel]],
    problems: tuple[Code, ...] = (),
    body: type[BaseModel] | None = None,
) -> Operation:
    """For whoever shows what the key of a box unlocks."""
    return Operation(
        method,
        path,
        view,  # type: ignore[arg-type]
        answers,
        (*_DEAD, *problems),
        body=body,
        by_link=True,
        signed_in=False,
        limit=Limit.LINK,
    )
