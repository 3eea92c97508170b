"""Which received files were on the screen before: ids only, so that what is new can be told."""

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress

from client.errors import FileProblem
from client.local.paths import Paths
from client.local.private_files import read_private, write_private

_MAX_BYTES = 16 << 20


class Seen:
    """Of one person at one server. Nothing depends on it: where it can't be read, everything was seen."""

    def __init__(self, paths: Paths, server: str, user_id: str) -> None:
        account = hashlib.sha256(f"{server}\n{user_id}".encode()).hexdigest()[:32]
        self._path = paths.data / "seen" / account

    def new_among(self, file_ids: Collection[str]) -> frozenset[str]:
        """Those that were not there before; at the very first time that is all of them."""
        with suppress(FileProblem):
            raw = read_private(self._path)
            if raw is None:
                return frozenset(file_ids)
            if len(raw) <= _MAX_BYTES:
                return frozenset(file_ids) - frozenset(raw.decode("ascii", "replace").split())
        return frozenset()

    def remember(self, file_ids: Iterable[str]) -> None:
        """These are there now; what is gone is forgotten."""
        with suppress(FileProblem):
            write_private(self._path, "\n".join(sorted(file_ids)).encode("ascii"))
