"""Drop boxes, for their owners: made, listed, changed, closed.

A box has a key that the server does not know; whoever has it may leave files for the owner, sealed to the owner's card.
What was left stays when the box is closed. One that is over is remembered for a month.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

from server.domain import LINK_POSITION, Caller, DropBox, EventKind, Usage
from server.errors import BadRequest, Busy, Conflict, LinkRevoked, NotFound
from server.ports import BoxRecords, Clock, Damaged, Ephemeral, Records
from server.services.activity import Activity
from server.services.links import REMEMBERED_SECONDS

LOCK_SECONDS = 10
log = logging.getLogger(__name__)


def box_lock(box_id: str) -> str:
    """The lock that whoever changes a box, or what it has taken in, holds."""
    return f"box:{box_id}"


@dataclass(frozen=True, slots=True)
class NewBox:
    """A box as its owner wants it."""

    box_id: str
    access_hash: bytes = field(repr=False)
    expires_hours: int
    keep_hours: int
    max_files: int | None
    max_bytes: int | None
    note: str
    password: bool
    notify: bool


@dataclass(frozen=True, slots=True)
class BoxChange:
    """What is to be different; None leaves it as it is."""

    expires_hours: int | None = None
    max_files: int | None = None
    max_bytes: int | None = None
    note: str | None = None
    notify: bool | None = None


@dataclass(frozen=True, slots=True)
class BoxPage:
    """One page of a listing."""

    boxes: list[DropBox]
    next_position: str | None
    """Where the next page begins; None at the end."""


class Boxes:
    """Every change is made under the box's own lock."""

    def __init__(
        self, boxes: BoxRecords, records: Records, ephemeral: Ephemeral, clock: Clock, activity: Activity
    ) -> None:
        self._boxes = boxes
        self._records = records
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity

    def make(self, caller: Caller, wanted: NewBox) -> tuple[DropBox, bool]:
        """Make a box; says whether it is new. Making the same again gives the box there is.

        Raises `Conflict` where the id is taken, and for somebody without a card: nobody could seal anything for them.
        """
        if self._records.latest_card(caller.user_id) is None:
            raise Conflict("Publish your card first: what is left in a drop box is sealed to it.")
        now = self._clock.now()
        box = DropBox(
            box_id=wanted.box_id,
            owner_id=caller.user_id,
            owner_email=caller.email,
            access_hash=wanted.access_hash,
            created_at=now,
            expires_at=int(now) + wanted.expires_hours * 3_600,
            keep_hours=wanted.keep_hours,
            max_files=wanted.max_files,
            max_bytes=wanted.max_bytes,
            note=wanted.note,
            password=wanted.password,
            notify=wanted.notify,
        )
        with self._ephemeral.lock(box_lock(box.box_id), LOCK_SECONDS):
            existing = self._boxes.box(box.box_id)
            if existing is not None:
                same = replace(box, created_at=existing.created_at, expires_at=existing.expires_at)
                if same != existing:
                    raise Conflict("This box id is taken.")
                return existing, False
            self._boxes.add_box(box)
        self._note(EventKind.BOX_MADE, caller, box)
        return box, True

    def page(self, caller: Caller, before: str | None, limit: int) -> BoxPage:
        """The caller's boxes, newest first. Raises `BadRequest` for a `before` that no page gave out."""
        if before is not None and not LINK_POSITION.fullmatch(before):
            raise BadRequest("The cursor is not one of this server's.")
        boxes = list(islice(self._boxes.boxes_of(caller.user_id, before), limit + 1))
        shown = boxes[:limit]
        return BoxPage(shown, shown[-1].position if len(boxes) > limit else None)

    def taken(self, box: DropBox) -> Usage:
        """What has come into it, and what is on its way."""
        return self._boxes.taken(box.box_id)

    def change(self, caller: Caller, box_id: str, change: BoxChange) -> DropBox:
        """Raises `NotFound`, also for somebody else's, `LinkRevoked`, `Busy`."""
        with self._ephemeral.lock(box_lock(box_id), LOCK_SECONDS):
            old = self._own(caller, box_id)
            if old.closed_at is not None:
                raise LinkRevoked("This drop box was closed, and stays so. Make a new one.")
            new = replace(
                old,
                expires_at=old.expires_at
                if change.expires_hours is None
                else int(self._clock.now()) + change.expires_hours * 3_600,
                max_files=old.max_files if change.max_files is None else change.max_files,
                max_bytes=old.max_bytes if change.max_bytes is None else change.max_bytes,
                note=old.note if change.note is None else change.note,
                notify=old.notify if change.notify is None else change.notify,
            )
            if new != old:
                self._boxes.replace_box(new)
        if new != old:
            self._note(EventKind.BOX_CHANGED, caller, new)
        return new

    def close(self, caller: Caller, box_id: str) -> DropBox:
        """Nobody leaves anything in it any more, from now on. Raises `NotFound`, also for somebody else's, `Busy`."""
        with self._ephemeral.lock(box_lock(box_id), LOCK_SECONDS):
            old = self._own(caller, box_id)
            if old.closed_at is not None:
                return old
            new = replace(old, closed_at=self._clock.now())
            self._boxes.replace_box(new)
        self._note(EventKind.BOX_CLOSED, caller, new)
        return new

    def forget(self, user_id: str) -> None:
        """Nothing is left of this person's boxes."""
        for box in list(self._boxes.boxes_of(user_id)):
            self._boxes.remove_box(box)

    def sweep(self, before: float) -> None:
        """Give back the room of what never came, and remove boxes that have been over for a month."""
        now = self._clock.now()
        for box_id in list(self._boxes.box_ids()):
            with _going_on(f"drop box {box_id}"):
                box = self._boxes.box(box_id)
                if box is not None and now - (box.closed_at or box.expires_at) > REMEMBERED_SECONDS:
                    self._boxes.remove_box(box)
                elif box is not None:
                    self._settle(box)
        self._boxes.sweep_boxes(before)

    def _settle(self, box: DropBox) -> None:
        """What is on its way according to the box, and is not: an upload ended, or a crash came between two steps."""
        with self._ephemeral.lock(box_lock(box.box_id), LOCK_SECONDS):
            for file_id in self._boxes.arriving(box.box_id):
                with _going_on(str(file_id)):
                    if self._records.upload(file_id) is not None:  # asked first: it goes when its file is there
                        continue
                    if self._records.file(file_id) is not None:
                        self._boxes.settle(box.box_id, file_id)
                    else:
                        self._boxes.untake(box.box_id, file_id)

    def _own(self, caller: Caller, box_id: str) -> DropBox:
        box = self._boxes.box(box_id)
        if box is None or box.owner_id != caller.user_id:
            raise NotFound("There is no such drop box.")
        return box

    def _note(self, kind: EventKind, caller: Caller, box: DropBox) -> None:
        self._activity.record(kind, caller.origin, actor=caller.user_id, detail=box.box_id)


@contextmanager
def _going_on(what: str) -> Iterator[None]:
    """What is the matter with one of them keeps nobody from looking after the others."""
    try:
        yield
    except Busy:  # somebody is at work on it; there will be another round
        return
    except Damaged:
        log.error("the record of %s can't be read: it is left alone", what)  # noqa: TRY400
