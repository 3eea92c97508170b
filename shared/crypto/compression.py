"""gzip before sealing, through ISA-L (several times faster than zlib); any conforming single-member gzip is read."""

from collections.abc import Iterator

from isal import igzip_lib, isal_zlib

from shared.crypto.errors import Altered

SAMPLE_BYTES = 1 << 20
MIN_BYTES = 4_096
"""Below this, compression is not worth a flag."""

_LEVEL = 1
_GZIP = 31  # window of 32 KiB, with a gzip header and trailer


def is_worth_compressing(sample: bytes | memoryview) -> bool:
    """Whether `sample` (up to 1 MiB of the content) shrinks by at least 5 %."""
    if len(sample) < MIN_BYTES:
        return False
    return len(isal_zlib.compress(sample, _LEVEL, _GZIP)) <= len(sample) * 0.95


class Deflater:
    """Compresses a stream to gzip."""

    def __init__(self) -> None:
        self._stream = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP)

    def update(self, data: memoryview) -> bytes:
        return self._stream.compress(data)

    def finish(self) -> bytes:
        return self._stream.flush()


class Inflater:
    """Decompresses a gzip stream to exactly `size` bytes; a bomb is noticed at byte `size` + 1."""

    def __init__(self, size: int) -> None:
        self._stream = isal_zlib.decompressobj(_GZIP)
        self._left = size

    def update(self, data: bytes | memoryview) -> Iterator[bytes]:
        """The content behind the next `data`, in pieces of at most 1 MiB.

        Raises `Altered` if the stream is broken, goes on behind its end, or holds more than was promised.
        """
        while len(data):
            if self._stream.eof:
                raise Altered("there are bytes behind the compressed content")
            content = self._inflate(data)
            if content:
                yield content
            data = self._stream.unconsumed_tail or self._stream.unused_data
        while not self._stream.eof and (content := self._inflate(b"")):
            yield content

    def finish(self, *, exact: bool = True) -> None:
        """Raises `Altered` unless the stream ended, and (where `exact`) at the promised size."""
        if not self._stream.eof or (exact and self._left):
            raise Altered("the compressed content ends early")

    def _inflate(self, data: bytes | memoryview) -> bytes:
        try:
            content = self._stream.decompress(data, SAMPLE_BYTES)
        except igzip_lib.IsalError:  # type: ignore[misc]  # the stub calls this class an instance
            raise Altered("the compressed content is damaged") from None
        self._left -= len(content)
        if self._left < 0:
            raise Altered("the content is larger than its sender said")
        return content
