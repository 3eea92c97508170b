"""Where the files of a received folder go: into real folders below one, never through a link that leads elsewhere."""

import os
import stat
import threading
from pathlib import Path

from client.errors import FileProblem
from client.local.outputs import writing


class Landing:
    """A folder that is being filled; paths in it have `/` between names, which were checked before.

    May be shared by threads.
    """

    def __init__(self, root: Path) -> None:
        """Makes `root` and what is missing above it. Raises `FileProblem`."""
        self.root = root
        self._made: set[str] = set()
        self._making = threading.Lock()
        with writing(root):
            root.parent.mkdir(parents=True, exist_ok=True)
        self.folder("")

    def folder(self, path: str) -> Path:
        """Makes a folder with all above it. Raises `FileProblem` where something else is in its place."""
        with self._making:
            return self._folder(path)

    def file(self, path: str) -> Path:
        """Where a file goes, in folders that are there. Raises `FileProblem`."""
        above, _, name = path.rpartition("/")
        return self.folder(above) / name

    def _folder(self, path: str) -> Path:
        here = self.root / path
        if path in self._made:
            return here
        if path:
            self._folder(path.rpartition("/")[0])
        with writing(here):
            try:
                here.mkdir()
            except FileExistsError:
                if not stat.S_ISDIR(os.lstat(here).st_mode):
                    raise FileProblem(f"{here} is in the way: it is no folder. Nothing of it was touched.") from None
        self._made.add(path)
        return here


def size_if_plain(path: Path) -> int | None:
    """Bytes of what is at `path`; None where nothing is. Raises `FileProblem` where that is no plain file."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileProblem(f"can't look at {path}: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        raise FileProblem(f"{path} is in the way: it is no plain file. It was not touched.")
    return status.st_size
