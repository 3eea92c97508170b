"""Whether what the server keeps fits together: the chain of activity, the key log, and every record with its bytes."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from server.domain import File
from server.errors import NotFound, Unavailable
from server.ports import ActivityLog, Clock, Damaged, Finding, KeyLog, LinkRecords, Records
from server.services.stores import Stores
from shared.sealed.errors import FormatError
from shared.sealed.manifest import Manifest

_BLOCK = 1 << 20
_DIGEST_BYTES = 32
_DAMAGED = "has a record that can't be read"


class Inspection:
    """Reads only, and may run beside the server."""

    def __init__(
        self,
        records: Records,
        links: LinkRecords,
        stores: Stores,
        activity: ActivityLog,
        key_log: KeyLog,
        clock: Clock,
    ) -> None:
        self._records = records
        self._links = links
        self._stores = stores
        self._activity = activity
        self._key_log = key_log
        self._clock = clock

    def findings(self, *, deep: bool = False) -> Iterator[Finding]:
        """Everything that is wrong. `deep`: every byte is read and compared with the hashes in the record."""
        yield from self._activity.verify()
        yield from self._key_log.verify()
        for file_id in self._records.file_ids():
            message = self._trouble_of(file_id, deep=deep)
            if message is not None:
                yield Finding(f"file {file_id}", message)
        for file_id in self._records.upload_ids():
            try:
                self._records.upload(file_id)
            except Damaged:
                yield Finding(f"upload {file_id}", _DAMAGED)

        for link_id in self._links.link_ids():
            try:
                self._links.link(link_id)
            except Damaged:
                yield Finding(f"link {link_id}", _DAMAGED)

    def _trouble_of(self, file_id: UUID, *, deep: bool) -> str | None:
        try:
            file = self._records.file(file_id)
            message = None if file is None else self._trouble(file, deep=deep)
            # A file may have been removed while it was looked at.
            return message if message and self._records.file(file_id) is not None else None
        except Damaged:
            return _DAMAGED

    def _trouble(self, file: File, *, deep: bool) -> str | None:
        if file.expired(self._clock.now()):
            return None  # about to be removed, bytes first or last
        try:
            size = self._stores.of(file.backend).size(file.file_id, file.locator)
            if size != file.size:
                return f"has {size} bytes where its record says {file.size}"
            return self._altered(file) if deep else None
        except NotFound:
            return "has a record and no bytes"
        except Unavailable as error:
            return f"can't be looked at: {error}"

    def _altered(self, file: File) -> str | None:
        expected = [file.part_hashes[at : at + _DIGEST_BYTES] for at in range(0, len(file.part_hashes), _DIGEST_BYTES)]
        lengths = _part_lengths(file)
        if lengths is None or len(lengths) != len(expected):
            return "has a record whose manifest and part hashes do not fit each other"
        with self._stores.of(file.backend).open_range(file.file_id, file.locator, 0, file.size) as body:
            for number, (length, digest) in enumerate(zip(lengths, expected, strict=True)):
                found = hashlib.sha256()
                while length > 0 and (block := body.read(min(_BLOCK, length))):
                    found.update(block)
                    length -= len(block)
                if found.digest() != digest:
                    return f"is altered in part {number}"
        return None


def _part_lengths(file: File) -> list[int] | None:
    """Sealed bytes of each part; a file without a manifest is one part. None for a manifest that is none."""
    if file.simple is not None:
        return [file.size]
    try:
        geometry = Manifest.parse(file.manifest).geometry
    except FormatError:
        return None
    return [geometry.sealed_length(number) for number in range(geometry.part_count)]
