"""Finished files: who may see, read and remove them."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from uuid import UUID

from server.domain import POSITION, Caller, EventKind, File
from server.errors import BadRequest, Forbidden, Gone, NotFound
from server.ports import Clock, Records, Role
from server.services.activity import Activity
from server.services.downloads import Delivery, Downloads
from server.services.removal import Removal


class Order(StrEnum):
    """How a listing is sorted; `-` is descending."""

    NEWEST = "-uploaded_at"
    OLDEST = "uploaded_at"
    LARGEST = "-size"
    SMALLEST = "size"
    LAST_TO_EXPIRE = "-expires_at"
    FIRST_TO_EXPIRE = "expires_at"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a listing is asked for."""

    role: Role = Role.OWNED
    order: Order = Order.NEWEST
    search: str = ""
    """Part of the name of a simple upload, of the sender's email or of an id."""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing."""

    files: list[File]
    next_position: str | None
    """Where the next page begins; None at the end."""


class Files:
    """One decision on 404 and 410 for every way to a file."""

    def __init__(
        self, records: Records, clock: Clock, activity: Activity, downloads: Downloads, removal: Removal
    ) -> None:
        self._records = records
        self._clock = clock
        self._activity = activity
        self._downloads = downloads
        self._removal = removal

    def page(self, caller: Caller, wanted: Wanted, before: str | None) -> Page:
        """The caller's files. Raises `BadRequest` for a `before` that no page gave out.

        Newest first, a page costs the page; in another order, every file of the caller is looked at.
        """
        if before is not None and not POSITION.fullmatch(before):
            raise BadRequest("The cursor is not one of this server's.")
        now = self._clock.now()
        if wanted.order is Order.NEWEST:
            found = self._records.files_of(caller.user_id, wanted.role, now, before)
            files = list(islice(_matching(found, wanted.search), wanted.limit + 1))
        else:
            everything = _matching(self._records.files_of(caller.user_id, wanted.role, now), wanted.search)
            files = _sorted(everything, wanted.order, self._last_seen(before), wanted.limit + 1)
        shown = files[: wanted.limit]
        return Page(shown, shown[-1].position if len(files) > wanted.limit else None)

    def listing_version(self, caller: Caller) -> int:
        """Ask before `page`: while it is the same, so is the page, but for files that expire."""
        return self._records.listing_version(caller.user_id)

    def now(self) -> float:
        """What time it is for files."""
        return self._clock.now()

    def get(self, caller: Caller, file_id: UUID) -> File:
        """The file, for its owner and readers. Raises `NotFound` for everybody else, `Gone` from expiry on."""
        file = self._records.file(file_id)
        if file is None or not file.readable_by(caller.user_id):
            raise NotFound("There is no such file.")
        if file.expired(self._clock.now()):
            raise Gone("This file has expired.")
        return file

    def own(self, caller: Caller, file_id: UUID) -> File:
        """The file, for its owner. Raises as `get` does, and `Forbidden` for readers."""
        file = self.get(caller, file_id)
        if file.owner_id != caller.user_id:
            raise Forbidden("Only the owner can change or remove a file.")
        return file

    def open_content(self, caller: Caller, file: File, start: int, stop: int) -> Delivery:
        """The body from `start` up to `stop`. Raises `NotFound`, `UsedUp`, `PlacesTaken`."""
        return self._downloads.open(caller, file, start, stop)

    def content_url(self, caller: Caller, file: File, stop: int) -> str | None:
        """Where the body up to `stop` can be had without this server; None: only here."""
        return self._downloads.send_away(caller, file, stop)

    def downloads(self, file: File) -> int:
        """How often readers have fetched the file."""
        return self._records.downloads(file.file_id)

    def downloads_of(self, files: list[File]) -> dict[UUID, int]:
        """Those of several files."""
        return self._records.downloads_of([file.file_id for file in files])

    def delete(self, caller: Caller, file_id: UUID) -> File:
        """Remove record and ciphertext at once; returns what was removed. Raises as `own` does, and `Busy`."""
        file = self.own(caller, file_id)
        if not self._removal.remove_file(file):
            raise NotFound("There is no such file.")
        self._activity.record(
            EventKind.DELETE, caller.origin, actor=caller.user_id, file_id=file_id, concerns=file.allowed_users
        )
        return file

    def _last_seen(self, position: str | None) -> File | None:
        """The file at the end of the page before. Raises `BadRequest` where it is gone: nobody can say what follows."""
        if position is None:
            return None
        file = self._records.file(UUID(position.partition("-")[2]))
        if file is None or file.position != position:
            raise BadRequest("The file where this page ended is gone; begin again from the first page.")
        return file


def _matching(files: Iterator[File], search: str) -> Iterator[File]:
    if not search:
        return files
    return (file for file in files if any(search.casefold() in text for text in _searched(file)))


def _searched(file: File) -> tuple[str, ...]:
    name = "" if file.simple is None else file.simple.filename.casefold()
    return (name, file.owner_email.casefold(), str(file.file_id))


def _sorted(files: Iterator[File], order: Order, after: File | None, count: int) -> list[File]:
    """At most `count` files behind `after`; those that are equal stand in the order of their upload."""
    name, descending = order.value.removeprefix("-"), order.value.startswith("-")

    def key(file: File) -> tuple[float, str]:
        return getattr(file, name), file.position

    last = None if after is None else key(after)
    if descending:
        return heapq.nlargest(count, (file for file in files if last is None or key(file) < last), key=key)
    return heapq.nsmallest(count, (file for file in files if last is None or key(file) > last), key=key)
