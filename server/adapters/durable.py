"""Files that are whole or not there, also after a power cut: temporary file, fsync, rename, fsync of the folder."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_TEMPORARY = ".tmp-"


def write(path: Path, data: bytes) -> None:
    """Put `data` under `path`, replacing what was there in one step."""
    temporary = _write_temporary(path, data)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create(path: Path, data: bytes) -> bool:
    """Put `data` under `path` unless something is there; says whether it did. Of several at once, one does."""
    temporary = _write_temporary(path, data)
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def private_file(path: Path) -> BinaryIO:
    """Open for reading and writing at any place, unbuffered; made if it is not there."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, PRIVATE_FILE), "r+b", buffering=0)


def check_writable(folder: Path) -> None:
    """Raises `OSError` where no file can be made in `folder`."""
    _write_temporary(folder / "probe", b"ready").unlink(missing_ok=True)


def touch(path: Path) -> None:
    """An empty file that is nothing but its name."""
    make_folder(path.parent)
    path.touch(PRIVATE_FILE)
    sync_folder(path.parent)


def write_at_once(descriptor: int, data: bytes) -> None:
    """Write `data` in one step, or raise `OSError`: a disk that is nearly full takes the beginning and says nothing."""
    if os.write(descriptor, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def remove(path: Path) -> None:
    """Remove the file if it is there, for good."""
    with suppress(FileNotFoundError):
        path.unlink()
        sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """The folder and all above it, so that a power cut does not take them back."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(PRIVATE_FOLDER, exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable. Windows has no such call and needs none for NTFS."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def names(folder: Path) -> list[str]:
    """The names in `folder` without unfinished files, in any order; none where there is no folder."""
    try:
        # listdir reads names only: a folder of 10,000 entries is not 10,000 Path objects.
        return [name for name in os.listdir(folder) if not name.startswith(_TEMPORARY)]  # noqa: PTH208
    except FileNotFoundError:
        return []


def sharded(root: Path) -> Iterator[Path]:
    """Every entry of a tree of the form root/shard/entry."""
    for shard in names(root):
        for name in names(root / shard):
            yield root / shard / name


def sweep_temporaries(folder: Path, before: float) -> None:
    """Remove unfinished files that a crash left in `folder` or below, older than `before` (Unix seconds)."""
    for path in folder.rglob(f"{_TEMPORARY}*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


def _write_temporary(path: Path, data: bytes) -> Path:
    make_folder(path.parent)
    temporary = path.parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
