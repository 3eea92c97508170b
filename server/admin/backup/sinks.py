"""Where a backup goes: a folder beside earlier ones, with which it shares what has not changed, or one tar archive."""

import errno
import io
import os
import shutil
import sys
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from server.adapters import durable

_BLOCK = 1 << 20
_NO_LINK = frozenset((errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP))


class CutShort(Exception):
    """The source had fewer bytes than were to be copied; what is under that name may be written anew."""


class Broken(Exception):
    """The backup can't be continued. The message says what to do."""


class Sink(Protocol):
    """Takes files under names like records/users/ab/USER.json."""

    def put(self, name: str, data: bytes) -> None: ...

    def copy(self, name: str, source: BinaryIO, size: int) -> None:
        """The next `size` bytes of `source`. Raises `CutShort`, `Broken`."""

    def body(self, name: str, path: Path, *, like_before: bool) -> int:
        """A file that never changes: returns how many bytes had to be written. Raises `FileNotFoundError`.

        `like_before`: whether it is the very one of the backup before.
        """

    def remove(self, name: str) -> None:
        """Take back what was put there, as far as that is possible."""

    def earlier(self, name: str) -> bytes | None:
        """What the backup before had under this name."""

    def finish(self) -> str:
        """It is whole and on disk; returns where it lies."""

    def give_up(self) -> None: ...


class FolderSink:
    """A folder of its own for each backup, whole and readable by itself; what is unfinished has another name."""

    def __init__(self, final: Path, before: Path | None, *, link: bool) -> None:
        """`link`: share bytes with the data folder where both lie on one disk."""
        self._final = final
        self._root = final.with_name(f".unfinished-{final.name}")
        self._before = before
        self._link = link
        durable.make_folder(self._root)

    def put(self, name: str, data: bytes) -> None:
        with self._new(name) as file:
            file.write(data)

    def copy(self, name: str, source: BinaryIO, size: int) -> None:
        with self._new(name) as file:
            _copy(source, file, size)

    def body(self, name: str, path: Path, *, like_before: bool) -> int:
        target = self._path(name)
        if like_before and self._before is not None and _linked(self._before / name, target):
            return 0
        if self._link and _linked(path, target):
            return 0
        with path.open("rb", buffering=0) as source, self._new(name) as file:
            size = os.fstat(source.fileno()).st_size
            _copy(source, file, size)
        return size

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def earlier(self, name: str) -> bytes | None:
        with suppress(FileNotFoundError):
            return None if self._before is None else (self._before / name).read_bytes()
        return None

    def finish(self) -> str:
        if hasattr(os, "sync"):
            os.sync()  # all at once: a sync for each of a million small files takes hours
        self._root.rename(self._final)
        durable.sync_folder(self._final.parent)
        return str(self._final)

    def give_up(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)

    def _path(self, name: str) -> Path:
        path = self._root / name
        self._make(path.parent)
        return path

    def _make(self, folder: Path) -> None:
        """All of it below the root: with the root, everything copied so far would have gone."""
        if folder.is_dir():
            return
        if folder == self._root:
            raise Broken("its folder was removed while it was written")
        self._make(folder.parent)
        folder.mkdir(durable.PRIVATE_FOLDER, exist_ok=True)

    def _new(self, name: str) -> BinaryIO:
        path = self._path(name)
        path.unlink(missing_ok=True)  # it may share its bytes with something
        return durable.private_file(path)


class TarSink:
    """One archive, written from start to end: to a file, or to standard output for whatever encrypts it."""

    def __init__(self, target: Path | None) -> None:
        """None: standard output."""
        self._target = target
        self._unfinished = None if target is None else target.with_name(f".unfinished-{target.name}")
        self._stream = sys.stdout.buffer if self._unfinished is None else durable.private_file(self._unfinished)
        self._tar = tarfile.open(  # noqa: SIM115  # `finish` closes it
            mode="w|", fileobj=self._stream, format=tarfile.PAX_FORMAT, bufsize=tarfile.RECORDSIZE
        )

    def put(self, name: str, data: bytes) -> None:
        self._add(name, io.BytesIO(data), len(data))

    def copy(self, name: str, source: BinaryIO, size: int) -> None:
        self._add(name, source, size)

    def body(self, name: str, path: Path, *, like_before: bool) -> int:  # noqa: ARG002  # an archive has no other
        with path.open("rb", buffering=0) as source:
            size = os.fstat(source.fileno()).st_size
            self._add(name, source, size)
        return size

    def remove(self, name: str) -> None:
        """What is written is written: bytes without a record are passed over when they are restored."""

    def earlier(self, name: str) -> bytes | None:  # noqa: ARG002
        return None

    def finish(self) -> str:
        self._tar.close()
        self._stream.flush()
        if self._target is None or self._unfinished is None:
            return "standard output"
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._unfinished.replace(self._target)
        durable.sync_folder(self._target.parent)
        return str(self._target)

    def give_up(self) -> None:
        if self._unfinished is not None:
            self._stream.close()
            self._unfinished.unlink(missing_ok=True)

    def _add(self, name: str, source: BinaryIO, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, durable.PRIVATE_FILE
        try:
            self._tar.addfile(member, source)
        except OSError as error:
            if "unexpected end" in str(error):
                raise Broken("Something was cut while it was copied, so the archive is not whole. Try again.") from None
            raise
        self._tar.members.clear()  # type: ignore[attr-defined]  # or memory would grow with every file


def _linked(source: Path, target: Path) -> bool:
    try:
        target.unlink(missing_ok=True)
        target.hardlink_to(source)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in _NO_LINK:
            return False
        raise
    return True


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """In the kernel where it can; which shares the blocks where the file system can do that."""
    left = size
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):  # not between these two
            while left and (done := os.copy_file_range(source.fileno(), target.fileno(), left)):
                left -= done
    while left:
        block = source.read(min(_BLOCK, left))
        if not block:
            raise CutShort
        view = memoryview(block)
        while view:
            view = view[target.write(view) :]
        left -= len(block)
