"""Which files belong to a folder, as far as this machine knows: ids only, so that a listing need not open each of them.

Nothing depends on it: what is not known here is looked up.
"""

import re
from collections.abc import Iterable
from contextlib import suppress

from client.errors import FileProblem
from client.local.paths import Paths
from client.local.private_files import read_private, write_private

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def remember(paths: Paths, folder_id: str, file_ids: Iterable[str]) -> None:
    """The files of a folder that was sent or received."""
    with suppress(FileProblem):
        write_private(paths.folders / folder_id, "\n".join(file_ids).encode("ascii"))


def forget(paths: Paths, folder_id: str) -> None:
    """The folder is gone."""
    with suppress(OSError):
        (paths.folders / folder_id).unlink()


def files_of(paths: Paths, folder_id: str) -> list[str] | None:
    """The ids of a folder's files; None where it is not known, or is no folder."""
    if not _ID.fullmatch(folder_id):
        return None
    with suppress(FileProblem, UnicodeDecodeError):
        raw = read_private(paths.folders / folder_id)
        return None if raw is None else raw.decode("ascii").split()
    return None


def seen_inside(paths: Paths, box: str) -> frozenset[str]:
    """The ids of files that belong to folders, as the last listing of `box` (owned or received) has found."""
    with suppress(FileProblem, UnicodeDecodeError):
        raw = read_private(paths.folders / box)
        return frozenset() if raw is None else frozenset(raw.decode("ascii").split())
    return frozenset()


def note_inside(paths: Paths, box: str, file_ids: Iterable[str]) -> None:
    """For the next listing of `box`, in place of what was noted before."""
    remember(paths, box, sorted(file_ids))


def all_files(paths: Paths, *, but: str | None = None) -> frozenset[str]:
    """The ids of all files of all folders that are known; those of one left out."""
    with suppress(OSError):
        return frozenset(
            file_id
            for folder in paths.folders.iterdir()
            if folder.name != but
            for file_id in files_of(paths, folder.name) or ()
        )
    return frozenset()
