"""Simple uploads: one request brings the sealed bytes and what belongs to them (format 0)."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from uuid import UUID

from server.domain import Caller, EventKind, File, Receipt, SimpleFields
from server.errors import BadRequest, FieldError, Interrupted, Invalid
from server.ports import BlobStore, Entry, PartPlace, Source, file_key
from server.services.intake import Intake
from server.services.removal import swept_later

KEPT_ANSWER_SECONDS = 86_400
MAX_KEY_CHARS = 200
_LOCK_SECONDS = 60
_SLICE = 8 << 20
"""Bytes that are stored at a time where nobody said how many there will be."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the sender wants to be done with the bytes."""

    fields: SimpleFields
    expires_hours: int
    allowed_users: tuple[str, ...]
    """Emails or user ids."""
    download_limit: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What is answered, and answered again to the same upload under the same `Idempotency-Key`."""

    file_id: UUID
    expires_at: int
    request: bytes = b""
    """SHA-256 of what was sent: bytes and terms. Empty where a crash came before that was kept."""


class SimpleUploads:
    """Nothing is there before all of it is: the record is the last step."""

    def __init__(self, intake: Intake, secret_key: bytes) -> None:
        self._in = intake
        self._secret_key = secret_key

    def store(
        self,
        caller: Caller,
        source: Source,
        length: int,
        terms: Callable[[], Terms],
        *,
        exact: bool = True,
        key: str | None = None,
    ) -> Stored:
        """Take in `length` bytes, or at most so many where it is not `exact`; `terms` is asked once they are there.

        The same again under the same `key` within 24 hours stores nothing, and gets the same answer; something else
        under that key is refused (draft-ietf-httpapi-idempotency-key-header). Raises `Invalid`, `BadRequest`,
        `TooLarge`, `QuotaExceeded`, `StorageFull`, `Interrupted`, and `Busy` where the same is under way.
        """
        if key is None:
            return self._store(caller, _new_id(secrets.token_bytes(16)), source, length, terms, exact=exact)
        if not (0 < len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable()):
            raise BadRequest(f"An Idempotency-Key has 1 to {MAX_KEY_CHARS} printable characters.")
        message = b"sealcase upload\0" + caller.user_id.encode() + b"\0" + key.encode()
        mac = hmac.digest(self._secret_key, message, hashlib.sha256)
        answer_key, file_id = f"answer:{mac.hex()}", _new_id(mac[:16])
        with self._in.ephemeral.lock(answer_key, 0):
            if (kept := self._in.ephemeral.get(answer_key)) is not None:
                earlier = _read(kept)
                size, digest = _hashed(source, length, exact=exact)
                if earlier.request not in (b"", _request(size, digest, terms())):
                    raise _used_key()
                return earlier
            if (file := self._in.records.file(file_id)) is not None:  # a crash came before the answer was kept
                size, digest = _hashed(source, length, exact=exact)
                wanted = terms()
                if (file.size, file.part_hashes, file.simple) != (size, digest, wanted.fields):
                    raise _used_key()
                stored = Stored(file_id, file.expires_at, _request(size, digest, wanted))
            else:
                stored = self._store(caller, file_id, source, length, terms, exact=exact)
            entry = Entry(_encode(stored), self._in.clock.now() + KEPT_ANSWER_SECONDS)
            self._in.ephemeral.update(answer_key, lambda _: (entry, None))
        return stored

    def _store(
        self, caller: Caller, file_id: UUID, source: Source, length: int, terms: Callable[[], Terms], *, exact: bool
    ) -> Stored:
        if exact:
            self._in.check_size(length)
        backend = self._in.stores.default
        blobs = self._in.stores.of(backend)
        with self._in.ephemeral.lock(file_key(file_id), _LOCK_SECONDS), self._all_or_nothing(caller, file_id, blobs):
            self._in.quotas.reserve(caller.user_id, file_id, length)
            blobs.check_room(length)
            staging = blobs.begin(file_id, length if exact else _SLICE)
            if exact:
                digest = blobs.put_part(file_id, staging, PartPlace(0, 0, length), source).digest
                parts = [Receipt(0, length, digest, self._in.clock.now())]
            else:
                parts, digest = self._put_slices(blobs, file_id, staging, source)
            size = sum(part.size for part in parts)
            wanted = terms()
            readers = self._in.user_ids.of_names(wanted.allowed_users, without=caller.user_id)
            self._in.quotas.reserve(caller.user_id, file_id, size)
            locator = blobs.assemble(file_id, staging, parts)
            now = self._in.clock.now()
            file = File(
                file_id=file_id,
                owner_id=caller.user_id,
                owner_email=caller.email,
                uploaded_at=now,
                expires_at=int(now) + wanted.expires_hours * 3_600,
                size=size,
                manifest=b"",
                grants=(),
                part_hashes=digest,
                allowed_users=readers,
                simple=wanted.fields,
                download_limit=wanted.download_limit,
                backend=backend,
                locator=locator,
            )
            self._in.records.add_file(file)
        self._in.activity.record(
            EventKind.UPLOAD, caller.origin, actor=caller.user_id, file_id=file_id, concerns=readers
        )
        return Stored(file_id, file.expires_at, _request(size, digest, wanted))

    def _put_slices(
        self, blobs: BlobStore, file_id: UUID, staging: str | None, source: Source
    ) -> tuple[list[Receipt], bytes]:
        """Store what comes, a slice at a time; returns the slices, and the SHA-256 of all."""
        digest, buffer, size = hashlib.sha256(), memoryview(bytearray(_SLICE)), 0
        parts: list[Receipt] = []
        for number, filled in enumerate(_filled(source, buffer)):
            self._in.check_size(size + filled)
            digest.update(buffer[:filled])
            part = blobs.put_part(file_id, staging, PartPlace(number, size, filled), _Memory(buffer[:filled]))
            parts.append(Receipt(number, filled, part.digest, self._in.clock.now(), part.etag))
            size += filled
        return parts, digest.digest()

    @contextmanager
    def _all_or_nothing(self, caller: Caller, file_id: UUID, blobs: BlobStore) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if self._in.records.file(file_id) is None:  # else it is a file, whatever failed behind that
                self._in.quotas.release(caller.user_id, file_id)
                with swept_later(file_id):
                    blobs.discard_parts(file_id)
                    blobs.delete(file_id)
            raise


class _Memory:
    """A `Source` of bytes that are there already."""

    def __init__(self, data: memoryview) -> None:
        self._data = data

    def readinto(self, buffer: memoryview, /) -> int:
        count = min(len(buffer), len(self._data))
        buffer[:count] = self._data[:count]
        self._data = self._data[count:]
        return count


def memory_source(data: bytes) -> Source:
    """Bytes that are there already."""
    return _Memory(memoryview(data))


def _filled(source: Source, buffer: memoryview) -> Iterator[int]:
    """How much of `buffer` was filled, again and again; at least once, and less than all of it at the end."""
    while True:
        filled = 0
        while filled < len(buffer) and (count := source.readinto(buffer[filled:])):
            filled += count
        yield filled
        if filled < len(buffer):
            return


def _hashed(source: Source, length: int, *, exact: bool) -> tuple[int, bytes]:
    """Size and SHA-256 of what comes, which is not stored. Raises `Interrupted` where it ends early."""
    digest, size = hashlib.sha256(), 0
    buffer = memoryview(bytearray(min(_SLICE, max(1, length))))
    while (not exact or size < length) and (count := source.readinto(buffer)):
        digest.update(buffer[:count])
        size += count
    if exact and size < length:
        raise Interrupted(f"The body ended {length - size} bytes early; nothing of it was kept.")
    return size, digest.digest()


def _request(size: int, digest: bytes, terms: Terms) -> bytes:
    """What tells one upload from another."""
    said = json.dumps([size, digest.hex(), asdict(terms)], sort_keys=True)
    return hashlib.sha256(said.encode()).digest()


def _used_key() -> Invalid:
    message = (
        "This Idempotency-Key was used for another upload. Nothing was stored; send this one under a key of its own."
    )
    return Invalid(message, (FieldError("Idempotency-Key", "was used for another upload"),))


def _new_id(random: bytes) -> UUID:
    return UUID(bytes=random, version=4)


def _encode(stored: Stored) -> bytes:
    record = {"file_id": str(stored.file_id), "expires_at": stored.expires_at, "request": stored.request.hex()}
    return json.dumps(record).encode()


def _read(value: bytes) -> Stored:
    record = json.loads(value)
    return Stored(UUID(record["file_id"]), int(record["expires_at"]), bytes.fromhex(record.get("request", "")))
