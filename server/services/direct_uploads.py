"""Parts that clients send straight to the store: signed here just in time, acknowledged here afterwards.

What is acknowledged is a receipt like any other, but its hash is the sender's word, and it holds the store's own name
for the bytes (ETag): a part that is written over afterwards is another one, and its receipt is not good for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from server.domain import Backend, Caller, Receipt, Upload
from server.errors import Conflict, NotFound
from server.ports import DirectStore, PartPlace, SignedPut, bare_etag, file_key
from server.services.completion import invalid
from server.services.intake import Intake
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

    def __init__(self, intake: Intake) -> None:
        self._in = intake

    def possible(self, upload: Upload) -> bool:
        """Whether parts of this upload may go straight to the store."""
        store = self._in.stores.direct
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
        with self._in.ephemeral.lock(file_key(file_id), _WAIT_SECONDS):
            self._check_open(caller, upload)
            self._in.quotas.grow(caller.user_id, file_id, _end(places))
            return store.part_puts(file_id, staging, places), store.url_seconds

    def acknowledge(self, caller: Caller, file_id: UUID, parts: Sequence[SentPart]) -> list[Receipt]:
        """Take note of parts that the store has taken. Raises as `part_urls`, and `Invalid`."""
        upload, _, _ = self._direct(caller, file_id)
        places = [self._place(upload, part.number, part.size) for part in parts]
        now = self._in.clock.now()
        receipts = [Receipt(part.number, part.size, part.digest, now, _named(part.etag), direct=True) for part in parts]
        with self._in.ephemeral.lock(file_key(file_id), _WAIT_SECONDS):
            self._check_open(caller, upload)
            self._in.quotas.grow(caller.user_id, file_id, _end(places))
            for receipt in receipts:
                self._in.records.add_receipt(file_id, receipt)
        return receipts

    def _direct(self, caller: Caller, file_id: UUID) -> tuple[Upload, DirectStore, str]:
        upload = self._own(caller, file_id)
        store = self._in.stores.direct
        if store is None or upload.staging is None or not self.possible(upload):
            raise Conflict("The parts of this upload have to come through the server (PUT).")
        return upload, store, upload.staging

    def _place(self, upload: Upload, number: int, size: int) -> PartPlace:
        place = part_place(upload, number, size)
        self._in.check_size(place.offset + size)
        return place

    def _check_open(self, caller: Caller, upload: Upload) -> None:
        """The upload is still the one that it was a moment ago, and takes parts."""
        if self._own(caller, upload.file_id) != upload:
            raise Conflict("The upload was begun anew; send the part again.")
        if self._in.stores.of(upload.backend).exists(upload.file_id):
            raise Conflict("Every part has arrived; complete the upload.")

    def _own(self, caller: Caller, file_id: UUID) -> Upload:
        upload = self._in.records.upload(file_id)
        if upload is None or upload.owner_id != caller.user_id:
            raise NotFound("There is no such upload.")
        return upload


def _named(etag: str) -> str:
    """An ETag that names something: without one, nobody could tell which bytes were acknowledged."""
    if not (bare := bare_etag(etag)):
        raise invalid("parts", "an etag is empty")
    return bare


def _end(places: Sequence[PartPlace]) -> int:
    return max(place.offset + place.length for place in places)
