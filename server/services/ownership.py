"""Whose a store is that others can reach: what no record knows is removed there only where these records are its own.

An empty database, another DATA_DIR or another's bucket would otherwise make every body in it one that belongs to
nothing. So records have a name, and the store keeps it beside the bodies.
"""

import logging
from uuid import UUID

from server.domain import Backend
from server.ports import Damaged, MarkedStore, Records
from server.services.stores import Stores

log = logging.getLogger(__name__)


class Ownership:
    """Of every store that can keep a mark; the others are within reach of one installation only."""

    def __init__(self, records: Records, stores: Stores) -> None:
        self._records = records
        self._stores = stores

    def is_ours(self, backend: Backend) -> bool:
        """Whether what no record knows may be removed there; marks a store that is new. Raises `Unavailable`."""
        store = self._stores.of(backend)
        if not isinstance(store, MarkedStore):
            return True
        if (trouble := self.trouble(backend)) is not None:
            log.error("nothing is swept in the storage %s: %s", backend.value, trouble)
            return False
        if store.owner() is None:
            store.claim(self._records.installation_id())
        return True

    def trouble(self, backend: Backend) -> str | None:
        """Why it can't be told to be ours, and what to do; None: it is, or may become so. Raises `Unavailable`."""
        store = self._stores.of(backend)
        if not isinstance(store, MarkedStore):
            return None
        owner = store.owner()
        if owner == self._records.installation_id() or (owner is None and self._known_by_most(backend)):
            return None
        found = (
            "it bears no mark, and most of the files in it are unknown to this server's records"
            if owner is None
            else "it bears the mark of another installation"
        )
        return (
            f"{found}. Nothing was removed. Check that S3_BUCKET, S3_PREFIX, DATA_DIR, RECORDS and DATABASE_URL belong "
            "together. Where they do (after a restore, say), run: sealcase-server admin s3-check --claim. Files that "
            "the records do not know are removed from it a day after they came"
        )

    def claim(self, backend: Backend) -> None:
        """Mark the store as ours, whatever it says so far. Raises `Unavailable`."""
        store = self._stores.of(backend)
        if isinstance(store, MarkedStore):
            store.claim(self._records.installation_id())

    def _known_by_most(self, backend: Backend) -> bool:
        """Of all bodies, at least as many are known as are not: so an empty store is ours. One alone proves nothing,
        for files may have been sent since the settings went wrong."""
        balance = 0
        for blob_id, _ in self._stores.of(backend).list_blobs():
            balance += 1 if self._knows(blob_id, backend) else -1
        return balance >= 0

    def _knows(self, blob_id: UUID, backend: Backend) -> bool:
        try:
            found = self._records.file(blob_id) or self._records.upload(blob_id)
        except Damaged:
            return True
        return found is not None and found.backend is backend
