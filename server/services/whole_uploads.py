"""Whole uploads: a small sealed file in one request, as good as one that came in parts."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from server.domain import Caller, EventKind, File
from server.errors import Conflict, DigestMismatch, TooLarge
from server.ports import BlobStore, file_key
from server.services.completion import Completion, invalid
from server.services.intake import Intake
from server.services.removal import swept_later
from shared.api import limits
from shared.sealed.manifest import Manifest, parts_digest

_LOCK_SECONDS = 60


class WholeUploads:
    """Nothing is there before all of it is: the bytes are on disk before the record that makes them a file."""

    def __init__(self, intake: Intake) -> None:
        self._in = intake

    def store(self, caller: Caller, completion: Completion, content: bytes) -> tuple[File, bool]:
        """Make one sealed part a file; says whether it is new. The same again gives the same file.

        Raises `Invalid`, `TooLarge`, `DigestMismatch`, `Conflict` where the id is taken, `QuotaExceeded`,
        `StorageFull`, `Busy`, `Unavailable`.
        """
        self._check_size(len(content))
        manifest, grants = completion.parsed()
        digest = hashlib.sha256(content).digest()
        _check_is_all(manifest, content, digest)
        allowed_users = self._in.user_ids.of_names(completion.allowed_users, without=caller.user_id)
        file_id = manifest.file_id
        with self._in.ephemeral.lock(file_key(file_id), _LOCK_SECONDS):
            if (existing := self._in.records.file(file_id)) is not None:
                if existing.owner_id != caller.user_id or existing.manifest != manifest.raw:
                    raise Conflict("This file id is taken.")
                return existing, False
            if self._in.records.upload(file_id) is not None:
                raise Conflict("This file id is taken by an upload in parts.")
            blobs = self._in.stores.of(self._in.stores.default)
            blobs.check_room(len(content))
            file = completion.file_of(caller, manifest, grants, digest, allowed_users, self._in.clock.now())
            with self._all_or_nothing(file, blobs):
                self._in.quotas.reserve(caller.user_id, file_id, file.size)
                locator = blobs.put_whole(file_id, content)
                file = replace(file, backend=self._in.stores.default, locator=locator)
                self._in.records.add_file(file)
        self._in.activity.record(
            EventKind.UPLOAD, caller.origin, actor=caller.user_id, file_id=file_id, concerns=allowed_users
        )
        return file, True

    def _check_size(self, size: int) -> None:
        if size > limits.MAX_WHOLE_UPLOAD:
            raise TooLarge(f"A file in one request has at most {limits.MAX_WHOLE_UPLOAD} sealed bytes. Send parts.")
        self._in.check_size(size)

    @contextmanager
    def _all_or_nothing(self, file: File, blobs: BlobStore) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if self._in.records.file(file.file_id) is None:  # else it is a file, whatever failed behind that
                self._in.quotas.release(file.owner_id, file.file_id)
                with swept_later(file.file_id):
                    blobs.delete(file.file_id)
            raise


def _check_is_all(manifest: Manifest, content: bytes, digest: bytes) -> None:
    """The manifest names this content, and nothing else."""
    if manifest.geometry.part_count != 1:
        raise invalid("manifest", "names more than one part")
    if manifest.body_size != len(content):
        raise invalid("manifest", "names another body_size than was sent")
    if parts_digest(digest) != manifest.parts_digest:
        raise DigestMismatch("The bytes that have arrived are not those that the manifest names. Send them again.")
