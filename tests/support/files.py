"""Files below a folder in which somebody is at work: any of them may go while it is looked at."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def files_below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Each with what the system says of it."""
    for place, _folders, names in os.walk(folder):
        for path in (Path(place, name) for name in names):
            with suppress(FileNotFoundError):
                if stat.S_ISREG((status := path.stat()).st_mode):
                    yield path, status


def contents_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Each with what is in it."""
    for path, _status in files_below(folder):
        with suppress(FileNotFoundError):
            yield path, path.read_bytes()
