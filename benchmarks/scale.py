"""How much is measured, and how often."""

from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Scale:
    """What `python -m benchmarks` was asked for."""

    size: int = GIB
    """Bytes of the file."""
    runs: int = 5
    files: int = 10_000
    """How many small ones a folder holds."""
    listed: int = 20_000
    """How many files a list in the window has."""
    memory: tuple[int, ...] = (GIB, 8 * GIB)
    """Bytes of the files that memory is measured with, from small to large."""


QUICK = Scale(size=256 * MIB, runs=3, files=300, listed=2_000, memory=(256 * MIB, GIB))
