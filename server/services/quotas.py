"""What one person may hold: reserved before bytes come, given back when they go."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from server.errors import Busy, QuotaExceeded
from server.ports import Damaged, Ephemeral, Records, file_key

_LOCK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Share:
    """What one person may hold: sealed bytes and files, 0 for no limit."""

    max_bytes: int
    max_files: int

    @property
    def limited(self) -> bool:
        return bool(self.max_bytes or self.max_files)


class Quotas:
    """Unfinished uploads count. Every method may be repeated; what a crash leaves behind, `recount` sets right."""

    def __init__(self, records: Records, ephemeral: Ephemeral, max_bytes: int = 0, max_files: int = 0) -> None:
        """Both of one person for whom the operator has settled nothing else; 0 for no limit."""
        self._records = records
        self._ephemeral = ephemeral
        self._max_bytes = max_bytes
        self._max_files = max_files

    def reserve(self, user_id: str, file_id: UUID, size: int) -> None:
        """Make room for `size` bytes of a file in place of what it took before. Raises `QuotaExceeded`."""
        share = self.share(user_id)
        if not share.limited:
            return
        with self._ephemeral.lock(f"quota:{user_id}", _LOCK_SECONDS):
            others = self._records.usage(user_id, without=file_id)
            bytes_left = max(0, share.max_bytes - others.size) if share.max_bytes else None
            files_left = max(0, share.max_files - others.files) if share.max_files else None
            if files_left == 0 or (bytes_left is not None and size > bytes_left):
                raise QuotaExceeded(bytes_left, files_left)
            self._records.reserve(user_id, file_id, size)

    def grow(self, user_id: str, file_id: UUID, size: int) -> None:
        """Make room for at least `size` bytes. Raises `QuotaExceeded`."""
        if self.share(user_id).limited and self._records.reserved(user_id, file_id) < size:
            self.reserve(user_id, file_id, size)

    def release(self, user_id: str, file_id: UUID) -> None:
        """The file or upload is gone."""
        if self.share(user_id).limited:
            self._records.release(user_id, file_id)

    def share(self, user_id: str) -> Share:
        """How much this person may hold."""
        terms = self._records.terms(user_id)
        if terms is None:
            return Share(self._max_bytes, self._max_files)
        return Share(
            self._max_bytes if terms.quota_bytes is None else terms.quota_bytes,
            self._max_files if terms.quota_files is None else terms.quota_files,
        )

    def recount(self, only: str | None = None) -> None:
        """Reserve what is there, and nothing else: after a crash, and after the operator began to set quotas.

        `only`: what this person has.
        """
        people = [only] if only else [user.user_id for user in self._records.users()]
        limited = {user_id for user_id in people if self.share(user_id).limited}
        if limited:
            for owner_id, file_id in self._records.misreserved(limited):
                self._set_right(owner_id, file_id)

    def _set_right(self, user_id: str, file_id: UUID) -> None:
        """Whoever is at work on a file holds its lock, and sees to its reservation. What is damaged keeps its own."""
        try:
            if self._remedy(user_id, file_id) is None:
                return
            with self._ephemeral.lock(file_key(file_id), 0), self._ephemeral.lock(f"quota:{user_id}", _LOCK_SECONDS):
                if (remedy := self._remedy(user_id, file_id)) is not None:
                    remedy()
        except (Busy, Damaged):
            return

    def _remedy(self, user_id: str, file_id: UUID) -> Callable[[], None] | None:
        """What brings the reservation in line with what is there; None: nothing has to."""
        size = self._size(user_id, file_id)
        if size is None:
            return partial(self._records.release, user_id, file_id)
        if self._records.reserved(user_id, file_id) < size:
            return partial(self._records.reserve, user_id, file_id, size)
        return None

    def _size(self, user_id: str, file_id: UUID) -> int | None:
        """What the file or upload takes; None where this person has none of this id."""
        file, upload = self._records.file(file_id), self._records.upload(file_id)
        if file is not None and file.owner_id == user_id:
            return file.size
        if upload is None or upload.owner_id != user_id:
            return None
        if upload.body_size is not None:
            return upload.body_size
        return max((n * upload.full_part + r.size for n, r in self._records.receipts(file_id).items()), default=0)
