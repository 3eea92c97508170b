"""Where measured files lie: in memory where there is room, so that no disk decides."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_BLOCK = 1 << 20
_ROOM = 2
"""Free room wanted, as a multiple of what will lie there: the rest of the machine wants some of it too."""


@contextmanager
def folder(needed: int, *, in_memory: bool = True) -> Iterator[Path]:
    """A folder with room for `needed` bytes, removed in the end."""
    fits = in_memory and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM * needed
    with tempfile.TemporaryDirectory(prefix="sealcase-bench-", dir=_MEMORY if fits else None) as name:
        yield Path(name)


def random_file(path: Path, size: int) -> Path:
    """`size` bytes that nothing can compress."""
    with path.open("wb") as file:
        for start in range(0, size, _BLOCK):
            file.write(secrets.token_bytes(min(_BLOCK, size - start)))
    return path


def sparse_file(path: Path, size: int) -> Path:
    """`size` zeros that take up no room."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def warm(folder: Path, size: int) -> None:
    """Takes `size` bytes of memory for files, and frees them again.

    A virtual machine hands free memory back to its host after a while; whoever asks for it first waits for each page.
    """
    scratch, block = folder / "scratch", bytes(_BLOCK)
    with scratch.open("wb", buffering=0) as file:
        for _ in range(0, size, _BLOCK):
            file.write(block)
    scratch.unlink()


def forget(*paths: Path) -> None:
    """Removes outputs of an earlier run."""
    for path in paths:
        path.unlink(missing_ok=True)
