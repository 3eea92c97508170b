"""The body of an upload: parts are sealed while they travel, several at once, and each is noted when it has arrived."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from client.actions.events import Encrypting, Event, Sending, Tell
from client.actions.line import LEAST, MOST, Line
from client.actions.saving import worker_threads
from client.actions.tally import Tally
from client.actions.upload_journal import NotedPart, UploadJournal
from client.api.connections import Sized
from client.api.failures import DigestMismatch
from client.api.retries import Retries
from client.api.wire import Part
from shared.crypto.content import Stored, StoredFile, StoredStream
from shared.crypto.file_key import FileKey
from shared.crypto.fingerprint import PartFingerprint
from shared.crypto.part_buffer import PartBuffer
from shared.crypto.parts import STEP, Fill, PartSealer
from shared.crypto.workers import FixedLanes, each_part, parts_of_stream
from shared.sealed.encoding import unb64u
from shared.sealed.geometry import sealed_length

_WAITING_BYTES = 256 << 20
"""Of a stream, in buffers (on disk, where parts are large): twice as much as fills any line."""
_KNOWN = -1
"""In place of a part's number: all that were there before."""


class PartsApi(Protocol):
    """Where parts go."""

    def put_part(self, file_id: str, number: int, body: Callable[[], Sized]) -> Part: ...


class CannotContinue(Exception):
    """What was noted of an earlier upload is no longer true; the message says why, and all must be sent anew."""


class Unheard(Exception):
    """Whoever is told of the transfer can't be told any more; the cause says why. No trouble of the network's."""


def heard(tell: Tell) -> Tell:
    """`tell`, whose own failures nobody takes for those of a file or a line. Raises `Unheard`."""

    def told(event: Event) -> None:
        try:
            tell(event)
        except OSError as error:
            raise Unheard from error

    return told


class Moving:
    """Tells how much of one transfer was sealed, and how much has travelled."""

    def __init__(self, tell: Tell, transfer: str, total: int | None) -> None:
        """`total`: bytes of content, None where nobody knows."""
        self.sealed = Tally(lambda done: tell(Encrypting(transfer, done, total)))
        self.sent = Tally(lambda done: tell(Sending(transfer, done, total)))

    def skip(self, known: Mapping[int, NotedPart]) -> None:
        """These need not travel."""
        self.sent.settle(_KNOWN, sum(part.content for part in known.values()))

    def finish(self) -> None:
        self.sealed.finish()
        self.sent.finish()


