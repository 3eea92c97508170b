"""Putting an upload's parts together, and taking back the word of those that turn out not to be there."""

from collections.abc import Sequence
from dataclasses import replace

from server.domain import Receipt, Upload
from server.errors import PartsMissing
from server.ports import BlobStore, PartPlace, PartsDiffer, Records
from server.services.stores import Stores
from server.services.verification import Verification

_MOST_NAMED = 100


class Assembly:
    """The caller holds the upload's lock."""

    def __init__(self, records: Records, stores: Stores, verification: Verification) -> None:
        self._records = records
        self._stores = stores
        self._verification = verification

    def assemble(self, upload: Upload, parts: Sequence[Receipt]) -> str | None:
        """Make a blob of all parts of an upload, which are in order; returns its locator.

        Raises `PartsMissing` where the store has not got some, or has others: these lose their receipts, the rest is
        kept. Raises what `BlobStore.assemble` does.
        """
        blobs = self._stores.of(upload.backend)
        try:
            locator = blobs.assemble(upload.file_id, upload.staging, parts)
        except PartsDiffer as differ:
            self._void(upload, differ.numbers)
            raise _missing(differ.numbers, len(parts), "are not in the storage as they were acknowledged") from None
        if altered := self._verification.altered(blobs, upload, parts):
            self._doubt(upload, [part for part in parts if part.number in altered])
            lost = self._reopen(blobs, upload, parts, altered)
            self._void(upload, lost)
            raise _missing(lost, len(parts), "have another hash than was said")
        return locator

    def _reopen(
        self, blobs: BlobStore, upload: Upload, parts: Sequence[Receipt], altered: Sequence[int]
    ) -> Sequence[int]:
        """Make the blob an upload again, without the altered parts; returns the numbers of all that are gone."""
        good = [part for part in parts if part.number not in altered]
        store = self._stores.direct
        if store is None or upload.staging is None:
            blobs.delete(upload.file_id)
            return [part.number for part in parts]
        places = [PartPlace(part.number, part.number * upload.full_part, part.size) for part in good]
        etags = store.reopen(upload.file_id, upload.staging, places)
        for part in good:
            self._records.add_receipt(upload.file_id, replace(part, etag=etags[part.number]))
        return altered

    def _doubt(self, upload: Upload, parts: Sequence[Receipt]) -> None:
        """Whatever fails from here on: a receipt without an ETag is read back by every completion to come."""
        for part in parts:
            self._records.add_receipt(upload.file_id, replace(part, etag="", direct=False))

    def _void(self, upload: Upload, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._records.void_receipt(upload.file_id, number)


def _missing(numbers: Sequence[int], count: int, what: str) -> PartsMissing:
    message = f"{len(numbers)} of {count} parts {what}. Send them again; the others are kept."
    return PartsMissing(message, tuple(numbers[:_MOST_NAMED]))
