"""Sending: content is sealed part by part while it is sent, several parts in flight."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from client.actions.people import Recipient
from client.actions.person import Person
from client.actions.saving import worker_threads
from client.api.api import Api
from client.api.http import DigestMismatch
from client.api.retries import with_retries
from client.errors import ClientError
from client.local.inputs import content_of, content_of_stdin
from client.local.outputs import PIPE
from shared.api.models import GrantModel, UploadComplete, UploadStart
from shared.crypto.content import Content, SealOptions, Stored, StoredFile, StoredStream
from shared.crypto.file_key import FileKey
from shared.crypto.keys import RecipientKey
from shared.crypto.part_buffer import PartBuffer
from shared.crypto.parts import PartSealer
from shared.crypto.seal import seal
from shared.crypto.workers import FixedLanes, Progress, each_part, no_progress, parts_of_stream
from shared.sealed.encoding import b64u, unb64u
from shared.sealed.geometry import sealed_length


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that has arrived at the server, whole and verified."""

    file_id: str
    name: str
    size: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Who else may fetch a file, and how often."""

    also_allowed: tuple[str, ...] = ()
    """Emails: people who may fetch it without a key of theirs among the recipients."""
    download_limit: int | None = None


def send_file(
    person: Person,
    source: Path,
    people: Sequence[Recipient],
    keys: Sequence[RecipientKey],
    *,
    expires_hours: int,
    name: str | None = None,
    options: SealOptions = SealOptions(),  # noqa: B008  (frozen)
    terms: Terms = Terms(),
    progress: Progress = no_progress,
) -> Sent:
    """Sends a file (or `PIPE`) to `people` with accounts, and seals it for bare `keys` too.

    I am a recipient of my own files: that is how their names can be shown to me. Raises whatever reading, sealing or
    the network raise; then nothing is left on the server that anybody could see.
    """
    if source == PIPE:
        return _send(
            person, content_of_stdin(name or "stdin", progress=progress), people, keys, expires_hours, options, terms
        )
    with content_of(source, name=name, progress=progress) as content:
        return _send(person, content, people, keys, expires_hours, options, terms)


def _send(
    person: Person,
    content: Content,
    people: Sequence[Recipient],
    keys: Sequence[RecipientKey],
    expires_hours: int,
    options: SealOptions,
    terms: Terms,
) -> Sent:
    identity = person.identity
    to = [identity.keys.public, *(recipient.key for recipient in people), *keys]
    body = _UploadBody(person.api, content.progress)
    try:
        sealed = seal(content, to, body, identity.signing_key, options)
        complete = UploadComplete(
            manifest=b64u(sealed.manifest.raw),
            grants=[GrantModel.model_validate(grant.to_json()) for grant in sealed.grants],
            allowed_users=[*(recipient.user_id for recipient in people), *terms.also_allowed],
            expires_hours=expires_hours,
            download_limit=terms.download_limit,
        )
        file_id = str(sealed.manifest.file_id)
        detail = with_retries(lambda: person.api.complete_upload(file_id, complete))
    except BaseException:
        body.cancel()
        raise
    return Sent(file_id, content.name, sealed.metadata.size, detail.expires_at)


class _UploadBody:
    """Seals parts into requests; the server's own hash of each must be ours."""

    def __init__(self, api: Api, progress: Progress) -> None:
        self._api = api
        self._progress = progress
        self._file_id: str | None = None

    def take(self, stored: Stored, file_key: FileKey, file_id: uuid.UUID) -> bytes:
        body_size = stored.geometry.body_size if isinstance(stored, StoredFile) else None
        start = UploadStart(file_id=str(file_id), part_size=stored.part_size, body_size=body_size)
        self._file_id = start.file_id
        with_retries(lambda: self._api.start_upload(start))
        hashes: dict[int, bytes] = {}
        if isinstance(stored, StoredFile):
            self._take_file(stored, file_key, file_id, hashes)
        else:
            self._take_stream(stored, file_key, file_id, hashes)
        return b"".join(hashes[index] for index in sorted(hashes))

    def cancel(self) -> None:
        """Removes what has been sent so far; if the server is gone, it does so itself after a day."""
        if self._file_id is not None:
            with suppress(ClientError):
                self._api.cancel_upload(self._file_id)

    def _take_file(self, stored: StoredFile, file_key: FileKey, file_id: uuid.UUID, hashes: dict[int, bytes]) -> None:
        """Parts straight from the file into the socket, each by whichever thread is free."""
        geometry = stored.geometry

        def make_worker() -> Callable[[int], None]:
            sealer = PartSealer(file_key, file_id)

            def work(index: int) -> None:
                length = geometry.sealed_length(index)

                def pieces() -> Iterator[memoryview]:
                    return sealer.pieces(index, geometry.plain_length(index), stored.part(index))

                hashes[index] = self._put(index, length, pieces, lambda: sealer.digest)

            return work

        each_part(range(geometry.part_count), FixedLanes(worker_threads()), make_worker)

    def _take_stream(
        self, stored: StoredStream, file_key: FileKey, file_id: uuid.UUID, hashes: dict[int, bytes]
    ) -> None:
        """Parts one after the other into buffers, from which they can be sent, and sent again."""
        sealer = PartSealer(file_key, file_id)
        digests: dict[int, bytes] = {}

        def produce(buffer: PartBuffer, index: int) -> bool:
            buffer.store(sealer.pieces(index, stored.part_size, stored.fill))
            digests[index] = sealer.digest
            return stored.has_more

        def use(buffer: PartBuffer, index: int) -> None:
            hashes[index] = self._put(index, buffer.length, buffer.pieces, lambda: digests[index])

        parts_of_stream(FixedLanes(worker_threads()), lambda: PartBuffer(sealed_length(stored.part_size)), produce, use)

    def _put(
        self, index: int, length: int, pieces: Callable[[], Iterator[memoryview]], digest: Callable[[], bytes]
    ) -> bytes:
        """Sends part `index`, again if need be; returns the hash that both sides agree on."""
        file_id = self._file_id or ""

        def attempt() -> bytes:
            part = self._api.put_part(file_id, index, lambda: _Pieces(length, pieces))
            if unb64u(part.digest, "digest", 32) != digest():
                raise DigestMismatch(f"part {index} arrived altered at the server, again and again; nothing was sent")
            return digest()

        return with_retries(attempt)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A request's body of known length, sealed while it is sent."""

    length: int
    pieces: Callable[[], Iterator[memoryview]]

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[memoryview]:
        return self.pieces()
