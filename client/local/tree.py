"""What a folder on this machine holds, as far as it can be sent: plain files, and folders without anything in them."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from client.errors import FileProblem
from client.local.left_out import LeftOut
from client.local.names import shown, why_unsafe

_SPECIAL = (
    (stat.S_ISLNK, "it is a symbolic link"),
    (stat.S_ISFIFO, "it is a named pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A plain file in a folder."""

    path: str
    """Relative to the folder, with `/` between names."""
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Tree:
    """What was found, in the order of paths."""

    files: list[LocalFile] = field(default_factory=list)
    empty_folders: list[str] = field(default_factory=list)
    skipped: list[LeftOut] = field(default_factory=list)
    """What nobody sends: links, pipes, names that can't travel."""
    unreadable: list[LeftOut] = field(default_factory=list)
    """What would have been sent, if it could be read."""

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def scan(root: Path) -> Tree:
    """Looks through `root` without following links. Raises `FileProblem` if `root` itself can't be read."""
    tree = Tree()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                children = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise FileProblem(f"can't read the folder {root}: {error.strerror}. Nothing was sent.") from None
            tree.unreadable.append(LeftOut(shown(folder), f"can't be read ({error.strerror})"))
            continue
        folders = [path for entry in children if (path := _take(tree, folder, entry)) is not None]
        waiting += reversed(folders)
        if folder and not folders and not _holds_files(tree, folder):
            tree.empty_folders.append(folder)
    return tree


def _take(tree: Tree, folder: str, entry: os.DirEntry[str]) -> str | None:
    """Notes what `entry` is; the path of a folder that is to be looked through."""
    path = f"{folder}/{entry.name}" if folder else entry.name
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        readable = os.fsencode(path).decode("utf-8", "backslashreplace")
        tree.skipped.append(LeftOut(shown(readable), "its name is not UTF-8 and would look different everywhere"))
        return None
    if reason := why_unsafe(entry.name):
        tree.skipped.append(LeftOut(shown(path), f"it has a name {reason}: recipients could not save it"))
        return None
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        tree.unreadable.append(LeftOut(path, f"can't be read ({error.strerror})"))
        return None
    if stat.S_ISDIR(status.st_mode):
        return path
    if stat.S_ISREG(status.st_mode):
        tree.files.append(LocalFile(path, status.st_size, status.st_mtime_ns))
    else:
        kind = next((text for applies, text in _SPECIAL if applies(status.st_mode)), "it is no plain file")
        tree.skipped.append(LeftOut(path, kind))
    return None


def _holds_files(tree: Tree, folder: str) -> bool:
    """Whether the files that were found last are in `folder`: those of one folder are found together."""
    return bool(tree.files) and tree.files[-1].path.rpartition("/")[0] == folder
