"""How often what a person sees has changed: versions/ab/USER grows by a byte each time, so that looking is one stat.

It grows before and after a change. Whoever reads the version first and the files then has files that are at least as
new as the version, unless the process that changes them was killed in between.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.adapters import durable
from server.domain import USER_ID


class Versions:
    """Nothing here needs to survive a power cut: whoever remembers a version does not either."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, user_id: str) -> int:
        try:
            return os.stat(self._path(user_id)).st_size  # noqa: PTH116  # once for each page of a listing
        except FileNotFoundError:
            return 0

    @contextmanager
    def changing(self, people: Iterable[str]) -> Iterator[None]:
        """Around a change of what these people see."""
        seen = [self._path(user_id) for user_id in dict.fromkeys(people)]
        _grow(seen)
        try:
            yield
        finally:
            _grow(seen)

    def forget(self, user_id: str) -> None:
        durable.remove(Path(self._path(user_id)))

    def _path(self, user_id: str) -> str:
        if not USER_ID.fullmatch(user_id):
            raise ValueError("a user id is 32 hex digits")
        return f"{self._folder}/{user_id[:2]}/{user_id}"


def _grow(paths: list[str]) -> None:
    for path in paths:
        durable.make_folder(Path(path).parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, durable.PRIVATE_FILE)
        try:
            os.write(descriptor, b".")
        finally:
            os.close(descriptor)
