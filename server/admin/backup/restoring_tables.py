"""Putting the tables of a backup into the empty database of DATABASE_URL: all at the end, or nothing."""

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self
from uuid import UUID

from server.admin.backup.layout import MARKS, REVISION, Unusable, kind_of_row

if TYPE_CHECKING:
    from server.adapters.postgres.database import Database
    from server.adapters.postgres.loading import Loading

_NAME = re.compile(r"database/\d\d-([a-z_]+)/\d+\.jsonl")
_MOST_BYTES = 256 << 20
"""Chunks are of some MiB, and a row longer than that has one of its own."""


class Tables:
    """A database that gets what a backup holds. `with` ends in all of it being there, or nothing."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._stack = ExitStack()
        self._loading: Loading | None = None
        self.rows: Counter[str] = Counter()
        """How many there are of each kind."""

    @property
    def begun(self) -> bool:
        return self._loading is not None

    def take(self, name: str, file: BinaryIO) -> None:
        """One file of a backup, from below `database/`. Raises `Unusable`, `Unavailable`."""
        from server.adapters.postgres.loading import Refused, loading

        data = file.read(_MOST_BYTES)
        try:
            if name == REVISION:
                revision = data.decode(errors="replace").strip()
                self._loading = self._stack.enter_context(loading(self._database, revision))
            elif not name.startswith(f"{MARKS}/"):
                self._add(name, data)
        except Refused as error:
            raise Unusable(f"This backup can't be put back: {error}. The database was not changed.") from None

    def without_row(self, file_ids: Iterable[str]) -> set[str]:
        """Those of these files that the backup has no record of."""
        wanted = {UUID(file_id): file_id for file_id in file_ids}
        known = set() if self._loading is None else self._loading.known(wanted)
        return {name for file_id, name in wanted.items() if file_id not in known}

    def _add(self, name: str, data: bytes) -> None:
        match = _NAME.fullmatch(name)
        if match is None or self._loading is None or len(data) == _MOST_BYTES:
            raise Unusable(f"{name[:80]!r} does not belong into a backup, or not there. The database was not changed.")
        lines = data.splitlines()
        self._loading.add(match[1], lines)
        self.rows[kind_of_row(match[1])] += len(lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
