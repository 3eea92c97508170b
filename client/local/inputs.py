"""Files that people seal and send."""

import errno
import mimetypes
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from client.errors import FileProblem
from shared.crypto.content import Content
from shared.crypto.parts import Fill
from shared.crypto.positional import PositionalFile
from shared.crypto.workers import Progress, no_progress

_PLAIN: int = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def content_of(
    path: Path,
    *,
    name: str | None = None,
    in_folder: str | None = None,
    note: str = "",
    progress: Progress = no_progress,
) -> Iterator[Content]:
    """The content of a regular file, or of a pipe or device that has a name. Raises `FileProblem`.

    `in_folder`: its path in the folder that it is sent with, where only plain files count. `note`: to its recipients.
    """
    with open_file(path) if in_folder is None else open_plain(path) as file:
        status = os.fstat(file.fileno())
        own_name = name or _own_name(path)
        media_type = mimetypes.guess_type(own_name)[0]
        modified_at = int(status.st_mtime)
        if stat.S_ISREG(status.st_mode):
            source: PositionalFile | Fill = PositionalFile(file)
            size: int | None = status.st_size
        else:
            source, size = _fill_from(file), None
        yield Content(own_name, source, size, media_type, modified_at, note or None, in_folder, progress)


def content_of_stdin(name: str, *, note: str = "", progress: Progress = no_progress) -> Content:
    """Standard input, under a name of the caller's choice."""
    file = FileIO(sys.stdin.fileno(), closefd=False)
    return Content(name, _fill_from(file), None, mimetypes.guess_type(name)[0], comment=note or None, progress=progress)


def open_file(path: Path) -> FileIO:
    """`path`, unbuffered. Raises `FileProblem`."""
    try:
        if path.is_dir():
            raise FileProblem(f"{path} is a folder; name the files in it")
        return FileIO(path)
    except FileNotFoundError:
        raise FileProblem(f"there is no file {path}") from None
    except OSError as error:
        raise FileProblem(f"can't read {path}: {error.strerror}") from None


def open_plain(path: Path) -> FileIO:
    """A plain file that was found before, unbuffered; never a link or a pipe that took its place.

    Raises `FileProblem`, whose message leaves the file's name out.
    """
    try:
        file = FileIO(os.open(path, _PLAIN), "r")
    except OSError as error:
        reason = "it is a symbolic link now" if error.errno == errno.ELOOP else error.strerror
        raise FileProblem(f"can't be read ({reason})") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise FileProblem("is no plain file any more")
    return file


def size_of(path: Path) -> int | None:
    """Bytes of a regular file; None for anything else, and for what can't be looked at."""
    with suppress(OSError):
        status = path.stat()
        return status.st_size if stat.S_ISREG(status.st_mode) else None
    return None


def read_small(path: Path, max_bytes: int, what: str) -> bytes:
    """The whole of a small file, such as a key. Raises `FileProblem`."""
    with open_file(path) as file:
        data = file.read(max_bytes + 1) or b""
    if len(data) > max_bytes:
        raise FileProblem(f"{path} is too large to be {what}")
    return data


def _own_name(path: Path) -> str:
    name = path.absolute().name
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise FileProblem(
            f"the name of {path} is not UTF-8, so it would look different everywhere. Give another one: --name NAME"
        ) from None
    return name


def _fill_from(file: FileIO) -> Fill:
    def fill(view: memoryview) -> int:
        return file.readinto(view) or 0

    return fill
