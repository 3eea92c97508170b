"""Simple uploads that go straight to the bucket (format 0): a signed request first, then word that the object is there.

The key is the server's own and of no other use: what lies there is copied to a place that no client has ever been given
a request for, and the record names that copy. So the request may be sent again, by anybody who saw it, and changes
nothing that is recorded; what it leaves is swept. A key belongs to one person, one length and one file.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Self
from uuid import UUID

from server.domain import Backend, Caller, EventKind, File
from server.errors import Conflict, NotFound
from server.ports import DirectStore, Entry, file_key
from server.services.intake import Intake
from server.services.removal import swept_later
from server.services.simple_uploads import Stored, Terms

GRACE_SECONDS = 3_600
"""How long an object may wait for its record, once nobody can put it there any more."""
_LOCK_SECONDS = 60
_BLOCK = 256 << 10


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody was given a key for."""

    user_id: str
    size: int
    file_id: UUID
    request: str = ""
    """SHA-256 of the terms under which it became a file, in hex; empty before."""

    @classmethod
    def read(cls, value: bytes) -> Self:
        record = json.loads(value)
        return cls(record["user_id"], record["size"], UUID(record["file_id"]), record["request"])

    def encoded(self) -> bytes:
        return json.dumps({**asdict(self), "file_id": str(self.file_id)}).encode()


@dataclass(frozen=True, slots=True)
class Presigned:
    """Where the object goes."""

    url: str
    key: str
    bucket: str
    expires_in: int


class S3Uploads:
    """From a request for a place in the bucket to a file."""

    def __init__(self, intake: Intake) -> None:
        self._in = intake

    def presign(self, caller: Caller, size: int) -> Presigned:
        """A place for one object of `size` sealed bytes.

        Raises `Conflict` where new files do not go to a bucket that clients reach, `TooLarge`, `QuotaExceeded`.
        """
        store = self._store()
        self._in.check_size(size)
        intent = Intent(caller.user_id, size, UUID(bytes=secrets.token_bytes(16), version=4))
        self._in.quotas.reserve(caller.user_id, intent.file_id, size)
        key, put = store.incoming_put(size)
        self._keep(store, key, intent)
        return Presigned(put.url, key, store.bucket, store.url_seconds)

    def record(self, caller: Caller, bucket: str, key: str, terms: Terms) -> Stored:
        """Make the object under `key` a file. The same again gets the same answer.

        Raises `NotFound` for a key or bucket that was not given to the caller, or not lately, `Conflict` where the
        object is not there, has another length, or became a file under other terms, `QuotaExceeded`, `Unavailable`.
        """
        store = self._store()
        with self._in.ephemeral.lock(_intent_key(key), _LOCK_SECONDS):
            intent = self._intent(caller, key)
            if bucket != store.bucket:
                raise NotFound("There is no such upload.")
            said = _hashed(terms)
            if (file := self._in.records.file(intent.file_id)) is not None:
                if intent.request not in ("", said):
                    raise Conflict("This object is a file already, under other terms.")
            elif intent.request:  # it was a file, and is gone: a key is good for one
                raise NotFound("There is no such upload.")
            else:
                file = self._adopt(caller, store, key, intent, terms)
            self._keep(store, key, replace(intent, request=said))
            with swept_later(file.file_id):
                store.remove_incoming(key)
        return Stored(file.file_id, file.expires_at)

    def sweep(self) -> None:
        """Remove objects that nobody made a file of in time."""
        if (store := self._in.stores.direct) is not None:
            store.sweep_incoming(self._in.clock.now() - store.url_seconds - 2 * GRACE_SECONDS)

    def _adopt(self, caller: Caller, store: DirectStore, key: str, intent: Intent, terms: Terms) -> File:
        file_id = intent.file_id
        etag = self._arrived(store, key, intent)
        readers = self._in.user_ids.of_names(terms.allowed_users, without=caller.user_id)
        with self._in.ephemeral.lock(file_key(file_id), _LOCK_SECONDS), self._all_or_nothing(caller, file_id):
            self._in.quotas.reserve(caller.user_id, file_id, intent.size)
            store.adopt(key, etag, file_id)
            digest = self._digest(file_id, intent.size)
            now = self._in.clock.now()
            file = File(
                file_id=file_id,
                owner_id=caller.user_id,
                owner_email=caller.email,
                uploaded_at=now,
                expires_at=int(now) + terms.expires_hours * 3_600,
                size=intent.size,
                manifest=b"",
                grants=(),
                part_hashes=digest,
                allowed_users=readers,
                simple=terms.fields,
                download_limit=terms.download_limit,
                backend=Backend.S3,
            )
            self._in.records.add_file(file)
        self._in.activity.record(
            EventKind.UPLOAD, caller.origin, actor=caller.user_id, file_id=file_id, concerns=readers
        )
        return file

    def _arrived(self, store: DirectStore, key: str, intent: Intent) -> str:
        """The ETag of the object, which is there and as long as it was said to be."""
        try:
            found = store.incoming(key)
        except NotFound:
            raise Conflict("The object is not there yet. Put it at upload_url first.") from None
        if found.size != intent.size:
            raise Conflict(f"The object has {found.size} bytes, and {intent.size} were announced.")
        return found.etag

    def _digest(self, file_id: UUID, size: int) -> bytes:
        """SHA-256 of the copy that nobody else can change. Raises `Conflict` for one of another length."""
        blobs = self._in.stores.of(Backend.S3)
        if blobs.size(file_id) != size:
            raise Conflict("The object was written over in this very moment. Say again that it is there.")
        digest = hashlib.sha256()
        with blobs.open_range(file_id, None, 0, size) as body:
            while block := body.read(_BLOCK):
                digest.update(block)
        return digest.digest()

    def _store(self) -> DirectStore:
        store = self._in.stores.direct
        if store is None or self._in.stores.default is not Backend.S3:
            raise Conflict("Files can't go straight to this server's storage. Send them to POST /upload, or in parts.")
        return store

    def _intent(self, caller: Caller, key: str) -> Intent:
        value = self._in.ephemeral.get(_intent_key(key))
        intent = None if value is None else Intent.read(value)
        if intent is None or intent.user_id != caller.user_id:
            raise NotFound("There is no such upload.")
        return intent

    def _keep(self, store: DirectStore, key: str, intent: Intent) -> None:
        entry = Entry(intent.encoded(), self._in.clock.now() + store.url_seconds + GRACE_SECONDS)
        self._in.ephemeral.update(_intent_key(key), lambda _: (entry, None))

    @contextmanager
    def _all_or_nothing(self, caller: Caller, file_id: UUID) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if self._in.records.file(file_id) is None:  # else it is a file, whatever failed behind that
                self._in.quotas.release(caller.user_id, file_id)
                with swept_later(file_id):
                    self._in.stores.of(Backend.S3).delete(file_id)
            raise


def _intent_key(key: str) -> str:
    return f"s3_upload:{hashlib.sha256(key.encode()).hexdigest()}"


def _hashed(terms: Terms) -> str:
    return hashlib.sha256(json.dumps(asdict(terms), sort_keys=True).encode()).hexdigest()
