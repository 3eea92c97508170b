"""The body of an upload: parts are sealed while they travel, several at once, and each is noted when it has arrived."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence

from client.actions.line import LEAST, MOST, Line
from client.actions.part_sending import Body, PartSending
from client.actions.places import Upcoming, nothing, of_file, of_stream
from client.actions.saving import worker_threads
from client.actions.telling import Moving
from client.actions.upload_journal import NotedPart, UploadJournal
from client.actions.way import Straight
from client.api.api import Api
from client.api.retries import Retries
from client.api.wire import FileDetail, UploadComplete
from shared.crypto.content import Stored, StoredFile, StoredStream
from shared.crypto.file_key import FileKey
from shared.crypto.fingerprint import PartFingerprint
from shared.crypto.part_buffer import PartBuffer
from shared.crypto.parts import STEP, Fill, PartSealer
from shared.crypto.workers import FixedLanes, each_part, parts_of_stream
from shared.sealed.geometry import sealed_length

_WAITING_BYTES = 256 << 20
"""Of a stream, in buffers (on disk, where parts are large): twice as much as fills any line."""


class CannotContinue(Exception):
    """What was noted of an earlier upload is no longer true; the message says why, and all must be sent anew."""


class UploadBody:
    """The parts of one upload, on their way to the server or its store."""

    def __init__(
        self,
        api: Api,
        file_id: uuid.UUID,
        file_key: FileKey,
        retries: Retries,
        moving: Moving,
        journal: UploadJournal | None,
    ) -> None:
        self._api = api
        self.file_id = file_id
        self._file_key = file_key
        self._retries = retries
        self._moving = moving
        self._journal = journal
        self._line = Line()
        self._digests: dict[int, bytes] = {}
        self._sending = self._sending_by(None)

    def check_file(self, stored: StoredFile, known: Mapping[int, NotedPart]) -> None:
        """Compares what a file holds now with the parts that the server has of it. Raises `CannotContinue`."""

        def make_worker() -> Callable[[int], None]:
            buffer = memoryview(bytearray(STEP))

            def work(index: int) -> None:
                self._compare(index, known[index], stored.geometry.plain_length(index), stored.part(index), buffer)

            return work

        each_part(sorted(known), FixedLanes(worker_threads()), make_worker)

    def send(
        self,
        stored: Stored,
        known: Mapping[int, NotedPart],
        meanwhile: Callable[[], object],
        straight: Straight | None = None,
    ) -> bytes:
        """Sends all parts that are not `known` to be there; returns the SHA-256 of each sealed part, joined in order.

        `known` parts of a file must have been checked before; those of a stream are compared on the way, which raises
        `CannotContinue`. What `meanwhile` raises ends the work. `straight`: where parts may go straight to the store.
        """
        self._digests.update({index: part.digest for index, part in known.items()})
        if isinstance(stored, StoredFile):
            missing = [index for index in range(stored.geometry.part_count) if index not in known]
            self._sending = self._sending_by(straight, of_file(stored.geometry, missing))
            self._send_file(stored, missing, meanwhile)
        else:
            meanwhile()
            self._sending = self._sending_by(straight, of_stream(stored.part_size))
            self._line = Line(most=max(LEAST, min(MOST, _WAITING_BYTES // stored.part_size)))
            self._send_stream(stored, known)
        self._sending.finish()
        self._moving.finish()
        return self._joined_digests(stored)

    def send_again(self, stored: StoredFile, missing: Sequence[int]) -> bytes:
        """Sends parts once more that had arrived and are not what they were; through the server, which looks at them.

        Returns what `send` returns.
        """
        for index in missing:
            self._moving.take_back(_content_in(stored, index))
        self._sending = self._sending_by(None)
        self._send_file(stored, missing, lambda: None)
        self._moving.finish()
        return self._joined_digests(stored)

    def complete(self, completion: UploadComplete) -> FileDetail:
        """The last word, noted before it is said. Raises what asking for it raises."""
        if self._journal is not None:
            self._journal.note_completion(completion)
        return self._retries.run(lambda: self._api.complete_upload(str(self.file_id), completion))

    def _joined_digests(self, stored: Stored) -> bytes:
        return b"".join(self._digests[index] for index in range(stored.geometry.part_count))

    def _send_file(self, stored: StoredFile, missing: Sequence[int], meanwhile: Callable[[], object]) -> None:
        """Parts straight from the file into the socket, each by whichever thread is free."""
        each_part(missing, self._line, lambda: self._file_worker(stored), wake=self._retries.stop, meanwhile=meanwhile)

    def _file_worker(self, stored: StoredFile) -> Callable[[int], None]:
        sealer = PartSealer(self._file_key, self.file_id)

        def work(index: int) -> None:
            plain, length = stored.geometry.plain_length(index), stored.geometry.sealed_length(index)
            content = _content_in(stored, index)
            fingerprint = self._fingerprint(index)

            def pieces() -> Iterator[memoryview]:
                nonlocal fingerprint
                fingerprint = self._fingerprint(index)
                self._moving.sealed.begin(index)
                for piece in sealer.pieces(index, plain, fingerprint.watching(stored.part(index))):
                    self._moving.sealed.moved(index, len(piece) * content // length)
                    yield piece

            etag = self._put(index, length, content, pieces, lambda: sealer.digest)
            self._moving.sealed.settle(index, content)
            self._arrived(index, length, etag, NotedPart(sealer.digest, fingerprint.finish(), content))

        return work

    def _send_stream(self, stored: StoredStream, known: Mapping[int, NotedPart]) -> None:
        """Parts one after the other into buffers, from which they can be sent, and sent again."""
        sealer = PartSealer(self._file_key, self.file_id)
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
                etag = self._put(index, buffer.length, part.content, buffer.pieces, lambda: part.digest)
                self._arrived(index, buffer.length, etag, part)

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
    ) -> str | None:
        """Sends part `index` of `length` sealed bytes until it is there; its name in the store, if it went straight."""

        def travelling() -> Iterator[memoryview]:
            self._moving.sent.begin(index)
            for piece in pieces():
                yield piece
                self._moving.sent.moved(index, len(piece) * content // length)

        return self._sending.put(index, Body(length, travelling), digest, self._line.troubled)

    def _arrived(self, index: int, length: int, etag: str | None, part: NotedPart) -> None:
        self._digests[index] = part.digest
        self._line.arrived(part.content)
        self._sending.arrived(index, length, etag, part)
        self._moving.sent.settle(index, part.content)

    def _note(self, index: int, part: NotedPart) -> None:
        """From here on no crash takes the part back."""
        if self._journal is not None:
            self._journal.note_part(index, part)

    def _sending_by(self, straight: Straight | None, upcoming: Upcoming = nothing) -> PartSending:
        return PartSending(self._api, str(self.file_id), self._retries, self._note, straight, upcoming)

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
        return PartFingerprint(self._file_key, self.file_id, index)


def _content_in(stored: StoredFile, index: int) -> int:
    """Bytes of content in a part: what is left is padding."""
    return max(0, min(stored.geometry.plain_length(index), stored.size - stored.geometry.plain_offset(index)))
