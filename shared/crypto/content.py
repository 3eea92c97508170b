"""From content to the stored plaintext that is cut into parts: compression, then padding.

Content in a plain file, stored as it is, can be read at any offset by several threads (`StoredFile`); everything else
flows once (`StoredStream`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from shared.crypto.compression import SAMPLE_BYTES, Deflater, is_worth_compressing
from shared.crypto.errors import SourceChanged
from shared.crypto.metadata import Metadata
from shared.crypto.padding import padme
from shared.crypto.parts import STEP, Fill
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import Progress, no_progress
from shared.sealed.errors import FormatError
from shared.sealed.geometry import MAX_PARTS, PIPE_PART_SIZE, Geometry, part_size_for


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be sealed: a file, or a stream whose length nobody knows (`size` None)."""

    name: str
    source: PositionalFile | Fill
    size: int | None
    media_type: str | None = None
    modified_at: int | None = None
    comment: str | None = None
    path: str | None = None
    progress: Progress = no_progress
    """Told how many more bytes of the content were read."""

    def __post_init__(self) -> None:
        if self.name in ("", "..") or PurePath(self.name).name != self.name:
            raise FormatError(f"{self.name!r} is not a file name")
        # What no reader would accept is refused now, not after gigabytes were sealed.
        Metadata.parse(self.metadata(size=0, packed_size=0, stored_size=0, compression="none").encode())

    def metadata(self, size: int, packed_size: int, stored_size: int, compression: str) -> Metadata:
        """The metadata of this content, once it is known how it was stored. Sizes in bytes."""
        return Metadata(
            name=self.name,
            media_type=self.media_type,
            size=size,
            packed_size=packed_size,
            stored_size=stored_size,
            modified_at=self.modified_at,
            compression=compression,
            comment=self.comment,
            path=self.path,
        )

    def check_unchanged(self) -> None:
        """Raises `SourceChanged` if somebody wrote to the file since it was opened."""
        if isinstance(self.source, PositionalFile) and self.source.has_changed:
            raise SourceChanged("the file was changed while it was read; send it again when nobody writes to it")

    @property
    def fill(self) -> Fill:
        """Reads the content from its beginning."""
        return self.source.reader(0) if isinstance(self.source, PositionalFile) else self.source


@dataclass(frozen=True, slots=True)
class SealOptions:
    compress: bool = True
    """Where it is worth it; see `compression`."""
    pad: bool = True


class StoredFile:
    """A file of known size, stored uncompressed: content, then zeros. Reads any part, from any thread."""

    def __init__(self, file: PositionalFile, size: int, *, pad: bool, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self.size = self.packed_size = size
        self.compression = "none"
        stored_size = padme(size) if pad else size
        self.geometry = Geometry(part_size_for(stored_size), stored_size)

    @property
    def part_size(self) -> int:
        return self.geometry.part_size

    @property
    def stored_size(self) -> int:
        return self.geometry.stored_size

    def part(self, index: int) -> Fill:
        """Reads part `index`, padding included. Raises `SourceChanged` if the file became shorter."""
        position = self.geometry.plain_offset(index)
        end = position + self.geometry.plain_length(index)

        def fill(view: memoryview) -> int:
            nonlocal position
            wanted = min(len(view), end - position)
            content = max(0, min(wanted, self.size - position))
            if self._file.read_at(position, view[:content]) != content:
                raise SourceChanged("the file became shorter while it was read")
            if wanted > content:
                view[content:wanted] = bytes(wanted - content)
            position += wanted
            self._progress(content)
            return wanted

        return fill


class StoredStream:
    """Content that flows once: a pipe, or anything compressed. Its sizes are known when it has ended."""

    def __init__(self, fill: Fill, part_size: int, *, compress: bool, pad: bool, progress: Progress) -> None:
        self.part_size = part_size
        self.compression = "gzip" if compress else "none"
        self.size = 0
        self.packed_size = 0
        self.stored_size = 0
        self._pad = pad
        self._progress = progress
        self._chunks = self._padded(self._packed(fill) if compress else self._plain(fill))
        self._chunk = memoryview(b"")
        self._advance()

    @property
    def has_more(self) -> bool:
        return len(self._chunk) > 0

    def fill(self, view: memoryview) -> int:
        """The next bytes of the stored plaintext; fewer than `view` holds only at the end."""
        filled = 0
        while filled < len(view) and self.has_more:
            taken = self._chunk[: len(view) - filled]
            view[filled : filled + len(taken)] = taken
            filled += len(taken)
            self._chunk = self._chunk[len(taken) :]
            if not len(self._chunk):
                self._advance()
        self.stored_size += filled
        if self.stored_size > self.part_size * MAX_PARTS:
            raise FormatError(f"this stream is longer than {MAX_PARTS} parts of {self.part_size} bytes")
        return filled

    @property
    def geometry(self) -> Geometry:
        """Valid once the stream has ended."""
        return Geometry(self.part_size, self.stored_size)

    def _advance(self) -> None:
        self._chunk = memoryview(next(self._chunks, b""))

    def _plain(self, fill: Fill) -> Iterator[memoryview]:
        buffer = memoryview(bytearray(STEP))
        while filled := fill(buffer):
            self.size += filled
            self._progress(filled)
            yield buffer[:filled]

    def _packed(self, fill: Fill) -> Iterator[bytes]:
        deflater = Deflater()
        for piece in self._plain(fill):
            yield deflater.update(piece)
        yield deflater.finish()

    def _padded(self, chunks: Iterator[memoryview] | Iterator[bytes]) -> Iterator[memoryview | bytes]:
        for chunk in chunks:
            if len(chunk):
                self.packed_size += len(chunk)
                yield chunk
        left = padme(self.packed_size) - self.packed_size if self._pad else 0
        zeros = bytes(min(left, STEP))
        while left:
            yield zeros[:left]
            left -= min(left, STEP)


Stored = StoredFile | StoredStream


def store(content: Content, options: SealOptions) -> Stored:
    """How `content` will be stored: compressed where a sample of it shrinks by 5 %, padded, or as it is."""
    source = content.source
    if isinstance(source, PositionalFile) and content.size is not None:
        sample = memoryview(bytearray(min(SAMPLE_BYTES, content.size) if options.compress else 0))
        source.read_at(0, sample)
        if not is_worth_compressing(sample):
            return StoredFile(source, content.size, pad=options.pad, progress=content.progress)
        longest = padme(content.size + content.size // 1_000 + 4_096)  # what gzip makes of random bytes at worst
        return StoredStream(
            content.fill, part_size_for(longest), compress=True, pad=options.pad, progress=content.progress
        )
    sample, fill = _peek(content.fill)
    compress = options.compress and is_worth_compressing(sample)
    return StoredStream(fill, PIPE_PART_SIZE, compress=compress, pad=options.pad, progress=content.progress)


def describe(content: Content, stored: Stored) -> Metadata:
    """The metadata of content that has been stored."""
    return content.metadata(stored.size, stored.packed_size, stored.stored_size, stored.compression)


def _peek(fill: Fill) -> tuple[memoryview, Fill]:
    """The first 1 MiB of a stream, and a way to read the stream from its beginning all the same."""
    buffer = memoryview(bytearray(SAMPLE_BYTES))
    filled = 0
    while filled < len(buffer) and (got := fill(buffer[filled:])):
        filled += got
    sample = left = buffer[:filled]

    def fill_again(view: memoryview) -> int:
        nonlocal left
        if not len(left):
            return fill(view)
        taken = min(len(view), len(left))
        view[:taken] = left[:taken]
        left = left[taken:]
        return taken

    return sample, fill_again