class UploadBody:
    """The parts of one upload, on their way to the server."""

    def __init__(
        self,
        api: PartsApi,
        file_id: uuid.UUID,
        file_key: FileKey,
        retries: Retries,
        moving: Moving,
        journal: UploadJournal | None,
    ) -> None:
        self._api = api
        self._file_id = file_id
        self._file_key = file_key
        self._retries = retries
        self._moving = moving
        self._journal = journal
        self._line = Line()
        self._digests: dict[int, bytes] = {}

    def check_file(self, stored: StoredFile, known: Mapping[int, NotedPart]) -> None:
        """Compares what a file holds now with the parts that the server has of it. Raises `CannotContinue`."""

        def make_worker() -> Callable[[int], None]:
            buffer = memoryview(bytearray(STEP))

            def work(index: int) -> None:
                self._compare(index, known[index], stored.geometry.plain_length(index), stored.part(index), buffer)

            return work

        each_part(sorted(known), FixedLanes(worker_threads()), make_worker)

    def send(self, stored: Stored, known: Mapping[int, NotedPart], meanwhile: Callable[[], object]) -> bytes:
        """Sends all parts that are not `known` to be there; returns the SHA-256 of each sealed part, joined in order.

        `known` parts of a file must have been checked before; those of a stream are compared on the way, which raises
        `CannotContinue`. What `meanwhile` raises ends the work.
        """
        self._digests.update({index: part.digest for index, part in known.items()})
        if isinstance(stored, StoredFile):
            self._send_file(stored, known, meanwhile)
        else:
            meanwhile()
            self._line = Line(most=max(LEAST, min(MOST, _WAITING_BYTES // stored.part_size)))
            self._send_stream(stored, known)
        self._moving.finish()
        return b"".join(self._digests[index] for index in range(stored.geometry.part_count))

    def _send_file(self, stored: StoredFile, known: Mapping[int, NotedPart], meanwhile: Callable[[], object]) -> None:
        """Parts straight from the file into the socket, each by whichever thread is free."""
        missing = [index for index in range(stored.geometry.part_count) if index not in known]
        each_part(missing, self._line, lambda: self._file_worker(stored), wake=self._retries.stop, meanwhile=meanwhile)

    def _file_worker(self, stored: StoredFile) -> Callable[[int], None]:
        sealer = PartSealer(self._file_key, self._file_id)

        def work(index: int) -> None:
            plain, length = stored.geometry.plain_length(index), stored.geometry.sealed_length(index)
            content = max(0, min(plain, stored.size - stored.geometry.plain_offset(index)))
            fingerprint = self._fingerprint(index)

            def pieces() -> Iterator[memoryview]:
                nonlocal fingerprint
                fingerprint = self._fingerprint(index)
                self._moving.sealed.begin(index)
                for piece in sealer.pieces(index, plain, fingerprint.watching(stored.part(index))):
                    self._moving.sealed.moved(index, len(piece) * content // length)
                    yield piece

            self._put(index, length, content, pieces, lambda: sealer.digest)
            self._moving.sealed.settle(index, content)
            self._arrived(index, NotedPart(sealer.digest, fingerprint.finish(), content))

        return work

    def _send_stream(self, stored: StoredStream, known: Mapping[int, NotedPart]) -> None:
        """Parts one after the other into buffers, from which they can be sent, and sent again."""
        sealer = PartSealer(self._file_key, self._file_id)
        again = memoryview(bytearray(STEP if known else 0))
        sealed: dict[int, NotedPart] = {}

        read = 0

        def produce(buffer: PartBuffer, index: int) -> bool:
            nonlocal read
            if index in known:
                self._compare(index, known[index], stored.part_size, stored.fill, again)
            else:
                fingerprint = self._fingerprint(index)
                buffer.store(self._counted(index, stored, sealer, fingerprint.watching(stored.fill)))
                sealed[index] = NotedPart(sealer.digest, fingerprint.finish(), stored.size - read)
                self._moving.sealed.settle(index, stored.size - read)
            read = stored.size
            return stored.has_more

        def use(buffer: PartBuffer, index: int) -> None:
            if index not in known:
                part = sealed.pop(index)
                self._put(index, buffer.length, part.content, buffer.pieces, lambda: part.digest)
                self._arrived(index, part)

        parts_of_stream(
            self._line, lambda: PartBuffer(sealed_length(stored.part_size)), produce, use, wake=self._retries.stop
        )
        if max(self._digests, default=0) >= stored.geometry.part_count:
            raise CannotContinue("the compressed content has become shorter")

    def _counted(self, index: int, stored: StoredStream, sealer: PartSealer, fill: Fill) -> Iterator[memoryview]:
        before = stored.size
        for piece in sealer.pieces(index, stored.part_size, fill):
            yield piece
            before, read = stored.size, stored.size - before
            self._moving.sealed.moved(index, read)

    def _put(
        self,
        index: int,
        length: int,
        content: int,
        pieces: Callable[[], Iterator[memoryview]],
        digest: Callable[[], bytes],
    ) -> None:
        """Sends part `index` of `length` sealed bytes until both sides agree on its hash."""
        file_id = str(self._file_id)
        tries = 0

        def travelling() -> Iterator[memoryview]:
            self._moving.sent.begin(index)
            for piece in pieces():
                yield piece
                self._moving.sent.moved(index, len(piece) * content // length)

        def attempt() -> None:
            nonlocal tries
            if tries:
                self._line.troubled()
            tries += 1
            part = self._api.put_part(file_id, index, lambda: _Pieces(length, travelling))
            if unb64u(part.digest, "digest", 32) != digest():
                raise DigestMismatch(f"part {index} arrived altered at the server, again and again")

        self._retries.run(attempt)

    def _arrived(self, index: int, part: NotedPart) -> None:
        """From here on no crash takes the part back."""
        if self._journal is not None:
            self._journal.note_part(index, part)
        self._digests[index] = part.digest
        self._line.arrived(part.content)
        self._moving.sent.settle(index, part.content)

    def _compare(self, index: int, part: NotedPart, length: int, fill: Fill, buffer: memoryview) -> None:
        """Reads the plaintext of a part again. Raises `CannotContinue` unless it is what was sent."""
        fingerprint = self._fingerprint(index)
        self._moving.sealed.begin(index)
        left = length
        while left and (filled := fill(buffer[: min(len(buffer), left)])):
            fingerprint.update(buffer[:filled])
            self._moving.sealed.moved(index, filled)
            left -= filled
        if fingerprint.finish() != part.fingerprint:
            raise CannotContinue("its content has changed since, or is compressed otherwise")
        self._moving.sealed.settle(index, part.content)

    def _fingerprint(self, index: int) -> PartFingerprint:
        return PartFingerprint(self._file_key, self._file_id, index)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A request's body of known length, sealed while it is sent."""

    length: int
    pieces: Callable[[], Iterator[memoryview]]

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[memoryview]:
        return self.pieces()
