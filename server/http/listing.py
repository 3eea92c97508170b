"""Pages of files as JSON. What does not change of a file is written once and kept: most of a page's time went there."""

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from server.domain import Caller, File
from server.http import wire

_KEPT_ITEMS = 1_024
_KEPT_GRANTS = 8
"""An item with more grants is large, rare, and not kept."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A file as one kind of person sees it; what is compared says which text it becomes."""

    file_id: UUID
    uploaded_at: float
    revision: int
    owner: bool
    file: File = field(compare=False)
    caller: Caller = field(compare=False)


class ItemTexts:
    """Items of listings, as text."""

    def __init__(self) -> None:
        self._kept = lru_cache(_KEPT_ITEMS)(_text)

    def item(self, file: File, caller: Caller, downloads: int) -> str:
        """A `FileItem`."""
        owner = file.owner_id == caller.user_id
        shown = _Shown(file.file_id, file.uploaded_at, file.revision, owner, file, caller)
        text = self._kept(shown) if len(file.grants) <= _KEPT_GRANTS else _text(shown)
        return f"{text}{downloads}}}"


def _text(shown: _Shown) -> str:
    """All of the item up to the number of downloads, which comes last."""
    item = wire.file_item(shown.file, shown.caller, downloads=0)
    return f'{item.model_dump_json(exclude={"downloads"})[:-1]},"downloads":'
