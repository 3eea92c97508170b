"""Files that one process at a time works on."""

import os
import sys
from io import FileIO
from pathlib import Path

_O_BINARY: int = getattr(os, "O_BINARY", 0)
_O_NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)


def open_exclusive(path: Path, flags: int, mode: int) -> FileIO | None:
    """Opens `path` for us alone, until it is closed; None while somebody else has it. Raises `OSError`.

    `flags` come on top of reading and writing; `mode` is for a file that is made. Symbolic links are not followed.
    """
    while True:
        file = FileIO(os.open(path, os.O_RDWR | flags | _O_NOFOLLOW | _O_BINARY, mode), "r+")
        try:
            if not _lock(file):
                file.close()
                return None
            if _is_still(path, file):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # its last owner renamed or removed it just before we locked it


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable. Windows has no such call."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lock(file: FileIO) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: Path, file: FileIO) -> bool:
    try:
        return os.path.samestat(path.stat(follow_symlinks=False), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
