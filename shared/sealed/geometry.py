"""Where the parts of a sealed body lie: arithmetic on sizes, all in bytes.

A part of n plaintext bytes is sealed to 56 + n + 16·(n // 16384 + 1) bytes (Cobblestone-256: a salt and a
commitment in front, a tag behind every 16 KiB chunk and behind the last, shorter one).
"""

from dataclasses import dataclass

from shared.sealed.errors import FormatError

MIB = 1 << 20
MIN_PART_SIZE = 1 * MIB
DEFAULT_PART_SIZE = 8 * MIB
PIPE_PART_SIZE = 64 * MIB
MAX_PART_SIZE = 512 * MIB
MAX_PARTS = 10_000
"""The largest number of parts that S3 accepts in one upload."""

CHUNK = 16_384
_HEADER = 56
_TAG = 16


def part_size_for(stored_size: int) -> int:
    """The part size for content of at most `stored_size` bytes: 8 MiB, doubled until 10,000 parts are enough.

    Raises `FormatError` above 10,000 parts of 512 MiB (about 5.2 TB).
    """
    part_size = DEFAULT_PART_SIZE
    while part_size * MAX_PARTS < stored_size:
        part_size *= 2
    if part_size > MAX_PART_SIZE:
        raise FormatError(f"{stored_size} bytes are more than {MAX_PARTS} parts of {MAX_PART_SIZE} bytes hold")
    return part_size


def sealed_length(plain_length: int) -> int:
    """Bytes of a sealed part that holds `plain_length` bytes."""
    return _HEADER + plain_length + _TAG * (plain_length // CHUNK + 1)


@dataclass(frozen=True, slots=True)
class Geometry:
    """How `stored_size` plaintext bytes are cut into parts of `part_size`, and where each lies in the body."""

    part_size: int
    stored_size: int

    def __post_init__(self) -> None:
        check_part_size(self.part_size)
        if self.stored_size < 0 or self.part_count > MAX_PARTS:
            raise FormatError(f"{self.stored_size} bytes do not fit into {MAX_PARTS} parts of {self.part_size}")

    @classmethod
    def of_body(cls, part_size: int, body_size: int) -> "Geometry":
        """The geometry of a body of `body_size` sealed bytes; raises `FormatError` if no content seals to that."""
        check_part_size(part_size)
        full = sealed_length(part_size)
        parts_before_last = max(0, -(-body_size // full) - 1)
        last = body_size - parts_before_last * full
        chunks = (last - _HEADER - _TAG) // (CHUNK + _TAG)
        plain = last - _HEADER - _TAG * (chunks + 1)
        if last < sealed_length(0) or sealed_length(plain) != last or (parts_before_last and plain == 0):
            raise FormatError(f"no content is sealed to a body of {body_size} bytes in parts of {part_size}")
        return cls(part_size, parts_before_last * part_size + plain)

    @property
    def part_count(self) -> int:
        """An empty file has one empty part."""
        return max(1, -(-self.stored_size // self.part_size))

    @property
    def body_size(self) -> int:
        last = self.part_count - 1
        return self.sealed_offset(last) + self.sealed_length(last)

    def plain_offset(self, index: int) -> int:
        """Where part `index` begins in the stored plaintext."""
        return index * self.part_size

    def plain_length(self, index: int) -> int:
        """Plaintext bytes in part `index`."""
        self._check(index)
        return min(self.part_size, self.stored_size - index * self.part_size)

    def sealed_offset(self, index: int) -> int:
        """Where part `index` begins in the body."""
        return index * sealed_length(self.part_size)

    def sealed_length(self, index: int) -> int:
        """Sealed bytes of part `index`."""
        return sealed_length(self.plain_length(index))

    def _check(self, index: int) -> None:
        if not 0 <= index < self.part_count:
            raise FormatError(f"there is no part {index} among {self.part_count}")


def check_part_size(part_size: int) -> None:
    """Raises `FormatError` unless `part_size` is a power of two from 1 to 512 MiB."""
    if not MIN_PART_SIZE <= part_size <= MAX_PART_SIZE or part_size & (part_size - 1):
        raise FormatError(f"part_size {part_size} is not a power of two from {MIN_PART_SIZE} to {MAX_PART_SIZE}")
