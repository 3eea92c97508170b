"""Uploads in parts: any order, any worker, again after any failure.

Two locks keep bytes honest. A part is written under its own lock, so that two writers never mix. An upload is
completed under the upload's lock, which a part's writer holds for a moment before it writes: there it learns that the
upload is still open and voids the receipt that it is about to make untrue. A completion therefore either sees a
receipt missing, or no writer is at work on any part that it counts.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from server.domain import Caller, EventKind, File, Receipt, Upload
from server.errors import BadRequest, Conflict, DigestMismatch, NotFound, PartsMissing, TooLarge
from server.ports import PartPlace, Source, file_key
from server.services.assembly import Assembly
from server.services.completion import Completion, invalid
from server.services.intake import Intake
from server.services.removal import Removal, swept_later
from shared.sealed.errors import FormatError
from shared.sealed.geometry import MAX_PARTS, Geometry, check_part_size, sealed_length
from shared.sealed.manifest import Manifest, parts_digest

MAX_MISSING_NAMED = 100
_PART_WAIT_SECONDS = 5
_COMPLETE_WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class UploadState:
    """An upload and what has arrived of it."""

    upload: Upload
    receipts: dict[int, Receipt]


class Uploads:
    """From the first part to a finished file."""

    def __init__(self, intake: Intake, removal: Removal, assembly: Assembly) -> None:
        self._in = intake
        self._removal = removal
        self._assembly = assembly

    def start(self, caller: Caller, file_id: UUID, part_size: int, body_size: int | None) -> tuple[UploadState, bool]:
        """Open an upload; says whether it is new. Posting the same start again gives the upload as it stands.

        Raises `Invalid`, `TooLarge`, `QuotaExceeded`, `StorageFull`, `Conflict` where the id is taken, `Unavailable`.
        """
        _check_shape(part_size, body_size)
        self._in.check_size(body_size or 0)
        wanted = Upload(
            file_id,
            caller.user_id,
            part_size,
            body_size,
            self._in.clock.now(),
            self._in.stores.default,
            box_id=caller.box_id,
        )
        with self._in.ephemeral.lock(file_key(file_id), _PART_WAIT_SECONDS):
            if (existing := self._in.records.upload(file_id)) is not None:
                if not _same_start(wanted, existing):
                    raise Conflict("This file id is taken.")
                return self._state(existing), False
            if self._in.records.file(file_id) is not None:
                raise Conflict("This file id is taken.")
            blobs = self._in.stores.of(wanted.backend)
            blobs.check_room(body_size or 0)
            self._in.quotas.reserve(caller.user_id, file_id, body_size or 0)
            wanted = replace(wanted, staging=blobs.begin(file_id, wanted.full_part))
            self._in.records.add_upload(wanted)
        return UploadState(wanted, {}), True

    def state(self, caller: Caller, file_id: UUID) -> UploadState:
        """Raises `NotFound`, also for everybody but the owner."""
        return self._state(self._own(caller, file_id))

    def part(self, caller: Caller, file_id: UUID, number: int) -> Receipt:
        """A part that has arrived. Raises `NotFound`, and `Busy` while it is on its way to the storage."""
        self._own(caller, file_id)
        with self._in.ephemeral.lock(_part_key(file_id, number), 0):
            if (receipt := self._in.records.receipts(file_id).get(number)) is None:
                raise NotFound("This part has not arrived.")
        return receipt

    def put_part(
        self, caller: Caller, file_id: UUID, number: int, length: int, source: Source, expected: bytes | None
    ) -> Receipt:
        """Take in one sealed part of `length` bytes; `expected` is its SHA-256 where the sender announced it.

        Nothing counts before all of it is on disk. Raises `NotFound`, `BadRequest` for a length of no part, `TooLarge`,
        `Busy`, `Conflict`, `Interrupted`, `DigestMismatch`, `QuotaExceeded`, `StorageFull`, `Unavailable`.
        """
        upload = self._own(caller, file_id)
        place = part_place(upload, number, length)
        self._in.check_size(place.offset + length)
        blobs = self._in.stores.of(upload.backend)
        blobs.check_room(length)
        with self._in.ephemeral.lock(_part_key(file_id, number), _PART_WAIT_SECONDS):
            with self._in.ephemeral.lock(file_key(file_id), _PART_WAIT_SECONDS):
                self._own(caller, file_id)
                self._in.quotas.grow(caller.user_id, file_id, place.offset + length)
                if blobs.exists(file_id):  # a crash came between the bytes' last step and the record
                    raise Conflict("Every part has arrived; complete the upload.")
                self._in.records.void_receipt(file_id, number)
            part = blobs.put_part(file_id, upload.staging, place, source, expected)
            receipt = Receipt(number, length, part.digest, self._in.clock.now(), part.etag)
            with self._in.ephemeral.lock(file_key(file_id), _COMPLETE_WAIT_SECONDS):
                if self._in.records.upload(file_id) is None:  # its bytes went, and these have come since
                    with swept_later(file_id):
                        blobs.discard_parts(file_id)
                if self._own(caller, file_id) != upload:  # abandoned meanwhile, and begun anew: not these bytes
                    raise Conflict("The upload was begun anew; send the part again.")
                self._in.records.add_receipt(file_id, receipt)
        return receipt

    def abandon(self, caller: Caller, file_id: UUID) -> None:
        """Remove an upload and its bytes at once. Raises `NotFound`."""
        with self._in.ephemeral.lock(file_key(file_id), _COMPLETE_WAIT_SECONDS):
            self._removal.remove_upload(self._own(caller, file_id))

    def complete(self, caller: Caller, file_id: UUID, completion: Completion) -> tuple[File, bool]:
        """Make the parts a file; says whether it is new. Completing again with the same manifest gives the same file.

        Raises `NotFound`, `Invalid`, `Conflict` for another manifest, `PartsMissing`, `DigestMismatch`, `Unavailable`.
        """
        manifest, grants = completion.parsed()
        allowed_users = self._in.user_ids.of_names(completion.allowed_users, without=caller.user_id)
        with self._in.ephemeral.lock(file_key(file_id), _COMPLETE_WAIT_SECONDS):
            if (finished := self._finished(caller, file_id, manifest)) is not None:
                self._in.records.remove_upload(file_id)  # where a crash kept the first completion from it
                return finished, False
            upload = self._own(caller, file_id)
            _check_fits(manifest, upload)
            parts = _all_parts(manifest, self._in.records.receipts(file_id))
            self._in.quotas.reserve(caller.user_id, file_id, manifest.body_size)
            locator = self._assembly.assemble(upload, parts)
            part_hashes = b"".join(part.digest for part in parts)
            file = completion.file_of(caller, manifest, grants, part_hashes, allowed_users, self._in.clock.now())
            file = replace(file, backend=upload.backend, locator=locator, box_id=upload.box_id)
            self._in.records.add_file(file)
            self._in.records.remove_upload(file_id)
        self._in.activity.record(
            EventKind.UPLOAD,
            caller.origin,
            actor=caller.user_id if caller.box_id is None else None,
            file_id=file_id,
            concerns=allowed_users if caller.box_id is None else (caller.user_id,),
            detail=caller.box_id or "",
        )
        return file, True

    def _own(self, caller: Caller, file_id: UUID) -> Upload:
        upload = self._in.records.upload(file_id)
        if upload is None or upload.owner_id != caller.user_id or caller.box_id not in (None, upload.box_id):
            raise NotFound("There is no such upload.")
        return upload

    def _state(self, upload: Upload) -> UploadState:
        return UploadState(upload, self._in.records.receipts(upload.file_id))

    def _finished(self, caller: Caller, file_id: UUID, manifest: Manifest) -> File | None:
        file = self._in.records.file(file_id)
        if file is None:
            return None
        if file.owner_id != caller.user_id or caller.box_id not in (None, file.box_id):
            raise NotFound("There is no such upload.")
        if file.manifest != manifest.raw:
            raise Conflict("This file is complete already, with another manifest.")
        return file


def _check_shape(part_size: int, body_size: int | None) -> None:
    try:
        check_part_size(part_size)
    except FormatError as error:
        raise invalid("part_size", error) from None
    try:
        if body_size is not None:
            Geometry.of_body(part_size, body_size)
    except FormatError as error:
        raise invalid("body_size", error) from None


def _part_key(file_id: UUID, number: int) -> str:
    """The lock that whoever takes in a part holds."""
    return f"part:{file_id}:{number}"


def part_place(upload: Upload, number: int, length: int) -> PartPlace:
    """Where a part of `length` sealed bytes belongs; raises `NotFound`, `BadRequest`, `TooLarge` if nowhere."""
    if upload.body_size is not None:
        geometry = Geometry.of_body(upload.part_size, upload.body_size)
        if number >= geometry.part_count:
            raise NotFound(f"The upload has parts 0 to {geometry.part_count - 1}.")
        if length != geometry.sealed_length(number):
            raise _wrong_length(f"Part {number} has {geometry.sealed_length(number)} bytes", length)
    else:
        if number >= MAX_PARTS:
            raise NotFound(f"An upload has at most {MAX_PARTS} parts.")
        if length > upload.full_part:
            raise TooLarge(f"A part of this upload has at most {upload.full_part} bytes.")
        if number and length == sealed_length(0):
            raise BadRequest("Only a part 0 that stands alone may be empty.")
        try:
            Geometry.of_body(upload.part_size, length)
        except FormatError:
            raise BadRequest(f"No content is sealed to a part of {length} bytes.") from None
    return PartPlace(number, number * upload.full_part, length)


def _wrong_length(rule: str, length: int) -> BadRequest:
    return BadRequest(f"{rule}, but {length} are announced.")


def _check_fits(manifest: Manifest, upload: Upload) -> None:
    if manifest.file_id != upload.file_id:
        raise invalid("manifest", "names another file_id")
    if manifest.part_size != upload.part_size:
        raise invalid("manifest", "names another part_size than the upload")
    if upload.body_size is not None and manifest.body_size != upload.body_size:
        raise invalid("manifest", "names another body_size than the upload")


def _same_start(wanted: Upload, existing: Upload) -> bool:
    """Whether both were asked for in the same words; where the bytes go, the server decided."""
    return existing == replace(
        wanted, created_at=existing.created_at, backend=existing.backend, staging=existing.staging
    )


def _all_parts(manifest: Manifest, receipts: dict[int, Receipt]) -> list[Receipt]:
    """The parts in order, once every one is there with its right length and they are what the manifest names."""
    geometry = manifest.geometry
    expected = {number: geometry.sealed_length(number) for number in range(geometry.part_count)}
    missing = tuple(n for n, length in expected.items() if n not in receipts or receipts[n].size != length)
    if missing:
        raise PartsMissing(f"{len(missing)} of {len(expected)} parts have not arrived.", missing[:MAX_MISSING_NAMED])
    if len(receipts) > len(expected):
        raise Conflict("Parts have arrived that lie behind the end that the manifest names.")
    parts = [receipts[number] for number in expected]
    if parts_digest(b"".join(part.digest for part in parts)) != manifest.parts_digest:
        raise DigestMismatch("The parts that have arrived are not those that the manifest names.")
    return parts
