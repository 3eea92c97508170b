"""What whoever has a drop box's key may do: see whose it is, and leave files there. Nothing without the key.

A file is uploaded as any other, in the name of the box's owner, whose quota it takes. Its room in the box is taken
before the upload begins and counts for good once the file is complete, so that a hundred senders at once leave no more
than the box allows.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from server.domain import LINK_HOLDER, Caller, CardRecord, DropBox, File, Receipt
from server.errors import BoxFull, Conflict, LinkExpired, LinkRevoked, NotFound, QuotaExceeded
from server.ports import BoxRecords, Clock, Damaged, Entry, Ephemeral, Notice, Records, Source
from server.services.boxes import LOCK_SECONDS, box_lock
from server.services.completion import Completion, invalid
from server.services.keyhole import let_in
from server.services.notices import Notices
from server.services.rate_limits import RateLimits
from server.services.uploads import Uploads, UploadState
from shared.api.limits import MAX_DROP_MANIFEST
from shared.sealed.grant import GrantType

_TELL_SECONDS = 600
"""So long after the last file its owner is told, where nobody said before that all have come."""
_REMEMBER_SECONDS = 86_400
_UNTOLD = "box_notices"
"""One key for all boxes: a round that finds nothing to tell costs one look, however many boxes there are."""


@dataclass(frozen=True, slots=True)
class OpenBox:
    """What whoever has the key sees of a box."""

    box: DropBox
    card: CardRecord
    """The newest one of its owner. Whether it is the owner's, the key tells; the server can not."""
    files_left: int | None
    bytes_left: int | None


