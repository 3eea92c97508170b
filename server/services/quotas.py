"""What one person may hold: reserved before bytes come, given back when they go."""

from uuid import UUID

from server.errors import Busy, QuotaExceeded
from server.ports import Damaged, Ephemeral, Records, file_key

_LOCK_SECONDS = 30


class Quotas:
    """Unfinished uploads count. Every method may be repeated; what a crash leaves behind, `recount` sets right."""

    def __init__(self, records: Records, ephemeral: Ephemeral, max_bytes: int = 0, max_files: int = 0) -> None:
        """Both of one person; 0 for no limit."""
        self._records = records
        self._ephemeral = ephemeral
        self._max_bytes = max_bytes
        self._max_files = max_files

    def reserve(self, user_id: str, file_id: UUID, size: int) -> None:
        """Make room for `size` bytes of a file in place of what it took before. Raises `QuotaExceeded`."""
        if not self._limited:
            return
        with self._ephemeral.lock(f"quota:{user_id}", _LOCK_SECONDS):
            others = self._records.usage(user_id, without=file_id)
            bytes_left = max(0, self._max_bytes - others.size) if self._max_bytes else None
            files_left = max(0, self._max_files - others.files) if self._max_files else None
            if files_left == 0 or (bytes_left is not None and size > bytes_left):
                raise QuotaExceeded(bytes_left, files_left)
            self._records.reserve(user_id, file_id, size)

    def grow(self, user_id: str, file_id: UUID, size: int) -> None:
        """Make room for at least `size` bytes. Raises `QuotaExceeded`."""
        if self._limited and self._records.reserved(user_id, file_id) < size:
            self.reserve(user_id, file_id, size)

    def release(self, user_id: str, file_id: UUID) -> None:
        """The file or upload is gone."""
        if self._limited:
            self._records.release(user_id, file_id)

    def recount(self) -> None:
        """Reserve what is there, and nothing else: after a crash, and after the operator began to set quotas."""
        if not self._limited:
            return
        for reservation in self._records.reservations():
            self._unless_in_work(reservation.user_id, reservation.file_id)
        for file_id in (*self._records.file_ids(), *self._records.upload_ids()):
            if (owner_id := self._owner_of(file_id)) is not None:
                self._unless_in_work(owner_id, file_id)

    def _owner_of(self, file_id: UUID) -> str | None:
        """None where there is neither file nor upload, or none that can be read."""
        try:
            found = self._records.file(file_id) or self._records.upload(file_id)
        except Damaged:
            return None
        return None if found is None else found.owner_id

    def _unless_in_work(self, user_id: str, file_id: UUID) -> None:
        """Whoever is at work on a file holds its lock, and sees to its reservation. What is damaged keeps its own."""
        try:
            with self._ephemeral.lock(file_key(file_id), 0), self._ephemeral.lock(f"quota:{user_id}", _LOCK_SECONDS):
                size = self._size(user_id, file_id)
                if size is None:
                    self._records.release(user_id, file_id)
                elif self._records.reserved(user_id, file_id) < size:
                    self._records.reserve(user_id, file_id, size)
        except (Busy, Damaged):
            return

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

    @property
    def _limited(self) -> bool:
        return bool(self._max_bytes or self._max_files)
