"""What goes away by itself: expired files, idle uploads, and whatever a crash left behind."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from server.domain import Backend
from server.errors import FROZEN, Busy, Unavailable
from server.ports import BlobStore, Clock, Damaged, Ephemeral, Records, file_key
from server.services.activity import Activity
from server.services.boxes import Boxes
from server.services.card_log import CardLog
from server.services.drops import Drops
from server.services.links import Links
from server.services.moving import moving_key
from server.services.ownership import Ownership
from server.services.quotas import Quotas
from server.services.removal import Removal
from server.services.s3_uploads import S3Uploads
from server.services.stores import Stores

log = logging.getLogger(__name__)

EXPIRY_SECONDS = 20
"""Bytes of a file are gone at most so long after its expiry."""
SWEEP_SECONDS = 3_600
LEFTOVER_SECONDS = 86_400
"""What belongs to nothing is left alone for so long: somebody may be about to finish it."""


class Housekeeping:
    """Safe to run at any time and to be killed at any point. Whatever the number of workers, one of them does it."""

    def __init__(
        self,
        records: Records,
        stores: Stores,
        ephemeral: Ephemeral,
        clock: Clock,
        removal: Removal,
        quotas: Quotas,
        activity: Activity,
        card_log: CardLog,
        links: Links,
        s3_uploads: S3Uploads,
        boxes: Boxes,
        drops: Drops,
        ownership: Ownership,
        frozen: Callable[[], bool],
        activity_days: int = 0,
    ) -> None:
        """`activity_days`: how long activity is kept, rounded up to whole months; 0 for ever."""
        self._records = records
        self._stores = stores
        self._ephemeral = ephemeral
        self._clock = clock
        self._removal = removal
        self._quotas = quotas
        self._activity = activity
        self._card_log = card_log
        self._links = links
        self._s3_uploads = s3_uploads
        self._boxes = boxes
        self._drops = drops
        self._ownership = ownership
        self._frozen = frozen
        self._activity_days = activity_days
        self._told: set[UUID] = set()
        """Damaged records that the log knows about."""
        self._next_sweep = 0.0
        """Before that, this process sweeps no more, however often it loses the lock and takes it anew."""

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set: wait to become the one that does it, then look after things regularly.

        After whatever fails, the lock is taken anew: it may be lost, or somebody else be better off.
        """
        while not stop.is_set():
            try:
                with self._ephemeral.lock("housekeeping", 0):
                    self._serve(stop)
            except Busy:  # somebody else does it
                pass
            except Unavailable as error:
                log.warning("housekeeping waits: %s", error)
            except Exception:  # the next round may succeed, and there must be a next round
                log.exception("housekeeping failed; it tries again in %d seconds", EXPIRY_SECONDS)
            stop.wait(EXPIRY_SECONDS)

    def remove_expired(self) -> int:
        """Files whose time is over, record first; how many it were. Raises `Unavailable` while nothing may change."""
        self._check_thawed()
        now, removed = self._clock.now(), 0
        for file_id in self._records.due(now):
            with self._going_on(file_id):
                file = self._records.file(file_id)
                if file is not None and file.expired(now) and self._removal.remove_file(file, expired_at=now):
                    removed += 1
                    log.info("removed expired file %s", file_id)
        return removed

    def sweep(self) -> None:
        """Idle uploads, expired state, bytes and index entries that belong to nothing. Files expire meanwhile.

        Raises as `remove_expired`.
        """
        self._check_thawed()
        with self._expiring():
            self._sweep()

    def reclaim(self) -> None:
        """Have every store free what deletions have left to it. Raises as `remove_expired`."""
        self._check_thawed()
        for backend, blobs in self._stores.each():
            with _reached(backend):
                blobs.reclaim()

    @contextmanager
    def _expiring(self) -> Iterator[None]:
        """Where there is much, a sweep takes far longer than bytes may outlive their file."""
        done = threading.Event()

        def expire() -> None:
            while not done.wait(EXPIRY_SECONDS):
                try:
                    self.remove_expired()
                except Unavailable as error:
                    log.warning("expired files wait: %s", error)
                except Exception:  # the next round may succeed, and there must be a next round
                    log.exception("removing expired files failed; it is tried again in %d seconds", EXPIRY_SECONDS)

        thread = threading.Thread(target=expire, name="expiry", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _sweep(self) -> None:
        for file_id in self._records.upload_ids():
            with self._going_on(file_id):
                self._remove_if_idle(file_id)
        before = self._clock.now() - LEFTOVER_SECONDS
        for backend, blobs in self._stores.each():
            with _reached(backend):
                if self._ownership.is_ours(backend):
                    self._sweep_store(backend, blobs, before)
        self._quotas.recount()
        self._links.sweep(before)
        self._boxes.sweep(before)
        self._records.sweep(before)
        self._ephemeral.sweep()
        self._card_log.catch_up()
        if self._activity_days:
            self._activity.age(self._clock.now() - self._activity_days * 86_400)

    def _sweep_store(self, backend: Backend, blobs: BlobStore, before: float) -> None:
        """Bytes older than `before` that no record says are here."""
        if backend is Backend.S3:
            self._s3_uploads.sweep()
        for file_id, changed_at in blobs.list_blobs():
            # A crash between rename and record leaves a blob with its upload: completing again makes it whole.
            if changed_at < before:
                self._remove_unknown(
                    file_id, blobs.delete, lambda found: self._has_file(found, backend) or self._begun(found, backend)
                )
        for file_id, changed_at in blobs.list_staged():
            if changed_at < before:
                self._remove_unknown(file_id, blobs.discard_parts, lambda found: self._begun(found, backend))

    def _remove_unknown(self, file_id: UUID, remove: Callable[[UUID], None], known: Callable[[UUID], bool]) -> None:
        """Whoever is at work on a file, or moves it for days, holds a lock; what came before is looked at again."""
        with self._going_on(file_id):
            if known(file_id):
                return
            with self._ephemeral.lock(file_key(file_id), 0), self._ephemeral.lock(moving_key(file_id), 0):
                if not self._frozen() and not known(file_id):
                    remove(file_id)

    def _has_file(self, file_id: UUID, backend: Backend) -> bool:
        file = self._records.file(file_id)
        return file is not None and file.backend is backend

    def _begun(self, file_id: UUID, backend: Backend) -> bool:
        upload = self._records.upload(file_id)
        return upload is not None and upload.backend is backend

    def _check_thawed(self) -> None:
        """Records that no longer change say nothing of what has come since, which may lie in the same stores."""
        if self._frozen():
            raise Unavailable(FROZEN)

    def _serve(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if not self._frozen():
                self.remove_expired()
                self.reclaim()
                self._drops.tell_late()
                if self._clock.now() >= self._next_sweep:
                    self._next_sweep = self._clock.now() + SWEEP_SECONDS
                    self.sweep()
            stop.wait(EXPIRY_SECONDS)

    def _remove_if_idle(self, file_id: UUID) -> None:
        with self._ephemeral.lock(file_key(file_id), 0):
            upload = self._records.upload(file_id)
            if upload is None or self._clock.now() < upload.idle_expires_at(self._records.receipts(file_id).values()):
                return
            self._removal.remove_upload(upload)
            log.info("removed idle upload %s", file_id)

    @contextmanager
    def _going_on(self, file_id: UUID) -> Iterator[None]:
        """What is the matter with one of them keeps nobody from looking after the others."""
        try:
            yield
        except Busy:  # somebody is at work on it; there will be another round
            return
        except Damaged:
            if file_id not in self._told:
                self._told.add(file_id)
                log.error("the record of %s can't be read: it and its bytes are left alone", file_id)  # noqa: TRY400


@contextmanager
def _reached(backend: Backend) -> Iterator[None]:
    """A store that is away keeps nobody from looking after the others."""
    try:
        yield
    except Unavailable as error:
        log.warning("the storage %s was left for the next round: %s", backend.value, error)
