"""Taking files and uploads away, with all that belongs to them; the record goes first."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from server.domain import File, Upload
from server.errors import Unavailable
from server.ports import Clock, Ephemeral, LinkRecords, Records, file_key
from server.services.downloads import claims_key
from server.services.link_closing import close_links
from server.services.quotas import Quotas
from server.services.stores import Stores

log = logging.getLogger(__name__)

LOCK_SECONDS = 60


class Removal:
    """The one way in which ciphertext disappears. Nobody is asked for permission here."""

    def __init__(
        self,
        records: Records,
        links: LinkRecords,
        stores: Stores,
        ephemeral: Ephemeral,
        clock: Clock,
        quotas: Quotas,
    ) -> None:
        self._records = records
        self._links = links
        self._clock = clock
        self._stores = stores
        self._ephemeral = ephemeral
        self._quotas = quotas

    def remove_file(self, file: File, *, expired_at: float | None = None) -> bool:
        """Record and ciphertext at once, where the file has `expired_at` that time; says whether it did.

        Raises `Busy`, and `Unavailable` where the settings lack its storage.
        """
        with self._ephemeral.lock(file_key(file.file_id), LOCK_SECONDS):
            current = self._records.file(file.file_id)
            if current is None or current.uploaded_at != file.uploaded_at:
                return False
            if expired_at is not None and not current.expired(expired_at):  # its owner has just prolonged it
                return False
            blobs = self._stores.of(current.backend)
            self._records.remove_file(current)
            self._quotas.release(file.owner_id, file.file_id)
            self._ephemeral.update(claims_key(file.file_id), lambda _: (None, None))
            with swept_later(file.file_id):
                blobs.delete(file.file_id)
        close_links(self._links, self._records, self._ephemeral, file.file_id, self._clock.now())
        return True

    def remove_upload(self, upload: Upload) -> None:
        """What has arrived of an upload. The caller holds its lock."""
        blobs = self._stores.of(upload.backend)
        self._records.remove_upload(upload.file_id)
        self._quotas.release(upload.owner_id, upload.file_id)
        with swept_later(upload.file_id):
            blobs.discard_parts(upload.file_id, upload.staging)


@contextmanager
def swept_later(file_id: UUID) -> Iterator[None]:
    """Bytes that belong to nothing any more may stay where nobody can reach them now; housekeeping comes back."""
    try:
        yield
    except Unavailable as error:
        log.warning("the bytes of %s are not removed yet: %s", file_id, error)
