"""Files that appear whole or not at all: written as `NAME.part` beside the target, then renamed."""

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from client.errors import DiskFull, FileProblem, TargetExists
from client.local.exclusive import open_exclusive, sync_folder
from shared.crypto.part_buffer import NoSpool
from shared.crypto.positional import PositionalFile

PIPE = Path("-")
"""Standard input or output."""

_LONGEST_NAME = 255
"""Bytes."""
_MARK = "user.sealcase.work"
"""An extended attribute."""
_TRIED = "user.sealcase.tried"
_NEXT_STEP = {
    errno.ENOSPC: "the disk is full. Make room, then try again",
    errno.EDQUOT: "your disk quota is used up. Make room, then try again",
    errno.EROFS: "it is on a read-only file system. Choose another place with -o",
    errno.EACCES: "you may not write there. Choose another place with -o",
    errno.EPERM: "you may not write there. Choose another place with -o",
    errno.ENOENT: "the folder does not exist. Make it first, or choose another place with -o",
    errno.ENOTDIR: "a part of the path is not a folder. Choose another place with -o",
    errno.EISDIR: "it is a folder. Name a file inside it",
    errno.ENAMETOOLONG: "the name is too long. Choose a shorter one with -o",
    errno.EFBIG: "files on that disk can't be so large. Choose another place with -o",
}
_FULL = (errno.ENOSPC, errno.EDQUOT)


class WorkFile:
    """`NAME.part`, open and ours alone: it becomes `NAME`, is thrown away, or stays for the next try."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self.path = path
        self._file = file
        self.content = PositionalFile(file)

    @classmethod
    def take(cls, path: Path, *, force: bool = True) -> Self:
        """What an earlier try left under `path`, else an empty file.

        Raises `OSError`, and `TargetExists` while somebody else has it; without `force` also for a file of somebody's
        own that has that very name, where the file system can tell.
        """
        while True:
            file = open_exclusive(path, os.O_CREAT, 0o666)
            if file is None:
                raise TargetExists(f"another Sealcase is writing {path} right now; wait for it, or choose another -o")
            status = os.fstat(file.fileno())
            if status.st_nlink <= 1:
                if not _mark(file, new=force or not status.st_size):
                    file.close()
                    raise TargetExists(
                        f"{path} is there already, and no work file of Sealcase: it was not touched. Move it, choose "
                        "another -o, or use --force to replace it"
                    )
                return cls(path, file)
            path.unlink()  # a crash came between its two names: it is a finished file, whose bytes must stay
            file.close()

    def empty(self) -> None:
        self._file.truncate(0)

    def publish(self, target: Path, *, force: bool, size: int | None = None) -> None:
        """Gives the finished file its name, cut to `size` bytes; without `force` never over another file."""
        if size is not None:
            self._file.truncate(size)
        _unmark(self._file)
        os.fsync(self._file.fileno())
        _publish(self.path, target, force=force)

    def discard(self) -> None:
        """While it is still ours: once it is unlocked, another Sealcase may have taken it over."""
        with suppress(OSError):
            self.path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def part_of(target: Path) -> Path:
    """Where `target` is written until it is whole."""
    return _beside(target, ".part")


def unpacked_of(target: Path) -> Path:
    """Where `target` is written while its `part_of` takes what arrives compressed."""
    return _beside(target, ".part.unpacked")


def _beside(target: Path, ending: str) -> Path:
    """`target` with an ending; a name that would become too long for file systems is cut, and gets a hash."""
    name = target.name
    raw = os.fsencode(name)
    if len(raw) + len(ending) > _LONGEST_NAME:
        mark = f"~{hashlib.sha256(raw).hexdigest()[:16]}"
        name = raw[: _LONGEST_NAME - len(ending) - len(mark)].decode("utf-8", "ignore") + mark
    return target.with_name(name + ending)


@contextmanager
def new_file(target: Path, *, force: bool) -> Iterator[PositionalFile]:
    """A file that takes the name `target` when the block ends well, and vanishes when it does not.

    Raises `TargetExists` before anything is written unless `force`, also where `NAME.part` is somebody's own, and
    `FileProblem` when writing fails.
    """
    refuse_existing(target, force=force)
    with writing(target), WorkFile.take(part_of(target), force=force) as work:
        work.empty()
        try:
            yield work.content
            work.publish(target, force=force)
        except BaseException:
            work.discard()
            raise


@contextmanager
def open_stream(target: Path) -> Iterator[Callable[[memoryview], None]]:
    """Writes to `PIPE`, a named pipe or a device, from front to back."""
    with writing(target), FileIO(1, "w", closefd=False) if target == PIPE else FileIO(target, "w") as stream:
        yield lambda data: write_all(stream, data)


def write_all(stream: FileIO, data: memoryview) -> None:
    """Writes all of `data`, in as many calls as it takes."""
    while len(data):
        data = data[stream.write(data) or 0 :]


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turns an `OSError` of writing to `target` into a `FileProblem` that says what to do."""
    try:
        yield
    except BrokenPipeError:  # the reader left; that is theirs to explain
        raise
    except NoSpool as error:
        raise no_spool(error) from None
    except OSError as error:
        why = _NEXT_STEP.get(error.errno or 0, f"{error.strerror or error}")
        kind = DiskFull if error.errno in _FULL else FileProblem
        raise kind(f"can't write {target}: {why}. Nothing was left under that name.") from None


def no_spool(error: NoSpool) -> FileProblem:
    """For parts that can't wait in a temporary file."""
    return FileProblem(
        f"parts wait in {error.filename}, and it can't be written to ({error.strerror}). Make room there, or name "
        "another folder with TMPDIR"
    )


def refuse_existing(target: Path, *, force: bool) -> None:
    """Raises `TargetExists` if something would be overwritten without permission."""
    if is_folder(target):
        raise TargetExists(f"{target} is a folder; nothing was written")
    if not force and os.path.lexists(target):
        raise TargetExists(f"{target} exists already and was not touched. Use --force to replace it, or -o to rename")


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder that can be seen; what can't even be looked at fails when it is written to."""
    with suppress(OSError):
        return path.is_dir()
    return False


def is_pipe(path: Path) -> bool:
    """Whether `path` is `PIPE`, a named pipe or a device: used as it is, never renamed over."""
    if path == PIPE:
        return True
    with suppress(OSError):
        mode = path.stat().st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False


def _mark(file: FileIO, *, new: bool) -> bool:
    """Marks a `new` file as a work file; whether it is one. All are where the file system has no such marks."""
    if sys.platform == "linux":
        with suppress(OSError):
            if not new and _MARK not in os.listxattr(file.fileno()):
                os.setxattr(file.fileno(), _TRIED, b"")  # fails where nothing could have been marked
                os.removexattr(file.fileno(), _TRIED)
                return False
            os.setxattr(file.fileno(), _MARK, b"")
    return True


def _unmark(file: FileIO) -> None:
    if sys.platform == "linux":
        with suppress(OSError):
            os.removexattr(file.fileno(), _MARK)


def _publish(part: Path, target: Path, *, force: bool) -> None:
    """Gives the finished file its name; without `force` never over another, whoever made it meanwhile."""
    if force or not hasattr(os, "link"):
        refuse_existing(target, force=force)
        part.replace(target)
    else:
        try:
            os.link(part, target)
        except FileExistsError:
            refuse_existing(target, force=False)
            raise
        except OSError:  # a file system without links
            refuse_existing(target, force=False)
            part.replace(target)
        else:
            part.unlink()
    sync_folder(target.parent)
