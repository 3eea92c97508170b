"""Parts: each sealed alone with Cobblestone-256 (c2sp.org/chunked-encryption), in steps of 1 MiB.

Allocating costs more than AES does, so a sealer and an opener own their buffers and hand out views of them; a view is
valid until the next one is taken. One of them serves one thread.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from shared.crypto.errors import Altered
from shared.crypto.file_key import FileKey

STEP = 1 << 20
"""Bytes sealed or opened at a time: Cobblestone holds the interpreter lock meanwhile, others want to breathe."""

_SLACK = 65_536  # room for tags, the header, and the chunk that a decryptor held back

Fill = Callable[[memoryview], int]
"""Fills the front of a view and says how many bytes; fewer than the view holds only at the end of the data."""


def part_context(file_id: uuid.UUID, index: int) -> bytes:
    """What a sealed part is bound to: this file, this place in it."""
    return b"sealcase/1 part\0" + file_id.bytes + index.to_bytes(8, "big")


class PartSealer:
    """Seals parts of one file, one after the other."""

    def __init__(self, file_key: FileKey, file_id: uuid.UUID, step: int = STEP) -> None:
        """`step`: how many bytes are sealed at a time, fewer where no part has more."""
        self._key = file_key.parts_key(file_id)
        self._file_id = file_id
        self._plain = memoryview(bytearray(step))
        self._sealed = memoryview(bytearray(step + _SLACK))
        self.digest = b""
        """SHA-256 of the part that was sealed last, once all its pieces were taken."""

    def pieces(self, index: int, length: int, fill: Fill) -> Iterator[memoryview]:
        """The sealed part `index`, piece by piece; its plaintext is what `fill` gives, at most `length` bytes.

        Every call draws a fresh salt, so sealing a part again never repeats a nonce.
        """
        encryptor = Cobblestone256Encryptor(self._key, part_context(self._file_id, index))
        digest = hashlib.sha256()
        left = length
        while left:
            filled = fill(self._plain[:left])
            if not filled:
                break
            left -= filled
            piece = self._sealed[: encryptor.update_into(self._plain[:filled], self._sealed)]
            digest.update(piece)
            yield piece
        last = encryptor.finalize()
        digest.update(last)
        self.digest = digest.digest()
        yield memoryview(last)


class PartOpener:
    """Opens parts of one file, one after the other. Their hashes must have been checked before."""

    def __init__(self, file_key: FileKey, file_id: uuid.UUID, step: int = STEP) -> None:
        """`step`: how many sealed bytes are taken at a time, fewer where no part has more."""
        self._key = file_key.parts_key(file_id)
        self._file_id = file_id
        self._plain = memoryview(bytearray(step + _SLACK))

    def pieces(self, index: int, sealed: Iterable[memoryview]) -> Iterator[memoryview]:
        """The plaintext of part `index`, piece by piece; `sealed` gives at most a step at a time.

        Raises `Altered` as soon as a chunk does not open, and at the end if the part was cut.
        """
        decryptor = Cobblestone256Decryptor(self._key, part_context(self._file_id, index))
        try:
            for piece in sealed:
                if opened := decryptor.update_into(piece, self._plain):
                    yield self._plain[:opened]
            if last := decryptor.finalize():
                yield memoryview(last)
        except InvalidTag:
            raise Altered(f"part {index} does not open: it was altered, or belongs elsewhere") from None
