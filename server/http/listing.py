"""Pages of files as JSON. What does not change of a file is written once and kept: most of a page's time went there."""

from server.domain import Caller, File
from server.http import wire

_KEPT_ITEMS = 2_048
_KEPT_GRANTS = 8
"""An item with more grants is large, rare, and not kept."""


class ItemTexts:
    """Items of listings, as text. A record stays one object for as long as it is the same, so the object is the key."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bool], tuple[File, str]] = {}

    def item(self, file: File, caller: Caller, downloads: int) -> str:
        """A `FileItem`."""
        key = (id(file), file.owner_id == caller.user_id)
        kept = self._kept.get(key)
        if kept is None or kept[0] is not file:
            kept = (file, _text(file, caller))
            self._keep(key, kept)
        return f"{kept[1]}{downloads}}}"

    def _keep(self, key: tuple[int, bool], kept: tuple[File, str]) -> None:
        if len(kept[0].grants) > _KEPT_GRANTS:
            return
        if len(self._kept) >= _KEPT_ITEMS:
            self._kept.clear()
        self._kept[key] = kept


def _text(file: File, caller: Caller) -> str:
    """All of the item up to the number of downloads, which comes last."""
    item = wire.file_item(file, caller, downloads=0)
    return f'{item.model_dump_json(exclude={"downloads"})[:-1]},"downloads":'