class Drops:
    """Whoever comes is anonymous; `address` is what stands for them in limits."""

    def __init__(
        self,
        boxes: BoxRecords,
        records: Records,
        ephemeral: Ephemeral,
        clock: Clock,
        uploads: Uploads,
        notices: Notices,
        rate_limits: RateLimits,
    ) -> None:
        self._boxes = boxes
        self._records = records
        self._ephemeral = ephemeral
        self._clock = clock
        self._uploads = uploads
        self._notices = notices
        self._rate_limits = rate_limits

    def enter(self, box_id: str, access: bytes | None, address: str) -> DropBox:
        """The box, for whoever shows its secret.

        Raises `NotFound` for an unknown box and for a wrong secret alike, `TooMany` for who tries too many, and only
        behind a right one `LinkExpired`, `LinkRevoked`.
        """
        box = let_in(self._rate_limits, box_id, access, address, self._found)
        if box is None:
            raise NotFound("There is no such drop box, or this does not open it.")
        if box.closed_at is not None:
            raise LinkRevoked("Its owner has closed this drop box. Ask them for a new one.")
        if box.expired(self._clock.now()):
            raise LinkExpired("This drop box has expired. Ask its owner for a new one.")
        return box

    def look(self, box: DropBox) -> OpenBox:
        """Raises `LinkRevoked` where its owner has no keys any more."""
        card = self._records.latest_card(box.owner_id)
        if card is None:
            raise LinkRevoked("The owner of this drop box has left this server.")
        taken = self._boxes.taken(box.box_id)
        return OpenBox(box, card, _left(box.max_files, taken.files), _left(box.max_bytes, taken.size))

    def start(self, box: DropBox, file_id: UUID, part_size: int, body_size: int) -> tuple[UploadState, bool]:
        """Begin to leave a file of `body_size` sealed bytes. Raises as `Uploads.start` does, and `BoxFull`."""
        caller = _in_its_name(box)
        with self._ephemeral.lock(box_lock(box.box_id), LOCK_SECONDS):
            has_room = self._has_room(box, file_id, body_size)
            if not has_room:
                self._boxes.untake(box.box_id, file_id)  # an upload that is gone held it, of whatever size
                self._take_room(box, file_id, body_size)
            try:
                with _without_numbers():
                    return self._uploads.start(caller, file_id, part_size, body_size)
            except BaseException:
                if not has_room:
                    self._boxes.untake(box.box_id, file_id)
                raise

    def state(self, box: DropBox, file_id: UUID) -> UploadState:
        """Raises `NotFound`."""
        return self._uploads.state(_in_its_name(box), file_id)

    def put_part(
        self, box: DropBox, file_id: UUID, number: int, length: int, source: Source, expected: bytes | None
    ) -> Receipt:
        """Raises as `Uploads.put_part` does, and `BoxFull`."""
        with _without_numbers():
            return self._uploads.put_part(_in_its_name(box), file_id, number, length, source, expected)

    def abandon(self, box: DropBox, file_id: UUID) -> None:
        """Raises `NotFound`."""
        with self._ephemeral.lock(box_lock(box.box_id), LOCK_SECONDS):
            self._uploads.abandon(_in_its_name(box), file_id)
            self._boxes.untake(box.box_id, file_id)

    def complete(self, box: DropBox, file_id: UUID, manifest: bytes, grants: list[dict[str, str | None]]) -> File:
        """The file is its owner's from now on. Raises as `Uploads.complete` does, and `BoxFull`."""
        completion = Completion(manifest, grants, (), box.keep_hours)
        _check_plain(completion)
        with _without_numbers():
            file, new = self._uploads.complete(_in_its_name(box), file_id, completion)
        with self._ephemeral.lock(box_lock(box.box_id), LOCK_SECONDS):
            self._boxes.take(box.box_id, file_id, file.size)  # where a crash or the sweep has given its room back
            self._boxes.settle(box.box_id, file_id)
        if new and box.notify:
            self._remember(box, 1)
        return file

    def tell(self, box: DropBox) -> None:
        """All have come that were to come: its owner is told how many, where they want to be."""
        self._tell(lambda box_id, _: box_id == box.box_id)

    def tell_late(self) -> None:
        """Owners whose senders went away without a word are told."""
        now = self._clock.now()
        self._tell(lambda _, last: now - last >= _TELL_SECONDS)

    def _has_room(self, box: DropBox, file_id: UUID, size: int) -> bool:
        """Whether the upload is there, and its room is taken. Raises `Conflict` where the id means something else."""
        upload = self._records.upload(file_id)
        if upload is None:
            if self._records.file(file_id) is None:
                return False
        elif (upload.box_id, upload.body_size) == (box.box_id, size):
            return file_id in self._boxes.arriving(box.box_id)
        raise Conflict("This file id is taken.")

    def _take_room(self, box: DropBox, file_id: UUID, size: int) -> None:
        """Raises `BoxFull`, and `Conflict` for a file that has come before and was deleted: it counts already."""
        taken = self._boxes.taken(box.box_id)
        files, room = _left(box.max_files, taken.files), _left(box.max_bytes, taken.size)
        if files is not None and files < 1:
            raise BoxFull("This drop box has taken in as many files as its owner allowed.")
        if room is not None and size > room:
            raise BoxFull(f"This drop box has room for {room:,} more bytes, and this file takes {size:,} when sealed.")
        self._boxes.take(box.box_id, file_id, size)
        if self._boxes.taken(box.box_id) == taken:
            raise Conflict("This file id is taken.")

    def _remember(self, box: DropBox, more: int) -> None:
        """So many have come that its owner does not know of."""
        now = self._clock.now()

        def added(value: bytes | None) -> tuple[Entry | None, None]:
            untold = _untold(value)
            count, _ = untold.get(box.box_id, (0, now))
            return self._entry({**untold, box.box_id: (count + more, now)}), None

        self._ephemeral.update(_UNTOLD, added)

    def _tell(self, is_time: Callable[[str, float], bool]) -> None:
        """`is_time`: whether to tell what a box has taken in, by its id and when the last file came."""
        late = [box_id for box_id, (_, last) in _untold(self._ephemeral.get(_UNTOLD)).items() if is_time(box_id, last)]
        due = {box_id: box for box_id in late if (box := self._found(box_id)) is not None and box.notify}
        if not due:  # as nearly always
            return

        def taken(value: bytes | None) -> tuple[Entry | None, dict[str, int]]:
            untold = _untold(value)
            counts = {box_id: count for box_id, (count, _) in untold.items() if box_id in due}
            return self._entry({box_id: each for box_id, each in untold.items() if box_id not in due}), counts

        for box_id, count in self._ephemeral.update(_UNTOLD, taken).items():
            if not self._notices.tell(due[box_id].owner_email, Notice.FILES_LEFT, count):
                self._remember(due[box_id], count)

    def _entry(self, untold: Mapping[str, tuple[int, float]]) -> Entry | None:
        return Entry(json.dumps(untold).encode(), self._clock.now() + _REMEMBER_SECONDS) if untold else None

    def _found(self, box_id: str) -> DropBox | None:
        try:
            return self._boxes.box(box_id)
        except Damaged:
            return None


def _in_its_name(box: DropBox) -> Caller:
    return Caller(box.owner_id, box.owner_email, None, frozenset(), LINK_HOLDER, box.box_id)


def _check_plain(completion: Completion) -> None:
    """A file that is left has one grant, to the box's owner, and is signed by nobody. Raises `Invalid`."""
    manifest, grants = completion.parsed()
    if len(manifest.raw) > MAX_DROP_MANIFEST:
        raise invalid("manifest", f"has more than {MAX_DROP_MANIFEST} bytes")
    if manifest.sender is not None:
        raise invalid("manifest", "names a sender: in a drop box nobody does")
    if len(grants) != 1:
        raise invalid("grants", "needs exactly one grant, to the box's owner")
    if grants[0].type is GrantType.LINK or grants[0].signature is not None or grants[0].by is not None:
        raise invalid("grants", "needs an unsigned grant, to a card's keys")


@contextmanager
def _without_numbers() -> Iterator[None]:
    """How much its owner has stored elsewhere is nobody's business who has the key of a box."""
    try:
        yield
    except QuotaExceeded:
        raise BoxFull(
            "The owner of this drop box has no room for this file at the moment. Nothing of it was stored; tell them."
        ) from None


def _left(limit: int | None, taken: int) -> int | None:
    return None if limit is None else max(0, limit - taken)


def _untold(value: bytes | None) -> dict[str, tuple[int, float]]:
    """What has come into which box, and when the last of it."""
    return {} if value is None else {box_id: (count, last) for box_id, (count, last) in json.loads(value).items()}
