"""Parts that clients send straight to the store: signed here just in time, acknowledged here afterwards.

What is acknowledged is a receipt like any other, but its hash is the sender's word, and it holds the store's own name
for the bytes (ETag): a part that is written over afterwards is another one, and its receipt is not good for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from server.domain import Backend, Caller, Receipt, Upload
from server.errors import Conflict, NotFound
from server.ports import Clock, DirectStore, Ephemeral, PartPlace, Records, SignedPut, file_key
from server.services.file_size import check_file_size
from server.services.quotas import Quotas
from server.services.stores import Stores
from server.services.uploads import part_place

_WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part as its sender describes it."""

    number: int
    size: int
    digest: bytes
    etag: str


class DirectUploads:
    """The way around this server, for uploads whose store takes requests of clients."""

    def __init__(
        self, records: Records, stores: Stores, ephemeral: Ephemeral, clock: Clock, quotas: Quotas, max_file_size: int
    ) -> None:
        """`max_file_size` in sealed bytes; 0 for no limit."""
        self._records = records
        self._stores = stores
        self._ephemeral = ephemeral
        self._clock = clock
        self._quotas = quotas
        self._max_file_size = max_file_size

    def possible(self, upload: Upload) -> bool:
        """Whether parts of this upload may go straight to the store."""
        store = self._stores.direct
        return (
            store is not None
            and upload.backend is Backend.S3
            and upload.staging is not None
            and store.takes(upload.full_part)
        )

    def part_urls(self, caller: Caller, file_id: UUID, sizes: Sequence[tuple[int, int]]) -> tuple[list[SignedPut], int]:
        """Requests for parts, by number and sealed size, and for how many seconds they are good.

        Raises `NotFound`, `Conflict` where parts of this upload have to come through the server, `BadRequest` for sizes
        of no part, `TooLarge`, `QuotaExceeded`, `Unavailable`.
        """
        upload, store, staging = self._direct(caller, file_id)
        places = [self._place(upload, number, size) for number, size in sizes]
        with self._ephemeral.lock(file_key(file_id), _WAIT_SECONDS):
            self._check_open(caller, upload)
            self._quotas.grow(caller.user_id, file_id, _end(places))
        return store.part_puts(file_id, staging, places), store.url_seconds

    def acknowledge(self, caller: Caller, file_id: UUID, parts: Sequence[SentPart]) -> list[Receipt]:
        """Take note of parts that the store has taken. Raises as `part_urls` does."""
        upload, _, _ = self._direct(caller, file_id)
        places = [self._place(upload, part.number, part.size) for part in parts]
        now = self._clock.now()
        receipts = [Receipt(part.number, part.size, part.digest, now, part.etag.strip('"')) for part in parts]
        with self._ephemeral.lock(file_key(file_id), _WAIT_SECONDS):
            self._check_open(caller, upload)
            self._quotas.grow(caller.user_id, file_id, _end(places))
            for receipt in receipts:
                self._records.add_receipt(file_id, receipt)
        return receipts

    def _direct(self, caller: Caller, file_id: UUID) -> tuple[Upload, DirectStore, str]:
        upload = self._own(caller, file_id)
        store = self._stores.direct
        if store is None or upload.staging is None or not self.possible(upload):
            raise Conflict("The parts of this upload have to come through the server (PUT).")
        return upload, store, upload.staging

    def _place(self, upload: Upload, number: int, size: int) -> PartPlace:
        place = part_place(upload, number, size)
        check_file_size(place.offset + size, self._max_file_size)
        return place

    def _check_open(self, caller: Caller, upload: Upload) -> None:
        """The upload is still the one that it was a moment ago, and takes parts."""
        if self._own(caller, upload.file_id) != upload:
            raise Conflict("The upload was begun anew; send the part again.")
        if self._stores.of(upload.backend).exists(upload.file_id):
            raise Conflict("Every part has arrived; complete the upload.")

    def _own(self, caller: Caller, file_id: UUID) -> Upload:
        upload = self._records.upload(file_id)
        if upload is None or upload.owner_id != caller.user_id:
            raise NotFound("There is no such upload.")
        return upload


def _end(places: Sequence[PartPlace]) -> int:
    return max(place.offset + place.length for place in places)
