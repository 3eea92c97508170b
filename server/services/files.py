"""Finished files: who may see, read and remove them."""

from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from server.domain import POSITION, Caller, EventKind, File
from server.errors import BadRequest, Forbidden, Gone, NotFound
from server.ports import BlobStore, Clock, Ephemeral, Records, Role, file_key
from server.services.activity import Activity

_LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing."""

    files: list[File]
    next_position: str | None
    """Where the next page begins; None at the end."""


class Files:
    """One decision on 404 and 410 for every way to a file."""

    def __init__(
        self, records: Records, blobs: BlobStore, ephemeral: Ephemeral, clock: Clock, activity: Activity
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._ephemeral = ephemeral
        self._clock = clock
        self._activity = activity

    def page(self, caller: Caller, role: Role, before: str | None, limit: int) -> Page:
        """The caller's files, newest first. Raises `BadRequest` for a `before` that no page gave out."""
        if before is not None and not POSITION.fullmatch(before):
            raise BadRequest("The cursor is not one of this server's.")
        files = self._records.page(caller.user_id, role, self._clock.now(), before, limit + 1)
        shown = files[:limit]
        return Page(shown, shown[-1].position if len(files) > limit else None)

    def get(self, caller: Caller, file_id: UUID) -> File:
        """The file, for its owner and readers. Raises `NotFound` for everybody else, `Gone` from expiry on."""
        file = self._records.file(file_id)
        if file is None or not file.readable_by(caller.user_id):
            raise NotFound("There is no such file.")
        if file.expired(self._clock.now()):
            raise Gone("This file has expired.")
        return file

    def open_content(self, caller: Caller, file: File, start: int, stop: int) -> BinaryIO:
        """The body, open at `start`, of which the caller is about to get the bytes up to `stop`.

        Whenever a reader (not the owner) is given the last byte, that counts as one download: parts may come in any
        order and again, but the end of the body is asked for once a download. Raises `NotFound`.
        """
        content = self._blobs.open_range(file.file_id, start)
        if stop == file.size:
            if caller.user_id != file.owner_id:
                self._records.count_download(file.file_id)
            self._note(EventKind.DOWNLOAD, caller, file)
        return content

    def downloads(self, file: File) -> int:
        """How often readers have fetched the file."""
        return self._records.downloads(file.file_id)

    def delete(self, caller: Caller, file_id: UUID) -> None:
        """Remove record and ciphertext at once. Raises as `get` does, and `Forbidden` for readers."""
        file = self.get(caller, file_id)
        if file.owner_id != caller.user_id:
            raise Forbidden("Only the owner can remove a file.")
        with self._ephemeral.lock(file_key(file_id), _LOCK_SECONDS):
            self._records.remove_file(file)
            self._blobs.delete(file_id)
        self._note(EventKind.DELETE, caller, file)

    def _note(self, kind: EventKind, caller: Caller, file: File) -> None:
        self._activity.record(
            kind, caller.origin, actor=caller.user_id, file_id=file.file_id, concerns=(file.owner_id,)
        )
